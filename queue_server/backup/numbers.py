"""From which number a restored centre goes on; pure.

Numbers that were given after the backup's moment are on paper in people's hands and unknown to it.
So the day's next number stands well above all that the backup knows of that day.
"""

from typing import Final

HIGHEST: Final = 9999
_STEP: Final = 1000
_FIRST: Final = 101


def next_start(known: int) -> int:
    """Return the first number above the highest known one: 1101 after none, 2101 after 1150."""
    return (known // _STEP + 1) * _STEP + _FIRST
