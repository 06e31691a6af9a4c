"""Who is called next and who stands before whom: the dispatch rule, pure.

`call_next` in the database is the same rule over an index; tests hold the two equal.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from queue_server.tickets.model import Need, Priority

COMMON_LANES = ("plain", "priority", "accessible")


@dataclass(frozen=True, slots=True)
class InLine:
    """A ticket in line; `is_callable` is false while its paper is not confirmed."""

    id: UUID
    queue: str
    lane: str
    rank_at: datetime
    is_callable: bool
    asks_for_woman: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What a window may call: its queues, its lanes, and whether priority comes first."""

    queues: frozenset[str]
    lanes: frozenset[str]
    priority_first: bool
    left_to_women: frozenset[str] = frozenset()
    """Queues in which a woman works at another window now, and none at this one."""

    def leaves(self, ticket: InLine) -> bool:
        """Say whether this window leaves a ticket of its lanes to a woman at another one.

        A lane that few windows see is no place to wait for her too.
        """
        return (
            ticket.asks_for_woman
            and ticket.lane in ("plain", "priority")
            and ticket.queue in self.left_to_women
        )


def lane_for(priority: Priority, needs: Collection[Need] = ()) -> str:
    """Return the lane in which any window of the queue finds a ticket.

    Who needs an accessible window stands where only such a window looks.
    """
    if "accessible_window" in needs:
        return "accessible"
    return "plain" if priority == "none" else "priority"


def rank_for(arrival: datetime, credit_s: int) -> datetime:
    """Return the moment that orders a ticket: its arrival less its credit, in seconds."""
    return arrival - timedelta(seconds=credit_s)


def next_for(desk: Desk, line: Iterable[InLine]) -> InLine | None:
    """Return the ticket that call-next hands to this window, or None when nobody waits for it."""
    mine = [
        ticket
        for ticket in line
        if ticket.is_callable
        and ticket.queue in desk.queues
        and ticket.lane in desk.lanes
        and not desk.leaves(ticket)
    ]
    return min(
        mine,
        key=lambda ticket: (
            not (desk.priority_first and ticket.lane in ("priority", "accessible")),
            ticket.rank_at,
            ticket.id.int,
        ),
        default=None,
    )


def position_of(ticket: InLine, line: Iterable[InLine]) -> int:
    """Return the people ahead in the ticket's queue plus one; unconfirmed ones count."""
    place = (ticket.rank_at, ticket.id.int)
    return 1 + sum(
        other.queue == ticket.queue
        and other.lane in COMMON_LANES
        and (other.rank_at, other.id.int) < place
        for other in line
    )
