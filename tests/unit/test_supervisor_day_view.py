"""What the supervisor's page makes of a day's figures, of searches and of answers to acts."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.tickets.day_report import Counts, DayReport, HalfHour, WaitFigures
from queue_server.tickets.errors import WindowBusy, WindowOfAnother
from queue_server.tickets.model import PaperMark, Priority, TicketState
from queue_server.web.labels import label_from
from queue_server.web.supervisor.day import DaySoFar, day_so_far
from queue_server.web.supervisor.notices import (
    Notice,
    notice_from,
    query_of,
    query_of_refusal,
)
from queue_server.web.supervisor.tickets import REASONS, TicketSearch, acts_on
from queue_server.web.words import Words
from tests.support.halls import OPENING
from tests.unit.test_phone_view import TICKET

UNIFIED = Words("موحّد", "Unified")
COLLECTION = Words("استلام", "Collection")


def figures(queue: str | None, priority: Priority | None, mean_s: float = 600) -> WaitFigures:
    return WaitFigures(queue, priority, 10, mean_s, 540.0, 1260.0)


def day(
    *,
    waits: tuple[WaitFigures, ...] = (),
    bands: dict[int, int] | None = None,
    half_hours: tuple[HalfHour, ...] = (),
    queues: dict[str, Words] | None = None,
) -> DaySoFar:
    report = DayReport(waits, Counts(), half_hours, bands or {})
    return day_so_far(report, at=OPENING, queues=queues or {"U": UNIFIED})


def test_everybody_comes_first_and_one_queue_has_no_total_of_its_own() -> None:
    waits = (figures("U", "age65"), figures("U", "none"), figures("U", None), figures(None, None))
    found = day(waits=waits)
    assert [(row.queue, row.priority) for row in found.waits] == [
        (None, None),
        (UNIFIED, "age65"),
        (UNIFIED, "none"),
    ]
    assert found.whole is not None
    several = day(waits=waits, queues={"U": UNIFIED, "X": COLLECTION})
    assert [(row.queue, row.priority) for row in several.waits][-1] == (UNIFIED, None)


@pytest.mark.parametrize(("mean_s", "shown"), [(599.49, 599), (599.5, 600), (0.2, 0)])
def test_waits_are_rounded_to_the_nearest_second(mean_s: float, shown: int) -> None:
    found = day(waits=(figures(None, None, mean_s),))
    assert found.whole is not None
    assert found.whole.mean_s == shown


def test_columns_have_no_gaps_and_an_hour_and_more_is_the_last() -> None:
    found = day(bands={0: 4, 3: 8, 15: 1, 22: 1}).bands
    assert len(found) == 13
    assert [band.people for band in found] == [4, 0, 0, 8, *([0] * 8), 2]
    assert (found[3].low_minutes, found[3].high_minutes, found[3].height) == (15, 20, 100)
    assert (found[12].low_minutes, found[12].high_minutes) == (60, None)
    assert found[0].height == 50


def test_a_day_without_calls_has_no_columns() -> None:
    found = day()
    assert (found.bands, found.rhythm, found.whole) == ((), (), None)


def test_quiet_half_hours_are_drawn_too_and_only_the_last_twelve_hours() -> None:
    hours = (
        HalfHour(OPENING, 30, 10),
        HalfHour(OPENING + timedelta(minutes=90), 3, 15),
    )
    found = day(half_hours=hours).rhythm
    assert [(pair.issued, pair.called) for pair in found] == [(30, 10), (0, 0), (0, 0), (3, 15)]
    assert [pair.issued_height for pair in found] == [100, 0, 0, 10]
    long = (HalfHour(OPENING, 1, 1), HalfHour(OPENING + timedelta(hours=20), 1, 1))
    assert len(day(half_hours=long).rhythm) == 24


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ("142", "142"),
        ("١٤٢", "142"),
        (" ۱۴۲ ", "142"),
        ("أ-١٠١", "A101"),
        ("ا ١٠١", "A101"),
        ("a101", "A101"),
        ("ج ١٠٥", "J105"),
        ("مئة", None),
        ("", None),
        ("12ab", None),
    ],
)
def test_a_number_is_found_in_any_digits(typed: str, label: str | None) -> None:
    assert label_from(typed) == label


@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_label_or_is_not(text: str) -> None:
    label = label_from(text)
    assert label is None or label_from(label) == label


def test_a_search_lives_in_its_address() -> None:
    search = TicketSearch(text="١٤٢", state="waiting", queue="U", is_doubtful=True)
    assert search.label == "142"
    assert search.address(UUID(int=7)).startswith("/supervisor/tickets?label=%D9%A1")
    assert search.address(UUID(int=7)).endswith(f"&paper=doubtful&after={UUID(int=7)}")
    assert TicketSearch().address() == "/supervisor/tickets"
    assert TicketSearch(text="x").is_no_label


def test_what_was_said_is_read_back_and_nothing_else() -> None:
    query = dict(
        pair.split("=") for pair in query_of("window-closed", window=5, label="142").split("&")
    )
    assert notice_from(query) == Notice("window-closed", Words("١٤٢", "142"), 5)
    assert notice_from({}) is None
    assert notice_from({"said": "<b>you won</b>"}) is None
    forged = {
        "said": "reprint-ordered",
        "label": "<i>",
        "device": "a b",
        "window": "0",
        "state": "A",
        "ticket": "/elsewhere",
    }
    assert notice_from(forged) == Notice("reprint-ordered")


def test_refusals_name_the_state_as_it_is_now() -> None:
    busy = query_of_refusal(WindowBusy(state="serving", label="142", window=5))
    assert busy == "said=window-busy&label=142&window=5&state=serving"
    taken = query_of_refusal(WindowOfAnother(state="open", window=5, opened_by="منى"))
    assert taken == "said=window-of-another&window=5&state=open"
    assert Notice("window-busy").is_refusal
    assert not Notice("window-taken").is_refusal


@pytest.mark.parametrize(
    ("state", "paper", "acts"),
    [
        ("waiting", "printed", ("reprint", "cancel", "void")),
        ("waiting", "held", ("printed", "reprint", "cancel", "void")),
        ("called", "none", ("reprint", "no-show", "cancel")),
        ("serving", "held", ("finish",)),
        ("finished", "held", ()),
    ],
)
def test_a_ticket_offers_what_its_state_allows(
    state: TicketState, paper: PaperMark, acts: tuple[str, ...]
) -> None:
    assert acts_on(replace(TICKET, state=state, paper=paper)) == acts


def test_whatever_ends_a_ticket_by_hand_has_reasons() -> None:
    assert set(REASONS) == {"finish", "cancel", "void"}
