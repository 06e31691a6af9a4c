"""Hypothesis lives days with appointments against PostgreSQL and the pure rules: they never differ.

The model holds nothing but dictionaries and the pure modules (slots, lifecycle). Every answer of
the database, its refusals included, must be the one that the model foretells; whoever is called is
never called before somebody whom the published rule protects.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core_services.audit.verify import verify
from core_services.database.pool import Pool, open_pool
from queue_server.appointments.acts import Appointments
from queue_server.appointments.lifecycle import LIVE, state_after
from queue_server.appointments.model import Appointment, SlotPlan
from queue_server.appointments.slots import slots_of
from queue_server.tickets.acts import Queue
from queue_server.tickets.arrival import is_in_grace
from queue_server.tickets.errors import (
    AppointmentActNotAllowed,
    NotTheDay,
    SlotFull,
    SlotNotOffered,
)
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Priority, Ticket
from tests.support.appointments import CITIZEN, MORNING, add_plan, book
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import KEY, make_centre, open_queue, open_windows

CREDIT_S = {"none": 0, "age65": 900}
GRACE_S = 900
BOUND = timedelta(seconds=GRACE_S)
TERMS = replace(MORNING, capacity=4, walk_in_percent=50, horizon_days=1)
PRIORITIES: st.SearchStrategy[Priority] = st.sampled_from(["none", "none", "age65"])
_centres = count(5000)


@dataclass(slots=True)
class Known:
    """What the model knows of a booking."""

    booking: Appointment
    state: str
    ticket: UUID | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody in line: since when they are there, and what they claimed."""

    arrived: datetime
    priority: Priority


class AppointmentLife(RuleBasedStateMachine):
    """One centre with a plan of mornings, a window that calls, and citizens of both kinds."""

    dsn = ""
    owner_dsn = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.clock = ManualClock()
        self.known: dict[UUID, Known] = {}
        self.line: dict[UUID, Waiting] = {}

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @initialize()
    def open(self) -> None:
        self.centre_id = next(_centres)
        self.run(make_centre(self.owner_dsn, self.centre_id))
        self.pool: Pool = self.run(open_pool(self.dsn, size=2, application_name="stateful"))
        self.queue: Queue = self.run(
            self.stack.enter_async_context(
                open_queue(self.pool, self.dsn, self.clock, self.centre_id)
            )
        )
        self.appointments = Appointments(self.queue)
        plan_id = self.run(add_plan(self.queue, capacity=4, horizon_days=1))
        self.plan = SlotPlan(plan_id, TERMS)
        self.run(open_windows(self.queue, 5))

    @property
    def today(self) -> date:
        return self.queue.today()[0]

    def moment(self, slot: int, days: int) -> datetime:
        """Return when the nth slot of a day begins."""
        centre = self.queue.centre
        day = self.today + timedelta(days=days)
        return slots_of(self.plan, day, centre.zone, centre.cut_over)[slot].starts_at

    def foretold(self, starts_at: datetime, without: UUID | None = None) -> type[Exception] | None:
        """Return what a booking of that slot is refused with, if anything."""
        if starts_at <= self.clock.now():
            return SlotNotOffered
        taken = sum(
            each.booking.starts_at == starts_at and each.state in LIVE
            for key, each in self.known.items()
            if key != without
        )
        return SlotFull if taken >= TERMS.bookable else None

    @rule(slot=st.integers(0, 9), days=st.integers(0, 1))
    def book(self, slot: int, days: int) -> None:
        starts_at = self.moment(slot, days)
        refusal = self.foretold(starts_at)
        if refusal is not None:
            with pytest.raises(refusal):
                self.run(book(self.appointments, starts_at))
            return
        made = self.run(book(self.appointments, starts_at))
        assert (made.starts_at, made.state) == (starts_at, "booked")
        self.known[made.id] = Known(made, "booked")

    @precondition(lambda self: self.known)
    @rule(data=st.data(), slot=st.integers(0, 9), days=st.integers(0, 1))
    def move(self, data: st.DataObject, slot: int, days: int) -> None:
        known = self.some(data)
        starts_at = self.moment(slot, days)
        refusal = self.foretold(starts_at, without=known.booking.id)
        if state_after("move", known.state) is None:
            refusal = AppointmentActNotAllowed
        work = self.appointments.move(known.booking.id, starts_at, via="page", actor=CITIZEN)
        if refusal is not None:
            with pytest.raises(refusal):
                self.run(work)
            return
        moved = self.run(work)
        assert (moved.code, moved.token) == (known.booking.code, known.booking.token)
        known.state = "moved"
        self.known[moved.id] = Known(moved, "booked")

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        known = self.some(data)
        work = self.appointments.cancel(known.booking.id, via="page", actor=CITIZEN)
        if state_after("cancel", known.state) is None:
            with pytest.raises(AppointmentActNotAllowed):
                self.run(work)
            return
        self.run(work)
        known.state = "cancelled"

    @precondition(lambda self: self.known)
    @rule(data=st.data(), priority=PRIORITIES)
    def check_in(self, data: st.DataObject, priority: Priority) -> None:
        self.comes(self.some(data), priority)

    def comes(self, known: Known, priority: Priority) -> None:
        booking, at = known.booking, self.clock.now()
        work = self.appointments.check_in(booking.id, via="api", actor=KEY, priority=priority)
        if known.ticket is not None:
            assert self.run(work).ticket.id == known.ticket
            return
        if state_after("check_in", known.state) is None:
            with pytest.raises(AppointmentActNotAllowed):
                self.run(work)
            return
        if booking.day != self.today:
            with pytest.raises(NotTheDay):
                self.run(work)
            return
        done = self.run(work)
        keeps = is_in_grace(booking.starts_at, at, early_grace_s=GRACE_S, late_grace_s=GRACE_S)
        assert done.appointment.is_late == (not keeps)
        assert done.ticket.channel == "appointment"
        known.state, known.ticket = "checked_in", done.ticket.id
        arrived = max(booking.starts_at, at) if keeps else at
        self.line[done.ticket.id] = Waiting(arrived, priority)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), minutes=st.integers(-20, 20), priority=PRIORITIES)
    def come_about_the_time(self, data: st.DataObject, minutes: int, priority: Priority) -> None:
        """Let somebody who is expected come a little before or after the slot begins."""
        known = self.some(data)
        ahead = known.booking.starts_at + timedelta(minutes=minutes) - self.clock.now()
        if timedelta(0) < ahead < timedelta(hours=3):
            self.time_passes(ahead.total_seconds())
            self.comes(known, priority)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), before=st.integers(1, 15), after=st.integers(1, 15))
    def somebody_old_comes_late(self, data: st.DataObject, before: int, after: int) -> None:
        """Somebody walks in before the slot; its holder comes late in the grace, with a credit."""
        known = self.some(data)
        ahead = known.booking.starts_at - timedelta(minutes=before) - self.clock.now()
        if known.state == "booked" and timedelta(0) < ahead < timedelta(hours=30):
            self.time_passes(ahead.total_seconds())
            self.walk_in("none")
            self.time_passes(60.0 * (before + after))
            self.comes(known, "age65")
            self.call_next(3)

    @rule(priority=PRIORITIES)
    def walk_in(self, priority: Priority) -> None:
        ticket: Ticket = self.run(self.queue.issue(IssueRequest(KEY, "api", priority=priority)))
        self.line[ticket.id] = Waiting(self.clock.now(), priority)

    @rule(times=st.integers(1, 4))
    def call_next(self, times: int) -> None:
        """Nobody who arrived more than N minutes after somebody is called before them."""
        for _ in range(times):
            called: Ticket | None = self.run(
                self.queue.call_next(5, actor=KEY, own_only=False, finish=True)
            )
            if called is None:
                assert not self.line
                return
            arrived = self.line.pop(called.id).arrived
            for other in self.line.values():
                assert arrived - other.arrived <= BOUND

    @rule(seconds=st.sampled_from([0.0, 60.0, 600.0, 1800.0, 7200.0]))
    def time_passes(self, seconds: float) -> None:
        was = self.today
        self.run(self.clock.advance(seconds))
        if self.today != was:
            self.line.clear()
        self.run(self.appointments.keep_house())
        since = self.clock.now() - timedelta(seconds=GRACE_S)
        for known in self.known.values():
            if known.state == "booked" and known.booking.starts_at < since:
                known.state = "released"

    @rule()
    def the_night_passes(self) -> None:
        self.time_passes(15 * 3600)

    def some(self, data: st.DataObject) -> Known:
        return data.draw(st.sampled_from(list(self.known.values())), label="booking")

    @invariant()
    def the_database_knows_what_the_model_knows(self) -> None:
        if not self.known:
            return
        rows = self.run(
            self.pool.fetch(
                "SELECT id, state, ticket_id FROM appointment WHERE centre_id = $1", self.centre_id
            )
        )
        assert {UUID(int=row["id"].int): (row["state"], row["ticket_id"]) for row in rows} == {
            key: (known.state, known.ticket) for key, known in self.known.items()
        }

    @invariant()
    def no_slot_holds_more_than_may_be_booked(self) -> None:
        slots = [known.booking.starts_at for known in self.known.values() if known.state in LIVE]
        assert all(slots.count(slot) <= TERMS.bookable for slot in slots)

    def teardown(self) -> None:
        try:
            if hasattr(self, "pool"):
                verdict = self.run(verify(self.pool, self.centre_id))
                assert verdict.is_whole, verdict.breaks
        finally:
            self.run(self.stack.aclose())
            if hasattr(self, "pool"):
                self.run(self.pool.close())
            self.runner.close()


@pytest.fixture
def machine(database: Database) -> type[AppointmentLife]:
    dsns = {"dsn": database.app_dsn, "owner_dsn": database.owner_dsn}
    return type("Machine", (AppointmentLife,), dsns)


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


def test_appointments_and_walk_ins_are_mixed_as_foretold(machine: type[AppointmentLife]) -> None:
    run_state_machine_as_test(machine, settings=_settings(25, 40))


@pytest.mark.soak
def test_appointments_and_walk_ins_are_mixed_as_foretold_over_long_weeks(
    machine: type[AppointmentLife],
) -> None:
    run_state_machine_as_test(machine, settings=_settings(400, 120))
