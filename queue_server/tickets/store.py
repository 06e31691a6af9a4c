"""The SQL of the commands on tickets: call next, the acts of the life, paper."""

import math
from datetime import date, datetime, timedelta
from uuid import UUID

from core_services.database.pool import Connection, Pool, Record
from core_services.devices.store_presence import withdraw_orders
from queue_server.tickets.errors import (
    KeyReused,
    LimitReached,
    TicketOfAnother,
    TooEarly,
    UnknownService,
    UnknownTicket,
    UnknownWindow,
    WindowBusy,
    WindowNotOpen,
    WindowOfAnother,
    about_ticket,
)
from queue_server.tickets.lifecycle import IN_HAND, allowed_acts, allowed_window_acts, says_more
from queue_server.tickets.model import Actor, Claim, PaperMark, PlainAct, Ticket
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_change import change_ticket, require_allowed
from queue_server.tickets.store_command import Answer, read_ticket, run_command, ticket_to_act_on
from queue_server.tickets.store_hands import require_own_ticket
from queue_server.tickets.store_policy import read_policy
from queue_server.tickets.store_take_back import may_be_taken_back


async def call_next(
    pool: Pool | Connection,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    window: int,
    actor: Actor,
    own_only: bool,
    finish: bool,
    outcome: str | None,
    claim: Claim | None,
) -> Ticket | None:
    """Hand the next ticket to a window; None when nobody waits for it.

    `finish` ends the ticket in hand in the same commit. Raises UnknownWindow, WindowNotOpen,
    WindowOfAnother, WindowBusy, KeyReused.
    """
    row = await pool.fetchrow(
        "SELECT outcome, ticket, about"
        " FROM call_next($1, $2, $3, $4::smallint, $5, $6, $7, $8, $9, $10, $11)",
        centre_id,
        day,
        at,
        window,
        actor.kind,
        actor.id,
        own_only,
        finish,
        outcome,
        claim.scope if claim else None,
        claim.fingerprint if claim else None,
    )
    if row is None:
        raise UnknownWindow(window)
    match row["outcome"]:
        case "called":
            return ticket_of(row["ticket"])
        case "empty":
            return None
        case "window_busy":
            current = ticket_of(row["ticket"])
            raise about_ticket(WindowBusy, current, allowed_acts(current.state))
        case "window_not_open":
            allowed = allowed_window_acts(row["about"], has_ticket=False)
            raise WindowNotOpen(state=row["about"], allowed=allowed, window=window)
        case "window_of_another":
            raise WindowOfAnother(state="open", window=window, opened_by=row["about"])
        case "key_reused":
            raise KeyReused(state="key_reused")
        case _:
            raise UnknownWindow(window)


async def act_on_ticket(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    ticket_id: UUID,
    event: PlainAct,
    actor: Actor,
    window: int | None = None,
    any_window: bool = True,
    own_device_only: bool = False,
    reason: str | None = None,
    outcome: str | None = None,
    service: str | None = None,
    claim: Claim | None = None,
) -> Ticket:
    """Do one act of the life table on a ticket and record it.

    `window` names the window that acts; a ticket in another window's hand is refused, and without
    `any_window` the window must have been opened by the actor. `own_device_only` lets a device
    touch only what it may take back. Without `any_window` the policy's limits of recall and no-show
    bind. Raises UnknownTicket, ActNotAllowed, TooEarly, LimitReached, TicketOfAnother,
    WindowOfAnother, UnknownWindow, UnknownService, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        before = await ticket_to_act_on(connection, centre_id, ticket_id, day=day, at=at)
        if own_device_only and not await may_be_taken_back(connection, centre_id, before, actor):
            raise about_ticket(TicketOfAnother, before)
        require_allowed(event, before)
        if before.window is not None and before.state in IN_HAND:
            await require_own_ticket(
                connection, centre_id, before, window, actor, any_window=any_window
            )
            if event in ("recall", "no_show") and not any_window:
                await _check_policy(connection, centre_id, before, event, at)
        elif window is not None:
            await _require_window(connection, centre_id, window)
        if service is not None:
            known = await connection.fetchval(
                "SELECT true FROM service WHERE centre_id = $1 AND code = $2", centre_id, service
            )
            if not known:
                raise UnknownService(service)
        return await change_ticket(
            connection,
            centre_id,
            before,
            at=at,
            event=event,
            actor=actor,
            window=window,
            reason=reason,
            outcome=outcome,
            service=service,
        )

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def mark_paper(
    pool: Pool,
    centre_id: int,
    *,
    at: datetime,
    ticket_id: UUID,
    mark: PaperMark,
    confirms: bool,
    actor: Actor,
    own_device_only: bool = False,
    confirmed_by: str | None = None,
    withdraws_orders: bool = False,
) -> Ticket:
    """Note what became of a slip; with `confirms`, an unconfirmed ticket becomes waiting.

    Changes nothing when as much is known already. `withdraws_orders` takes open orders for the slip
    back in the same commit. Raises UnknownTicket, TicketOfAnother.
    """

    async def work(connection: Connection) -> Answer:
        before = await read_ticket(connection, centre_id, ticket_id)
        if own_device_only and before.device_id != actor.id:
            raise about_ticket(TicketOfAnother, before)
        if withdraws_orders:
            await withdraw_orders(
                connection, centre_id=centre_id, ticket_id=ticket_id, other_than=None, at=at
            )
        event = "confirm" if confirms and before.state == "unconfirmed" else "paper"
        if event == "paper" and not says_more(mark, before.paper):
            row = await connection.fetchrow(
                "SELECT to_jsonb(t) AS ticket FROM ticket t WHERE centre_id = $1 AND id = $2",
                centre_id,
                ticket_id,
            )
            return _changed(row, ticket_id)
        after = "waiting" if event == "confirm" else before.state
        row = await connection.fetchrow(
            """
            WITH head AS (
                SELECT revision + 1 AS revision FROM centre_head WHERE centre_id = $1
            ), changed AS (
                UPDATE ticket t
                   SET state = $4, paper = $5, last_at = greatest($6, t.last_at),
                       revision = head.revision
                  FROM head
                 WHERE t.centre_id = $1 AND t.id = $2 AND t.state = $3
                RETURNING t.*
            ), recorded AS (
                INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state,
                       to_state, queue, window_number, actor_kind, actor_id, reason, detail)
                SELECT $1, c.revision, c.id, c.last_at, $7, $3, $4, c.queue, c.window_number,
                       $8, $9, $5, CASE WHEN $10::text IS NOT NULL
                           THEN jsonb_build_object('confirmed_by', $10::text) END
                  FROM changed c
            )
            SELECT to_jsonb(c) AS ticket FROM changed c
            """,
            centre_id,
            ticket_id,
            before.state,
            after,
            mark,
            at,
            event,
            actor.kind,
            actor.id,
            confirmed_by,
        )
        return _changed(row, ticket_id)

    return ticket_of(await run_command(pool, centre_id, claim=None, at=at, work=work))


async def _check_policy(
    connection: Connection, centre_id: int, ticket: Ticket, event: PlainAct, at: datetime
) -> None:
    """Hold a clerk to the policy's limits of recall and no-show."""
    policy = await read_policy(connection, centre_id)
    limit = policy.recall_limit
    if event == "recall" and limit is not None and ticket.recalls >= limit:
        raise about_ticket(LimitReached, ticket, limit=limit)
    wait_s = policy.recall_interval_s if event == "recall" else policy.no_show_after(ticket)
    since = ticket.last_at if event == "recall" else ticket.called_at
    early = timedelta(seconds=wait_s) - (at - (since or at))
    if early > timedelta():
        raise about_ticket(TooEarly, ticket, seconds=math.ceil(early.total_seconds()))


async def _require_window(connection: Connection, centre_id: int, window: int) -> None:
    """Let no event tell of a window that the centre does not have."""
    if not await connection.fetchval(
        "SELECT true FROM service_window WHERE centre_id = $1 AND number = $2", centre_id, window
    ):
        raise UnknownWindow(window)


def _changed(row: Record | None, ticket_id: UUID) -> Answer:
    if row is None:
        raise UnknownTicket(str(ticket_id))
    return dict(row["ticket"])
