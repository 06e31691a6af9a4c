"""The SQL that reads the queue: the centre, its services, tickets, their events and places."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from core_services.database.pool import Pool
from queue_server.tickets.errors import UnknownTicket
from queue_server.tickets.model import (
    Centre,
    Service,
    Ticket,
    TicketEvent,
)
from queue_server.tickets.rows import ticket_of


async def read_centre(pool: Pool, centre_id: int | None = None) -> Centre | None:
    """Return that centre, or the first of this database; None before `centre load`."""
    row = await pool.fetchrow(
        "SELECT c.*, (SELECT begun_at FROM training_mark) AS training_since FROM centre c"
        " WHERE ($1::integer IS NULL OR c.id = $1) ORDER BY c.id LIMIT 1",
        centre_id,
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
        training_since=row["training_since"],
    )


async def read_services(pool: Pool, centre_id: int) -> tuple[Service, ...]:
    """Return the centre's services in the order of its file."""
    rows = await pool.fetch(
        "SELECT code, queue, name_ar, name_en, target_s, is_open FROM service"
        " WHERE centre_id = $1 ORDER BY rank, code",
        centre_id,
    )
    return tuple(Service(**dict(row)) for row in rows)


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
    """Return all acts on a ticket and on what is kept of its person, oldest first."""
    rows = await pool.fetch(
        "SELECT revision, at, event, from_state, to_state, window_number AS window, actor_kind,"
        " actor_id, reason, detail FROM ticket_event WHERE centre_id = $1 AND ticket_id = $2"
        " UNION ALL"
        " SELECT revision, at, event, state, state, window_number, actor_kind, actor_id, reason,"
        " NULL::jsonb"
        " FROM ticket_person_event WHERE centre_id = $1 AND ticket_id = $2"
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
                                 CASE w.opened_by_kind WHEN 'staff'
                                      THEN 'staff:' || w.opened_by END,
                                 CASE WHEN w.is_accessible THEN 'accessible' END]) some_lane
         CROSS JOIN LATERAL (
               SELECT t.id, t.label, t.rank_at FROM ticket t
                WHERE t.centre_id = $1 AND t.business_day = $3 AND t.queue = wq.queue
                  AND t.lane = some_lane AND t.state IN ('unconfirmed', 'waiting')
                  AND t.state = 'waiting'
                  AND NOT ('female_clerk' = ANY (t.needs) AND some_lane IN ('plain', 'priority')
                           AND left_to_a_woman($1, w.number, wq.queue))
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
