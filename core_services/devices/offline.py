"""The offline series of kiosks: reserved letters, and a thousand numbers for each disk; pure."""

from dataclasses import dataclass
from typing import Final

OFFLINE_LETTERS: Final = ("K", "L", "N", "W", "Y")
"""The API forms of ك ل ن و ي, in the order in which kiosks get them; no queue counts under them."""

FIRST_NUMBER: Final = 101
APART: Final = 1000
"""So far apart begin the ranges of one letter."""
NUMBERS: Final = 900
"""A day's numbers of a range: three digits for the first, so that a slip stays short."""
LAST_FIRST: Final = 998_101
"""The last range whose labels have six digits."""


@dataclass(frozen=True, slots=True)
class OfflineRange:
    """The numbers that one disk gives while no server answers, again on every business day."""

    letter: str
    first: int

    @property
    def last(self) -> int:
        return self.first + NUMBERS - 1


def range_from(letter: str, first: int) -> OfflineRange | None:
    """Return the range that a kiosk says it holds; None where there can be no such range."""
    is_range = FIRST_NUMBER <= first <= LAST_FIRST and (first - FIRST_NUMBER) % APART == 0
    return OfflineRange(letter, first) if letter in OFFLINE_LETTERS and is_range else None


def range_after(letter: str, latest_first: int | None) -> OfflineRange | None:
    """Return the range above the latest of a letter; None once all have been given."""
    first = FIRST_NUMBER if latest_first is None else latest_first + APART
    return None if first > LAST_FIRST else OfflineRange(letter, first)


def is_offline_number(letter: str, number: int) -> bool:
    """Say whether a kiosk may have given that number under that letter."""
    within = FIRST_NUMBER <= number < LAST_FIRST + NUMBERS
    return letter in OFFLINE_LETTERS and within and (number - FIRST_NUMBER) % APART < NUMBERS
