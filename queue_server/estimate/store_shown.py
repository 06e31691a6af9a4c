"""The SQL of what people were shown of their wait after issue: events, written in batches.

Whoever shows a wait only keeps it in memory; every few seconds one command writes what changed. The
database decides what is a change, so that several server processes write each change once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core_services.database.pool import Connection, Pool
from queue_server.tickets.model import Told, Wait
from queue_server.tickets.store_command import run_command

PACE_S: Final = 60
"""One number's phone, and one line's figure in the hall, are recorded at most so often."""
AT_ONCE: Final = 100
"""Figures written under one lock: bulk work takes it again for the next."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A wait that stood before somebody's eyes; without a ticket it was for whoever comes next."""

    queue: str
    ticket: UUID | None
    wait: Wait | None
    """None: no time was shown."""
    told: Told | None
    """None: the closed formula's."""


async def record_shown(
    pool: Pool, centre_id: int, *, day: date, at: datetime, shown: Sequence[Shown]
) -> int:
    """Record what differs from what the same people were told last; return how many.

    A number's first figure is that of its issue. What changed within `PACE_S` of the last record is
    left: it is offered again for as long as it is shown. Raises LockTimeout, DatabaseGone.
    """
    written = 0
    for start in range(0, len(shown), AT_ONCE):
        chunk = [_row(each) for each in shown[start : start + AT_ONCE]]
        if not await _news(pool, centre_id, day=day, at=at, rows=chunk):
            continue

        async def work(
            connection: Connection, rows: list[dict[str, Any]] = chunk
        ) -> dict[str, Any]:
            news = await _news(connection, centre_id, day=day, at=at, rows=rows)
            await _insert(connection, centre_id, day=day, at=at, rows=news)
            return {"n": len(news)}

        written += (await run_command(pool, centre_id, claim=None, at=at, work=work))["n"]
    return written


async def _news(
    connection: Connection | Pool,
    centre_id: int,
    *,
    day: date,
    at: datetime,
    rows: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Return those that differ from what was recorded last, long enough ago.

    Asked without the centre's lock first, so that it is only taken where there is anything to
    write, and again under it.
    """
    found = await connection.fetch(
        """
        SELECT s.nth
          FROM ROWS FROM (jsonb_to_recordset($4) AS (queue text, ticket uuid, low integer,
                   high integer)) WITH ORDINALITY AS s (queue, ticket, low, high, nth)
          LEFT JOIN ticket t ON t.centre_id = $1 AND t.id = s.ticket
          LEFT JOIN LATERAL (
               SELECT e.low_s, e.high_s, e.at FROM estimate_event e
                WHERE e.ticket_id = s.ticket AND e.centre_id = $1
                ORDER BY e.revision DESC LIMIT 1) phone ON s.ticket IS NOT NULL
          LEFT JOIN LATERAL (
               SELECT e.low_s, e.high_s, e.at FROM estimate_event e
                WHERE e.business_day = $2 AND e.centre_id = $1 AND e.queue = s.queue
                  AND e.place = 'hall'
                ORDER BY e.revision DESC LIMIT 1) hall ON s.ticket IS NULL
         CROSS JOIN LATERAL (
               SELECT coalesce(phone.at, hall.at) AS at,
                      CASE WHEN s.ticket IS NULL THEN hall.low_s
                           WHEN phone.at IS NULL THEN t.wait_low_s
                           ELSE phone.low_s END AS low_s,
                      CASE WHEN s.ticket IS NULL THEN hall.high_s
                           WHEN phone.at IS NULL THEN t.wait_high_s
                           ELSE phone.high_s END AS high_s) before
         WHERE (s.ticket IS NULL OR t.id IS NOT NULL)
           AND (s.low, s.high) IS DISTINCT FROM (before.low_s, before.high_s)
           AND (before.at IS NULL OR before.at <= $3::timestamptz - make_interval(secs => $5))
         ORDER BY s.nth
        """,
        centre_id,
        day,
        at,
        rows,
        PACE_S,
    )
    return [rows[row["nth"] - 1] for row in found]


async def _insert(
    connection: Connection, centre_id: int, *, day: date, at: datetime, rows: list[dict[str, Any]]
) -> None:
    await connection.execute(
        """
        INSERT INTO estimate_event (centre_id, revision, at, business_day, place, queue, ticket_id,
               low_s, likely_s, high_s, raw_low_s, raw_high_s, model)
        SELECT $1, h.revision + row_number() OVER (ORDER BY s.nth), $3, $2,
               CASE WHEN s.ticket IS NULL THEN 'hall' ELSE 'phone' END, s.queue, s.ticket,
               s.low, s.likely, s.high, s.raw_low, s.raw_high, s.model
          FROM ROWS FROM (jsonb_to_recordset($4) AS (queue text, ticket uuid, low integer,
                   likely integer, high integer, raw_low integer, raw_high integer, model text))
               WITH ORDINALITY
               AS s (queue, ticket, low, likely, high, raw_low, raw_high, model, nth)
          JOIN centre_head h ON h.centre_id = $1
        """,
        centre_id,
        day,
        at,
        rows,
    )


def _row(shown: Shown) -> dict[str, Any]:
    wait, told = shown.wait, shown.told if shown.wait is not None else None
    return {
        "queue": shown.queue,
        "ticket": shown.ticket,
        "low": None if wait is None else wait.low_s,
        "likely": None if wait is None else wait.likely_s,
        "high": None if wait is None else wait.high_s,
        "raw_low": None if told is None else told.raw_low_s,
        "raw_high": None if told is None else told.raw_high_s,
        "model": None if told is None else told.model,
    }
