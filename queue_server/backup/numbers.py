"""From which number a restored centre goes on; pure.

Numbers that were given after the backup's moment are on paper in people's hands and unknown to it.
So the day's next number stands well above all that the backup knows of that day.
"""

from typing import Final

HIGHEST: Final = 9999
_STEP: Final = 1000
_FIRST: Final = 101


def next_start(known: int, *, busiest: int = 0) -> int:
    """Return the first number above the highest known one: 1101 after none, 2101 after 1150.

    `busiest` is how many numbers the centre's busiest day had: half as many again may be given
    before anybody notices, and the first number is above those too, while there is room.
    """
    given_at_most = _FIRST + busiest * 3 // 2 if busiest else 0
    first = _above(max(known, given_at_most))
    return first if first <= HIGHEST else _above(known)


def _above(number: int) -> int:
    return (number // _STEP + 1) * _STEP + _FIRST
