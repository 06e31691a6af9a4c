"""The SQL of a ticket's ways back into line: resumed, transferred, returned, reinstated."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.tickets import changes
from queue_server.tickets.errors import (
    ActNotAllowed,
    LimitReached,
    NobodyThere,
    TooLate,
    UnknownQueue,
    UnknownStaff,
    about_ticket,
)
from queue_server.tickets.model import Actor, Claim, Ticket
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_carry import carry_now
from queue_server.tickets.store_change import require_allowed, write_change
from queue_server.tickets.store_command import (
    Answer,
    kept_answer,
    run_command,
    ticket_to_act_on,
)
from queue_server.tickets.store_hands import (
    read_standing,
    require_day,
    require_own_ticket,
    require_own_window,
    served_lane,
    window_of_staff,
)
from queue_server.tickets.store_person import require_no_other
from queue_server.tickets.store_policy import read_credit, read_policy


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a ticket is transferred to; exactly one of the three is given."""

    queue: str | None = None
    window: int | None = None
    staff: UUID | None = None


async def park(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    ticket_id: UUID,
    actor: Actor,
    window: int | None,
    any_window: bool,
    reason: str,
    minutes: int | None,
    claim: Claim | None,
) -> Ticket:
    """Put a ticket aside at its window; after `minutes` it waits again by itself.

    What a window still has in hand from an earlier day is finished there, not put back into a line
    that is over. Raises UnknownTicket, ActNotAllowed, OfAnotherDay, TicketOfAnother,
    WindowOfAnother, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        before = await ticket_to_act_on(connection, centre_id, ticket_id, day=day, at=at)
        require_allowed("park", before)
        require_day(before, day)
        await require_own_ticket(
            connection, centre_id, before, window, actor, any_window=any_window
        )
        after = changes.parked(before, at=at, reason=reason, minutes=minutes)
        return await write_change(
            connection,
            centre_id,
            before,
            after,
            event="park",
            actor=actor,
            reason=reason,
            detail=None if after.parked_until is None else {"until": after.parked_until},
        )

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def resume(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    ticket_id: UUID,
    actor: Actor,
    window: int | None = None,
    any_window: bool = True,
    claim: Claim | None = None,
) -> Ticket:
    """Let a parked ticket wait again at its old place, for its window alone.

    A window that has closed since would never call it: then any window of its queue may, and any
    clerk may resume it. Raises UnknownTicket, ActNotAllowed, TicketOfAnother, WindowOfAnother,
    KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        before = await ticket_to_act_on(connection, centre_id, ticket_id, day=day, at=at)
        require_allowed("resume", before)
        number = before.window or 0  # a parked ticket has its window: a CHECK of the table
        standing = await read_standing(connection, centre_id, number)
        is_closed = standing.state == "closed"
        await require_own_ticket(
            connection,
            centre_id,
            before,
            None if is_closed else window,
            actor,
            any_window=any_window or is_closed,
        )
        lane = await served_lane(connection, centre_id, before, f"window:{number}")
        after = changes.in_line_again(before, at=at, lane=lane)
        return await write_change(connection, centre_id, before, after, event="resume", actor=actor)

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def transfer(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    ticket_id: UUID,
    to: Destination,
    actor: Actor,
    window: int | None,
    any_window: bool,
    reason: str,
    claim: Claim | None,
) -> Ticket:
    """Send a ticket in hand back into line for a queue, a window or a person; it keeps its rank.

    Raises UnknownTicket, UnknownQueue, UnknownWindow, UnknownStaff, NobodyThere, ActNotAllowed,
    OfAnotherDay, TicketOfAnother, WindowOfAnother, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        before = await ticket_to_act_on(connection, centre_id, ticket_id, day=day, at=at)
        require_allowed("transfer", before)
        require_day(before, day)
        await require_own_ticket(
            connection, centre_id, before, window, actor, any_window=any_window
        )
        queue, lane = await _place_at(connection, centre_id, before, to)
        after = changes.in_line_again(before, at=at, lane=lane, queue=queue)
        return await write_change(
            connection,
            centre_id,
            before,
            after,
            event="transfer",
            actor=actor,
            reason=reason,
            detail={"from_queue": before.queue, "lane": lane},
        )

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def return_ticket(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    ticket_id: UUID,
    actor: Actor,
    window: int | None,
    in_time_only: bool,
    reason: str | None,
    claim: Claim | None,
) -> Ticket:
    """Let somebody who missed the call wait again, placed by the policy's rule and counted.

    With `in_time_only` the policy's time since the no-show binds, and a `window` that is named must
    have been opened by the actor. Raises UnknownTicket, UnknownWindow, WindowOfAnother,
    ActNotAllowed, OfAnotherDay, LimitReached, TooLate, HasANumber, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        if window is not None:
            await require_own_window(
                connection, centre_id, window, actor, any_window=not in_time_only
            )
        before = await ticket_to_act_on(connection, centre_id, ticket_id, day=day, at=at)
        require_allowed("return", before)
        require_day(before, day)
        policy = await read_policy(connection, centre_id)
        if before.returns >= policy.returns_allowed:
            raise about_ticket(LimitReached, before, limit=policy.returns_allowed)
        if in_time_only and policy.return_within_s is not None:
            missed_at: datetime = await connection.fetchval(
                "SELECT max(at) FROM ticket_event WHERE centre_id = $1 AND ticket_id = $2"
                " AND event = 'no_show'",
                centre_id,
                ticket_id,
            )
            late = at - missed_at - timedelta(seconds=policy.return_within_s)
            if late > timedelta():
                raise about_ticket(TooLate, before, seconds=math.ceil(late.total_seconds()))
        await require_no_other(connection, centre_id, before, policy, day=day)
        credit_s = policy.return_credit(await read_credit(connection, centre_id, before.priority))
        after = changes.returned(before, at=at, credit_s=credit_s)
        return await write_change(
            connection,
            centre_id,
            before,
            after,
            event="return",
            actor=actor,
            window=window,
            reason=reason,
            detail={"rank_at": after.rank_at},
        )

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def reinstate(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    ticket_id: UUID,
    actor: Actor,
    reason: str | None,
    claim: Claim | None,
) -> Ticket:
    """Let a void ticket wait after all, once: its paper was printed and somebody holds it.

    Raises UnknownTicket, ActNotAllowed, OfAnotherDay, LimitReached, HasANumber, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        before = await ticket_to_act_on(connection, centre_id, ticket_id, day=day, at=at)
        require_allowed("reinstate", before)
        require_day(before, day)
        if await connection.fetchval(
            "SELECT true FROM ticket_event WHERE centre_id = $1 AND ticket_id = $2"
            " AND event = 'reinstate'",
            centre_id,
            ticket_id,
        ):
            raise about_ticket(LimitReached, before, limit=1)
        if await connection.fetchval(
            "SELECT ticket_id IS DISTINCT FROM $3 FROM appointment"
            " WHERE centre_id = $1 AND id = $2",
            centre_id,
            before.appointment_id,
            ticket_id,
        ):
            raise about_ticket(ActNotAllowed, before)  # its appointment has another number by now
        policy = await read_policy(connection, centre_id)
        await require_no_other(connection, centre_id, before, policy, day=day)
        after = changes.reinstated(before, at=at)
        return await write_change(
            connection, centre_id, before, after, event="reinstate", actor=actor, reason=reason
        )

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def carry_over(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    to_day: date,
    at: datetime,
    actor: Actor,
    at_most: int = 100,
) -> int:
    """Keep up to `at_most` numbers of the day for another day; see `store_carry.carry_now`."""

    async def work(connection: Connection) -> Answer:
        kept = await carry_now(
            connection, centre_id, day=day, to_day=to_day, at=at, actor=actor, at_most=at_most
        )
        return {"kept": kept}

    answer = await run_command(pool, centre_id, claim=None, at=at, work=work)
    return int(answer["kept"])


async def carried_before(pool: Pool, centre_id: int, claim: Claim) -> int | None:
    """Return how many numbers a carry-over kept under this key, or None. Raises KeyReused."""
    answer = await kept_answer(pool, centre_id, claim)
    return None if answer is None else int(answer["kept"])


async def note_carried(pool: Pool, centre_id: int, kept: int, *, at: datetime, claim: Claim) -> int:
    """Keep what a carry-over answers under its key, once; return the first answer."""

    async def work(_: Connection) -> Answer:
        return {"kept": kept}

    answer = await run_command(pool, centre_id, claim=claim, at=at, work=work)
    return int(answer["kept"])


async def due_to_resume(pool: Pool, centre_id: int, *, day: date, at: datetime) -> list[UUID]:
    """Return up to 100 parked tickets of the day whose time is over, the earliest first."""
    rows = await pool.fetch(
        "SELECT id FROM ticket WHERE centre_id = $1 AND business_day = $2 AND state = 'parked'"
        " AND parked_until <= $3 ORDER BY parked_until, id LIMIT 100",
        centre_id,
        day,
        at,
    )
    return [row["id"] for row in rows]


async def release_bound(
    connection: Connection,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    lanes: Sequence[str],
    actor: Actor,
    still_served: Sequence[str] = (),
) -> None:
    """Let every window see the tickets that wait for one that leaves; inside its command.

    Those of the queues that are `still_served` there go on waiting for it.
    """
    rows = await connection.fetch(
        "SELECT * FROM ticket WHERE centre_id = $1 AND business_day = $2 AND state = 'waiting'"
        " AND lane = ANY ($3) AND queue <> ALL ($4) ORDER BY rank_at, id",
        centre_id,
        day,
        lanes,
        still_served,
    )
    for row in rows:
        before = ticket_of(row)
        await write_change(
            connection,
            centre_id,
            before,
            changes.released(before, at=at),
            event="release",
            actor=actor,
            detail={"lane": before.lane},
        )


async def _place_at(
    connection: Connection, centre_id: int, ticket: Ticket, to: Destination
) -> tuple[str, str]:
    """Return the queue and the lane of a destination, where somebody will find the ticket."""
    if to.queue is not None:
        return await _served_queue(connection, centre_id, to.queue), changes.common_lane(ticket)
    number = to.window
    if to.staff is not None:
        number = await _window_of(connection, centre_id, to.staff)
    standing = await read_standing(connection, centre_id, number or 0)
    if standing.state == "closed":
        raise NobodyThere(state=standing.state, window=standing.number)
    if not standing.queues:
        raise NobodyThere(state="unserved", window=standing.number)
    queue = ticket.queue if ticket.queue in standing.queues else standing.queues[0]
    lane = f"window:{standing.number}" if to.staff is None else f"staff:{to.staff}"
    return queue, lane


async def _served_queue(connection: Connection, centre_id: int, queue: str) -> str:
    served = await connection.fetchval(
        """
        SELECT EXISTS (SELECT 1 FROM work_profile_queue q JOIN service_window w
                           ON w.centre_id = q.centre_id AND w.profile = q.profile
                        WHERE q.centre_id = $1 AND q.queue = c.code)
          FROM queue c WHERE c.centre_id = $1 AND c.code = $2
        """,
        centre_id,
        queue,
    )
    if served is None:
        raise UnknownQueue(queue)
    if not served:
        raise NobodyThere(state="unserved")
    return queue


async def _window_of(connection: Connection, centre_id: int, staff: UUID) -> int:
    if not await connection.fetchval(
        "SELECT true FROM staff WHERE centre_id = $1 AND id = $2", centre_id, staff
    ):
        raise UnknownStaff(str(staff))
    number = await window_of_staff(connection, centre_id, staff)
    if number is None:
        raise NobodyThere(state="closed")
    return number
