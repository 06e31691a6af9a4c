"""What reception asks of the queue beside the common acts: slips along the line, lost slips."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from queue_server.tickets import store_reception, store_reprint
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor, Claim, Ticket
from queue_server.tickets.store_reception import Sought

LATE_AFTER_S: Final = 8
"""A slip takes two or three seconds; one that takes so long is told to whoever waits for it."""

SILENT_AFTER_S: Final = 60
"""A slip of which no kiosk has spoken for so long may be out or not: a person looks after it."""

_NOT_OUT: Final = ("pending", "held", "unknown", "failed")
_STILL_WANTED: Final = ("unconfirmed", "waiting", "called")


async def order_first_slip(queue: Queue, ticket_id: UUID, device_id: UUID, *, actor: Actor) -> bool:
    """Order the first slip of a number given along the line, once; see `store_reception`."""
    day, at = queue.today()
    return await store_reception.order_first_slip(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        ticket_id=ticket_id,
        device_id=device_id,
        actor=actor,
    )


async def issued_before(queue: Queue, claim: Claim) -> UUID | None:
    """Return the ticket of a press whose answer was lost, or None where it made none."""
    return await store_reception.issued_before(queue.pool, queue.centre.id, claim=claim)


async def order_again(
    queue: Queue, ticket_id: UUID, device_id: UUID, *, actor: Actor, reason: str
) -> bool:
    """Order a marked slip at the kiosk where the citizen stands, and at no other any more.

    False while it is ordered there already. Raises UnknownTicket, ActNotAllowed.
    """
    day, at = queue.today()
    return await store_reprint.order_reprint(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        ticket_id=ticket_id,
        device_id=device_id,
        actor=actor,
        reason=reason,
        is_only_one=True,
    )


async def told_by_hand(queue: Queue, ticket_id: UUID, *, actor: Actor) -> Ticket:
    """Note that the citizen has the number without a printed slip; none is printed any more.

    Raises UnknownTicket.
    """
    return await queue.mark_paper(
        ticket_id, "kept", actor=actor, confirmed_by="staff", withdraws_orders=True
    )


async def find(queue: Queue, sought: Sought, *, limit: int) -> tuple[Ticket, ...]:
    """Return today's tickets that may be meant, the likeliest first."""
    return await store_reception.find_tickets(
        queue.pool, queue.centre.id, day=queue.today()[0], sought=sought, limit=limit
    )


async def slips_to_look_after(queue: Queue, *, limit: int) -> tuple[Ticket, ...]:
    """Return today's tickets somebody waits with whose slip failed, is in doubt, or is late."""
    late = queue.clock.now() - timedelta(seconds=LATE_AFTER_S)
    tickets = await queue.tickets(states=_STILL_WANTED, paper=_NOT_OUT, limit=limit + 50)
    return tuple(
        ticket
        for ticket in tickets
        if ticket.paper != "pending" or (ticket.channel == "reception" and ticket.issued_at <= late)
    )[:limit]


async def doubt_silent_slips(queue: Queue) -> None:
    """Let slips along the line that no kiosk spoke of be looked after by a person."""
    before = queue.clock.now() - timedelta(seconds=SILENT_AFTER_S)
    for ticket_id in await store_reception.silent_slips(
        queue.pool, queue.centre.id, issued_before=before
    ):
        await queue.mark_paper(ticket_id, "unknown", actor=Actor("system"))
