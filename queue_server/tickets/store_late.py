"""The SQL that writes a number down of which the server hears late: its ticket and its events."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Connection
from queue_server.tickets.errors import UnknownService
from queue_server.tickets.model import (
    Actor,
    Channel,
    Language,
    PaperMark,
    Priority,
    Ticket,
    TicketEventKind,
    TicketState,
)
from queue_server.tickets.numbering import label_of
from queue_server.tickets.rows import ticket_of
from queue_server.tickets.selection import lane_for, rank_for
from queue_server.tickets.store_policy import read_credit


@dataclass(frozen=True, slots=True)
class Step:
    """One event of such a number, in the order in which they are recorded."""

    event: TicketEventKind
    from_state: str
    to_state: TicketState
    at: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class LateNumber:
    """A number as it comes into the books, and what its slip is worth."""

    id: UUID
    token: str
    day: date
    series: str
    number: int
    service: str | None
    priority: Priority
    language: Language
    requests: int
    channel: Channel
    device_id: UUID | None
    mark: PaperMark
    arrived_at: datetime
    heard_at: datetime
    """When the server heard of it: it stands in the machine's line since then."""
    steps: tuple[Step, ...]
    """From the issue on; none of them at a window."""
    detail: dict[str, Any] = field(default_factory=dict)
    """What its issue tells beside what every issue tells."""
    is_recorded: bool = False
    """Its day is over: what happened is written down, and nobody waits."""

    @property
    def label(self) -> str:
        return label_of(self.series, self.number)


async def find_by_label(
    connection: Connection, centre_id: int, *, day: date, label: str
) -> Ticket | None:
    """Return the ticket that has a label on a day."""
    row = await connection.fetchrow(
        "SELECT * FROM ticket WHERE centre_id = $1 AND business_day = $2 AND label = $3",
        centre_id,
        day,
        label,
    )
    return None if row is None else ticket_of(row)


async def known_service(connection: Connection, centre_id: int, service: str | None) -> str | None:
    """Return the service's code where the centre has it; a slip of another time has none."""
    code: str | None = await connection.fetchval(
        "SELECT code FROM service WHERE centre_id = $1 AND code = $2", centre_id, service
    )
    return code


async def queue_of(connection: Connection, centre_id: int, service: str | None) -> str:
    """Return the queue of a service, or of numbers without a service. Raises UnknownService."""
    queue: str | None = await connection.fetchval(
        """
        SELECT CASE WHEN $2::text IS NULL
                    THEN (SELECT code FROM queue WHERE centre_id = $1 ORDER BY code LIMIT 1)
                    ELSE (SELECT queue FROM service WHERE centre_id = $1 AND code = $2) END
        """,
        centre_id,
        service,
    )
    if queue is None:
        raise UnknownService(service or "")
    return queue


async def insert_late(
    connection: Connection, centre_id: int, late: LateNumber, *, actor: Actor
) -> Ticket:
    """Write a ticket with its events, in the caller's command; return it.

    No wait was told for it, and it is counted from its arrival. Raises UnknownService.
    """
    queue = await queue_of(connection, centre_id, late.service)
    credit_s = await read_credit(connection, centre_id, late.priority)
    rank_at = rank_for(late.arrived_at, credit_s)
    row = await connection.fetchrow(
        """
        WITH step AS (
            SELECT s.*, row_number() OVER () AS nth
              FROM jsonb_to_recordset($20::jsonb)
                   AS s (event text, from_state text, to_state text, at timestamptz, reason text)
        ), made AS (
            INSERT INTO ticket (centre_id, id, business_day, series, number, label, queue, service,
                   priority, lane, state, paper, channel, device_id, language, token, rank_at,
                   issued_at, arrived_at, waiting_since, position_at_issue, requests, revision,
                   last_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
                   (SELECT to_state FROM step ORDER BY nth DESC LIMIT 1),
                   $11, $12, $13, $14, $15, $16, $17, $17, $18, 0, $19,
                   h.revision + (SELECT count(*) FROM step),
                   (SELECT max(at) FROM step)
              FROM centre_head h WHERE h.centre_id = $1
            RETURNING *
        ), recorded AS (
            INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state,
                   to_state, queue, actor_kind, actor_id, reason, detail)
            SELECT $1, h.revision + s.nth, $2, s.at, s.event, s.from_state, s.to_state, $7,
                   CASE s.event WHEN 'lapse' THEN 'system' ELSE $21 END,
                   CASE s.event WHEN 'lapse' THEN NULL ELSE $22::uuid END, s.reason,
                   nullif(CASE WHEN $23::boolean
                               THEN jsonb_build_object('recorded', true, 'reported_at',
                                                       $18::timestamptz)
                               ELSE '{}' END
                          || CASE WHEN s.nth = 1 THEN $24::jsonb ELSE '{}' END, '{}')
              FROM step s, centre_head h WHERE h.centre_id = $1 ORDER BY s.nth
        )
        SELECT * FROM made
        """,
        centre_id,
        late.id,
        late.day,
        late.series,
        late.number,
        late.label,
        queue,
        late.service,
        late.priority,
        lane_for(late.priority),
        late.mark,
        late.channel,
        late.device_id,
        late.language,
        late.token,
        rank_at,
        late.arrived_at,
        late.heard_at,
        late.requests,
        _steps(late.steps),
        actor.kind,
        actor.id,
        late.is_recorded,
        _told(late, rank_at),
    )
    if row is None:
        raise LookupError(f"centre {centre_id} has no event head")
    return ticket_of(row)


def _steps(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [asdict(step) for step in steps]


def _told(late: LateNumber, rank_at: datetime) -> dict[str, Any]:
    told = {
        "label": late.label,
        "priority": late.priority,
        "service": late.service,
        "channel": late.channel,
        "rank_at": rank_at,
        "arrived_at": late.arrived_at,
        "requests": late.requests if late.requests > 1 else None,
        **late.detail,
    }
    return {name: fact for name, fact in told.items() if fact is not None}
