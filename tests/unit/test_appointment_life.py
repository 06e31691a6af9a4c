"""The life of an appointment as one table, its code, and from when a check-in counts."""

from datetime import UTC, datetime, timedelta
from typing import Final, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.appointments.codes import LENGTH, code_from, code_words, new_code
from queue_server.appointments.lifecycle import (
    NONE,
    TRANSITIONS,
    allowed_acts,
    state_after,
)
from queue_server.appointments.model import AppointmentEventKind, AppointmentState
from queue_server.tickets.arrival import arrival_of, is_in_grace

STATES: tuple[AppointmentState, ...] = get_args(AppointmentState)
SLOT: Final = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
"""10:30 in Cairo."""


def test_an_event_leads_from_a_state_to_one_state_only() -> None:
    pairs = [each[:2] for each in TRANSITIONS]
    assert len(pairs) == len(set(pairs))
    assert {event for event, _, _ in TRANSITIONS} == set(get_args(AppointmentEventKind))


def test_a_life_begins_with_a_booking_and_nothing_leads_back_to_it() -> None:
    assert [each for each in TRANSITIONS if each[2] == "booked"] == [("book", NONE, "booked")]


@pytest.mark.parametrize("state", ["cancelled", "moved"])
def test_what_was_given_back_moves_no_more(state: AppointmentState) -> None:
    assert not [each for each in TRANSITIONS if each[1] == state]
    assert allowed_acts(state) == ()


def test_a_booking_may_be_checked_in_moved_and_cancelled_one_that_was_missed_only_checked_in() -> (
    None
):
    assert allowed_acts("booked") == ("check-in", "move", "cancel")
    assert allowed_acts("released") == ("check-in",)
    assert allowed_acts("checked_in") == ()
    assert state_after("check_in", "checked_in") == "checked_in"


def arrival(minutes: float, *, credit_s: int = 0, grace_s: int = 900) -> datetime:
    return arrival_of(
        SLOT,
        SLOT + timedelta(minutes=minutes),
        early_grace_s=grace_s,
        late_grace_s=grace_s,
        credit_s=credit_s,
        largest_credit_s=900,
    )


@pytest.mark.parametrize("minutes", [-15, -3, 0, 14, 15])
def test_within_the_grace_the_slot_counts(minutes: int) -> None:
    assert arrival(minutes) == SLOT


@pytest.mark.parametrize("minutes", [-60, -15.1, 15.1, 90])
def test_outside_the_grace_the_moment_of_the_check_in_counts(minutes: float) -> None:
    assert arrival(minutes) == SLOT + timedelta(minutes=minutes)


def test_a_credit_is_not_added_to_a_late_slot() -> None:
    """Ten minutes late with a quarter's credit: a quarter before the check-in, not 25 minutes."""
    assert arrival(10, credit_s=900) - timedelta(minutes=15) == SLOT - timedelta(minutes=5)
    assert arrival(-10, credit_s=900) == SLOT


@given(
    now=st.integers(-7200, 7200),
    early=st.integers(0, 3600),
    late=st.integers(0, 3600),
    credit=st.integers(0, 3600),
    more=st.integers(0, 3600),
)
def test_nobody_with_an_appointment_goes_before_whom_the_published_rule_protects(
    now: int, early: int, late: int, credit: int, more: int
) -> None:
    """The rule's N is the larger of the largest credit and the grace.

    Somebody arrives when he is there and his slot has begun, or when he is there too early or too
    late for it. His rank is never more than N before that, so whoever came more than N before him
    and has no credit at all still stands before him.
    """
    at = SLOT + timedelta(seconds=now)
    counted = arrival_of(
        SLOT,
        at,
        early_grace_s=early,
        late_grace_s=late,
        credit_s=credit,
        largest_credit_s=credit + more,
    )
    keeps = is_in_grace(SLOT, at, early_grace_s=early, late_grace_s=late)
    arrived = max(SLOT, at) if keeps else at
    bound = timedelta(seconds=max(credit + more, late))
    rank_at = counted - timedelta(seconds=credit)
    assert arrived - rank_at <= bound
    assert rank_at <= arrived


def test_codes_have_no_zero_and_are_read_in_any_digits_and_groups() -> None:
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(len(code) == LENGTH and "0" not in code and code.isdecimal() for code in codes)
    for code in codes:
        for language in ("ar", "en"):
            assert code_from(code_words(code, language)) == code


@pytest.mark.parametrize("text", ["", "1234567", "123456789", "12345670", "abcdefgh", "1234 567x"])
def test_what_is_no_code_is_none(text: str) -> None:
    assert code_from(text) is None


def test_a_code_is_said_in_two_groups_of_the_readers_digits() -> None:
    assert code_words("47298381", "ar") == "٤٧٢٩\u00a0٨٣٨١"
    assert code_from("٤٧٢٩-٨٣٨١") == "47298381"
