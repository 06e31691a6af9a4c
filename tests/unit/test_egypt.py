"""National numbers and phones, as Egyptians write them."""

import re
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_services.egypt import (
    NATIONAL_ID_PATTERN,
    NationalIdFault,
    NotANationalId,
    NotAPhone,
    mask_phone,
    read_national_id,
    read_phone,
)
from core_services.l10n import digits
from tests.support.citizens import GROWN, OLD, PHONE, national_id

TODAY = date(2026, 11, 22)

births = st.dates(date(1900, 1, 1), TODAY)
mobiles = st.builds(
    lambda network, rest: f"1{network}{rest:08}",
    st.sampled_from("0125"),
    st.integers(0, 99_999_999),
)


@given(births, st.integers(0, 9), st.sampled_from(["01", "13", "29", "35", "88"]))
def test_a_national_number_gives_its_birth_date_however_it_is_written(
    born: date, last: int, governorate: str
) -> None:
    text = national_id(born, last=last, governorate=governorate)
    spaced = f" {text[0]} {text[1:7]}-{text[7:9]} {text[9:]}\u200f"
    for written in (text, digits(text, "ar"), spaced, digits(spaced, "ar")):
        read = read_national_id(written, today=TODAY)
        assert (read.digits, read.birth_date) == (text, born)
        assert read.last_four == text[-4:]


@given(
    st.from_regex(NATIONAL_ID_PATTERN.replace("$", r"\Z"), alphabet=st.characters(codec="ascii"))
)
def test_whatever_keeps_to_the_documented_pattern_is_read(text: str) -> None:
    assert read_national_id(text, today=TODAY).digits == text


@given(births, st.sampled_from(["01", "13", "88"]))
def test_the_documented_pattern_leaves_nobody_out_who_was_born_before_2026(
    born: date, governorate: str
) -> None:
    text = national_id(born, governorate=governorate)
    assert bool(re.search(NATIONAL_ID_PATTERN, text)) is (born.year < 2026)


@pytest.mark.parametrize(
    "day", [date(1904, 2, 29), date(1996, 2, 29), date(2000, 2, 29), date(2024, 2, 29)]
)
def test_the_documented_pattern_knows_leap_days(day: date) -> None:
    assert re.search(NATIONAL_ID_PATTERN, national_id(day))
    assert not re.search(NATIONAL_ID_PATTERN, "20002291300007")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "length"),
        (GROWN[:13], "length"),
        (GROWN + "1", "length"),
        ("2900517130000x", "length"),
        ("²" * 14, "length"),
        ("1" + GROWN[1:], "century"),
        ("4" + GROWN[1:], "century"),
        ("29013171300007", "birth_date"),
        ("29002301300007", "birth_date"),
        ("32611231300007", "birth_date"),
        ("29005170500007", "governorate"),
        ("29005179900007", "governorate"),
    ],
)
def test_what_can_be_no_national_number_says_which_part(text: str, fault: NationalIdFault) -> None:
    with pytest.raises(NotANationalId) as refused:
        read_national_id(text, today=TODAY)
    assert refused.value.fault == fault


@given(births, births)
def test_an_age_grows_by_one_on_the_birthday(born: date, day: date) -> None:
    read = read_national_id(national_id(born), today=TODAY)
    if day < born:
        return
    age = read.age_on(day)
    assert 0 <= age <= 126
    tomorrow = day + timedelta(days=1)
    leap = (born.month, born.day) == (2, 29)
    is_birthday = (tomorrow.month, tomorrow.day) == (born.month, born.day) or (
        leap and (day.month, day.day) == (2, 28)
    )
    assert read.age_on(tomorrow) - age <= is_birthday


def test_somebody_is_65_on_the_birthday_and_not_on_the_day_before() -> None:
    read = read_national_id(national_id(date(1961, 11, 22)), today=TODAY)
    assert read.age_on(TODAY) == 65
    assert read.age_on(TODAY - timedelta(days=1)) == 64


@given(mobiles, st.sampled_from(["0{}", "+20{}", "0020{}", "20{}", "{}", "+20 (0) {}", "(0{})"]))
def test_a_mobile_is_kept_as_one_number_however_it_is_written(mobile: str, form: str) -> None:
    if form == "+20 (0) {}" and mobile.startswith("0"):
        return
    written = form.format(mobile)
    spaced = f"\u202a{written[:5]} {written[5:8]}-{written[8:]}\u202c"
    for text in (written, digits(written, "ar"), spaced, digits(spaced, "ar")):
        assert read_phone(text) == f"+20{mobile}"


def test_a_landline_is_a_number_too() -> None:
    assert read_phone("055 3211234") == "+20553211234"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "123",
        "19123",
        "+966501234567",
        "0101234567",
        "010123456789",
        "01312345678",
        "0800FLOWERS",
    ],
)
def test_what_is_no_egyptian_number_is_refused(text: str) -> None:
    with pytest.raises(NotAPhone):
        read_phone(text)


@pytest.mark.parametrize("text", ["0101234567", GROWN[:13]])
def test_a_refusal_does_not_repeat_what_was_written(text: str) -> None:
    with pytest.raises((NotAPhone, NotANationalId)) as refused:
        read_phone(text) if text.startswith("0") else read_national_id(text, today=TODAY)
    assert text not in str(refused.value) + repr(refused.value)


@given(st.text(max_size=40))
def test_no_text_makes_the_readers_fail_otherwise(text: str) -> None:
    with suppress(NotAPhone):
        assert read_phone(text).startswith("+20")
    with suppress(NotANationalId):
        assert len(read_national_id(text, today=TODAY).digits) == 14


def test_what_is_shown_of_a_phone_and_of_a_card_names_nobody() -> None:
    assert mask_phone(PHONE) == "+20••••••••17"
    read = read_national_id(OLD, today=TODAY)
    assert "0000" not in repr(read)
    assert "1951" not in repr(read)
