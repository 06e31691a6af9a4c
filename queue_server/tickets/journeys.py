"""The acts beside the straight way from number to window, at the present moment.

Each is one command; who may do it is decided by the caller, as in `acts`.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from core_services.ids import new_id
from queue_server.tickets import store_around, store_direct, store_journeys, store_undo
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import DayNotLater, DayTooFar
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Claim, Language, Need, Priority, Ticket
from queue_server.tickets.store_around import Undoable
from queue_server.tickets.store_journeys import Destination

KEPT_AT_MOST: Final = timedelta(days=31)
"""A number kept for a day that nobody remembers would be a number lost."""


async def park(
    queue: Queue,
    ticket_id: UUID,
    *,
    actor: Actor,
    any_window: bool,
    reason: str,
    minutes: int | None = None,
    window: int | None = None,
    claim: Claim | None = None,
) -> Ticket:
    """Put a ticket being served aside («تأجيل لحين مستند»); see `store_journeys.park`."""
    day, at = queue.today()
    return await store_journeys.park(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        ticket_id=ticket_id,
        actor=actor,
        window=window,
        any_window=any_window,
        reason=reason,
        minutes=minutes,
        claim=claim,
    )


async def resume(
    queue: Queue,
    ticket_id: UUID,
    *,
    actor: Actor,
    any_window: bool,
    window: int | None = None,
    claim: Claim | None = None,
) -> Ticket:
    """Let a parked ticket wait for its window; see `store_journeys.resume`."""
    day, at = queue.today()
    return await store_journeys.resume(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        ticket_id=ticket_id,
        actor=actor,
        window=window,
        any_window=any_window,
        claim=claim,
    )


async def transfer(
    queue: Queue,
    ticket_id: UUID,
    to: Destination,
    *,
    actor: Actor,
    any_window: bool,
    reason: str,
    window: int | None = None,
    claim: Claim | None = None,
) -> Ticket:
    """Send a ticket in hand elsewhere at its old place; see `store_journeys.transfer`."""
    day, at = queue.today()
    return await store_journeys.transfer(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        ticket_id=ticket_id,
        to=to,
        actor=actor,
        window=window,
        any_window=any_window,
        reason=reason,
        claim=claim,
    )


async def return_ticket(
    queue: Queue,
    ticket_id: UUID,
    *,
    actor: Actor,
    in_time_only: bool,
    reason: str | None = None,
    window: int | None = None,
    claim: Claim | None = None,
) -> Ticket:
    """Let somebody who missed the call wait again; see `store_journeys.return_ticket`."""
    day, at = queue.today()
    return await store_journeys.return_ticket(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        ticket_id=ticket_id,
        actor=actor,
        window=window,
        in_time_only=in_time_only,
        reason=reason,
        claim=claim,
    )


async def reinstate(
    queue: Queue,
    ticket_id: UUID,
    *,
    actor: Actor,
    reason: str | None = None,
    claim: Claim | None = None,
) -> Ticket:
    """Let a void ticket wait after all, once; see `store_journeys.reinstate`."""
    day, at = queue.today()
    return await store_journeys.reinstate(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        ticket_id=ticket_id,
        actor=actor,
        reason=reason,
        claim=claim,
    )


async def undo(
    queue: Queue,
    ticket_id: UUID,
    *,
    actor: Actor,
    any_window: bool,
    reason: str | None = None,
    window: int | None = None,
    claim: Claim | None = None,
) -> Ticket:
    """Take the last act on a ticket back; see `store_undo.undo`."""
    day, at = queue.today()
    return await store_undo.undo(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        ticket_id=ticket_id,
        actor=actor,
        window=window,
        any_window=any_window,
        reason=reason,
        claim=claim,
    )


async def last_undoable(queue: Queue, window: int) -> Undoable | None:
    """Return what an undo at this window would take back now, or None."""
    day, at = queue.today()
    facts = await store_around.read_around(
        queue.pool, queue.centre.id, day=day, at=at, window=window, limit=0
    )
    return facts.last


async def call_out_of_order(
    queue: Queue,
    window: int,
    ticket: UUID | str,
    *,
    actor: Actor,
    any_window: bool,
    reason: str,
    claim: Claim | None = None,
) -> Ticket:
    """Call one particular ticket, by id or today's label; see `store_direct.call_out_of_order`."""
    day, at = queue.today()
    return await store_direct.call_out_of_order(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        window=window,
        ticket_id=ticket if isinstance(ticket, UUID) else None,
        label=ticket if isinstance(ticket, str) else None,
        actor=actor,
        any_window=any_window,
        reason=reason,
        claim=claim,
    )


async def walk_direct(
    queue: Queue,
    window: int,
    *,
    service: str | None,
    actor: Actor,
    any_window: bool,
    priority: Priority = "none",
    language: Language = "ar",
    needs: Sequence[Need] = (),
    reason: str | None = None,
    claim: Claim | None = None,
) -> Ticket:
    """Serve a citizen without a number at once; see `store_direct.walk_direct`."""
    day, at = queue.today()
    return await store_direct.walk_direct(
        queue.pool,
        queue.centre.id,
        day=day,
        at=at,
        window=window,
        ticket_id=new_id(at),
        request=IssueRequest(
            actor, "desk", service=service, priority=priority, language=language, needs=tuple(needs)
        ),
        actor=actor,
        any_window=any_window,
        reason=reason,
        claim=claim,
    )


async def carry_over(
    queue: Queue, to_day: date, *, actor: Actor, claim: Claim | None = None
) -> int:
    """Keep all of today's numbers that nobody served for another day; return how many.

    The work goes in chunks, so that the hall goes on meanwhile; a key is answered once all is done,
    and whoever was cut off sends it again. Raises DayNotLater when that day is not after today,
    DayTooFar when it is further than `KEPT_AT_MOST`, KeyReused.
    """
    day, at = queue.today()
    if claim is not None:
        answer = await store_journeys.carried_before(queue.pool, queue.centre.id, claim)
        if answer is not None:
            return answer
    if to_day <= day:
        raise DayNotLater(state=day.isoformat())
    if to_day - day > KEPT_AT_MOST:
        raise DayTooFar(state=day.isoformat(), limit=KEPT_AT_MOST.days)
    kept = 0
    while batch := await store_journeys.carry_over(
        queue.pool, queue.centre.id, day=day, to_day=to_day, at=queue.clock.now(), actor=actor
    ):
        kept += batch
    if claim is None:
        return kept
    return await store_journeys.note_carried(queue.pool, queue.centre.id, kept, at=at, claim=claim)
