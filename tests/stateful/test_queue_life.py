"""Hypothesis lives days in the queue against PostgreSQL and the pure rule: they never differ.

The model holds nothing but dictionaries and the pure modules (selection, lifecycle). Every answer
of the database, its refusals included, must be the one that the model foretells.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count
from typing import Any, cast
from uuid import UUID, uuid4

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
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    ActNotAllowed,
    Refused,
    TicketOfAnother,
    WindowBusy,
    WindowNotOpen,
)
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.lifecycle import (
    ACTS,
    IN_HAND,
    IN_LINE,
    allowed_acts,
    says_more,
    state_after,
    window_state_after,
)
from queue_server.tickets.model import Channel, Claim, PaperMark, Priority, Ticket
from queue_server.tickets.selection import Desk, InLine, lane_for, next_for, position_of, rank_for
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import KEY, add_kiosk, make_centre, open_queue

CREDIT_S = {"none": 0, "age65": 900, "disability": 900, "infant": 900}
WINDOWS = (1, 2, 5, 99)
_centres = count(1000)


@dataclass(slots=True)
class Known:
    """What the model knows of a ticket."""

    id: UUID
    day: date
    label: str
    queue: str
    lane: str
    rank_at: datetime
    state: str
    paper: PaperMark
    window: int | None = None
    is_kiosks: bool = False
    is_spoken_of: bool = False
    """Somebody said more of its paper than that it failed, or ordered it again."""

    @property
    def may_be_taken_back(self) -> bool:
        return self.is_kiosks and self.state in IN_LINE and not self.is_spoken_of

    @property
    def in_line(self) -> InLine:
        return InLine(self.id, self.queue, self.lane, self.rank_at, self.state == "waiting")


def desk_of(window: int) -> Desk:
    queues = frozenset({"X"}) if window == 99 else frozenset({"U", "X"})
    lanes = frozenset({"plain", "priority", f"window:{window}"})
    return Desk(queues, lanes, priority_first=window == 1)


class QueueLife(RuleBasedStateMachine):
    """One centre over one or two server processes (two queues with their own issuers)."""

    dsn = ""
    owner_dsn = ""
    processes = 1

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.clock = ManualClock()
        self.tickets: dict[UUID, Known] = {}
        self.windows: dict[int, str] = dict.fromkeys(WINDOWS, "closed")
        self.numbers: dict[tuple[date, str], int] = {}
        self.claims: dict[str, UUID] = {}
        self.abandoned: set[str] = set()
        self.kiosk = uuid4()
        self.ordered: set[UUID] = set()
        self.turn = 0

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @initialize()
    def open(self) -> None:
        self.centre_id = next(_centres)
        self.run(make_centre(self.owner_dsn, self.centre_id))
        self.pool: Pool = self.run(open_pool(self.dsn, size=2, application_name="stateful"))

        async def start() -> list[Queue]:
            return [
                await self.stack.enter_async_context(
                    open_queue(self.pool, self.dsn, self.clock, self.centre_id)
                )
                for _ in range(self.processes)
            ]

        self.queues: list[Queue] = self.run(start())
        self.run(add_kiosk(self.pool, self.kiosk, self.centre_id))
        for window in (1, 2, 99):
            self.act_on_window(window, "open")

    @property
    def queue(self) -> Queue:
        """The server process that takes the next command; they take turns."""
        self.turn += 1
        return self.queues[self.turn % len(self.queues)]

    @property
    def day(self) -> date:
        return self.queues[0].today()[0]

    def line(self) -> list[InLine]:
        return [
            known.in_line
            for known in self.tickets.values()
            if known.state in IN_LINE and known.day == self.day
        ]

    def in_hand(self, window: int) -> Known | None:
        return next(
            (
                known
                for known in self.tickets.values()
                if known.window == window and known.state in IN_HAND
            ),
            None,
        )

    # ------------------------------------------------------------------ rules
    @rule(
        priority=st.sampled_from(["none", "none", "none", "age65", "infant"]),
        service=st.sampled_from([None, None, "reconciliation", "collection"]),
        channel=st.sampled_from(["api", "kiosk"]),
        key=st.none() | st.sampled_from(["k1", "k2", "k3"]),
    )
    def issue(
        self, priority: Priority, service: str | None, channel: Channel, key: str | None
    ) -> None:
        request = IssueRequest(
            KEY,
            channel,
            service=service,
            priority=priority,
            device_id=KEY.id if channel == "kiosk" else None,
            claim=None if key is None else self.claim(key),
        )
        if key in self.abandoned:
            with pytest.raises(Refused):
                self.run(self.queue.issue(request))
            return
        ticket: Ticket = self.run(self.queue.issue(request))
        if key is not None and key in self.claims:
            assert ticket.id == self.claims[key]
            return
        queue = "X" if service == "collection" else "U"
        known = Known(
            id=ticket.id,
            day=self.day,
            label=self.next_label("A" if queue == "X" else ""),
            queue=queue,
            lane=lane_for(priority),
            rank_at=rank_for(self.clock.now(), CREDIT_S[priority]),
            state="unconfirmed" if channel == "kiosk" else "waiting",
            paper="pending" if channel == "kiosk" else "none",
            is_kiosks=channel == "kiosk",
        )
        self.tickets[ticket.id] = known
        if key is not None:
            self.claims[key] = ticket.id
        assert (ticket.label, ticket.queue, ticket.lane, ticket.rank_at, ticket.state) == (
            known.label,
            known.queue,
            known.lane,
            known.rank_at,
            known.state,
        )
        assert ticket.position_at_issue == position_of(known.in_line, self.line())

    @rule(
        people=st.lists(
            st.tuples(
                st.sampled_from(["none", "age65"]),
                st.sampled_from([None, "collection"]),
                st.sampled_from([0.001, 300.0, 1000.0]),
            ),
            min_size=2,
            max_size=6,
        )
    )
    def people_come(self, people: list[tuple[Priority, str | None, float]]) -> None:
        """A few citizens one after another, some of them with a credit, minutes apart."""
        for priority, service, seconds in people:
            self.issue(priority, service, "api", None)
            self.time_passes(seconds)

    @rule(windows=st.lists(st.sampled_from([1, 2, 99]), min_size=2, max_size=5))
    def windows_go_on(self, windows: list[int]) -> None:
        """Windows finish what they have and call on, in any order."""
        for window in windows:
            self.call_next(window, finish=True)

    @rule(window=st.sampled_from(WINDOWS), finish=st.booleans())
    def call_next(self, window: int, finish: bool) -> None:
        call = self.queue.call_next(window, actor=KEY, own_only=False, finish=finish)
        hand = self.in_hand(window)
        if self.windows[window] != "open":
            with pytest.raises(WindowNotOpen):
                self.run(call)
            return
        if hand is not None and not finish:
            with pytest.raises(WindowBusy) as busy:
                self.run(call)
            assert busy.value.label == hand.label
            return
        called: Ticket | None = self.run(call)
        if hand is not None:
            hand.state = "finished"
        foretold = next_for(desk_of(window), self.line())
        assert (called and called.id) == (foretold and foretold.id)
        if called is not None:
            known = self.tickets[called.id]
            known.state, known.window = "called", window

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), act=st.sampled_from(sorted(ACTS)))
    def act(self, data: st.DataObject, act: str) -> None:
        known = data.draw(st.sampled_from(list(self.tickets.values())), label="ticket")
        if known.day < self.day and known.state in IN_LINE:
            known.state = "lapsed"
        event = ACTS[act]
        work = self.queue.act(
            known.id,
            event,
            actor=KEY,
            any_window=True,
            service="reconciliation" if event == "set_service" else None,
        )
        after = state_after(event, known.state)
        if after is None:
            with pytest.raises(ActNotAllowed) as refused:
                self.run(work)
            assert refused.value.state == known.state
            assert refused.value.allowed == allowed_acts(known.state)
            return
        ticket: Ticket = self.run(work)
        known.state = after
        assert ticket.state == after

    @rule(window=st.sampled_from(WINDOWS), act=st.sampled_from(["open", "pause", "close"]))
    def act_on_window(self, window: int, act: str) -> None:
        work = self.queue.act_on_window(
            window, cast(Any, act), actor=KEY, actor_name="Mona", any_window=True
        )
        state = self.windows[window]
        event = "resume" if act == "open" and state == "paused" else act
        after = window_state_after(event, state)
        if act == "open" and state == "open":
            self.run(work)
        elif (act != "open" and self.in_hand(window)) or after is None:
            with pytest.raises(Refused):
                self.run(work)
        else:
            self.run(work)
            self.windows[window] = after

    @precondition(lambda self: self.tickets)
    @rule(
        data=st.data(),
        mark=st.sampled_from(["printed", "kept", "held", "unknown", "failed"]),
    )
    def mark_paper(self, data: st.DataObject, mark: PaperMark) -> None:
        known = data.draw(st.sampled_from(list(self.tickets.values())), label="ticket")
        ticket: Ticket = self.run(self.queue.mark_paper(known.id, mark, actor=KEY))
        confirms = mark != "failed" and known.state == "unconfirmed"
        if confirms or says_more(mark, known.paper):
            known.paper = mark
            known.is_spoken_of |= mark != "failed"
        if confirms:
            known.state = "waiting"
        assert (ticket.state, ticket.paper) == (known.state, known.paper)

    @rule(key=st.sampled_from(["k1", "k2", "k3"]))
    def abandon(self, key: str) -> None:
        ticket: Ticket | None = self.run(self.queue.abandon(self.claim(key), actor=KEY))
        if key not in self.claims:
            self.abandoned.add(key)
            assert ticket is None
            return
        known = self.tickets[self.claims[key]]
        if known.may_be_taken_back:
            known.state = "void"
        assert ticket is not None
        assert ticket.state == known.state

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        """A kiosk voids a number of its own."""
        known = data.draw(st.sampled_from(list(self.tickets.values())), label="ticket")
        if known.day < self.day and known.state in IN_LINE:
            known.state = "lapsed"
        work = self.queue.act(known.id, "void", actor=KEY, any_window=True, own_device_only=True)
        if known.may_be_taken_back:
            known.state = "void"
            assert self.run(work).state == "void"
            return
        with pytest.raises(TicketOfAnother) as refused:
            self.run(work)
        assert refused.value.state == known.state

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def order_reprint(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from(list(self.tickets.values())), label="ticket")
        if known.day < self.day and known.state in IN_LINE:
            known.state = "lapsed"
        work = self.queue.order_reprint(known.id, self.kiosk, actor=KEY)
        if state_after("reprint", known.state) is None:
            with pytest.raises(ActNotAllowed):
                self.run(work)
            return
        assert self.run(work) == (known.id not in self.ordered)
        self.ordered.add(known.id)
        known.is_spoken_of = True

    @rule(seconds=st.sampled_from([0.001, 7.0, 59.0, 61.0, 600.0, 901.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(self.clock.advance(seconds))

    @rule()
    def house_is_kept(self) -> None:
        self.run(self.queue.keep_house())
        for known in self.tickets.values():
            if known.state == "unconfirmed" and self.is_silent(known):
                known.state, known.paper = "waiting", "unknown"
        for known in self.tickets.values():
            if known.day < self.day and known.state in IN_LINE:
                known.state = "lapsed"

    @rule()
    def night_falls(self) -> None:
        self.run(self.clock.advance(18 * 3600))
        self.house_is_kept()

    # ------------------------------------------------------------------ what always holds
    @invariant()
    def the_line_is_counted(self) -> None:
        if not hasattr(self, "queues"):
            return
        hall = self.run(self.queues[0].hall())
        waiting = {state.code: state.waiting for state in hall.queues}
        line = self.line()
        assert waiting == {code: sum(each.queue == code for each in line) for code in ("U", "X")}
        hands = {window.number: window.ticket and window.ticket.id for window in hall.windows}
        for window in WINDOWS:
            hand = self.in_hand(window)
            assert hands[window] == (hand and hand.id)

    def teardown(self) -> None:
        try:
            if hasattr(self, "queues"):
                self.check_all()
        finally:
            self.run(self.stack.aclose())
            if hasattr(self, "pool"):
                self.run(self.pool.close())
            self.runner.close()

    def check_all(self) -> None:
        """Every ticket stands as foretold, and the chain is whole."""
        for known in self.tickets.values():
            ticket: Ticket = self.run(self.queues[0].ticket(known.id))
            assert (ticket.state, ticket.label, ticket.paper) == (
                known.state,
                known.label,
                known.paper,
            )
        verdict = self.run(verify(self.pool, self.centre_id))
        assert verdict.is_whole, verdict.breaks

    # ------------------------------------------------------------------ the model's own rules
    def claim(self, key: str) -> Claim:
        return Claim("key", "POST", "/tickets", f"{key}-{self.centre_id}", b"the same body")

    def next_label(self, series: str) -> str:
        place = (self.day, series)
        self.numbers[place] = self.numbers.get(place, 100) + 1
        return f"{series}{self.numbers[place]}"

    def is_silent(self, known: Known) -> bool:
        issued = known.rank_at.timestamp() + (900 if known.lane == "priority" else 0)
        return self.clock.now().timestamp() - issued > 60


@pytest.fixture
def machine(database: Database) -> type[QueueLife]:
    return type("Machine", (QueueLife,), {"dsn": database.app_dsn, "owner_dsn": database.owner_dsn})


def _settings(examples: int, steps: int) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )


def test_the_database_and_the_pure_rule_never_differ(machine: type[QueueLife]) -> None:
    run_state_machine_as_test(machine, settings=_settings(25, 40))


def test_two_server_processes_act_as_one(machine: type[QueueLife]) -> None:
    machine.processes = 2
    run_state_machine_as_test(machine, settings=_settings(10, 30))


@pytest.mark.soak
def test_the_database_and_the_pure_rule_never_differ_over_long_days(
    machine: type[QueueLife],
) -> None:
    run_state_machine_as_test(machine, settings=_settings(400, 120))
