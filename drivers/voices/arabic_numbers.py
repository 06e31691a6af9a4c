"""How Arabic counts aloud in a hall: «مائة واثنين وأربعين», genitive and pausal, never «اثنان».

A number after «رقم» is in the genitive, and each of its words is said as before a pause. Counting
is in the gender of numbers that count nothing: خمسة, ثلاثة وعشرين.
"""

from collections.abc import Mapping
from types import MappingProxyType

from drivers.voices.arabic import PROCLITIC
from drivers.voices.words import Clause, Word

LARGEST = 9999

_UP_TO_NINETEEN: Mapping[int, str] = MappingProxyType(
    {
        0: "صِفْر",
        1: "وَاحِد",
        2: "ٱثْنَيْن",
        3: "ثَلَاثَة",
        4: "أَرْبَعَة",
        5: "خَمْسَة",
        6: "سِتَّة",
        7: "سَبْعَة",
        8: "ثَمَانِيَة",
        9: "تِسْعَة",
        10: "عَشَرَة",
        11: "أَحَدَ عَشَر",
        12: "ٱثْنَيْ عَشَر",
        13: "ثَلَاثَةَ عَشَر",
        14: "أَرْبَعَةَ عَشَر",
        15: "خَمْسَةَ عَشَر",
        16: "سِتَّةَ عَشَر",
        17: "سَبْعَةَ عَشَر",
        18: "ثَمَانِيَةَ عَشَر",
        19: "تِسْعَةَ عَشَر",
    }
)
_TENS: Mapping[int, str] = MappingProxyType(
    {
        20: "عِشْرِين",
        30: "ثَلَاثِين",
        40: "أَرْبَعِين",
        50: "خَمْسِين",
        60: "سِتِّين",
        70: "سَبْعِين",
        80: "ثَمَانِين",
        90: "تِسْعِين",
    }
)
_HUNDREDS: Mapping[int, str] = MappingProxyType(
    {
        100: "مِائَة",
        200: "مِائَتَيْن",
        300: "ثَلَاثِ مِائَة",
        400: "أَرْبَعِ مِائَة",
        500: "خَمْسِ مِائَة",
        600: "سِتِّ مِائَة",
        700: "سَبْعِ مِائَة",
        800: "ثَمَانِي مِائَة",
        900: "تِسْعِ مِائَة",
    }
)
_THOUSANDS: Mapping[int, str] = MappingProxyType(
    {
        1000: "أَلْف",
        2000: "أَلْفَيْن",
        3000: "ثَلَاثَةِ آلَاف",
        4000: "أَرْبَعَةِ آلَاف",
        5000: "خَمْسَةِ آلَاف",
        6000: "سِتَّةِ آلَاف",
        7000: "سَبْعَةِ آلَاف",
        8000: "ثَمَانِيَةِ آلَاف",
        9000: "تِسْعَةِ آلَاف",
    }
)
"""Beside the units, as in all of them, hundreds are written in two words, as the Academy of Cairo
allows: one word would put the stress elsewhere."""


def number(value: int) -> Clause:
    """Return the words of a number; beyond 9999 its digits, one by one. Raises ValueError below 0.

    The order is that of speech: thousands, hundreds, then the unit before its ten.
    """
    if value < 0:
        raise ValueError(f"{value} is no number of a line")
    if value > LARGEST:
        return tuple(_word(int(digit)) for digit in str(value))
    parts = [value // 1000 * 1000, value % 1000 // 100 * 100]
    rest = value % 100
    if rest >= 20:
        parts += [rest % 10, rest // 10 * 10]
    else:
        parts.append(rest)
    said = [part for part in parts if part]
    if not said:
        return (_word(0),)
    return (_word(said[0]), *(_and(part) for part in said[1:]))


def _word(part: int) -> Word:
    return Word(str(part), _text(part))


def _and(part: int) -> Word:
    return Word(f"and-{part}", f"وَ{PROCLITIC}{_text(part)}")


def _text(part: int) -> str:
    for table in (_UP_TO_NINETEEN, _TENS, _HUNDREDS, _THOUSANDS):
        if part in table:
            return table[part]
    raise ValueError(f"{part} is not one part of a number")


def every_word() -> tuple[Word, ...]:
    """Return every word that `number` may use, once: what a speaker must record."""
    plain = [*_UP_TO_NINETEEN, *_TENS, *_HUNDREDS, *_THOUSANDS]
    joined = [part for part in plain if 0 < part < 1000]
    return (*(_word(part) for part in plain), *(_and(part) for part in joined))
