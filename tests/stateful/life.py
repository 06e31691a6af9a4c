"""Days in the queue as Hypothesis lives them: the straight way from a number to its end.

The model holds nothing but dictionaries and the pure modules (selection, lifecycle). Every answer
of the database, its refusals included, must be the one that the model foretells.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any, cast, get_args
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from core_services.audit.verify import verify
from core_services.database.pool import Pool, open_pool
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    ActNotAllowed,
    LimitReached,
    Refused,
    ServiceFull,
    TicketOfAnother,
    TooEarly,
    WindowBusy,
    WindowNotOpen,
)
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.lifecycle import (
    IN_HAND,
    IN_LINE,
    LAPSING,
    allowed_acts,
    says_more,
    state_after,
    window_state_after,
)
from queue_server.tickets.model import (
    Channel,
    Claim,
    Need,
    PaperMark,
    PlainAct,
    Priority,
    Ticket,
    TicketEventKind,
)
from queue_server.tickets.policy import Policy
from queue_server.tickets.selection import Desk, InLine, lane_for, next_for, position_of, rank_for
from tests.support.clock import ManualClock
from tests.support.figures import check_figures
from tests.support.queue import KEY, add_kiosk, make_centre, open_queue

WINDOWS = (*range(1, 9), 99)
OPENED = (1, 2, 4, 99)
"""Windows that stand open at first; 1 takes priority first, 4 is accessible, 99 serves only X."""
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
    issued_at: datetime
    priority: Priority = "none"
    needs: tuple[Need, ...] = ()
    service: str | None = None
    window: int | None = None
    is_kiosks: bool = False
    called_at: datetime | None = None
    recalls: int = 0
    last_heard_at: datetime | None = None
    """Its last act of any kind, from which the next recall counts."""
    returns: int = 0
    missed_at: datetime | None = None
    was_reinstated: bool = False
    parked_until: datetime | None = None
    last: tuple[TicketEventKind, str, int | None, datetime] | None = None
    """The last act but paper and recall: its event, the state before it, its window, its moment."""
    is_spoken_of: bool = False
    """Somebody said more of its paper than that it failed, or ordered it again."""

    @property
    def may_be_taken_back(self) -> bool:
        return self.is_kiosks and self.state in IN_LINE and not self.is_spoken_of

    @property
    def common_lane(self) -> str:
        return lane_for(self.priority, self.needs)

    @property
    def in_line(self) -> InLine:
        return InLine(self.id, self.queue, self.lane, self.rank_at, self.state == "waiting")


def desk_of(window: int) -> Desk:
    queues = frozenset({"X"}) if window == 99 else frozenset({"U", "X"})
    accessible = {"accessible"} if window == 4 else set()
    lanes = frozenset({"plain", "priority", f"window:{window}", *accessible})
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
        self.claims: dict[str, UUID | None] = {}
        self.abandoned: set[str] = set()
        self.kiosk = uuid4()
        self.ordered: set[UUID] = set()
        self.turn = 0
        self.policy = Policy()
        self.credit_s = {"none": 0, "age65": 900, "disability": 900, "infant": 900}
        self.carried: set[tuple[date, str]] = set()
        self.waiting_to_be_found: list[Known] = []

    def run(self, work: Any) -> Any:
        return self.runner.run(work)

    @initialize()
    def open(self) -> None:
        self.centre_id = next(_centres)
        self.run(make_centre(self.owner_dsn, self.centre_id))
        self.run_sql(
            "UPDATE service_window SET is_accessible = true WHERE centre_id = $1 AND number = 4"
        )
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
        for window in OPENED:
            self.act_on_window(window, "open")

    def run_sql(self, statement: str, *values: object) -> None:
        """Do what another program did to the centre: $1 is its id."""

        async def execute() -> None:
            connection = await asyncpg.connect(self.owner_dsn)
            try:
                await connection.execute(statement, self.centre_id, *values)
            finally:
                await connection.close()

        self.run(execute())

    def refused(self, work: Any, kind: type[Refused]) -> None:
        """Do what must be refused for that very reason."""
        with pytest.raises(Refused) as refusal:
            self.run(work)
        assert type(refusal.value) is kind

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
        needs=st.sampled_from([(), (), (), ("accessible_window",), ("more_time", "cannot_see")]),
        requests=st.sampled_from([1, 1, 3]),
        slot_s=st.sampled_from([None, None, None, -600.0, 420.0]),
    )
    def issue(
        self,
        priority: Priority,
        service: str | None,
        channel: Channel,
        key: str | None,
        needs: tuple[Need, ...] = (),
        requests: int = 1,
        slot_s: float | None = None,
    ) -> None:
        """Somebody comes; with a slot, for an appointment so many seconds before or after now."""
        now = self.clock.now()
        arrived_at = None if slot_s is None else now + timedelta(seconds=slot_s)
        request = IssueRequest(
            KEY,
            channel,
            needs=needs,
            requests=requests,
            arrived_at=arrived_at,
            service=service,
            priority=priority,
            device_id=KEY.id if channel == "kiosk" else None,
            claim=None if key is None else self.claim(key),
        )
        if key in self.abandoned:
            with pytest.raises(Refused):
                self.run(self.queue.issue(request))
            return
        if key is not None and key in self.claims:
            kept = self.claims[key]
            if kept is None:
                self.refused(self.queue.issue(request), ServiceFull)
            else:
                assert self.run(self.queue.issue(request)).id == kept
            return
        if self.is_full(service):
            self.refused(self.queue.issue(request), ServiceFull)
            if key is not None:
                self.claims[key] = None
            return
        ticket: Ticket = self.run(self.queue.issue(request))
        queue = "X" if service == "collection" else "U"
        known = Known(
            id=ticket.id,
            day=self.day,
            label=self.next_label("A" if queue == "X" else ""),
            queue=queue,
            lane=lane_for(priority, needs),
            rank_at=rank_for(arrived_at or now, self.credit_s[priority]),
            issued_at=now,
            priority=priority,
            needs=needs,
            service=service,
            last=("issue", "none", None, now),
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
            self.went(hand, "finish", "finished")
            hand.last = ("finish", "serving", window, self.clock.now())
        foretold = next_for(desk_of(window), self.line())
        assert (called and called.id) == (foretold and foretold.id)
        if called is not None:
            self.took(self.tickets[called.id], window)

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), event=st.sampled_from(get_args(PlainAct)))
    def act(self, data: st.DataObject, event: PlainAct) -> None:
        known = self.chosen(data)
        work = self.queue.act(
            known.id,
            event,
            actor=KEY,
            any_window=False,
            service="reconciliation" if event == "set_service" else None,
        )
        self.end_earlier_day(known)
        after = state_after(event, known.state)
        if after is None:
            with pytest.raises(ActNotAllowed) as refused:
                self.run(work)
            assert refused.value.state == known.state
            assert refused.value.allowed == allowed_acts(known.state)
            return
        limit = self.limit_of(known, event)
        if limit is not None:
            self.refused(work, limit)
            return
        ticket: Ticket = self.run(work)
        if event == "set_service":
            known.service = "reconciliation"
        self.went(known, event, after)
        assert ticket.state == after

    def limit_of(self, known: Known, event: PlainAct) -> type[Refused] | None:
        """Return what of the policy forbids a clerk's recall or no-show now."""
        now, policy = self.clock.now(), self.policy
        assert known.called_at is not None or event not in ("recall", "no_show")
        if event == "recall":
            if policy.recall_limit is not None and known.recalls >= policy.recall_limit:
                return LimitReached
            since, wait_s = known.last_heard_at, policy.recall_interval_s
        elif event == "no_show":
            since, wait_s = known.called_at, policy.no_show_after_s
            if "more_time" in known.needs:
                wait_s = max(wait_s, policy.no_show_after_more_time_s)
        else:
            return None
        return TooEarly if now - (since or now) < timedelta(seconds=wait_s) else None

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
            if after == "closed":
                self.let_go(f"window:{window}")

    def let_go(self, lane: str) -> None:
        """Nobody looks into that lane any more: all windows see who waits there today."""
        for known in self.tickets.values():
            if (known.lane, known.state, known.day) == (lane, "waiting", self.day):
                known.lane = known.common_lane
                known.last = ("release", "waiting", None, self.clock.now())

    @precondition(lambda self: self.tickets)
    @rule(
        data=st.data(),
        mark=st.sampled_from(["printed", "kept", "held", "unknown", "failed"]),
    )
    def mark_paper(self, data: st.DataObject, mark: PaperMark) -> None:
        known = self.chosen(data)
        ticket: Ticket = self.run(self.queue.mark_paper(known.id, mark, actor=KEY))
        confirms = mark != "failed" and known.state == "unconfirmed"
        if confirms or says_more(mark, known.paper):
            known.paper = mark
            known.is_spoken_of |= mark != "failed"
            known.last_heard_at = self.clock.now()
        if confirms:
            self.went(known, "confirm", "waiting")
        assert (ticket.state, ticket.paper) == (known.state, known.paper)

    @rule(key=st.sampled_from(["k1", "k2", "k3"]))
    def abandon(self, key: str) -> None:
        ticket: Ticket | None = self.run(self.queue.abandon(self.claim(key), actor=KEY))
        if key not in self.claims:
            self.abandoned.add(key)
            assert ticket is None
            return
        claimed = self.claims[key]
        if claimed is None:
            assert ticket is None
            return
        known = self.tickets[claimed]
        if known.may_be_taken_back:
            self.went(known, "void", "void")
        assert ticket is not None
        assert ticket.state == known.state

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        """A kiosk voids a number of its own."""
        known = self.chosen(data)
        work = self.queue.act(known.id, "void", actor=KEY, any_window=True, own_device_only=True)
        self.end_earlier_day(known)
        if known.may_be_taken_back:
            self.went(known, "void", "void")
            assert self.run(work).state == "void"
            return
        with pytest.raises(TicketOfAnother) as refused:
            self.run(work)
        assert refused.value.state == known.state

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def order_reprint(self, data: st.DataObject) -> None:
        known = self.chosen(data)
        work = self.queue.order_reprint(known.id, self.kiosk, actor=KEY)
        self.end_earlier_day(known)
        if state_after("reprint", known.state) is None:
            with pytest.raises(ActNotAllowed):
                self.run(work)
            return
        is_new = known.id not in self.ordered
        assert self.run(work) == is_new
        if is_new:
            self.ordered.add(known.id)
            self.went(known, "reprint", known.state)
        known.is_spoken_of = True

    @rule(seconds=st.sampled_from([0.001, 7.0, 59.0, 61.0, 600.0, 901.0]))
    def time_passes(self, seconds: float) -> None:
        self.run(self.clock.advance(seconds))

    @rule()
    def house_is_kept(self) -> None:
        self.run(self.queue.keep_house())
        for known in self.tickets.values():
            is_parked = (known.state, known.day) == ("parked", self.day)
            if is_parked and known.parked_until and known.parked_until <= self.clock.now():
                self.came_back(known, "resume", self.lane_at(known, known.window))
        for known in self.tickets.values():
            if known.state == "unconfirmed" and self.is_silent(known):
                self.went(known, "confirm", "waiting")
                known.paper = "unknown"
        stale = [each for each in self.tickets.values() if each.state in LAPSING]
        for known in sorted(stale, key=lambda each: (each.day, each.rank_at, each.id.int)):
            self.end_earlier_day(known)

    @rule()
    def night_falls(self) -> None:
        self.run(self.clock.advance(18 * 3600))
        self.house_is_kept()

    # ------------------------------------------------------------------ what always holds
    @invariant()
    def the_line_is_counted(self) -> None:
        if not hasattr(self, "queues"):
            return
        self.find_carried()
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
        self.run(check_figures(self.queues[0], {known.day for known in self.tickets.values()}))

    # ------------------------------------------------------------------ the model's own rules
    def chosen(self, data: st.DataObject) -> Known:
        """Draw any ticket that there was."""
        return data.draw(st.sampled_from(list(self.tickets.values())), label="ticket")

    def is_full(self, service: str | None) -> bool:
        limit = self.policy.capacity.get(service or "")
        given = [
            known
            for known in self.tickets.values()
            if known.service == service
            and known.day == self.day
            and known.state not in ("void", "cancelled")
        ]
        return limit is not None and len(given) >= limit

    def went(self, known: Known, event: TicketEventKind, after: str) -> None:
        """Note that an act was done which keeps the place and the window."""
        now = self.clock.now()
        known.last_heard_at = now
        if event == "recall":
            known.recalls += 1
            return
        known.last = (event, known.state, known.window, now)
        known.state = after
        if event == "no_show":
            known.missed_at = now
        if after in ("cancelled", "lapsed"):
            known.parked_until = None

    def took(self, known: Known, window: int) -> None:
        """Note that a window called a ticket."""
        now = self.clock.now()
        known.last = ("call", known.state, window, now)
        known.state, known.window, known.recalls = "called", window, 0
        known.called_at = known.last_heard_at = now

    def came_back(
        self, known: Known, event: TicketEventKind, lane: str, queue: str | None = None
    ) -> None:
        """Note that a ticket is in line again, in nobody's hand."""
        now = self.clock.now()
        known.last = (event, known.state, known.window, now)
        known.last_heard_at = now
        known.state, known.window, known.lane = "waiting", None, lane
        known.queue = queue or known.queue
        known.called_at = known.parked_until = None
        known.recalls = 0

    def lane_at(self, known: Known, window: int | None) -> str:
        """Return the lane in which that window finds a ticket; any window's when it cannot."""
        if window is None or self.windows[window] == "closed":
            return known.common_lane
        is_served = known.queue in desk_of(window).queues
        return f"window:{window}" if is_served else known.common_lane

    def end_earlier_day(self, known: Known) -> None:
        """What an earlier day left in line or parked ends; by policy it is kept for today."""
        if known.day >= self.day or known.state not in LAPSING:
            return
        may_keep = self.policy.carries_over and known.state in ("waiting", "parked")
        is_taken = any(
            (each.day, each.label) == (self.day, known.label) for each in self.tickets.values()
        )
        if may_keep and not is_taken and (self.day, known.label) not in self.carried:
            self.carried.add((self.day, known.label))
            self.waiting_to_be_found.append(replace(known))
        self.went(known, "lapse", "lapsed")
        known.window = None if known.last and known.last[1] == "waiting" else known.window

    def find_carried(self) -> None:
        """Read the ids that carried numbers got on their new day; all else is foretold."""
        for was in self.waiting_to_be_found:
            [ticket] = self.run(self.queues[0].tickets(day=self.day, label=was.label))
            assert ticket.carried_from == was.id
            self.tickets[ticket.id] = replace(
                was,
                id=ticket.id,
                day=self.day,
                lane=was.common_lane,
                state="waiting",
                window=None,
                is_kiosks=False,
                parked_until=None,
                called_at=None,
                last=("issue", "none", None, self.clock.now()),
            )
        self.waiting_to_be_found.clear()

    def claim(self, key: str) -> Claim:
        return Claim("key", "POST", "/tickets", f"{key}-{self.centre_id}", b"the same body")

    def next_label(self, series: str) -> str:
        place = (self.day, series)
        number = self.numbers.get(place, 100) + 1
        while (self.day, f"{series}{number}") in self.carried:
            number += 1
        self.numbers[place] = number
        return f"{series}{number}"

    def is_silent(self, known: Known) -> bool:
        return self.clock.now() - known.issued_at > timedelta(seconds=60)
