"""The SQL of the metrics: rollups that are kept in the events' own transactions."""

from collections.abc import Mapping
from dataclasses import dataclass

from core_services.database.pool import Pool

NO_END = 2147483647
"""Stands for +Inf in `duration_rollup.le_s`."""

BUCKETS_S = (60, 120, 300, 600, 900, 1200, 1800, 2700, 3600, 5400, 7200, 14400)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Durations of one measure, queue and priority; `counts` by the upper end in seconds."""

    measure: str
    queue: str
    priority: str
    counts: Mapping[int, int]
    sum_us: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())


async def event_counts(pool: Pool, centre_id: int) -> dict[tuple[str, str], int]:
    """Return how many events of each kind there were, by (queue, event)."""
    rows = await pool.fetch(
        "SELECT queue, event, n FROM event_count WHERE centre_id = $1 ORDER BY queue, event",
        centre_id,
    )
    return {(row["queue"], row["event"]): row["n"] for row in rows}


async def histograms(pool: Pool, centre_id: int) -> tuple[Histogram, ...]:
    """Return the histograms of waits, walks and services since the centre opened."""
    rows = await pool.fetch(
        "SELECT measure, queue, priority, array_agg(le_s ORDER BY le_s) AS ends,"
        " array_agg(n ORDER BY le_s) AS counts, sum(sum_us)::bigint AS sum_us"
        " FROM duration_rollup WHERE centre_id = $1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        centre_id,
    )
    return tuple(
        Histogram(
            measure=row["measure"],
            queue=row["queue"],
            priority=row["priority"],
            counts=dict(zip(row["ends"], row["counts"], strict=True)),
            sum_us=row["sum_us"],
        )
        for row in rows
    )


async def paper_counts(pool: Pool, centre_id: int) -> dict[str, int]:
    """Return what became of slips: how often each mark was made."""
    rows = await pool.fetch(
        "SELECT state, n FROM paper_count WHERE centre_id = $1 ORDER BY state", centre_id
    )
    return {row["state"]: row["n"] for row in rows}


SCREEN_BUCKETS_MS = (50, 100, 250, 500, 1000, 2000, 5000, 15000)


async def screen_delays(pool: Pool, centre_id: int) -> Histogram:
    """Return the time from calls to glasses; the buckets' ends are milliseconds here."""
    rows = await pool.fetch(
        "SELECT le_ms, n, sum_us FROM screen_rollup WHERE centre_id = $1", centre_id
    )
    return Histogram(
        measure="screen",
        queue="",
        priority="",
        counts={row["le_ms"]: row["n"] for row in rows},
        sum_us=sum(row["sum_us"] for row in rows),
    )
