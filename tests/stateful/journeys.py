"""The acts beside the straight way, lived by Hypothesis, while the policy changes under way."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from queue_server.tickets import journeys
from queue_server.tickets.errors import (
    ActNotAllowed,
    LimitReached,
    NobodyThere,
    NothingToUndo,
    OfAnotherDay,
    ServiceFull,
    TooLate,
    WindowBusy,
    WindowNotOpen,
    WindowOfAnother,
)
from queue_server.tickets.lifecycle import IN_HAND, LAPSING, state_after, undone_state
from queue_server.tickets.model import Ticket
from queue_server.tickets.policy import Policy
from queue_server.tickets.selection import rank_for
from queue_server.tickets.store_journeys import Destination
from tests.stateful.life import WINDOWS, Known, QueueLife, desk_of
from tests.support.queue import KEY

_SET_POLICY = """
INSERT INTO policy_now (centre_id, recall_limit, recall_interval_s, no_show_after_s,
       no_show_after_more_time_s, returns_allowed, return_within_s, return_credit_s, carries_over,
       undo_within_s, capacity)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, CASE WHEN $11 THEN '{"collection": 3}'::jsonb
        ELSE '{}' END)
ON CONFLICT ON CONSTRAINT policy_now_pk DO UPDATE
   SET recall_limit = $2, recall_interval_s = $3, no_show_after_s = $4,
       no_show_after_more_time_s = $5, returns_allowed = $6, return_within_s = $7,
       return_credit_s = $8, carries_over = $9, undo_within_s = $10, capacity = excluded.capacity
"""

policies = st.builds(
    Policy,
    recall_limit=st.none() | st.just(1),
    recall_interval_s=st.sampled_from([0, 8]),
    no_show_after_s=st.sampled_from([0, 45]),
    no_show_after_more_time_s=st.sampled_from([0, 120]),
    returns_allowed=st.sampled_from([0, 1, 2]),
    return_within_s=st.none() | st.just(600),
    return_credit_s=st.sampled_from([0, 300]),
    carries_over=st.booleans(),
    undo_within_s=st.sampled_from([0, 30]),
    capacity=st.sampled_from([{}, {"collection": 3}]),
)


class QueueJourneys(QueueLife):
    """The whole life of tickets."""

    @rule(policy=policies, credit_s=st.sampled_from([0, 900, 1800]))
    def policy_changes(self, policy: Policy, credit_s: int) -> None:
        """A new policy is published while the hall is full."""
        self.run_sql(
            _SET_POLICY,
            policy.recall_limit,
            policy.recall_interval_s,
            policy.no_show_after_s,
            policy.no_show_after_more_time_s,
            policy.returns_allowed,
            policy.return_within_s,
            policy.return_credit_s,
            policy.carries_over,
            policy.undo_within_s,
            bool(policy.capacity),
        )
        self.run_sql("UPDATE priority_credit SET credit_s = $2 WHERE centre_id = $1", credit_s)
        self.policy = policy
        self.credit_s = dict.fromkeys(self.credit_s, credit_s) | {"none": 0}

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), minutes=st.sampled_from([None, 1, 10]))
    def park(self, data: st.DataObject, minutes: int | None) -> None:
        known = self.one_in(data, "serving")
        work = journeys.park(
            self.queue, known.id, actor=KEY, any_window=False, reason="copy", minutes=minutes
        )
        if self.is_refused(known, "park", work):
            return None
        if known.day != self.day:
            return self.refused(work, OfAnotherDay)
        self.run(work)
        self.went(known, "park", "parked")
        known.parked_until = (
            None if minutes is None else self.clock.now() + timedelta(minutes=minutes)
        )
        return None

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        known = self.one_in(data, "parked")
        work = journeys.resume(self.queue, known.id, actor=KEY, any_window=False)
        if self.is_refused(known, "resume", work):
            return
        ticket: Ticket = self.run(work)
        self.came_back(known, "resume", self.lane_at(known, known.window))
        assert (ticket.lane, ticket.rank_at) == (known.lane, known.rank_at)

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), to=st.sampled_from(["U", "X", *WINDOWS]))
    def transfer(self, data: st.DataObject, to: str | int) -> None:
        known = self.one_in(data, *IN_HAND)
        there = Destination(queue=to) if isinstance(to, str) else Destination(window=to)
        work = journeys.transfer(
            self.queue, known.id, there, actor=KEY, any_window=False, reason="cash"
        )
        if self.is_refused(known, "transfer", work):
            return None
        if known.day != self.day:
            return self.refused(work, OfAnotherDay)
        queue, lane = known.queue, known.common_lane
        if isinstance(to, str):
            queue = to
        elif self.windows[to] == "closed":
            return self.refused(work, NobodyThere)
        else:
            lane = f"window:{to}"
            queues = desk_of(to).queues
            queue = known.queue if known.queue in queues else min(queues)
        ticket: Ticket = self.run(work)
        self.came_back(known, "transfer", lane, queue)
        assert (ticket.queue, ticket.lane, ticket.rank_at) == (queue, lane, known.rank_at)
        return None

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def return_no_show(self, data: st.DataObject) -> None:
        known = self.one_in(data, "no_show")
        work = journeys.return_ticket(self.queue, known.id, actor=KEY, in_time_only=True)
        if self.is_refused(known, "return", work):
            return None
        now, policy = self.clock.now(), self.policy
        if known.day != self.day:
            return self.refused(work, OfAnotherDay)
        if known.returns >= policy.returns_allowed:
            return self.refused(work, LimitReached)
        assert known.missed_at is not None
        within_s = policy.return_within_s
        if within_s is not None and now - known.missed_at > timedelta(seconds=within_s):
            return self.refused(work, TooLate)
        ticket: Ticket = self.run(work)
        self.came_back(known, "return", known.common_lane)
        known.returns += 1
        known.rank_at = rank_for(now, policy.return_credit(self.credit_s[known.priority]))
        assert (ticket.lane, ticket.rank_at) == (known.lane, known.rank_at)
        return None

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def reinstate(self, data: st.DataObject) -> None:
        known = self.one_in(data, "void")
        work = journeys.reinstate(self.queue, known.id, actor=KEY)
        if self.is_refused(known, "reinstate", work):
            return None
        if known.day != self.day:
            return self.refused(work, OfAnotherDay)
        if known.was_reinstated:
            return self.refused(work, LimitReached)
        self.run(work)
        self.went(known, "reinstate", "waiting")
        known.lane = known.common_lane
        known.was_reinstated = True
        return None

    @precondition(lambda self: self.tickets)
    @rule(data=st.data(), window=st.sampled_from(WINDOWS), by_label=st.booleans())
    def call_out_of_order(self, data: st.DataObject, window: int, by_label: bool) -> None:
        known = self.one_in(data, "waiting")
        by_label = by_label and known.day == self.day
        chosen: UUID | str = known.label if by_label else known.id
        work = journeys.call_out_of_order(
            self.queue, window, chosen, actor=KEY, any_window=False, reason="frail"
        )
        if self.windows[window] == "closed":
            return self.refused(work, WindowOfAnother)
        self.end_earlier_day(known)
        if self.windows[window] == "paused":
            return self.refused(work, WindowNotOpen)
        if self.in_hand(window) is not None:
            return self.refused(work, WindowBusy)
        if known.state != "waiting":
            return self.refused(work, ActNotAllowed)
        if known.day != self.day:
            return self.refused(work, OfAnotherDay)
        self.run(work)
        self.took(known, window)
        return None

    @rule(window=st.sampled_from(WINDOWS), service=st.sampled_from([None, "collection"]))
    def walk_direct(self, window: int, service: str | None) -> None:
        work = journeys.walk_direct(
            self.queue, window, service=service, actor=KEY, any_window=False
        )
        if self.windows[window] == "closed":
            return self.refused(work, WindowOfAnother)
        if self.windows[window] == "paused":
            return self.refused(work, WindowNotOpen)
        if self.in_hand(window) is not None:
            return self.refused(work, WindowBusy)
        if self.is_full(service):
            return self.refused(work, ServiceFull)
        ticket: Ticket = self.run(work)
        now = self.clock.now()
        queue = "X" if service == "collection" else "U"
        assert (ticket.state, ticket.call_id) == ("serving", None)
        assert ticket.label == self.next_label("A" if queue == "X" else "")
        self.tickets[ticket.id] = Known(
            id=ticket.id,
            day=self.day,
            label=ticket.label,
            queue=queue,
            lane="plain",
            rank_at=now,
            state="serving",
            paper="none",
            issued_at=now,
            service=service,
            window=window,
            called_at=now,
            last=("start", "called", window, now),
        )
        return None

    @precondition(lambda self: self.tickets)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        known = self.chosen(data)
        work = journeys.undo(self.queue, known.id, actor=KEY, any_window=False)
        self.end_earlier_day(known)
        assert known.last is not None
        event, before, window, at = known.last
        state = undone_state(event, before)
        if state is None:
            return self.refused(work, NothingToUndo)
        if self.clock.now() - at > timedelta(seconds=self.policy.undo_within_s):
            return self.refused(work, TooLate)
        if state in LAPSING and known.day < self.day:
            return self.refused(work, OfAnotherDay)
        if window is not None and self.windows[window] == "closed":
            return self.refused(work, WindowOfAnother)
        if window is not None and state in IN_HAND and known.state not in IN_HAND:
            if self.windows[window] != "open":
                return self.refused(work, WindowNotOpen)
            if self.in_hand(window) is not None:
                return self.refused(work, WindowBusy)
        ticket: Ticket = self.run(work)
        self.went(known, "undo", state)
        if event == "call":
            known.window, known.called_at, known.recalls = None, None, 0
        if event == "park":
            known.parked_until = None
        if state == "waiting" and known.lane.startswith("window:"):
            known.lane = self.lane_at(known, int(known.lane.removeprefix("window:")))
        assert (ticket.state, ticket.window, ticket.lane) == (
            known.state,
            known.window,
            known.lane,
        )
        return None

    def one_in(self, data: st.DataObject, *states: str) -> Known:
        """Draw a ticket in one of these states where there is one, now and then any other."""
        fitting = [known for known in self.tickets.values() if known.state in states]
        if fitting and data.draw(st.sampled_from([True, True, True, False]), label="fits"):
            return data.draw(st.sampled_from(fitting), label="ticket")
        return self.chosen(data)

    def is_refused(self, known: Known, event: Any, work: Any) -> bool:
        """Do an act that the ticket's state forbids, if it does."""
        self.end_earlier_day(known)
        if state_after(event, known.state) is not None:
            return False
        self.refused(work, ActNotAllowed)
        return True
