"""What Arabic and English readers are shown: numbers, dates, waits."""

import unicodedata
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from babel.dates import format_date as babel_date
from hypothesis import given
from hypothesis import strategies as st

from core_services.l10n import (
    Language,
    digits,
    fold_arabic,
    format_date,
    format_date_words,
    format_hours_minutes,
    format_minutes_seconds,
    format_money,
    format_number,
    format_time,
    isolate,
    one_line,
    plural,
    plural_index,
    wait_words,
    western,
)

SUNDAY = date(2026, 11, 22)


@given(st.text())
def test_western_digits_survive_the_way_to_eastern_and_back(text: str) -> None:
    assert western(digits(text, "ar")) == western(text)


@given(st.integers(min_value=0))
def test_eastern_digits_hold_the_number(n: int) -> None:
    eastern = digits(str(n), "ar")
    assert not any("0" <= letter <= "9" for letter in eastern)
    assert int(eastern) == n


def test_english_text_gets_western_digits() -> None:
    assert digits("رقم ١٤٢ و۱۴۲", "en") == "رقم 142 و142"


@pytest.mark.parametrize(
    ("n", "decimals", "arabic", "english"),
    [
        (0, 0, "٠", "0"),
        (999, 0, "٩٩٩", "999"),
        (1250, 0, "١٬٢٥٠", "1,250"),
        (1234567, 0, "١٬٢٣٤٬٥٦٧", "1,234,567"),
        (Decimal("1250.75"), 2, "١٬٢٥٠٫٧٥", "1,250.75"),
        (0.5, 1, "٠٫٥", "0.5"),
        (-3, 0, "-٣", "-3"),
    ],
)
def test_numbers_have_the_digits_and_separators_of_their_language(
    n: int | float | Decimal, decimals: int, arabic: str, english: str
) -> None:
    assert format_number(n, "ar", decimals=decimals) == arabic
    assert format_number(n, "en", decimals=decimals) == english


def test_a_date_reads_as_on_a_slip() -> None:
    assert format_date(SUNDAY, "ar") == "الأحد ٢٢/١١/٢٠٢٦"
    assert format_date(SUNDAY, "en") == "Sunday 22/11/2026"
    assert format_date_words(SUNDAY, "ar") == "الأحد ٢٢ نوفمبر"
    assert format_date_words(SUNDAY, "en") == "Sunday 22 November"


@given(st.dates())
def test_dates_carry_no_direction_marks(day: date) -> None:
    for language in ("ar", "en"):
        for text in (format_date(day, language), format_date_words(day, language)):
            assert not [letter for letter in text if unicodedata.category(letter) == "Cf"]


@pytest.mark.parametrize("offset", range(0, 366, 5))
def test_weekdays_and_months_are_those_of_egypt(offset: int) -> None:
    day = SUNDAY + timedelta(days=offset)
    words = babel_date(day, "EEEE d MMMM", locale="ar_EG")
    assert format_date_words(day, "ar") == digits(words, "ar")
    assert format_date_words(day, "en") == babel_date(day, "EEEE d MMMM", locale="en")


@pytest.mark.parametrize(
    ("at", "arabic", "english"),
    [
        (time(9, 14), "٩:١٤ ص", "9:14 am"),
        (time(0, 5), "١٢:٠٥ ص", "12:05 am"),
        (time(12, 0), "١٢:٠٠ م", "12:00 pm"),
        (time(23, 59), "١١:٥٩ م", "11:59 pm"),
        (datetime(2026, 11, 22, 14, 30), "٢:٣٠ م", "2:30 pm"),
    ],
)
def test_a_time_reads_as_on_a_slip(at: datetime | time, arabic: str, english: str) -> None:
    assert format_time(at, "ar") == arabic
    assert format_time(at, "en") == english


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "٠٠:٠٠"), (192, "٠٣:١٢"), (59.9, "٠٠:٥٩"), (4500, "٧٥:٠٠"), (-3, "٠٠:٠٠")],
)
def test_a_running_clock_shows_minutes_and_seconds(seconds: float, shown: str) -> None:
    assert format_minutes_seconds(seconds, "ar") == shown
    assert format_minutes_seconds(seconds, "en") == western(shown)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "٠:٠٠"),
        (59.9, "٠:٠٠"),
        (60, "٠:٠١"),
        (27_959, "٧:٤٥"),
        (360_000, "١٠٠:٠٠"),
        (-5, "٠:٠٠"),
    ],
)
def test_lengths_of_hours_are_hours_and_whole_minutes(seconds: float, shown: str) -> None:
    assert format_hours_minutes(seconds, "ar") == shown
    assert format_hours_minutes(seconds, "en") == western(shown)


@pytest.mark.parametrize(
    ("piastres", "arabic", "english"),
    [
        (22500, "٢٢٥٫٠٠ ج", "EGP 225.00"),
        (5, "٠٫٠٥ ج", "EGP 0.05"),
        (125075, "١٬٢٥٠٫٧٥ ج", "EGP 1,250.75"),
    ],
)
def test_money_is_shown_in_pounds(piastres: int, arabic: str, english: str) -> None:
    assert format_money(piastres, "ar") == arabic
    assert format_money(piastres, "en") == english


@pytest.mark.parametrize(
    ("low_min", "high_min", "arabic", "english"),
    [
        (20, 30, "من ٢٠ إلى ٣٠ دقيقة", "20 to 30 minutes"),
        (5, 10, "من ٥ إلى ١٠ دقائق", "5 to 10 minutes"),
        (10, 15, "من ١٠ إلى ١٥ دقيقة", "10 to 15 minutes"),
        (1, 2, "من دقيقة إلى دقيقتين", "1 to 2 minutes"),
        (0, 5, "أقل من ٥ دقائق", "less than 5 minutes"),
        (0, 1, "أقل من دقيقة", "less than 1 minute"),
        (5, 5, "حوالي ٥ دقائق", "about 5 minutes"),
        (95, 120, "من ٩٥ إلى ١٢٠ دقيقة", "95 to 120 minutes"),
        (120, 180, "من ساعتين إلى ٣ ساعات", "2 to 3 hours"),
        (100, 150, "من ساعة ونصف إلى ساعتين ونصف", "1.5 to 2.5 hours"),
        (30, 125, "من نصف ساعة إلى ساعتين ونصف", "0.5 to 2.5 hours"),
        (180, 720, "من ٣ ساعات إلى ١٢ ساعة", "3 to 12 hours"),
    ],
)
def test_a_wait_is_said_in_words_that_agree_with_its_number(
    low_min: int, high_min: int, arabic: str, english: str
) -> None:
    assert wait_words(low_min * 60, high_min * 60, "ar") == arabic
    assert wait_words(low_min * 60, high_min * 60, "en") == english


def test_a_wait_is_rounded_outward() -> None:
    assert wait_words(1199, 1801, "en") == "19 to 31 minutes"


@given(st.integers(0, 86400), st.integers(0, 86400), st.sampled_from(["ar", "en"]))
def test_every_wait_can_be_said(low_s: int, spread_s: int, language: Language) -> None:
    words = wait_words(low_s, low_s + spread_s, language)
    assert words
    assert "  " not in words


@pytest.mark.parametrize(
    ("n", "form"),
    [
        (0, 0),
        (1, 1),
        (2, 2),
        (3, 3),
        (10, 3),
        (11, 4),
        (99, 4),
        (100, 5),
        (101, 5),
        (102, 5),
        (103, 3),
        (110, 3),
        (111, 4),
        (1000, 5),
        (1003, 3),
    ],
)
def test_each_number_has_its_arabic_form(n: int, form: int) -> None:
    assert plural_index(n) == form
    forms = ("صفر", "شخص واحد", "شخصان", "أشخاص", "شخصًا", "شخص")
    assert plural(n, *forms) == forms[form]


def test_english_has_two_forms() -> None:
    assert [plural(n, "person", "people") for n in (0, 1, 2)] == ["people", "person", "people"]


def test_another_count_of_forms_is_refused() -> None:
    with pytest.raises(ValueError, match="two or six"):
        plural(3, "a", "b", "c")


def test_an_isolated_piece_stands_between_its_marks() -> None:
    assert isolate("A-042") == "\u2068A-042\u2069"


@pytest.mark.parametrize("mark", list("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
def test_no_text_breaks_out_of_its_isolation_or_turns_what_follows(mark: str) -> None:
    assert isolate(f"Mona{mark} {mark}El-Sayed") == "\u2068Mona El-Sayed\u2069"


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (" برجاء \n الهدوء\t", "برجاء الهدوء"),
        ("شباك\u202e ١٢\u2066٣", "شباك ١٢٣"),
        ("a\x00b\x1bc", "a b c"),
        ("می\u200cخواهم \u200f(5)", "می\u200cخواهم \u200f(5)"),
        ("\u200f\u202e \u200b\ufeff", ""),
        ("", ""),
    ],
)
def test_typed_words_are_one_line_that_turns_nothing(typed: str, line: str) -> None:
    assert one_line(typed) == line


def test_marks_that_turn_nothing_else_stay_in_an_isolated_piece() -> None:
    assert isolate("\u200fمنى\u200e (5)") == "\u2068\u200fمنى\u200e (5)\u2069"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("أحمد", "احمد"),
        ("إيمان", "ايمان"),
        ("آمال", "امال"),
        ("ٱلله", "الله"),
        ("مصطفى", "مصطفي"),
        ("فاطمة", "فاطمه"),
        ("عبدالله", "عبد الله"),
        ("محمد عبد الرحمن", "محمد عبدالرحمن"),
        ("مُحَمَّـــد", "محمد"),
        ("مؤمن", "مومن"),
        ("  كفر   صقر ", "كفر صقر"),
        ("حوض ١٢", "حوض 12"),
        ("\u2068علی\u2069", "على"),
        ("CAFÉ", "cafe"),
    ],
)
def test_spellings_of_one_name_fold_to_the_same(one: str, other: str) -> None:
    assert fold_arabic(one) == fold_arabic(other)


def test_different_names_stay_different() -> None:
    assert len({fold_arabic(name) for name in ("أحمد", "محمد", "حامد", "محمود", "معبد الله")}) == 5


@given(st.text(alphabet="عبد الله أإآىيةه ـَُّ١2aBé\u2068", max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold_arabic(fold_arabic(text)) == fold_arabic(text)
