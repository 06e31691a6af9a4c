"""The SQL that reads how true the times were: what was said, and how long it was until the call."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from core_services.database.pool import Pool, Record

Place = Literal["slip", "phone"]


@dataclass(frozen=True, slots=True)
class Said:
    """A time that somebody was told for a number, and what came; seconds."""

    ticket: UUID
    place: Place
    """At issue (slip, kiosk, API), or later on the phone."""
    at: datetime
    queue: str
    service: str | None
    low_s: int
    likely_s: int
    high_s: int
    raw_low_s: int | None
    raw_high_s: int | None
    """The range before it was rounded outward; None: the closed formula's."""
    wait_s: float | None
    """From then to the first call; None: nobody was called."""


async def read_said(pool: Pool, centre_id: int, *, day: date) -> tuple[Said, ...]:
    """Return all times that were told for the numbers of a business day, from the events alone.

    Left out are numbers that still wait or stood in line before this day, those called without
    having waited, those that were voided and those keyed in afterwards. A phone's figure counts
    while its number waits for its first call.
    """
    rows = await pool.fetch(
        """
        SELECT t.id, t.service, i.at AS issued_at, i.queue, i.detail, c.called_at,
               p.moments, p.lows, p.likelies, p.highs, p.raw_lows, p.raw_highs
          FROM ticket t
          JOIN LATERAL (SELECT e.at, e.queue, e.detail FROM ticket_event e
                         WHERE e.ticket_id = t.id AND e.centre_id = $1 AND e.event = 'issue'
                         ORDER BY e.revision LIMIT 1) i ON true
          LEFT JOIN LATERAL (
               SELECT e.at, e.event, e.detail FROM ticket_event e
                WHERE e.ticket_id = t.id AND e.centre_id = $1
                  AND e.event IN ('call', 'transfer', 'cancel', 'lapse')
                  AND NOT EXISTS (SELECT 1 FROM ticket_event u
                                   WHERE u.ticket_id = t.id AND u.centre_id = $1
                                     AND u.event = 'undo'
                                     AND (u.detail ->> 'of')::bigint = e.revision)
                ORDER BY e.revision LIMIT 1) f ON true
         CROSS JOIN LATERAL (SELECT CASE WHEN f.event = 'call' THEN f.at END AS called_at) c
          LEFT JOIN LATERAL (
               SELECT array_agg(s.at ORDER BY s.revision) AS moments,
                      array_agg(s.low_s ORDER BY s.revision) AS lows,
                      array_agg(s.likely_s ORDER BY s.revision) AS likelies,
                      array_agg(s.high_s ORDER BY s.revision) AS highs,
                      array_agg(s.raw_low_s ORDER BY s.revision) AS raw_lows,
                      array_agg(s.raw_high_s ORDER BY s.revision) AS raw_highs
                 FROM estimate_event s
                WHERE s.ticket_id = t.id AND s.centre_id = $1 AND s.low_s IS NOT NULL
                  AND (c.called_at IS NULL OR s.at <= c.called_at)) p ON true
         WHERE t.centre_id = $1 AND t.business_day = $2 AND t.state <> 'void'
           AND t.channel NOT IN ('emergency', 'carried', 'adopted', 'kiosk_offline', 'restored')
           AND f.event IS NOT NULL AND f.detail -> 'direct' IS NULL
         ORDER BY i.at, t.id
        """,
        centre_id,
        day,
    )
    return await asyncio.to_thread(_said, rows)


async def count_overdue(pool: Pool, centre_id: int, *, day: date, at: datetime) -> int:
    """Return how many of a day's numbers wait although the range has passed that the run told."""
    n: int = await pool.fetchval(
        """
        SELECT count(*) FROM ticket t
          JOIN LATERAL (SELECT e.at, (e.detail ->> 'raw_high_s')::integer AS high_s
                          FROM ticket_event e
                         WHERE e.ticket_id = t.id AND e.centre_id = $1 AND e.event = 'issue'
                         ORDER BY e.revision LIMIT 1) i ON i.high_s IS NOT NULL
         WHERE t.centre_id = $1 AND t.business_day = $2 AND t.state IN ('unconfirmed', 'waiting')
           AND t.call_revision IS NULL
           AND t.channel NOT IN ('emergency', 'carried', 'adopted', 'kiosk_offline', 'restored')
           AND t.waiting_since = t.issued_at
           AND i.at + make_interval(secs => i.high_s) < $3
        """,
        centre_id,
        day,
        at,
    )
    return n


async def days_said(pool: Pool, centre_id: int, *, since: date, until: date) -> tuple[date, ...]:
    """Return the business days of a range, both ends in it, on which numbers were given."""
    rows = await pool.fetch(
        """
        SELECT d::date AS day FROM generate_series($2::date, $3::date, '1 day') d
         WHERE EXISTS (SELECT 1 FROM ticket t WHERE t.business_day = d::date AND t.centre_id = $1)
         ORDER BY 1
        """,
        centre_id,
        since,
        until,
    )
    return tuple(row["day"] for row in rows)


async def read_kept(
    pool: Pool, centre_id: int, *, since: date, before: date
) -> dict[date, Mapping[str, Any]]:
    """Return what is kept of the days of a range, and as good as their figures."""
    rows = await pool.fetch(
        """
        SELECT k.business_day AS day, k.told
          FROM truth_day k
          JOIN figure_day f ON f.centre_id = k.centre_id AND f.business_day = k.business_day
         WHERE k.centre_id = $1 AND k.business_day >= $2 AND k.business_day < $3
           AND k.source_revision >= f.source_revision
        """,
        centre_id,
        since,
        before,
    )
    return {row["day"]: row["told"] for row in rows}


async def read_head(pool: Pool, centre_id: int) -> int:
    """Return the revision of the last event."""
    revision: int = await pool.fetchval(
        "SELECT revision FROM centre_head WHERE centre_id = $1", centre_id
    )
    return revision


async def keep(
    pool: Pool, centre_id: int, *, day: date, revision: int, told: Mapping[str, Any]
) -> None:
    """Keep what was counted of a day that was read up to a revision, once it has its figures."""
    await pool.execute(
        """
        INSERT INTO truth_day AS k (centre_id, business_day, source_revision, told)
        SELECT centre_id, business_day, $3, $4 FROM figure_day
         WHERE centre_id = $1 AND business_day = $2
        ON CONFLICT ON CONSTRAINT truth_day_pk DO UPDATE
           SET source_revision = excluded.source_revision, told = excluded.told
         WHERE k.source_revision <= excluded.source_revision
        """,
        centre_id,
        day,
        revision,
        told,
    )


def _between(start: datetime, end: datetime | None) -> float | None:
    return None if end is None else max(0.0, (end - start).total_seconds())


def _said(rows: Iterable[Record]) -> tuple[Said, ...]:
    found: list[Said] = []
    for row in rows:
        ticket, called_at = UUID(int=row["id"].int), row["called_at"]
        detail: Mapping[str, int] = row["detail"] or {}
        if "low_s" in detail:
            issued_at = row["issued_at"]
            found.append(
                Said(
                    ticket=ticket,
                    place="slip",
                    at=issued_at,
                    queue=row["queue"],
                    service=row["service"],
                    low_s=detail["low_s"],
                    likely_s=detail["likely_s"],
                    high_s=detail["high_s"],
                    raw_low_s=detail.get("raw_low_s"),
                    raw_high_s=detail.get("raw_high_s"),
                    wait_s=_between(issued_at, called_at),
                )
            )
        columns = ("moments", "lows", "likelies", "highs", "raw_lows", "raw_highs")
        for at, *figures in zip(*(row[name] or () for name in columns), strict=True):
            low_s, likely_s, high_s, raw_low_s, raw_high_s = figures
            found.append(
                Said(
                    ticket=ticket,
                    place="phone",
                    at=at,
                    queue=row["queue"],
                    service=row["service"],
                    low_s=low_s,
                    likely_s=likely_s,
                    high_s=high_s,
                    raw_low_s=raw_low_s,
                    raw_high_s=raw_high_s,
                    wait_s=_between(at, called_at),
                )
            )
    return tuple(found)
