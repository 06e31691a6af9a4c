"""What a clerk's desk asks of the queue beside the common acts."""

from uuid import UUID

from queue_server.tickets import store_desk
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor, Claim, Ticket


async def window_day(queue: Queue, window: int, *, call_id: int | None) -> store_desk.WindowDay:
    """Return what a window did today, and whether the call `call_id` stands on a screen.

    Raises UnknownWindow.
    """
    return await store_desk.read_window_day(
        queue.pool, queue.centre.id, window=window, day=queue.today()[0], call_id=call_id
    )


async def last_visits(queue: Queue, window: int, *, limit: int) -> tuple[store_desk.Visit, ...]:
    """Return today's tickets that ended last at a window, the latest first."""
    return await store_desk.read_last_visits(
        queue.pool, queue.centre.id, window=window, day=queue.today()[0], limit=limit
    )


async def finish_and_call_next(
    queue: Queue, window: int, *, in_hand: UUID, actor: Actor, claim: Claim
) -> Ticket | None:
    """Finish that very ticket and call the next one; see `store_desk.call_next_after`."""
    day, at = queue.today()
    return await store_desk.call_next_after(
        queue.pool,
        queue.centre.id,
        in_hand=in_hand,
        day=day,
        at=at,
        window=window,
        actor=actor,
        claim=claim,
    )
