"""Sums of money as people type them and as the books hold them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_services.l10n import format_money
from core_services.money import (
    MOST_PIASTRES,
    MoneyError,
    NotAnAmount,
    TooLarge,
    TooPrecise,
    parse_money,
    plain_money,
)


@pytest.mark.parametrize(
    ("typed", "piastres"),
    [
        ("225", 22500),
        (" 225.5 ", 22550),
        ("٢٢٥٫٥٠", 22550),
        ("۲۲۵", 22500),
        ("1,250.75", 125075),
        ("١٬٢٥٠٫٧٥ ج", 125075),
        ("٢٢٥ جنيهًا", 22500),
        ("EGP 3.00", 300),
        ("0.05", 5),
        ("0", 0),
        ("1.500", 150),
    ],
)
def test_pounds_are_read_as_people_type_them(typed: str, piastres: int) -> None:
    assert parse_money(typed) == piastres


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", NotAnAmount),
        ("ج", NotAnAmount),
        ("-5", NotAnAmount),
        ("1,25", NotAnAmount),
        ("12.", NotAnAmount),
        (".5", NotAnAmount),
        ("1e3", NotAnAmount),
        ("12 13", NotAnAmount),
        ("1.005", TooPrecise),
        ("92233720368547758.08", TooLarge),
        ("9" * 5000, TooLarge),
    ],
)
def test_what_is_not_a_sum_is_refused_with_its_words(typed: str, error: type[MoneyError]) -> None:
    with pytest.raises(error) as refused:
        parse_money(typed)
    assert refused.value.text == typed
    assert repr(typed) in str(refused.value)


@given(st.integers(0, MOST_PIASTRES))
def test_every_sum_is_read_back_from_every_way_it_is_written(piastres: int) -> None:
    for text in (
        plain_money(piastres),
        format_money(piastres, "ar"),
        format_money(piastres, "en"),
    ):
        assert parse_money(text) == piastres
