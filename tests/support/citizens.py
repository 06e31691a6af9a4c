"""Citizens who do not exist: numbers whose structure is right and that nobody was given.

The serial number 0000 is given to no birth, so no card carries these.
"""

from datetime import date

PHONE = "+201000000017"
"""As it is kept."""
PHONE_AS_WRITTEN = "٠١٠ ٠٠٠٠ ٠٠١٧"
OTHER_PHONE = "01100000028"


def national_id(born: date = date(1990, 5, 17), *, last: int = 7, governorate: str = "13") -> str:
    """Return the number of a card that was never made."""
    century = "2" if born.year < 2000 else "3"
    return f"{century}{born:%y%m%d}{governorate}0000{last}"


GROWN = national_id()
"""Of somebody who is 36 in the tests' autumn of 2026."""
OLD = national_id(date(1951, 3, 2), last=3)
"""Of somebody who is 75."""
