"""A kiosk after a week of slips that nobody confirmed: what it remembers, and the work it does."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID, uuid4

import pytest

from core_services.link.slip_frames import Paper
from kiosk.flow import Advance, advance
from kiosk.leftovers import leftovers
from kiosk.offline import Outbox
from kiosk.slips import JobState, Slip
from kiosk.state import Flow
from kiosk.steps import (
    Event,
    HallChanged,
    JobChanged,
    LinkChanged,
    Patience,
    PrinterChanged,
    SendIssue,
    SlipFound,
    SlipsFound,
    Ticked,
    TicketIssued,
    Touched,
)
from tests.support.clock import ManualClock
from tests.support.kiosk import hall, ticket

A_DAY = 400
A_WEEK = 7 * A_DAY
BLIND = Patience(late_word_s=0.0)


def steps_of(work: Callable[[], object]) -> int:
    """Count the interpreter's steps: work without a clock."""
    count = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


class Day:
    """A kiosk that gives a number every minute, each of which ends as `unknown`."""

    def __init__(self, patience: Patience) -> None:
        self.now = 100.0
        self.flow = Flow(patience=patience)
        for event in (LinkChanged(True), HallChanged(hall()), PrinterChanged(True)):
            self.tell(event)

    def tell(self, event: Event) -> Advance:
        self.flow, effects = advance(self.flow, event, self.now)
        return self.flow, effects

    def number(self) -> None:
        _, effects = self.tell(Touched("take", uuid4().hex))
        (effect,) = effects
        assert isinstance(effect, SendIssue)
        issued = ticket()
        self.tell(TicketIssued(effect.command.key, issued))
        for state in ("sending", "sent", "unknown"):
            self.tell(JobChanged(str(issued.id), state))
        self.now += 54.0
        self.tell(Ticked())


def flow_with(count: int) -> Flow:
    slips = [Slip(str(n), UUID(int=n), state="unknown", said="unknown") for n in range(count)]
    return Flow(slips={slip.job: slip for slip in slips})


def test_a_kiosk_with_a_printer_that_never_answers_remembers_no_slip_that_was_told() -> None:
    day = Day(BLIND)
    first = steps_of(day.number)
    for _ in range(A_WEEK - 2):
        day.number()
        assert day.flow.slips == {}
    last = steps_of(day.number)
    assert last == pytest.approx(first, rel=0.05)


def test_late_words_are_awaited_for_half_a_day_and_no_longer() -> None:
    day = Day(Patience())
    for _ in range(3 * A_DAY):
        day.number()
    within = Patience().late_word_s / 54.0
    assert len(day.flow.slips) == pytest.approx(within, abs=2)
    oldest, newest = list(day.flow.slips)[2], list(day.flow.slips)[-1]
    for job in (oldest, newest):
        _, effects = day.tell(JobChanged(job, "done", "echo"))
        assert len(effects) == 1
        assert job not in day.flow.slips


@pytest.mark.parametrize("event", [Ticked(), JobChanged("7", "done", "echo")])
def test_an_event_costs_at_most_a_glance_at_each_slip(event: Event) -> None:
    few, many = flow_with(A_WEEK // 10), flow_with(A_WEEK)
    few_steps = steps_of(lambda: advance(few, event, 100.0))
    many_steps = steps_of(lambda: advance(many, event, 100.0))
    assert many_steps - few_steps <= 30 * (A_WEEK - A_WEEK // 10)


@pytest.mark.parametrize("state", ["unknown", "failed", "done"])
def test_a_start_costs_the_same_for_each_slip_however_many_there_are(state: JobState) -> None:
    def steps_for(count: int) -> int:
        found = SlipsFound(
            tuple(
                SlipFound(str(n), UUID(int=n), reprint=False, state=state, said="unknown")
                for n in range(count)
            )
        )
        return steps_of(lambda: advance(Flow(), found, 100.0))

    each = steps_for(A_WEEK // 10) / (A_WEEK // 10)
    assert steps_for(A_WEEK) <= 1.1 * each * A_WEEK


def test_a_start_looks_only_at_slips_of_which_word_may_still_come(tmp_path: Path) -> None:
    clock = ManualClock()
    outbox = Outbox.open(tmp_path / "outbox.sqlite3", clock)
    began = clock.now()
    rows = [
        (str(UUID(int=n)), (began + timedelta(days=7) * n / A_WEEK).isoformat())
        for n in range(A_WEEK)
    ]
    with outbox._transaction() as sql:
        sql.executemany(
            "INSERT INTO slip (job, ticket, reprint, said, made_at)"
            " VALUES (?1, ?1, 0, 'unknown', ?2)",
            rows,
        )
    clock._elapsed = timedelta(days=7).total_seconds()
    half_a_day = timedelta(seconds=Patience().late_word_s)
    assert len(list(leftovers(outbox, None, late_word=half_a_day))) == A_DAY // 2 - 1
    assert list(leftovers(outbox, None, late_word=timedelta(0))) == []
    owed = ticket()
    outbox.issued("key-1", owed)
    outbox.issued("key-2", held := ticket())
    outbox.say(str(held.id), Paper(ticket=held.id, state="held"))
    found = list(leftovers(outbox, None, late_word=timedelta(0)))
    assert {slip.ticket for slip in found} == {owed.id, held.id}
    outbox.close()


def test_a_slip_on_the_glass_stays_while_it_is_read() -> None:
    day = Day(BLIND)
    day.number()
    day.now += 60
    _, effects = day.tell(Touched("take", uuid4().hex))
    (effect,) = effects
    assert isinstance(effect, SendIssue)
    issued = ticket()
    day.tell(TicketIssued(effect.command.key, issued))
    day.tell(JobChanged(str(issued.id), "unknown"))
    slip = day.flow.slip
    assert slip is not None
    assert (slip.said, day.flow.paper_news) == ("unknown", "unsure")
    assert replace(slip, forget_at=None).is_settled
