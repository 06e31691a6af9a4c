"""What is said of a number: its words, and the sounds that espeak-ng really makes of them."""

import random
import subprocess
from collections.abc import Sequence

import pytest

from displays.board import Call
from displays.spoken import ARABIC_LETTERS, call_words, every_word
from drivers.voices import arabic_numbers, english_numbers
from drivers.voices.arabic import NotVowelledError, phonemes
from drivers.voices.espeak import PROGRAM, VOICES, fed
from drivers.voices.letters import ARABIC, ENGLISH
from drivers.voices.words import Language, Utterance
from queue_server.tickets.numbering import SERIES_LETTERS
from tests.support.spoken_arabic import UNITS, call_sounds, normal, number_sounds

SPREAD = 500


def a_call(label: str, window: int = 5, *, recall: int = 0, language: Language = "ar") -> Call:
    letter = label[0] if label[0].isalpha() else ""
    shown = f"{ARABIC_LETTERS[letter]}-{label[1:]}" if letter else label
    return Call(7, label, shown, window, recall, language)


def written(call: Call, *, hurried: bool = False) -> list[str]:
    """Return the sentences without the marks of vowels."""
    marks = {*map(chr, range(0x064B, 0x0653)), "\u2060"}
    return [
        "".join(sign for sign in each.text if sign not in marks).replace("ٱ", "ا")
        for each in call_words(call, hurried=hurried)
    ]


def heard(utterances: Sequence[Utterance], language: Language) -> list[list[str]]:
    """Have espeak-ng say exactly what it is fed, and return the breaths of each sentence."""
    said = subprocess.run(
        [PROGRAM, "-v", VOICES[language], "--ipa", "-q", "--stdin"],
        input="\n\n".join(fed(each) for each in utterances),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = iter(said.stdout.splitlines())
    breaths = [[normal(next(lines)) for _ in each.clauses] for each in utterances]
    assert list(lines) == []
    return breaths


def spread() -> list[tuple[str, int, int, bool]]:
    """Labels, windows, recalls and haste that meet every word in every place, and chance."""
    dice = random.Random(1923)
    numbers = [*range(1, 121), *range(200, 1000, 100), *range(1000, 10_000, 1000)]
    numbers += [base + unit for base in (200, 300, 1100, 8800) for unit in range(1, 20)]
    numbers += dice.sample(range(100, 10_000), SPREAD - len(numbers))
    windows = [order % 99 + 1 for order in range(len(numbers))]
    letters = "".join(ARABIC_LETTERS) + " " * 20
    return [
        (f"{dice.choice(letters)}{number}".strip(), window, dice.choice([0, 0, 0, 1, 2, 3]), haste)
        for number, window, haste in zip(
            numbers, windows, dice.choices([False, True], [3, 1], k=len(numbers)), strict=True
        )
    ]


@pytest.mark.parametrize(
    ("label", "window", "said"),
    [
        ("142", 5, "رقم مائة واثنين وأربعين، شباك رقم خمسة"),
        ("101", 1, "رقم مائة وواحد، شباك رقم واحد"),
        ("12", 11, "رقم اثني عشر، شباك رقم أحد عشر"),
        ("200", 20, "رقم مائتين، شباك رقم عشرين"),
        ("1042", 2, "رقم ألف واثنين وأربعين، شباك رقم اثنين"),
        ("2318", 18, "رقم ألفين وثلاث مائة وثمانية عشر، شباك رقم ثمانية عشر"),
        ("3010", 10, "رقم ثلاثة آلاف وعشرة، شباك رقم عشرة"),
        ("A101", 3, "رقم حرف ألف، مائة وواحد، شباك رقم ثلاثة"),
        ("T7", 99, "رقم حرف طاء، سبعة، شباك رقم تسعة وتسعين"),
        ("12340", 4, "رقم واحد اثنين ثلاثة أربعة صفر، شباك رقم أربعة"),
    ],
)
def test_a_call_is_said_in_the_genitive_and_as_before_a_pause(
    label: str, window: int, said: str
) -> None:
    assert written(a_call(label, window)) == [said]


def test_a_second_call_and_the_last_are_announced_as_such() -> None:
    first, second, third, fourth = (written(a_call("142", recall=n))[0] for n in range(4))
    assert second == f"نداء ثان، {first}"
    assert third == fourth == f"النداء الأخير، {first}"


def test_in_haste_only_number_and_window_are_said() -> None:
    assert written(a_call("142"), hurried=True) == ["مائة واثنين وأربعين، شباك خمسة"]
    assert written(a_call("A142"), hurried=True) == [
        "حرف ألف، مائة واثنين وأربعين، شباك خمسة",
    ]
    assert all(each.hurried for each in call_words(a_call("142"), hurried=True))


def test_somebody_who_cannot_see_is_always_called_in_full() -> None:
    call = Call(7, "142", "١٤٢", 5, by_ear=True)
    assert call_words(call, hurried=True) == call_words(call, hurried=False)


def test_english_follows_arabic_for_a_number_taken_in_english_alone() -> None:
    arabic, english = written(a_call("J142", 5, recall=1, language="en"))
    assert arabic.startswith("نداء ثان، رقم حرف جيم")
    assert english == "second call, number letter J, one hundred and forty two, window five"
    assert len(written(a_call("J142", 5, recall=1))) == 1


@pytest.mark.parametrize("label", ["", "Q12", "A", "142B", "٤٢", "A-1-2", "9999999999"])
def test_a_label_that_nobody_can_read_out_has_no_words(label: str) -> None:
    assert call_words(Call(7, label, label, 5), hurried=False) == ()


def test_every_letter_that_a_label_may_begin_with_has_a_name() -> None:
    assert dict(SERIES_LETTERS) == dict(ARABIC_LETTERS)
    assert set(ARABIC_LETTERS) == set(ENGLISH)
    assert set(ARABIC_LETTERS.values()) == set(ARABIC)


def test_every_number_uses_only_words_that_a_speaker_has_recorded() -> None:
    for words, number in (
        (every_word("ar"), arabic_numbers.number),
        (every_word("en"), english_numbers.number),
    ):
        recorded = {word.clip: word for word in words}
        assert len(recorded) == len(words)
        for value in range(10_000):
            for word in number(value):
                assert recorded[word.clip] == word


def test_no_number_is_below_zero() -> None:
    for number in (arabic_numbers.number, english_numbers.number):
        with pytest.raises(ValueError, match="-1"):
            number(-1)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "zero"),
        (7, "seven"),
        (40, "forty"),
        (111, "one hundred and eleven"),
        (1001, "one thousand and one"),
        (9999, "nine thousand nine hundred and ninety nine"),
        (10_305, "one zero three zero five"),
    ],
)
def test_english_counts_as_it_is_taught(value: int, said: str) -> None:
    assert " ".join(word.text for word in english_numbers.number(value)) == said


@pytest.mark.parametrize("text", ["خمسة", "قلم", "رَقم", "ﷺ", "رَقْمx"])
def test_words_whose_vowels_are_not_written_are_refused(text: str) -> None:
    with pytest.raises(NotVowelledError, match="vowelled"):
        phonemes(text)


def test_the_marks_may_stand_in_any_order() -> None:
    for text in ("شُب\u0651\u064eاك", "شُب\u064e\u0651اك"):
        (word,) = phonemes(text)
        assert "".join(each.ipa + "ː" * each.is_long for each in word) == "ʃubːaːk"


def test_five_hundred_calls_sound_as_the_grammar_says() -> None:
    calls = spread()
    assert len(calls) == SPREAD
    sentences = [
        call_words(a_call(label, window, recall=recall), hurried=haste)[0]
        for label, window, recall, haste in calls
    ]
    expected = [
        call_sounds(label, window, recall=recall, hurried=haste)
        for label, window, recall, haste in calls
    ]
    found = heard(sentences, "ar")
    wrong = [
        (call, said, wanted)
        for call, said, wanted in zip(calls, found, expected, strict=True)
        if said != wanted
    ]
    assert wrong == []


def test_a_number_beyond_four_digits_sounds_as_its_digits_do() -> None:
    sentence = Utterance("ar", (arabic_numbers.number(12_340),))
    said = " ".join(UNITS[digit] for digit in "12340")
    assert heard([sentence], "ar") == [[said]]


@pytest.mark.soak
def test_every_number_sounds_as_the_grammar_says() -> None:
    values = range(1, 10_000)
    sentences = [Utterance("ar", (arabic_numbers.number(value),)) for value in values]
    assert heard(sentences, "ar") == [[number_sounds(value)] for value in values]


def test_english_is_said_in_words_and_no_letter_becomes_an_article() -> None:
    """A last «one» is said without stress, as the pronoun is; it is heard all the same."""
    calls = [
        a_call("142", 5, language="en"),
        a_call("A101", 12, recall=1, language="en"),
        a_call("Y9", 1, recall=2, language="en"),
    ]
    found = heard([call_words(call, hurried=False)[1] for call in calls], "en")
    assert found == [
        ["nˈʌmbə wˈɒn hˈʌndɹɪd and fˈɔːti tˈuː", "wˈɪndəʊ fˈaɪv"],
        ["sˈɛkənd kˈɔːl", "nˈʌmbə lˈɛtəɹ ˈeɪ", "wˈɒn hˈʌndɹɪd and wɒn", "wˈɪndəʊ twˈɛlv"],
        ["lˈast kˈɔːl", "nˈʌmbə lˈɛtə wˈaɪ", "nˈaɪn", "wˈɪndəʊ wɒn"],
    ]
