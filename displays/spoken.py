"""What the hall hears: «رقم مائة واثنين وأربعين، شباك رقم خمسة», and of an emergency."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from displays.board import Call
from drivers.voices import arabic_numbers, english_numbers
from drivers.voices.letters import ARABIC, ENGLISH
from drivers.voices.words import Clause, Language, Utterance, Word

_LABEL = re.compile(r"(?P<letter>[A-Z])?-?(?P<number>[0-9]{1,9})")

ARABIC_LETTERS: Mapping[str, str] = MappingProxyType(
    dict(zip("AJDSMKLNWYT", "أجدسمكلنويط", strict=True))
)
"""The letters of labels as the board writes them in Arabic."""

RAQM = Word("number", "رَقْم")
SHUBBAK = Word("window", "شُبَّاك")
HARF = Word("letter", "حَرْف")
SECOND_AR = Word("second-call", "نِدَاء ثَانٍ")
LAST_AR = Word("last-call", "ٱلنِّدَاءُ ٱلْأَخِير")

NUMBER = Word("number", "number")
WINDOW = Word("window", "window")
LETTER = Word("letter", "letter")
SECOND_EN = Word("second-call", "second call")
LAST_EN = Word("last-call", "last call")


_ALERTS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "leave-hall": (
            (
                "ٱنْتِبَاه",
                "بِرَجَاءِ مُغَادَرَةِ ٱلصَّالَةِ بِهُدُوء",
                "مِنْ أَقْرَبِ مَخْرَج",
                "وَٱتِّبَاعِ تَعْلِيمَاتِ ٱلْمُوَظَّفِين",
            ),
            (
                "attention please",
                "leave the hall calmly",
                "by the nearest exit",
                "and follow the staff",
            ),
        ),
        "stay-inside": (
            (
                "ٱنْتِبَاه",
                "بِرَجَاءِ ٱلْبَقَاءِ دَاخِلَ ٱلصَّالَةِ فِي هُدُوء",
                "وَٱلِٱبْتِعَادِ عَنِ ٱلْأَبْوَاب",
                "حَتَّى يَصْدُرَ تَنْبِيهٌ آخَر",
            ),
            (
                "attention please",
                "stay calmly inside the hall",
                "away from the doors",
                "until you are told otherwise",
            ),
        ),
        "make-way": (
            (
                "ٱنْتِبَاه",
                "بِرَجَاءِ إِفْسَاحِ ٱلطَّرِيقِ لِسَيَّارَةِ ٱلْإِسْعَاف",
                "دَوْرُكُمْ مَحْفُوظ",
            ),
            (
                "attention please",
                "make way for the ambulance crew",
                "your place is kept",
            ),
        ),
    }
)
"""What is said of an emergency, by its phrase: the Arabic, fully vowelled, then the English.

A text that somebody wrote is not spoken: unvowelled Arabic would be guessed at, and in danger a
wrong word is worse than a chime and a glass that everybody can read.
"""


def alert_words(phrase: str | None) -> tuple[Utterance, ...]:
    """Return the sentences of an emergency, Arabic first; none for a text of somebody's own."""
    if phrase is None or phrase not in _ALERTS:
        return ()
    arabic, english = _ALERTS[phrase]
    return (
        Utterance("ar", _said(phrase, arabic)),
        Utterance("en", _said(phrase, english)),
    )


def _said(phrase: str, clauses: tuple[str, ...]) -> tuple[Clause, ...]:
    return tuple((Word(f"{phrase}-{nth}", text),) for nth, text in enumerate(clauses, start=1))


def call_words(call: Call, *, hurried: bool) -> tuple[Utterance, ...]:
    """Return the sentences of a call: Arabic, and English after it for a number taken in English.

    `hurried` leaves out what the chime and the order already say: «مائة واثنين وأربعين، شباك خمسة»;
    never for somebody who cannot see the board. Empty for a label that nobody can read out.
    """
    label = _LABEL.fullmatch(call.label)
    if label is None:
        return ()
    number, letter = int(label["number"]), label["letter"]
    arabic_letter = call.display_label[:1] if letter else None
    if letter and (letter not in ENGLISH or arabic_letter not in ARABIC):
        return ()
    brief = hurried and not call.by_ear
    said = [Utterance("ar", _arabic(number, arabic_letter, call, brief=brief), hurried=brief)]
    if call.language == "en":
        said.append(Utterance("en", _english(number, letter, call, brief=brief), hurried=brief))
    return tuple(said)


def every_word(language: Language) -> tuple[Word, ...]:
    """Return every word that a call may need: what a speaker records."""
    if language == "ar":
        phrases = (RAQM, SHUBBAK, HARF, SECOND_AR, LAST_AR)
        return (*phrases, *ARABIC.values(), *arabic_numbers.every_word())
    phrases = (NUMBER, WINDOW, LETTER, SECOND_EN, LAST_EN)
    return (*phrases, *ENGLISH.values(), *english_numbers.every_word())


def _arabic(number: int, letter: str | None, call: Call, *, brief: bool) -> tuple[Clause, ...]:
    again = () if not call.recall else ((SECOND_AR if call.recall == 1 else LAST_AR,),)
    whole: Clause = () if brief else (RAQM,)
    words = arabic_numbers.number(number)
    window = arabic_numbers.number(call.window)
    # «حرف ألف، مائة»: without the word and the pause, «ألف مائة» is 1100.
    label = ((*whole, HARF, ARABIC[letter]), words) if letter is not None else ((*whole, *words),)
    return (*again, *label, (SHUBBAK, *whole, *window))


def _english(number: int, letter: str | None, call: Call, *, brief: bool) -> tuple[Clause, ...]:
    again = () if not call.recall else ((SECOND_EN if call.recall == 1 else LAST_EN,),)
    whole: Clause = () if brief else (NUMBER,)
    words = english_numbers.number(number)
    label = (
        ((*whole, LETTER, ENGLISH[letter]), words) if letter is not None else ((*whole, *words),)
    )
    return (*again, *label, (WINDOW, *english_numbers.number(call.window)))
