"""The SQL that reads the queue: the hall in one snapshot, tickets, their events and places."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core_services.database.pool import Connection, Pool, Record
from queue_server.tickets.errors import UnknownTicket
from queue_server.tickets.estimate import LEAST_SERVICES, Pace, wait_range
from queue_server.tickets.model import (
    Call,
    Centre,
    Hall,
    QueueState,
    Service,
    Ticket,
    TicketEvent,
    Wait,
    Window,
)
from queue_server.tickets.rows import ticket_of, window_of

CALLS_SHOWN = 12


async def read_centre(pool: Pool, centre_id: int | None = None) -> Centre | None:
    """Return that centre, or the first of this database; None before `centre load`."""
    row = await pool.fetchrow(
        "SELECT * FROM centre WHERE ($1::integer IS NULL OR id = $1) ORDER BY id LIMIT 1", centre_id
    )
    if row is None:
        return None
    return Centre(
        id=row["id"],
        code=row["code"],
        name_ar=row["name_ar"],
        name_en=row["name_en"],
        unit_ar=row["unit_ar"],
        unit_en=row["unit_en"],
        governorate_ar=row["governorate_ar"],
        governorate_en=row["governorate_en"],
        short_ar=row["short_ar"],
        short_en=row["short_en"],
        zone=ZoneInfo(row["zone"]),
        cut_over=row["cut_over"],
        first_number=row["first_number"],
        config_version=row["config_version"],
    )


async def read_services(pool: Pool, centre_id: int) -> tuple[Service, ...]:
    """Return the centre's services in the order of its file."""
    rows = await pool.fetch(
        "SELECT code, queue, name_ar, name_en, target_s, is_open FROM service"
        " WHERE centre_id = $1 ORDER BY rank, code",
        centre_id,
    )
    return tuple(Service(**dict(row)) for row in rows)


async def read_largest_credit(pool: Pool, centre_id: int) -> int:
    """Return the largest credit of a priority, in seconds."""
    largest = await pool.fetchval(
        "SELECT coalesce(max(credit_s), 0) FROM priority_credit WHERE centre_id = $1", centre_id
    )
    return int(largest)


async def read_priority_first_windows(pool: Pool, centre_id: int) -> tuple[int, ...]:
    """Return the numbers of the windows that take priority classes first."""
    rows = await pool.fetch(
        "SELECT w.number FROM service_window w JOIN work_profile p"
        " ON p.centre_id = w.centre_id AND p.code = w.profile"
        " WHERE w.centre_id = $1 AND p.priority_first ORDER BY w.number",
        centre_id,
    )
    return tuple(row["number"] for row in rows)


async def read_hall(pool: Pool, centre_id: int, *, day: date, at: datetime) -> Hall:
    """Read windows, calls, queues and waits of one revision, in one snapshot."""
    async with pool.snapshot() as connection:
        head = await connection.fetchrow(
            "SELECT epoch, revision FROM centre_head WHERE centre_id = $1", centre_id
        )
        if head is None:
            raise LookupError(f"centre {centre_id} has no event head")
        windows = tuple(map(window_of, await read_windows(connection, centre_id)))
        return Hall(
            epoch=head["epoch"],
            revision=head["revision"],
            at=at,
            business_day=day,
            windows=windows,
            calls=await _calls(connection, centre_id, day),
            queues=await _queues(connection, centre_id, day, at, windows),
        )


async def read_windows(
    connection: Connection, centre_id: int, *, number: int | None = None
) -> list[dict[str, Any]]:
    """Read the windows with what they have in hand, or the one of that number, for `window_of`."""
    rows = await connection.fetch(
        """
        SELECT to_jsonb(w) || jsonb_build_object(
                   'priority_first', p.priority_first, 'queues', coalesce(q.queues, '{}'),
                   'ticket', to_jsonb(t), 'gives_way', is_stand_in(w)) AS win
          FROM service_window w
          JOIN work_profile p ON p.centre_id = w.centre_id AND p.code = w.profile
          LEFT JOIN LATERAL (SELECT array_agg(queue ORDER BY queue) AS queues
                               FROM work_profile_queue
                              WHERE centre_id = w.centre_id AND profile = w.profile) q ON true
          LEFT JOIN ticket t ON t.centre_id = w.centre_id AND t.window_number = w.number
           AND t.state IN ('called', 'serving')
         WHERE w.centre_id = $1 AND ($2::smallint IS NULL OR w.number = $2) ORDER BY w.number
        """,
        centre_id,
        number,
    )
    return [row["win"] for row in rows]


async def read_ticket(pool: Pool, centre_id: int, ticket_id: UUID) -> Ticket:
    """Return a ticket. Raises UnknownTicket."""
    row = await pool.fetchrow(
        "SELECT * FROM ticket WHERE centre_id = $1 AND id = $2", centre_id, ticket_id
    )
    if row is None:
        raise UnknownTicket(str(ticket_id))
    return ticket_of(row)


async def read_ticket_by_token(pool: Pool, token: str) -> Ticket | None:
    """Return the ticket behind a public address, or None."""
    row = await pool.fetchrow("SELECT * FROM ticket WHERE token = $1", token)
    return None if row is None else ticket_of(row)


async def read_events(pool: Pool, centre_id: int, ticket_id: UUID) -> tuple[TicketEvent, ...]:
    """Return all acts on a ticket, oldest first."""
    rows = await pool.fetch(
        "SELECT revision, at, event, from_state, to_state, window_number AS window, actor_kind,"
        " actor_id, reason FROM ticket_event WHERE centre_id = $1 AND ticket_id = $2"
        " ORDER BY revision",
        centre_id,
        ticket_id,
    )
    return tuple(TicketEvent(**dict(row)) for row in rows)


async def list_tickets(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    states: Sequence[str] | None = None,
    queue: str | None = None,
    label: str | None = None,
    paper: Sequence[str] | None = None,
    after: UUID | None = None,
    limit: int = 100,
) -> tuple[Ticket, ...]:
    """Return a day's tickets in the order of their issue, `limit` of them after the id `after`."""
    # The day is read apart: in the order of ids alone one would walk all days before it.
    rows = await pool.fetch(
        """
        WITH of_day AS MATERIALIZED (
            SELECT * FROM ticket
             WHERE centre_id = $1 AND business_day = $2
               AND ($3::text[] IS NULL OR state = ANY ($3)) AND ($4::text IS NULL OR queue = $4)
               AND ($5::text IS NULL OR label = $5) AND ($6::text[] IS NULL OR paper = ANY ($6))
               AND ($7::uuid IS NULL OR id > $7)
        )
        SELECT * FROM of_day ORDER BY id LIMIT $8
        """,
        centre_id,
        day,
        states,
        queue,
        label,
        paper,
        after,
        limit,
    )
    return tuple(ticket_of(row) for row in rows)


async def read_line(
    pool: Pool, centre_id: int, *, window: int, day: date, limit: int = 8
) -> tuple[str, ...]:
    """Return the labels that this window would be handed next, in the order of call-next."""
    rows = await pool.fetch(
        """
        SELECT c.label
          FROM service_window w
          JOIN work_profile p ON p.centre_id = w.centre_id AND p.code = w.profile
          JOIN work_profile_queue wq ON wq.centre_id = w.centre_id AND wq.profile = w.profile
         CROSS JOIN unnest(ARRAY['plain', 'priority', 'window:' || w.number,
                                 CASE WHEN w.is_accessible THEN 'accessible' END]) some_lane
         CROSS JOIN LATERAL (
               SELECT t.id, t.label, t.rank_at FROM ticket t
                WHERE t.centre_id = $1 AND t.business_day = $3 AND t.queue = wq.queue
                  AND t.lane = some_lane AND t.state IN ('unconfirmed', 'waiting')
                  AND t.state = 'waiting'
                ORDER BY t.rank_at, t.id LIMIT $4) c
         WHERE w.centre_id = $1 AND w.number = $2
         ORDER BY (p.priority_first AND some_lane IN ('priority', 'accessible')) DESC,
                  c.rank_at, c.id
         LIMIT $4
        """,
        centre_id,
        window,
        day,
        limit,
    )
    return tuple(row["label"] for row in rows)


async def position(pool: Pool, centre_id: int, ticket: Ticket) -> int | None:
    """Return the people ahead of a ticket in line plus one, now; None when it is not in line."""
    if ticket.state not in ("unconfirmed", "waiting"):
        return None
    ahead = await pool.fetchval(
        """
        SELECT sum(in_lane.n) FROM unnest('{plain,priority,accessible}'::text[]) some_lane
         CROSS JOIN LATERAL (
               SELECT count(*) AS n FROM ticket t
                WHERE t.centre_id = $1 AND t.business_day = $2 AND t.queue = $3
                  AND t.lane = some_lane AND (t.rank_at, t.id) < ($4, $5)
                  AND t.state IN ('unconfirmed', 'waiting')) in_lane
        """,
        centre_id,
        ticket.business_day,
        ticket.queue,
        ticket.rank_at,
        ticket.id,
    )
    return int(ahead) + 1


async def _calls(connection: Connection, centre_id: int, day: date) -> tuple[Call, ...]:
    rows = await connection.fetch(
        """
        SELECT t.call_revision AS id, t.id AS ticket_id, t.label, t.window_number AS window,
               e.at, t.recalls AS recall, t.state,
               EXISTS (SELECT 1 FROM call_delivery d WHERE d.centre_id = $1
                          AND d.call_revision = t.call_revision) AS shown
          FROM ticket t JOIN ticket_event e ON e.centre_id = $1 AND e.revision = t.call_revision
         WHERE t.centre_id = $1 AND t.business_day = $2 AND t.call_revision IS NOT NULL
           AND t.state NOT IN ('no_show', 'cancelled')
         ORDER BY t.call_revision DESC LIMIT $3
        """,
        centre_id,
        day,
        CALLS_SHOWN,
    )
    return tuple(Call(**dict(row)) for row in rows)


async def _queues(
    connection: Connection,
    centre_id: int,
    day: date,
    at: datetime,
    windows: Sequence[Window],
) -> tuple[QueueState, ...]:
    rows = await connection.fetch(
        """
        SELECT q.code, q.name_ar, q.name_en, coalesce(l.in_line, 0) AS waiting,
               cardinality(p.recent_s) AS known, p.mean_s, p.p10_s, p.p90_s,
               least((SELECT t.issued_at FROM ticket t
                       WHERE t.centre_id = $1 AND t.business_day = $2 AND t.queue = q.code
                         AND t.lane = 'plain' AND t.state IN ('unconfirmed', 'waiting')
                       ORDER BY t.rank_at, t.id LIMIT 1),
                     (SELECT min(t.issued_at) FROM ticket t
                       WHERE t.centre_id = $1 AND t.business_day = $2 AND t.queue = q.code
                         AND t.lane IN ('priority', 'accessible')
                         AND t.state IN ('unconfirmed', 'waiting'))) AS oldest
          FROM queue q
          LEFT JOIN queue_line l ON l.centre_id = $1 AND l.business_day = $2 AND l.queue = q.code
          LEFT JOIN queue_pace p ON p.centre_id = $1 AND p.queue = q.code
         WHERE q.centre_id = $1 ORDER BY q.code
        """,
        centre_id,
        day,
    )
    return tuple(_queue_state(row, at, windows) for row in rows)


def _queue_state(
    row: Mapping[str, Any] | Record, at: datetime, windows: Sequence[Window]
) -> QueueState:
    serving = [w for w in windows if w.state == "open" and row["code"] in w.queues]
    oldest: datetime | None = row["oldest"]
    return QueueState(
        code=row["code"],
        name_ar=row["name_ar"],
        name_en=row["name_en"],
        waiting=row["waiting"],
        longest_wait_s=0 if oldest is None else max(0, int((at - oldest).total_seconds())),
        windows_open=len(serving),
        wait=_wait(row, serving),
    )


def _wait(row: Mapping[str, Any] | Record, serving: Sequence[Window]) -> Wait | None:
    known = row["known"] or 0
    pace = Pace(row["mean_s"], row["p10_s"], row["p90_s"]) if known >= LEAST_SERVICES else Pace()
    idle = sum(window.ticket is None for window in serving)
    return wait_range(row["waiting"], len(serving), idle, pace)
