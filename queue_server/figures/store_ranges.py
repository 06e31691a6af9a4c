"""The SQL of ranges of days that were added up: good while the days that they are of stay so."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from core_services.database.pool import Pool
from queue_server.figures.aggregate import COUNTED, MEASURES, Counted, Durations, Figures, Slice
from queue_server.figures.store_figures import KeptDay

Lines = dict[tuple[str, int], Figures]


def made_of(days: Mapping[date, KeptDay]) -> str:
    """Name the days of a range as they are kept now: any that is made anew changes it."""
    return f"{len(days)}:{sum(each.source_revision for each in days.values())}:" + str(
        max((each.made_at for each in days.values()), default=None)
    )


async def read_range(
    pool: Pool, centre_id: int, *, first: date, last: date, slice_: Slice, of: str
) -> Lines | None:
    """Return the figures of a range, by key and hour; None where they are not kept as `of`."""
    lines: list[Any] | None = await pool.fetchval(
        "SELECT lines FROM range_figure WHERE centre_id = $1 AND first_day = $2 AND last_day = $3"
        " AND slice = $4 AND made_of = $5",
        centre_id,
        first,
        last,
        slice_,
        of,
    )
    if lines is None:
        return None
    return {(key, hour): _figures(counted, told) for key, hour, counted, told in lines}


async def keep_range(
    pool: Pool,
    centre_id: int,
    *,
    first: date,
    last: date,
    slice_: Slice,
    of: str,
    at: datetime,
    lines: Lines,
) -> None:
    """Keep the figures of a range in place of what was kept of it."""
    await pool.execute(
        """
        INSERT INTO range_figure (centre_id, first_day, last_day, slice, made_of, made_at, lines)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT ON CONSTRAINT range_figure_pk DO UPDATE
           SET made_of = excluded.made_of, made_at = excluded.made_at, lines = excluded.lines
        """,
        centre_id,
        first,
        last,
        slice_,
        of,
        at,
        [[key, hour, *_row(figures)] for (key, hour), figures in lines.items()],
    )


async def forget_ranges(pool: Pool, centre_id: int, *, before: datetime) -> None:
    """Delete ranges that were added up long ago: they can be added up again."""
    await pool.execute(
        "DELETE FROM range_figure WHERE centre_id = $1 AND made_at < $2", centre_id, before
    )


def _row(figures: Figures) -> tuple[list[int], list[list[Any]]]:
    counted = [getattr(figures.counted, name) for name in COUNTED]
    told: list[list[Any]] = []
    for measure in MEASURES:
        each: Durations = getattr(figures, measure)
        counts = each.counts
        told.append(
            [each.n, each.sum_us, each.max_us, list(each.exact_us), [*counts], [*counts.values()]]
        )
    return counted, told


def _figures(counted: list[int], told: list[list[Any]]) -> Figures:
    return Figures(
        Counted(*counted),
        *(
            Durations(n, sum_us, max_us, dict(zip(buckets, counts, strict=True)), tuple(exact))
            for n, sum_us, max_us, exact, buckets, counts in told
        ),
    )
