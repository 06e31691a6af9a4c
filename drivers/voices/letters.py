"""The spoken names of letters, in Arabic and in English."""

from collections.abc import Mapping
from types import MappingProxyType

from drivers.voices.words import Word

ARABIC: Mapping[str, Word] = MappingProxyType(
    {
        "أ": Word("letter-alif", "أَلِف"),
        "ج": Word("letter-jim", "جِيم"),
        "د": Word("letter-dal", "دَال"),
        "س": Word("letter-sin", "سِين"),
        "م": Word("letter-mim", "مِيم"),
        "ك": Word("letter-kaf", "كَاف"),
        "ل": Word("letter-lam", "لَام"),
        "ن": Word("letter-nun", "نُون"),
        "و": Word("letter-waw", "وَاو"),
        "ي": Word("letter-ya", "يَاء"),
        "ط": Word("letter-ta", "طَاء"),
    }
)
"""Of the letters a label may begin with."""

ENGLISH: Mapping[str, Word] = MappingProxyType(
    {letter: Word(f"letter-{letter.lower()}", letter) for letter in "AJDSMKLNWYT"}
)
"""The same labels in Latin letters."""
