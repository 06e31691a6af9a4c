"""What a citizen's phone shows for each place in line."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args
from uuid import UUID

import pytest

from queue_server.tickets.model import Ticket, TicketState, Wait
from queue_server.tickets.store_citizen import Place
from queue_server.web.citizen.view import PhoneView, Stage, phone_view
from queue_server.web.words import Words

TODAY = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 7, 14, tzinfo=UTC)
TICKET = Ticket(
    id=UUID(int=142),
    business_day=date(2026, 11, 22),
    series="",
    number=142,
    label="142",
    queue="U",
    service="reconciliation",
    priority="disability",
    lane="priority",
    state="waiting",
    paper="printed",
    channel="kiosk",
    device_id=None,
    language="ar",
    token="ABCDEFGHIJKLMNOP",
    rank_at=AT,
    issued_at=AT,
    called_at=None,
    started_at=None,
    finished_at=None,
    window=None,
    recalls=0,
    call_id=None,
    position_at_issue=13,
    wait_at_issue=None,
    revision=500,
    arrived_at=AT,
    waiting_since=AT,
    last_at=AT,
)
SOON = Wait(low_s=0, likely_s=290, high_s=600)
LATER = Wait(low_s=600, likely_s=901, high_s=1500)


def a_place(
    state: TicketState = "waiting", *, ahead: int | None = 12, wait: Wait | None = LATER
) -> Place:
    """Return a place; a ticket that left the line has nobody ahead and nothing to expect."""
    in_line = state in ("waiting", "unconfirmed")
    window = 5 if state in ("called", "serving", "parked", "finished", "no_show") else None
    return Place(
        ticket=replace(TICKET, state=state, window=window, called_at=AT if window else None),
        service_ar="طلب تصالح",
        service_en="Reconciliation",
        ahead=ahead if in_line else None,
        wait=wait if in_line else None,
    )


@pytest.mark.parametrize(
    ("ahead", "wait", "stage"),
    [
        (12, LATER, "far"),
        (4, LATER, "far"),
        (3, LATER, "near"),
        (0, LATER, "near"),
        (9, SOON, "near"),
        (12, None, "held"),
        (0, None, "held"),
    ],
)
def test_in_line_it_says_whether_the_turn_is_near(
    ahead: int, wait: Wait | None, stage: Stage
) -> None:
    view = phone_view(a_place(ahead=ahead, wait=wait), TODAY)
    assert view.stage == stage
    assert view.is_in_line
    assert not view.is_over


def test_a_number_being_printed_stands_in_line_like_any_other() -> None:
    assert phone_view(a_place("unconfirmed", ahead=2), TODAY).stage == "near"


@pytest.mark.parametrize(
    "state", ["called", "serving", "parked", "finished", "no_show", "cancelled", "void", "lapsed"]
)
def test_out_of_line_the_state_itself_is_told_and_no_wait(state: TicketState) -> None:
    view = phone_view(a_place(state), TODAY)
    assert view.stage == state
    assert not view.is_in_line
    assert view.wait is None


def test_a_number_kept_for_another_day_says_when_to_come_and_nothing_of_the_line() -> None:
    view = phone_view(a_place(), TODAY - timedelta(days=1))
    assert (view.stage, view.day, view.ahead, view.wait) == ("kept", TODAY, None, None)
    assert not view.is_over


def test_every_state_of_the_life_has_something_to_say() -> None:
    for state in get_args(TicketState):
        assert phone_view(a_place(state), TODAY).stage in get_args(Stage)


@pytest.mark.parametrize("state", ["finished", "cancelled", "void", "lapsed"])
def test_a_number_that_ended_is_not_watched_any_more(state: TicketState) -> None:
    assert phone_view(a_place(state), TODAY).is_over


def test_a_missed_call_is_watched_on_since_reception_may_give_the_place_back() -> None:
    assert not phone_view(a_place("no_show"), TODAY).is_over


def test_nothing_personal_is_in_the_view() -> None:
    shown = set(PhoneView.__slots__)
    assert shown == {
        "label",
        "service",
        "stage",
        "ahead",
        "wait",
        "window",
        "calls",
        "called_at",
        "call_id",
        "day",
        "outage",
        "payment_is_down",
        "messages",
        "return_within_min",
    }


def test_a_number_without_a_service_names_none() -> None:
    place = replace(a_place(), service_ar=None, service_en=None)
    assert phone_view(place, TODAY).service is None


@pytest.mark.parametrize(
    ("label", "arabic", "size"),
    [("142", "١٤٢", "usual"), ("1042", "١٠٤٢", "long"), ("A101", "أ-١٠١", "long")],
)
def test_a_label_is_written_in_both_forms_and_long_ones_smaller(
    label: str, arabic: str, size: Literal["usual", "long"]
) -> None:
    place = a_place()
    view = phone_view(replace(place, ticket=replace(place.ticket, label=label)), TODAY)
    assert view.label == Words(arabic, label)
    assert view.size == size


def test_calls_are_counted_with_the_first() -> None:
    place = a_place("called")
    again = replace(place, ticket=replace(place.ticket, recalls=2))
    assert (phone_view(place, TODAY).calls, phone_view(again, TODAY).calls) == (1, 3)
