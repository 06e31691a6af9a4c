"""The sounds of vowelled Arabic: phonemes with their stress, as they are said before a pause.

Speech engines guess at Arabic letters and guess wrong: espeak-ng 1.51 leaves vowels out (خمسة is
χmst), says the ة of a pause as t, doubles letters under a shadda in its own way. What is vowelled
has no need of guesses: the rules here are those of any reader's first year (الإملاء والتجويد).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

PROCLITIC = "\u2060"
"""Stands after a letter that is only leant on a word («وَ»): the stress never moves on to it."""

CONSONANTS: Mapping[str, str] = MappingProxyType(
    {
        "ب": "b",
        "ت": "t",
        "ث": "θ",
        "ج": "ɡ",
        "ح": "ħ",
        "خ": "x",
        "د": "d",
        "ذ": "ð",
        "ر": "r",
        "ز": "z",
        "س": "s",
        "ش": "ʃ",
        "ص": "sˤ",
        "ض": "dˤ",
        "ط": "tˤ",
        "ظ": "ðˤ",
        "ع": "ʕ",
        "غ": "ɣ",
        "ف": "f",
        "ق": "q",
        "ك": "k",
        "ل": "l",
        "م": "m",
        "ن": "n",
        "ه": "h",
        "و": "w",
        "ي": "j",
        "ء": "ʔ",
        "أ": "ʔ",
        "إ": "ʔ",
        "ؤ": "ʔ",
        "ئ": "ʔ",
    }
)
"""Letter to sound. ج is the [ɡ] that Egypt says, in a minister's speech too."""

_SHORT = {"\u064e": "a", "\u064f": "u", "\u0650": "i"}
_NUNATED = {"\u064b": "an", "\u064c": "un", "\u064d": "in"}
_SUKUN, _SHADDA = "\u0652", "\u0651"
_MARKS = {*_SHORT, *_NUNATED, _SUKUN, _SHADDA}
_LENGTHENING = {"ا": "a", "ى": "a", "و": "u", "ي": "i"}
EMPHATIC = frozenset({"sˤ", "dˤ", "tˤ", "ðˤ"})
"""Said with the tongue low: the vowel after one is dark."""
_SUN = frozenset("تثدذرزسشصضطظلن")


class NotVowelledError(ValueError):
    """A word has a letter whose vowel is not written, or one that is not known here."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word

    def __str__(self) -> str:
        return f"{self.word!r} is not fully vowelled"


@dataclass(frozen=True, slots=True)
class Phoneme:
    """One phoneme, by its sign of the International Phonetic Alphabet."""

    ipa: str
    is_vowel: bool = False
    is_long: bool = False
    """A long vowel, or a doubled consonant."""
    is_stressed: bool = False


def phonemes(text: str) -> tuple[tuple[Phoneme, ...], ...]:
    """Return the sounds of each word of one clause. Raises NotVowelledError.

    The first word begins after a pause, so that its joining hamza (ٱ) is said; within the clause it
    is not.
    """
    spoken = []
    ends_in_vowel = False
    for word in text.split():
        said = _word(word, after_vowel=ends_in_vowel)
        ends_in_vowel = said[-1].is_vowel
        spoken.append(said)
    return tuple(spoken)


@dataclass(frozen=True, slots=True)
class _Letter:
    sign: str
    vowel: str = ""
    is_doubled: bool = False
    is_silent: bool = False
    """Marked with a sukun: no vowel follows."""
    is_proclitic: bool = False


def _word(word: str, *, after_vowel: bool) -> tuple[Phoneme, ...]:
    letters = _letters(word)
    said: list[Phoneme] = []
    unstressed = 0
    for index, letter in enumerate(letters):
        following = letters[index + 1] if index + 1 < len(letters) else None
        said.extend(_said(word, said, letter, following, after_vowel=after_vowel))
        if letter.is_proclitic:
            unstressed = len(said)
    return (*said[:unstressed], *_stressed(said[unstressed:]))


def _letters(word: str) -> list[_Letter]:
    letters: list[_Letter] = []
    index = 0
    while index < len(word):
        sign = word[index]
        index += 1
        marks = ""
        while index < len(word) and (word[index] in _MARKS or word[index] == PROCLITIC):
            marks += word[index]
            index += 1
        vowel = "".join({**_SHORT, **_NUNATED}.get(mark, "") for mark in marks)
        letters.append(_Letter(sign, vowel, _SHADDA in marks, _SUKUN in marks, PROCLITIC in marks))
    return letters


def _said(
    word: str,
    before: list[Phoneme],
    letter: _Letter,
    following: _Letter | None,
    *,
    after_vowel: bool,
) -> list[Phoneme]:
    match letter.sign:
        case "ٱ":
            if before or after_vowel:
                return []
            is_article = following is not None and following.sign == "ل"
            return [Phoneme("ʔ"), Phoneme("a" if is_article else "i", is_vowel=True)]
        case "آ":
            return [Phoneme("ʔ"), Phoneme("a", is_vowel=True, is_long=True)]
        case "ل" if following is not None and following.is_doubled and following.sign in _SUN:
            return []  # the article's, said as the letter after it
        case "ة" if not letter.vowel and following is None:
            return []  # before a pause its fatha alone is heard
        case "ة":
            return [Phoneme("t"), *_vowels(letter.vowel)]
        case "ا" if before and before[-1].ipa in ("i", "n"):
            return []  # written and never said: مِائَة, أَهْلًا
        case "ى" if _lengthens(before, letter):
            return [Phoneme(before.pop().ipa, is_vowel=True, is_long=True)]
        case "ا" | "و" | "ي" if _lengthens(before, letter):
            last = before.pop()
            return [Phoneme(last.ipa, is_vowel=True, is_long=True)]
    consonant = CONSONANTS.get(letter.sign)
    is_clear = letter.vowel or letter.is_silent or following is None
    if consonant is None or not is_clear:
        raise NotVowelledError(word)
    return [Phoneme(consonant, is_long=letter.is_doubled), *_vowels(letter.vowel)]


def _lengthens(before: list[Phoneme], letter: _Letter) -> bool:
    if not before or letter.vowel or letter.is_silent or letter.is_doubled:
        return False
    last = before[-1]
    return last.is_vowel and not last.is_long and last.ipa == _LENGTHENING[letter.sign]


def _vowels(vowel: str) -> list[Phoneme]:
    return [Phoneme(each, is_vowel=each in "aiu") for each in vowel]


def _stressed(said: list[Phoneme]) -> list[Phoneme]:
    """Put the stress on the last syllable if it is overlong, else on a heavy one before it, else on
    the one before that: as it is taught for Arabic read aloud."""
    vowels = [index for index, sound in enumerate(said) if sound.is_vowel]
    if not vowels:
        return said

    def closing(order: int) -> int:
        """Count the consonants from a vowel to the next, or to the end."""
        last = order + 1 == len(vowels)
        between = said[vowels[order] + 1 : None if last else vowels[order + 1]]
        return sum(1 + sound.is_long for sound in between)

    last = len(vowels) - 1
    stressed = max(0, last - 2)
    if closing(last) + said[vowels[last]].is_long >= 2:
        stressed = last
    elif last >= 1 and (said[vowels[last - 1]].is_long or closing(last - 1) >= 2):
        stressed = last - 1
    at = vowels[stressed]
    mark = said[at]
    return [*said[:at], Phoneme(mark.ipa, True, mark.is_long, True), *said[at + 1 :]]
