"""The SQL of *undo*: the last act on a ticket taken back by a new event, soon and legally."""

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.tickets import changes
from queue_server.tickets.errors import (
    NothingToUndo,
    OfAnotherDay,
    TooLate,
    UnknownTicket,
    about_ticket,
)
from queue_server.tickets.lifecycle import (
    ENDED,
    IN_HAND,
    LAPSING,
    allowed_acts,
    undone_state,
)
from queue_server.tickets.model import Actor, Claim, Ticket, TicketEventKind
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_change import write_change
from queue_server.tickets.store_command import Answer, run_command, ticket_to_act_on
from queue_server.tickets.store_hands import (
    require_free_hand,
    require_own_window,
    served_lane,
)
from queue_server.tickets.store_person import require_no_other
from queue_server.tickets.store_policy import read_policy


async def undo(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    ticket_id: UUID,
    actor: Actor,
    window: int | None,
    any_window: bool,
    reason: str | None,
    claim: Claim | None,
) -> Ticket:
    """Take the last act on a ticket back, within the policy's time and at the window that did it.

    An act at no window is its actor's to take back, or whoever's that acts anywhere. A day that is
    over takes nobody back into its line. Raises UnknownTicket, NothingToUndo, TooLate,
    OfAnotherDay, WindowNotOpen, WindowBusy, WindowOfAnother, HasANumber, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        before = await ticket_to_act_on(connection, centre_id, ticket_id, day=day, at=at)
        last = await _last_act(connection, centre_id, ticket_id)
        is_elsewhere = window is not None and last.window not in (None, window)
        is_anothers = last.window is None and last.actor != actor and not any_window
        state = undone_state(last.event, last.from_state)
        if state is None or is_elsewhere or is_anothers:
            raise about_ticket(NothingToUndo, before, allowed_acts(before.state))
        policy = await read_policy(connection, centre_id)
        late = at - last.at - timedelta(seconds=policy.undo_within_s)
        if late > timedelta():
            raise about_ticket(
                TooLate,
                before,
                allowed_acts(before.state),
                seconds=math.ceil(late.total_seconds()),
            )
        if state in LAPSING and before.business_day < day:
            raise about_ticket(OfAnotherDay, before, allowed_acts(before.state))
        if last.window is not None:
            standing = await require_own_window(
                connection, centre_id, last.window, actor, any_window=any_window
            )
            if state in IN_HAND and before.state not in IN_HAND:
                await require_free_hand(connection, centre_id, standing)
        if before.state in ENDED:
            await require_no_other(connection, centre_id, before, policy, day=day)
        lane = before.lane
        if state == "waiting":
            lane = await served_lane(connection, centre_id, before, lane)
        after = changes.undone(
            before,
            last.event,
            state,
            at=at,
            lane=lane,
            park_reason=await _park_reason(connection, centre_id, ticket_id)
            if state == "parked"
            else None,
        )
        return await write_change(
            connection,
            centre_id,
            before,
            after,
            event="undo",
            actor=actor,
            window=last.window,
            reason=reason,
            detail=_detail_of(last, before, after),
        )

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


@dataclass(frozen=True, slots=True)
class _LastAct:
    """The last act on a ticket that changed more than its announcement or the word of its slip."""

    revision: int
    at: datetime
    event: TicketEventKind
    from_state: str
    window: int | None
    actor: Actor


async def _last_act(connection: Connection, centre_id: int, ticket_id: UUID) -> _LastAct:
    row = await connection.fetchrow(
        "SELECT revision, at, event, from_state, window_number, actor_kind, actor_id"
        " FROM ticket_event WHERE centre_id = $1 AND ticket_id = $2"
        " AND event NOT IN ('paper', 'recall', 'given') ORDER BY revision DESC LIMIT 1",
        centre_id,
        ticket_id,
    )
    if row is None:
        raise UnknownTicket(str(ticket_id))
    return _LastAct(
        revision=row["revision"],
        at=row["at"],
        event=row["event"],
        from_state=row["from_state"],
        window=row["window_number"],
        actor=Actor(row["actor_kind"], row["actor_id"]),
    )


async def _park_reason(connection: Connection, centre_id: int, ticket_id: UUID) -> str | None:
    reason: str | None = await connection.fetchval(
        "SELECT reason FROM ticket_event WHERE centre_id = $1 AND ticket_id = $2"
        " AND event = 'park' ORDER BY revision DESC LIMIT 1",
        centre_id,
        ticket_id,
    )
    return reason


def _detail_of(last: _LastAct, before: Ticket, after: Ticket) -> dict[str, object]:
    """Return what the event tells: what was undone, and what cannot be known from that."""
    detail: dict[str, object] = {"of": last.revision, "event": last.event}
    if before.started_at is not None and before.finished_at is not None:
        service = before.finished_at - before.started_at
        detail["service_us"] = service // timedelta(microseconds=1)
    if after.lane != before.lane:
        detail["lane"] = after.lane
    return detail
