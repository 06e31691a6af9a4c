"""The SQL of the signs that one hand takes many numbers, over the last seven business days."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, get_args

from core_services.database.pool import Connection, Pool, Record
from queue_server.tickets.model import Actor
from queue_server.tickets.patterns import (
    Pattern,
    PatternKind,
    PatternLimits,
    PatternTicket,
    Seen,
)
from queue_server.tickets.store_command import Answer, read_ticket, run_command

WEEK: Final = timedelta(days=6)
"""From the first of the seven days to the last."""
KINDS: tuple[PatternKind, ...] = get_args(PatternKind)


async def read_patterns(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    limits: PatternLimits,
    of_kiosks: Sequence[Record] = (),
    kiosks_since: date | None = None,
) -> tuple[Pattern, ...]:
    """Return every pattern of the seven days that end with `day`, the newest first.

    Rows of kiosks on days before `kiosks_since` are given with `of_kiosks`: they are within a day,
    and dear to find.
    """
    rows = [
        *of_kiosks,
        *await read_kiosk_runs(
            pool, centre_id, first=kiosks_since or day - WEEK, last=day, limits=limits
        ),
        *await _of_ids(pool, centre_id, day, limits),
        *await _of_phones(pool, centre_id, day, limits),
        *await _of_missed(pool, centre_id, day, limits),
        *await _of_single_tickets(pool, centre_id, day, limits),
    ]
    seen = await _seen(pool, centre_id, [row["ids"][-1] for row in rows])
    found = [_pattern(row, seen.get((row["kind"], row["ids"][-1]))) for row in rows]
    return tuple(sorted(found, key=lambda each: each.last_at, reverse=True))


async def note_seen(
    pool: Pool, centre_id: int, *, at: datetime, pattern: Pattern, actor: Actor
) -> bool:
    """Keep who has looked at a pattern as it stands; False where somebody has already.

    Raises UnknownTicket.
    """

    async def work(connection: Connection) -> Answer:
        await read_ticket(connection, centre_id, pattern.newest.id)
        is_new = await connection.fetchval(
            """
            INSERT INTO pattern_event (centre_id, revision, at, event, kind, ticket_id, n,
                   actor_kind, actor_id)
            SELECT $1, h.revision + 1, $2, 'seen', $3, $4, $5, $6, $7 FROM centre_head h
             WHERE h.centre_id = $1 AND NOT EXISTS (
                   SELECT 1 FROM pattern_event e
                    WHERE e.centre_id = $1 AND e.ticket_id = $4 AND e.kind = $3 AND e.n >= $5)
            RETURNING true
            """,
            centre_id,
            at,
            pattern.kind,
            pattern.newest.id,
            pattern.n,
            actor.kind,
            actor.id,
        )
        return {"is_new": bool(is_new)}

    answer = await run_command(pool, centre_id, claim=None, at=at, work=work)
    return bool(answer["is_new"])


async def read_kiosk_runs(
    pool: Pool, centre_id: int, *, first: date, last: date, limits: PatternLimits
) -> list[Record]:
    """Return numbers that a kiosk gave close together and whose owners mostly did not come.

    Speed alone is no sign: a morning's crush takes numbers as fast. Any `run` numbers in a row
    within `run_s` of which `run_missing` missed their calls are; all such rows of a kiosk and day
    are one pattern, which counts the missing.
    """
    rows: list[Record] = await pool.fetch(
        """
        WITH given AS (
            SELECT t.device_id, t.business_day, t.id, t.label, t.issued_at,
                   t.state = 'no_show' AS missed
              FROM ticket t
             WHERE t.centre_id = $1 AND t.business_day BETWEEN $2 AND $6
               AND t.channel = 'kiosk' AND t.state <> 'void'
        ), runs AS (
            SELECT g.*,
                   sum(missed::integer) OVER run >= $5::integer
                     AND count(*) OVER run = $3::integer
                     AND issued_at - min(issued_at) OVER run
                         <= make_interval(secs => $4::integer) AS is_sign
              FROM given g
            WINDOW run AS (PARTITION BY device_id, business_day ORDER BY issued_at, id
                           ROWS BETWEEN $3::integer - 1 PRECEDING AND CURRENT ROW)
        ), spread AS (
            SELECT r.*, bool_or(is_sign) OVER (
                       PARTITION BY device_id, business_day ORDER BY issued_at, id
                       ROWS BETWEEN CURRENT ROW AND $3::integer - 1 FOLLOWING) AS in_sign
              FROM runs r
        )
        SELECT 'kiosk-run' AS kind, count(*)::integer AS n, min(issued_at) AS first_at,
               max(issued_at) AS last_at, array_agg(id ORDER BY id) AS ids,
               array_agg(label ORDER BY id) AS labels,
               array_agg(business_day ORDER BY id) AS days, device_id, false AS by_phone
          FROM spread WHERE in_sign AND missed GROUP BY device_id, business_day
        """,
        centre_id,
        first,
        limits.run,
        limits.run_s,
        limits.run_missing,
        last,
    )
    return rows


async def _of_ids(pool: Pool, centre_id: int, day: date, limits: PatternLimits) -> list[Record]:
    """Return IDs with several numbers on a day, and in the week; carried ones are not new."""
    rows: list[Record] = await pool.fetch(
        """
        WITH held AS (
            SELECT p.national_id_hash AS hash, t.id, t.label, t.business_day, t.issued_at
              FROM ticket t
              JOIN ticket_person p ON p.centre_id = t.centre_id AND p.ticket_id = t.id
             WHERE t.centre_id = $1 AND t.business_day BETWEEN $2::date - 6 AND $2
               AND t.state <> 'void' AND t.channel <> 'carried' AND p.national_id_hash IS NOT NULL
        )
        SELECT CASE WHEN grouping(business_day) = 0 THEN 'id-day' ELSE 'id-week' END AS kind,
               count(*)::integer AS n, min(issued_at) AS first_at, max(issued_at) AS last_at,
               array_agg(id ORDER BY id) AS ids, array_agg(label ORDER BY id) AS labels,
               array_agg(business_day ORDER BY id) AS days, NULL::uuid AS device_id,
               false AS by_phone
          FROM held GROUP BY GROUPING SETS ((hash, business_day), (hash))
        HAVING count(*) >= CASE WHEN grouping(business_day) = 0 THEN $3::integer
                                ELSE $4::integer END
        """,
        centre_id,
        day,
        limits.id_day,
        limits.id_week,
    )
    return rows


async def _of_phones(pool: Pool, centre_id: int, day: date, limits: PatternLimits) -> list[Record]:
    """Return phones with several numbers on a day."""
    rows: list[Record] = await pool.fetch(
        """
        SELECT 'phone-day' AS kind, count(*)::integer AS n, min(t.issued_at) AS first_at,
               max(t.issued_at) AS last_at, array_agg(t.id ORDER BY t.id) AS ids,
               array_agg(t.label ORDER BY t.id) AS labels,
               array_agg(t.business_day ORDER BY t.id) AS days, NULL::uuid AS device_id,
               true AS by_phone
          FROM ticket t
          JOIN ticket_person p ON p.centre_id = t.centre_id AND p.ticket_id = t.id
         WHERE t.centre_id = $1 AND t.business_day BETWEEN $2::date - 6 AND $2
           AND t.state <> 'void' AND t.channel <> 'carried' AND p.phone_hash IS NOT NULL
         GROUP BY p.phone_hash, t.business_day HAVING count(*) >= $3
        """,
        centre_id,
        day,
        limits.phone_day,
    )
    return rows


async def _of_missed(pool: Pool, centre_id: int, day: date, limits: PatternLimits) -> list[Record]:
    """Return IDs and phones whose numbers missed their calls again and again within the week.

    A number that missed its call stands there or has come back; an act undone leaves neither. What
    was carried over has missed its call on the day that it came from.
    """
    rows: list[Record] = await pool.fetch(
        """
        WITH missed AS (
            SELECT h.hash, h.by_phone, t.id, t.label, t.business_day, t.issued_at
              FROM ticket t
              JOIN ticket_person p ON p.centre_id = t.centre_id AND p.ticket_id = t.id
             CROSS JOIN LATERAL (VALUES (p.national_id_hash, false), (p.phone_hash, true))
                   h (hash, by_phone)
             WHERE t.centre_id = $1 AND t.business_day BETWEEN $2::date - 6 AND $2
               AND h.hash IS NOT NULL
               AND (t.state = 'no_show' OR t.returns > 0 AND t.channel <> 'carried')
        )
        SELECT 'missed' AS kind, count(*)::integer AS n, min(issued_at) AS first_at,
               max(issued_at) AS last_at, array_agg(id ORDER BY id) AS ids,
               array_agg(label ORDER BY id) AS labels,
               array_agg(business_day ORDER BY id) AS days, NULL::uuid AS device_id, by_phone
          FROM missed GROUP BY hash, by_phone HAVING count(*) >= $3
        """,
        centre_id,
        day,
        limits.missed_week,
    )
    return rows


async def _of_single_tickets(
    pool: Pool, centre_id: int, day: date, limits: PatternLimits
) -> list[Record]:
    """Return numbers that came back after missed calls, and whose owner asked for more of them."""
    rows: list[Record] = await pool.fetch(
        """
        WITH told AS (
            SELECT 'returns' AS kind, t.id, t.label, t.business_day, t.returns::integer AS n,
                   e.first_at, e.last_at
              FROM ticket t
             CROSS JOIN LATERAL (
                   SELECT min(at) AS first_at, max(at) AS last_at FROM ticket_event
                    WHERE centre_id = t.centre_id AND ticket_id = t.id AND event = 'return') e
             WHERE t.centre_id = $1 AND t.business_day BETWEEN $2::date - 6 AND $2
               AND t.returns >= $3::integer AND t.channel <> 'carried'
            UNION ALL
            SELECT 'asked-again', t.id, t.label, t.business_day, count(*)::integer, min(e.at),
                   max(e.at)
              FROM ticket_person_event e
              JOIN ticket t ON t.centre_id = e.centre_id AND t.id = e.ticket_id
             WHERE e.centre_id = $1 AND e.event = 'asked_again'
               AND e.at >= ($2::date - 8)::timestamp AT TIME ZONE 'UTC'
               AND t.business_day BETWEEN $2::date - 6 AND $2
             GROUP BY t.id, t.label, t.business_day HAVING count(*) >= $4::integer
        )
        SELECT kind, n, first_at, last_at, ARRAY[id] AS ids, ARRAY[label] AS labels,
               ARRAY[business_day] AS days, NULL::uuid AS device_id, false AS by_phone
          FROM told
        """,
        centre_id,
        day,
        limits.returns,
        limits.asked_again,
    )
    return rows


async def _seen(pool: Pool, centre_id: int, ids: list[Any]) -> dict[tuple[str, Any], Seen]:
    rows = await pool.fetch(
        "SELECT DISTINCT ON (kind, ticket_id) kind, ticket_id, at, actor_id, n FROM pattern_event"
        " WHERE centre_id = $1 AND ticket_id = ANY ($2)"
        " ORDER BY kind, ticket_id, revision DESC",
        centre_id,
        ids,
    )
    return {
        (row["kind"], row["ticket_id"]): Seen(row["at"], row["actor_id"], row["n"]) for row in rows
    }


def _pattern(row: Record, seen: Seen | None) -> Pattern:
    tickets = zip(row["ids"], row["labels"], row["days"], strict=True)
    return Pattern(
        kind=row["kind"],
        n=row["n"],
        first_at=row["first_at"],
        last_at=row["last_at"],
        tickets=tuple(PatternTicket(*each) for each in tickets),
        device=row["device_id"],
        by_phone=row["by_phone"],
        seen=seen,
    )
