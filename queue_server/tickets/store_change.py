"""The SQL of one act of the life: the ticket changed and the event recorded, in one statement."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core_services.database.pool import Connection
from queue_server.tickets.changes import moved
from queue_server.tickets.errors import ActNotAllowed, UnknownTicket, about_ticket
from queue_server.tickets.lifecycle import allowed_acts, state_after
from queue_server.tickets.model import Actor, Ticket, TicketEventKind, TicketState
from queue_server.tickets.store_command import Answer


def require_allowed(event: TicketEventKind, ticket: Ticket) -> TicketState:
    """Return the state that an act leads this ticket to. Raises ActNotAllowed."""
    after = state_after(event, ticket.state)
    if after is None:
        raise about_ticket(ActNotAllowed, ticket, allowed_acts(ticket.state))
    return after


async def change_ticket(
    connection: Connection,
    centre_id: int,
    before: Ticket,
    *,
    at: datetime,
    event: TicketEventKind,
    actor: Actor,
    window: int | None = None,
    reason: str | None = None,
    outcome: str | None = None,
    service: str | None = None,
) -> Answer:
    """Do an act that keeps a ticket's place, on a ticket read in the same command; return its row.

    Raises ActNotAllowed. The caller holds the centre's lock.
    """
    state = require_allowed(event, before)
    return await write_change(
        connection,
        centre_id,
        before,
        moved(before, event, state, at=at, outcome=outcome, service=service),
        event=event,
        actor=actor,
        window=window,
        reason=outcome if event == "finish" else reason,
        detail=None if service is None else {"service": service},
        is_announced=event == "recall",
    )


async def write_change(
    connection: Connection,
    centre_id: int,
    before: Ticket,
    after: Ticket,
    *,
    event: TicketEventKind,
    actor: Actor,
    window: int | None = None,
    reason: str | None = None,
    detail: Mapping[str, Any] | None = None,
    is_announced: bool = False,
) -> Answer:
    """Write a ticket as an act left it, and the act, and return the row.

    The event tells of `window`, else of the window that had the ticket. With `is_announced` its
    revision is the id of the ticket's call. The caller holds the centre's lock and read `before`
    under it. Raises UnknownTicket when there is no such ticket as it was read.
    """
    row = await connection.fetchrow(
        """
        WITH head AS (
            SELECT revision + 1 AS revision FROM centre_head WHERE centre_id = $1
        ), changed AS (
            UPDATE ticket t
               SET state = $4, queue = $5, service = $6, priority = $7, lane = $8, rank_at = $9,
                   arrived_at = $10, waiting_since = $11, called_at = $12, started_at = $13,
                   finished_at = $14, window_number = $15, recalls = $16,
                   call_revision = CASE WHEN $17 THEN head.revision ELSE $18 END,
                   outcome = $19, returns = $20, parked_until = $21, park_reason = $22,
                   last_at = $23, revision = head.revision
              FROM head
             WHERE t.centre_id = $1 AND t.id = $2 AND t.state = $3
            RETURNING t.*
        ), recorded AS (
            INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state,
                   to_state, queue, window_number, actor_kind, actor_id, reason, detail)
            SELECT $1, c.revision, c.id, c.last_at, $24, $3, $4, c.queue, $25, $26, $27, $28, $29
              FROM changed c
        )
        SELECT to_jsonb(c) AS ticket FROM changed c
        """,
        centre_id,
        before.id,
        before.state,
        after.state,
        after.queue,
        after.service,
        after.priority,
        after.lane,
        after.rank_at,
        after.arrived_at,
        after.waiting_since,
        after.called_at,
        after.started_at,
        after.finished_at,
        after.window,
        after.recalls,
        is_announced,
        after.call_id,
        after.outcome,
        after.returns,
        after.parked_until,
        after.park_reason,
        after.last_at,
        event,
        window or after.window or before.window,
        actor.kind,
        actor.id,
        reason,
        None if detail is None else dict(detail),
    )
    if row is None:
        raise UnknownTicket(str(before.id))
    return dict(row["ticket"])
