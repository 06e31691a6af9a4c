"""What an act makes of a ticket: the ticket after it, from the ticket before it, pure.

The caller has asked the life table whether the act is allowed. Moments never go back: an act that
comes with an earlier one than the ticket's last stands at the last.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from queue_server.tickets.model import Actor, Priority, Ticket, TicketEventKind, TicketState
from queue_server.tickets.selection import lane_for, rank_for


def moment_of(before: Ticket, at: datetime) -> datetime:
    """Return the moment of an act on this ticket."""
    return max(at, before.last_at)


def moved(
    before: Ticket,
    event: TicketEventKind,
    state: TicketState,
    *,
    at: datetime,
    outcome: str | None = None,
    service: str | None = None,
) -> Ticket:
    """Return the ticket after an act that keeps its place and its window as they are."""
    at = moment_of(before, at)
    after = replace(before, state=state, last_at=at, service=service or before.service)
    match event:
        case "start":
            return replace(after, started_at=at)
        case "finish":
            return replace(after, finished_at=at, outcome=outcome)
        case "recall":
            return replace(after, recalls=before.recalls + 1)
        case "cancel" | "lapse":
            return replace(after, park_reason=None, parked_until=None)
        case _:
            return after


def called(before: Ticket, *, at: datetime, window: int) -> Ticket:
    """Return the ticket in a window's hand, called."""
    at = moment_of(before, at)
    return replace(before, state="called", called_at=at, window=window, recalls=0, last_at=at)


def parked(before: Ticket, *, at: datetime, reason: str, minutes: int | None) -> Ticket:
    """Return the ticket put aside at its window, for so long or until somebody resumes it."""
    at = moment_of(before, at)
    until = None if minutes is None else at + timedelta(minutes=minutes)
    return replace(before, state="parked", last_at=at, park_reason=reason, parked_until=until)


def in_line_again(before: Ticket, *, at: datetime, lane: str, queue: str | None = None) -> Ticket:
    """Return the ticket back in line at its old place, in nobody's hand."""
    at = moment_of(before, at)
    return replace(
        before,
        state="waiting",
        queue=queue or before.queue,
        lane=lane,
        window=None,
        called_at=None,
        started_at=None,
        call_id=None,
        recalls=0,
        waiting_since=at,
        last_at=at,
        parked_until=None,
        park_reason=None,
    )


def returned(before: Ticket, *, at: datetime, credit_s: int) -> Ticket:
    """Return a no-show in line again: it arrives now, less that credit."""
    again = in_line_again(before, at=at, lane=common_lane(before))
    return replace(
        again,
        arrived_at=again.last_at,
        rank_at=rank_for(again.last_at, credit_s),
        returns=before.returns + 1,
    )


def reinstated(before: Ticket, *, at: datetime) -> Ticket:
    """Return a void ticket in line again, at its old place, where any window sees it."""
    at = moment_of(before, at)
    return replace(before, state="waiting", lane=common_lane(before), waiting_since=at, last_at=at)


def reprioritised(
    before: Ticket, priority: Priority, *, at: datetime, arrived_at: datetime, credit_s: int
) -> Ticket:
    """Return the ticket with another priority: its rank is counted anew from that arrival."""
    after = replace(before, priority=priority, last_at=moment_of(before, at))
    is_common = before.lane == common_lane(before)
    return replace(
        after,
        arrived_at=arrived_at,
        rank_at=rank_for(arrived_at, credit_s),
        lane=common_lane(after) if is_common else before.lane,
    )


def released(before: Ticket, *, at: datetime) -> Ticket:
    """Return a ticket that waited for one window or person in the lane that all windows see."""
    return replace(before, lane=common_lane(before), last_at=moment_of(before, at))


def undone(
    before: Ticket,
    event: TicketEventKind,
    state: TicketState,
    *,
    at: datetime,
    lane: str,
    park_reason: str | None,
) -> Ticket:
    """Return the ticket as it was before its last act, which is undone now.

    `lane` is its own, or the common one where its own leads to nobody any more. `park_reason` is
    the reason of the *park* before a cancel that led away from `parked`.
    """
    after = replace(before, state=state, lane=lane, last_at=moment_of(before, at))
    match event:
        case "call":
            return replace(after, called_at=None, window=None, call_id=None, recalls=0)
        case "start":
            return replace(after, started_at=None)
        case "finish":
            return replace(after, finished_at=None, outcome=None)
        case "park":
            return replace(after, park_reason=None, parked_until=None)
        case "cancel":
            return replace(after, park_reason=park_reason if state == "parked" else None)
        case _:
            return after


def common_lane(ticket: Ticket) -> str:
    """Return the lane in which any window of the queue finds this ticket."""
    return lane_for(ticket.priority, ticket.needs)


def bound_lanes(window: int, opener: Actor | None) -> tuple[str, ...]:
    """Return the lanes that only this window sees, opened by that person."""
    own = (f"window:{window}",)
    return (*own, f"staff:{opener.id}") if opener is not None and opener.kind == "staff" else own
