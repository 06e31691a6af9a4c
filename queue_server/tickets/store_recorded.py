"""The SQL of a number that was served or left on paper while the machine had it in line."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Final, Protocol

from core_services.database.pool import Connection
from queue_server.tickets.errors import LabelTaken, UnknownTicket, about_ticket
from queue_server.tickets.model import Actor, Ticket, TicketEventKind, TicketState
from queue_server.tickets.store_change import change_ticket
from queue_server.tickets.store_command import Answer
from queue_server.tickets.store_late import Step

_BEFORE: Final[Mapping[str, tuple[tuple[TicketEventKind, TicketState], ...]]] = {
    "waiting": (),
    "unconfirmed": (("confirm", "unconfirmed"),),
    "no_show": (("return", "no_show"),),
}
"""What brings a number into line that was served on paper: nobody confirmed its slip, or a window
called it from the screens although it had been served."""


class OnPaper(Protocol):
    """What the paper tells of a visit."""

    @property
    def service(self) -> str | None: ...

    @property
    def window(self) -> int | None: ...

    @property
    def started_at(self) -> datetime | None: ...

    @property
    def finished_at(self) -> datetime | None: ...


async def record_on_known(
    connection: Connection,
    centre_id: int,
    ticket: Ticket,
    visit: OnPaper,
    *,
    at: datetime,
    actor: Actor,
) -> Answer:
    """End a number that still stands in line as the paper tells, and return its row.

    Its events stand at the times of the paper, not before it was given. They are `recorded`, and
    tell that it stood in the machine's line until then (`was_in_line`). Raises LabelTaken when it
    has come further, or its day has ended it.
    """
    if visit.window is None:
        if ticket.state != "waiting":
            raise about_ticket(LabelTaken, ticket)
        return await change_ticket(
            connection, centre_id, ticket, at=at, event="cancel", actor=actor, reason="left"
        )
    if ticket.state not in _BEFORE or visit.started_at is None or visit.finished_at is None:
        raise about_ticket(LabelTaken, ticket)
    started_at = max(visit.started_at, ticket.issued_at)
    finished_at = max(visit.finished_at, started_at)
    steps = [
        *(Step(event, was, "waiting", started_at) for event, was in _BEFORE[ticket.state]),
        Step("call", "waiting", "called", started_at),
        Step("start", "called", "serving", started_at),
        Step("finish", "serving", "finished", finished_at, reason="served"),
    ]
    row = await connection.fetchrow(
        """
        WITH step AS (
            SELECT s.*, row_number() OVER () AS nth
              FROM jsonb_to_recordset($8::jsonb)
                   AS s (event text, from_state text, to_state text, at timestamptz, reason text)
        ), changed AS (
            UPDATE ticket t
               SET state = 'finished', called_at = $4, started_at = $4, finished_at = $5,
                   window_number = $6, outcome = 'served', call_revision = NULL, recalls = 0,
                   service = coalesce(t.service, $7), last_at = greatest(t.last_at, $5),
                   revision = h.revision + (SELECT count(*) FROM step)
              FROM centre_head h
             WHERE t.centre_id = $1 AND t.id = $2 AND t.state = $3 AND h.centre_id = $1
            RETURNING t.*
        ), recorded AS (
            INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state,
                   to_state, queue, window_number, actor_kind, actor_id, reason, detail)
            SELECT $1, h.revision + s.nth, c.id, s.at, s.event, s.from_state, s.to_state, c.queue,
                   CASE WHEN s.event IN ('call', 'start', 'finish') THEN $6 END, $9, $10, s.reason,
                   jsonb_build_object('recorded', true, 'reported_at', $11::timestamptz)
                   || CASE WHEN s.event IN ('start', 'finish') THEN '{}'
                           ELSE '{"was_in_line": true}' END::jsonb
                   || CASE s.event WHEN 'call' THEN '{"direct": true, "adopted": true}'
                           ELSE '{}' END::jsonb
                   || CASE WHEN s.event = 'finish' AND $7 IS NOT NULL
                           THEN jsonb_build_object('service', c.service) ELSE '{}' END
              FROM step s, changed c, centre_head h WHERE h.centre_id = $1 ORDER BY s.nth
        )
        SELECT to_jsonb(c) AS ticket FROM changed c
        """,
        centre_id,
        ticket.id,
        ticket.state,
        started_at,
        finished_at,
        visit.window,
        visit.service,
        [asdict(step) for step in steps],
        actor.kind,
        actor.id,
        at,
    )
    if row is None:
        raise UnknownTicket(str(ticket.id))
    return dict(row["ticket"])
