"""The SQL of the two ways past the line: one chosen ticket, and a citizen without a number."""

from datetime import date, datetime
from uuid import UUID

from core_services.database.errors import translated
from core_services.database.pool import Connection, Pool
from queue_server.tickets import changes
from queue_server.tickets.errors import UnknownTicket
from queue_server.tickets.issuing import IssueRequest, issue_row, refusal_of
from queue_server.tickets.model import Actor, Claim, Ticket
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.store_change import require_allowed, write_change
from queue_server.tickets.store_command import (
    Answer,
    read_ticket,
    run_command,
    ticket_to_act_on,
)
from queue_server.tickets.store_hands import require_day, require_free_hand, require_own_window


async def call_out_of_order(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    window: int,
    ticket_id: UUID | None,
    label: str | None,
    actor: Actor,
    any_window: bool,
    reason: str,
    claim: Claim | None,
) -> Ticket:
    """Call one particular ticket, by its id or by today's label, to a window; it is counted.

    Raises UnknownTicket, UnknownWindow, WindowOfAnother, WindowNotOpen, WindowBusy, ActNotAllowed,
    OfAnotherDay, KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        standing = await require_own_window(
            connection, centre_id, window, actor, any_window=any_window
        )
        chosen = ticket_id or await _id_of(connection, centre_id, day=day, label=label or "")
        before = await ticket_to_act_on(connection, centre_id, chosen, day=day, at=at)
        await require_free_hand(connection, centre_id, standing)
        require_allowed("call", before)
        require_day(before, day)
        return await write_change(
            connection,
            centre_id,
            before,
            changes.called(before, at=at, window=window),
            event="call",
            actor=actor,
            reason=reason,
            detail={"out_of_order": True},
            is_announced=True,
        )

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def walk_direct(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    window: int,
    ticket_id: UUID,
    request: IssueRequest,
    actor: Actor,
    any_window: bool,
    reason: str | None,
    claim: Claim | None,
) -> Ticket:
    """Give a citizen who stands at the window a number and serve it, in one commit, uncalled.

    The number keeps the statistics whole; no screen announces it. Raises UnknownWindow,
    WindowOfAnother, WindowNotOpen, WindowBusy, UnknownService, ServiceClosed, ServiceFull,
    KeyReused.
    """

    async def work(connection: Connection) -> Answer:
        standing = await require_own_window(
            connection, centre_id, window, actor, any_window=any_window
        )
        await require_free_hand(connection, centre_id, standing)
        with translated():
            issued = await connection.fetchrow(
                "SELECT outcome FROM issue_tickets($1, $2, $3, $4)",
                centre_id,
                day,
                at,
                [issue_row(request, ticket_id, scope=None)],
            )
        outcome = "" if issued is None else issued["outcome"]
        if outcome != "issued":
            raise refusal_of(outcome, request, None)
        before = await read_ticket(connection, centre_id, ticket_id)
        called = changes.called(before, at=at, window=window)
        await write_change(
            connection,
            centre_id,
            before,
            called,
            event="call",
            actor=actor,
            reason=reason,
            detail={"direct": True},
        )
        return await write_change(
            connection,
            centre_id,
            called,
            changes.moved(called, "start", "serving", at=at),
            event="start",
            actor=actor,
        )

    return ticket_of(await run_command(pool, centre_id, claim=claim, at=at, work=work))


async def _id_of(connection: Connection, centre_id: int, *, day: date, label: str) -> UUID:
    found = await connection.fetchval(
        "SELECT id FROM ticket WHERE business_day = $2 AND centre_id = $1 AND label = $3",
        centre_id,
        day,
        label,
    )
    if found is None:
        raise UnknownTicket(label)
    return UUID(int=found.int)
