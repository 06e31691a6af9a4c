"""The SQL of figures that are kept: days that are over, each worked out once from its events."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from core_services.database.pool import Pool, Record
from queue_server.figures.aggregate import (
    COUNTED,
    MEASURES,
    SLICES,
    Counted,
    Durations,
    Figures,
    Key,
    Slice,
)


@dataclass(frozen=True, slots=True)
class HourFigures:
    """One hour of one day; its numbers are those issued in it, its calls those made in it."""

    day: date
    hour: int
    arrivals: int
    calls: int
    served: int
    no_show: int
    wait_n: int
    """People whose wait is measured."""
    wait_sum_s: float
    within_target: int
    wait_counts: Mapping[int, int]
    """By bucket; see histogram.py."""


@dataclass(frozen=True, slots=True)
class KeptDay:
    """A day whose figures are kept."""

    day: date
    source_revision: int
    target_s: int
    made_at: datetime


async def hours(
    pool: Pool,
    centre_id: int,
    first: date,
    last: date,
    *,
    queue: str | None = None,
    service: str | None = None,
) -> tuple[HourFigures, ...]:
    """Return the hours of closed days from `first` to `last`, those with anybody alone.

    Of one queue or one service where that is given. Today is not among them: see `reading.hours`.
    """
    found_slice = (
        "hour" if queue is service is None else "hour_service" if service else "hour_queue"
    )
    rows = await pool.fetch(
        """
        SELECT business_day, hour, came, calls, served, no_show, wait_n, wait_sum_us, within_target,
               wait_buckets, wait_counts
          FROM day_figure
         WHERE centre_id = $1 AND slice = $2 AND business_day BETWEEN $3 AND $4 AND key = $5
         ORDER BY business_day, hour
        """,
        centre_id,
        found_slice,
        first,
        last,
        service or queue or "",
    )
    return tuple(
        HourFigures(
            day=row["business_day"],
            hour=row["hour"],
            arrivals=row["came"],
            calls=row["calls"],
            served=row["served"],
            no_show=row["no_show"],
            wait_n=row["wait_n"],
            wait_sum_s=row["wait_sum_us"] / 1_000_000,
            within_target=row["within_target"],
            wait_counts=dict(zip(row["wait_buckets"], row["wait_counts"], strict=True)),
        )
        for row in rows
    )


async def read_figures(
    pool: Pool, centre_id: int, *, slice_: Slice, first: date, last: date
) -> list[tuple[date, Key, Figures]]:
    """Return the figures of closed days in one slice, day by day."""
    rows = await pool.fetch(
        "SELECT * FROM day_figure WHERE centre_id = $1 AND slice = $2"
        " AND business_day BETWEEN $3 AND $4 ORDER BY business_day, key, hour",
        centre_id,
        slice_,
        first,
        last,
    )
    return [
        (row["business_day"], (row["slice"], row["key"], row["hour"]), _figures(row))
        for row in rows
    ]


async def read_day(pool: Pool, centre_id: int, *, day: date) -> dict[Key, Figures]:
    """Return all that is kept of one day."""
    rows = await pool.fetch(
        "SELECT * FROM day_figure WHERE centre_id = $1 AND business_day = $2 AND slice = ANY ($3)",
        centre_id,
        day,
        list(SLICES),
    )
    return {(row["slice"], row["key"], row["hour"]): _figures(row) for row in rows}


async def read_kept_days(
    pool: Pool, centre_id: int, *, first: date, last: date
) -> dict[date, KeptDay]:
    """Return the days whose figures are kept."""
    rows = await pool.fetch(
        "SELECT business_day, source_revision, target_s, made_at FROM figure_day"
        " WHERE centre_id = $1 AND business_day BETWEEN $2 AND $3 ORDER BY business_day",
        centre_id,
        first,
        last,
    )
    return {
        row["business_day"]: KeptDay(
            row["business_day"], row["source_revision"], row["target_s"], row["made_at"]
        )
        for row in rows
    }


async def keep_day(
    pool: Pool, centre_id: int, *, kept: KeptDay, figures: Mapping[Key, Figures]
) -> bool:
    """Put a day's figures in place of those that are kept; False: newer ones are kept already."""
    rows = [_row(centre_id, kept.day, key, value) for key, value in figures.items()]
    async with pool.transaction() as connection:
        is_newer = await connection.fetchval(
            """
            INSERT INTO figure_day AS d
                   (centre_id, business_day, source_revision, target_s, made_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT ON CONSTRAINT figure_day_pk DO UPDATE
               SET source_revision = excluded.source_revision, target_s = excluded.target_s,
                   made_at = excluded.made_at
             WHERE d.source_revision <= excluded.source_revision
            RETURNING true
            """,
            centre_id,
            kept.day,
            kept.source_revision,
            kept.target_s,
            kept.made_at,
        )
        if not is_newer:
            return False
        await connection.execute(
            "DELETE FROM day_figure WHERE centre_id = $1 AND business_day = $2",
            centre_id,
            kept.day,
        )
        await connection.execute(
            "INSERT INTO day_figure SELECT * FROM jsonb_populate_recordset(NULL::day_figure, $1)",
            rows,
        )
    return True


async def claim_work(
    pool: Pool, centre_id: int, *, process_id: UUID, at: datetime, until: datetime
) -> int | None:
    """Take the work of making figures until a moment, unless another process has it.

    Returns up to which event days were looked through; None: another one works.
    """
    revision: int | None = await pool.fetchval(
        """
        INSERT INTO figure_progress AS p (centre_id, claimed_by, claimed_until) VALUES ($1, $2, $4)
        ON CONFLICT ON CONSTRAINT figure_progress_pk DO UPDATE
           SET claimed_by = $2, claimed_until = $4
         WHERE p.claimed_by IS NULL OR p.claimed_by = $2 OR p.claimed_until <= $3
        RETURNING seen_revision
        """,
        centre_id,
        process_id,
        at,
        until,
    )
    return revision


async def leave_work(pool: Pool, centre_id: int, *, process_id: UUID, seen: int | None) -> None:
    """Give the work back; with `seen`, days were looked through up to that event."""
    await pool.execute(
        """
        UPDATE figure_progress SET claimed_by = NULL, claimed_until = NULL,
               seen_revision = greatest(seen_revision, coalesce($3, 0))
         WHERE centre_id = $1 AND claimed_by = $2
        """,
        centre_id,
        process_id,
        seen,
    )


async def days_to_make(
    pool: Pool,
    centre_id: int,
    *,
    today: date,
    seen: int,
    at_most: int,
    passing_over: Collection[date] = (),
) -> tuple[list[date], int]:
    """Return closed days that have no figures yet or of which something was heard since `seen`.

    Those in `passing_over` are left out. With them the event up to which that holds.
    """
    async with pool.snapshot() as connection:
        head: int = await connection.fetchval(
            "SELECT revision FROM centre_head WHERE centre_id = $1", centre_id
        )
        rows = await connection.fetch(
            """
            WITH RECURSIVE day (business_day) AS (
                SELECT min(business_day) FROM ticket WHERE centre_id = $1
                UNION ALL
                SELECT (SELECT t.business_day FROM ticket t
                         WHERE t.centre_id = $1 AND t.business_day > d.business_day
                         ORDER BY t.business_day LIMIT 1)
                  FROM day d WHERE d.business_day < $2
            )
            SELECT d.business_day FROM day d
             WHERE d.business_day < $2 AND d.business_day <> ALL ($6)
               AND NOT EXISTS (SELECT 1 FROM figure_day f
                                WHERE f.centre_id = $1 AND f.business_day = d.business_day)
            UNION
            SELECT t.business_day
              FROM ticket_event e JOIN ticket t ON t.centre_id = e.centre_id AND t.id = e.ticket_id
              LEFT JOIN figure_day f
                ON f.centre_id = t.centre_id AND f.business_day = t.business_day
             WHERE e.centre_id = $1 AND e.revision <= $4
               -- no day that is kept can have missed what came before the first of them was read
               AND e.revision > greatest($3, coalesce((SELECT min(source_revision) FROM figure_day
                                                        WHERE centre_id = $1), $4))
               AND t.business_day < $2 AND t.business_day <> ALL ($6)
               AND e.revision > coalesce(f.source_revision, 0)
             ORDER BY 1 LIMIT $5
            """,
            centre_id,
            today,
            seen,
            head,
            at_most,
            list(passing_over),
        )
    return [row["business_day"] for row in rows], head


async def first_day(pool: Pool, centre_id: int) -> date | None:
    """Return the first business day on which anybody took a number."""
    day: date | None = await pool.fetchval(
        "SELECT business_day FROM ticket WHERE centre_id = $1 ORDER BY business_day LIMIT 1",
        centre_id,
    )
    return day


def _row(centre_id: int, day: date, key: Key, figures: Figures) -> dict[str, Any]:
    row: dict[str, Any] = {
        "centre_id": centre_id,
        "business_day": day.isoformat(),
        "slice": key[0],
        "key": key[1],
        "hour": key[2],
    }
    for name in COUNTED:
        row[name] = getattr(figures.counted, name)
    for measure in MEASURES:
        durations: Durations = getattr(figures, measure)
        row[f"{measure}_n"] = durations.n
        row[f"{measure}_sum_us"] = durations.sum_us
        row[f"{measure}_max_us"] = durations.max_us
        row[f"{measure}_exact_us"] = list(durations.exact_us)
        row[f"{measure}_buckets"] = list(durations.counts)
        row[f"{measure}_counts"] = list(durations.counts.values())
    return row


def _figures(row: Record) -> Figures:
    return Figures(
        Counted(*(row[name] for name in COUNTED)),
        *(
            Durations(
                n=row[f"{measure}_n"],
                sum_us=row[f"{measure}_sum_us"],
                max_us=row[f"{measure}_max_us"],
                counts=dict(zip(row[f"{measure}_buckets"], row[f"{measure}_counts"], strict=True)),
                exact_us=tuple(row[f"{measure}_exact_us"]),
            )
            for measure in MEASURES
        ),
    )
