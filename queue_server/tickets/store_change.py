"""The SQL of one act of the life: the ticket changed and the event recorded, in one statement."""

from datetime import datetime

from core_services.database.pool import Connection
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
    """Do an act on a ticket that was read in the same command, and return its row.

    Raises ActNotAllowed. The caller holds the centre's lock.
    """
    after = require_allowed(event, before)
    row = await connection.fetchrow(
        """
        WITH head AS (
            SELECT revision + 1 AS revision FROM centre_head WHERE centre_id = $1
        ), moment AS (
            SELECT greatest($4::timestamptz, last_at) AS at FROM ticket
             WHERE centre_id = $1 AND id = $2
        ), changed AS (
            UPDATE ticket t
               SET state = $5, last_at = moment.at, revision = head.revision,
                   started_at = CASE WHEN $6 = 'start' THEN moment.at ELSE t.started_at END,
                   finished_at = CASE WHEN $6 = 'finish' THEN moment.at ELSE t.finished_at END,
                   outcome = CASE WHEN $6 = 'finish' THEN $7 ELSE t.outcome END,
                   recalls = t.recalls + ($6 = 'recall')::int,
                   call_revision = CASE WHEN $6 = 'recall' THEN head.revision
                                        ELSE t.call_revision END,
                   service = coalesce($8, t.service)
              FROM head, moment
             WHERE t.centre_id = $1 AND t.id = $2 AND t.state = $3
            RETURNING t.*
        ), recorded AS (
            INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state,
                   to_state, queue, window_number, actor_kind, actor_id, reason, detail)
            SELECT $1, c.revision, c.id, c.last_at, $6, $3, $5, c.queue,
                   coalesce($9::smallint, c.window_number), $10, $11,
                   CASE WHEN $6 = 'finish' THEN $7 ELSE $12 END,
                   CASE WHEN $8::text IS NOT NULL
                       THEN jsonb_build_object('service', $8::text) END
              FROM changed c
        )
        SELECT to_jsonb(c) AS ticket FROM changed c
        """,
        centre_id,
        before.id,
        before.state,
        at,
        after,
        event,
        outcome,
        service,
        window,
        actor.kind,
        actor.id,
        reason,
    )
    if row is None:
        raise UnknownTicket(str(before.id))
    return dict(row["ticket"])
