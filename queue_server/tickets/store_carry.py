"""The SQL of a number kept for another day: its old place lapses, the new one comes first."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from core_services.database.pool import Connection
from core_services.ids import new_id, new_token
from queue_server.tickets.model import Actor

CARRIED = ("waiting", "parked")
"""States that are carried over; a slip that nobody confirmed is nobody's."""


async def carry_now(
    connection: Connection,
    centre_id: int,
    *,
    day: date,
    to_day: date,
    at: datetime,
    actor: Actor,
    at_most: int,
    only: Sequence[UUID] | None = None,
) -> int:
    """Keep up to `at_most` numbers of `day` that nobody served for `to_day`, inside a command.

    Each lapses on its own day and stands in line again on the other, with the same label, address
    and rank, so before everybody who comes on that day. A label that the other day has already is
    left where it is. Returns how many were kept.
    """
    rows = await connection.fetch(
        """
        SELECT t.id, t.token FROM ticket t
         WHERE t.centre_id = $1 AND t.business_day = $2 AND t.state = ANY ($3)
           AND ($4::uuid[] IS NULL OR t.id = ANY ($4))
           AND NOT EXISTS (SELECT 1 FROM ticket o WHERE o.business_day = $5
                              AND o.centre_id = $1 AND o.label = t.label)
         ORDER BY t.rank_at, t.id LIMIT $6
        """,
        centre_id,
        day,
        list(CARRIED),
        only,
        to_day,
        at_most,
    )
    if not rows:
        return 0
    old_ids = [row["id"] for row in rows]
    new_ids = sorted(new_id(at) for _ in rows)  # ids break ties of rank
    await _lapse(connection, centre_id, old_ids, new_ids, to_day=to_day, at=at, actor=actor)
    await _stand_again(
        connection,
        centre_id,
        old_ids,
        new_ids,
        tokens=[row["token"] for row in rows],
        to_day=to_day,
        at=at,
        actor=actor,
    )
    return len(rows)


async def _lapse(
    connection: Connection,
    centre_id: int,
    old_ids: Sequence[UUID],
    new_ids: Sequence[UUID],
    *,
    to_day: date,
    at: datetime,
    actor: Actor,
) -> None:
    """Lapse the old places; their addresses become free for the new ones."""
    await connection.execute(
        """
        WITH kept AS (
            SELECT k.id, k.new_id, k.token, k.nth, t.state AS from_state
              FROM unnest($2::uuid[], $3::uuid[], $4::text[]) WITH ORDINALITY
                   AS k (id, new_id, token, nth)
              JOIN ticket t ON t.centre_id = $1 AND t.id = k.id
        ), changed AS (
            UPDATE ticket t SET state = 'lapsed', token = k.token, parked_until = NULL,
                   park_reason = NULL, last_at = greatest($5, t.last_at),
                   revision = h.revision + k.nth
              FROM kept k, centre_head h
             WHERE t.centre_id = $1 AND t.id = k.id AND h.centre_id = $1
            RETURNING t.id, t.revision, t.last_at, t.queue, k.from_state, k.new_id
        )
        INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state, to_state,
               queue, actor_kind, actor_id, reason, detail)
        SELECT $1, c.revision, c.id, c.last_at, 'lapse', c.from_state, 'lapsed', c.queue, $6, $7,
               'carried_over', jsonb_build_object('to_day', $8::date, 'to', c.new_id)
          FROM changed c ORDER BY c.revision
        """,
        centre_id,
        old_ids,
        new_ids,
        [new_token() for _ in old_ids],
        at,
        actor.kind,
        actor.id,
        to_day,
    )


async def _stand_again(
    connection: Connection,
    centre_id: int,
    old_ids: Sequence[UUID],
    new_ids: Sequence[UUID],
    *,
    tokens: Sequence[str],
    to_day: date,
    at: datetime,
    actor: Actor,
) -> None:
    """Put the numbers into the line of the other day, and take their labels there.

    They are no device's any more: a kiosk takes back only what it gave.
    """
    await connection.execute(
        """
        WITH kept AS (
            SELECT k.new_id, k.address, k.nth, t.*
              FROM unnest($2::uuid[], $3::uuid[], $4::text[]) WITH ORDINALITY
                   AS k (old_id, new_id, address, nth)
              JOIN ticket t ON t.centre_id = $1 AND t.id = k.old_id
        ), taken AS (
            INSERT INTO label_taken (centre_id, business_day, series, number)
            SELECT $1, $5, k.series, k.number FROM kept k
        ), person AS (
            INSERT INTO ticket_person (centre_id, ticket_id, business_day, at, phone_hash,
                   phone_sealed, national_id_hash, national_id_sealed)
            SELECT $1, k.new_id, $5, $6, p.phone_hash, p.phone_sealed, p.national_id_hash,
                   p.national_id_sealed
              FROM kept k JOIN ticket_person p ON p.centre_id = $1 AND p.ticket_id = k.id
        ), stood AS (
            INSERT INTO ticket (centre_id, id, business_day, series, number, label, queue, service,
                   priority, lane, state, paper, channel, language, token, rank_at,
                   issued_at, arrived_at, waiting_since, needs, requests, returns,
                   position_at_issue, carried_from, appointment_id, revision, last_at)
            SELECT $1, k.new_id, $5, k.series, k.number, k.label, k.queue, k.service, k.priority,
                   CASE WHEN 'accessible_window' = ANY (k.needs) THEN 'accessible'
                        WHEN k.priority = 'none' THEN 'plain' ELSE 'priority' END,
                   'waiting', k.paper, 'carried', k.language, k.address, k.rank_at,
                   $6, k.arrived_at, $6, k.needs, k.requests, k.returns,
                   coalesce(l.in_common, 0)
                       + row_number() OVER (PARTITION BY k.queue ORDER BY k.nth),
                   k.id, k.appointment_id, h.revision + k.nth, $6
              FROM kept k
              JOIN centre_head h ON h.centre_id = $1
              LEFT JOIN queue_line l ON l.centre_id = $1 AND l.business_day = $5
               AND l.queue = k.queue
        )
        INSERT INTO ticket_event (centre_id, revision, ticket_id, at, event, from_state, to_state,
               queue, actor_kind, actor_id, detail)
        SELECT $1, h.revision + k.nth, k.new_id, $6, 'issue', 'none', 'waiting', k.queue, $7, $8,
               jsonb_strip_nulls(jsonb_build_object('label', k.label, 'priority', k.priority,
                   'service', k.service, 'channel', 'carried', 'rank_at', k.rank_at,
                   'carried_from', k.id, 'business_day', $5::date))
          FROM kept k JOIN centre_head h ON h.centre_id = $1
         ORDER BY k.nth
        """,
        centre_id,
        old_ids,
        new_ids,
        tokens,
        to_day,
        at,
        actor.kind,
        actor.id,
    )
