"""Labels: the form of programs, the form of people, and the way between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_services.l10n import western
from queue_server.tickets.numbering import EMERGENCY_SERIES, SERIES_LETTERS, display_label, label_of

SERIES = st.sampled_from(["", *SERIES_LETTERS])
NUMBERS = st.integers(1, 99_999)


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("142", "١٤٢"),
        ("1000", "١٠٠٠"),
        ("A101", "أ-١٠١"),
        ("J7", "ج-٧"),
        ("K12", "ك-١٢"),
        ("T103", "ط-١٠٣"),
    ],
)
def test_a_label_is_shown_in_eastern_digits_with_its_letter_before_a_dash(
    label: str, shown: str
) -> None:
    assert display_label(label) == shown


@given(series=SERIES, number=NUMBERS)
def test_two_labels_never_look_alike(series: str, number: int) -> None:
    shown = display_label(label_of(series, number))
    letter, dash, digits = shown.rpartition("-")
    letters = {arabic: api for api, arabic in SERIES_LETTERS.items()}
    assert (letters[letter] if dash else "") == series
    assert int(western(digits)) == number


@given(series=SERIES, number=NUMBERS)
def test_a_shown_label_holds_no_western_digit_and_no_latin_letter(series: str, number: int) -> None:
    assert not [
        each for each in display_label(label_of(series, number)) if each.isascii() and each != "-"
    ]


def test_letters_for_queues_and_for_offline_kiosks_are_all_different() -> None:
    assert len(set(SERIES_LETTERS.values())) == len(SERIES_LETTERS) == 11
    assert list(SERIES_LETTERS)[5:] == ["K", "L", "N", "W", "Y", EMERGENCY_SERIES]


def test_numbers_have_no_leading_zeros() -> None:
    assert label_of("", 101) == "101"
    assert label_of("A", 7) == "A7"
