"""The SQL of the nightly backtest: one row a business day, claimed by one server process."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from core_services.database.pool import Pool

SILENT: Final = timedelta(hours=1)
"""A process that has not brought a result by then is taken for dead."""
MOST_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Backtest:
    """What one night came to; `result` is the report of `shubbak estimate-backtest --json`."""

    day: date
    """The business day after whose cut-over it was made."""
    result: Mapping[str, Any]


async def claim_backtest(
    pool: Pool, centre_id: int, *, day: date, process: UUID, at: datetime
) -> bool:
    """Claim a day's backtest for a process; False where it is done, or another is at it."""
    claimed = await pool.fetchval(
        """
        INSERT INTO estimate_backtest AS b (centre_id, business_day, claimed_at, claimed_by)
        VALUES ($1, $2, $4, $3)
        ON CONFLICT ON CONSTRAINT estimate_backtest_pk DO UPDATE
           SET claimed_at = excluded.claimed_at, claimed_by = excluded.claimed_by,
               tries = b.tries + 1
         WHERE b.done_at IS NULL AND b.tries < $6 AND b.claimed_at <= $5
        RETURNING true
        """,
        centre_id,
        day,
        process,
        at,
        at - SILENT,
        MOST_TRIES,
    )
    return bool(claimed)


async def keep_backtest(
    pool: Pool,
    centre_id: int,
    *,
    day: date,
    process: UUID,
    at: datetime,
    result: Mapping[str, Any] | None,
    failed: str | None = None,
) -> None:
    """Keep what came out, unless another process took the work over meanwhile."""
    await pool.execute(
        "UPDATE estimate_backtest SET done_at = greatest($4, claimed_at), result = $5, failed = $6"
        " WHERE centre_id = $1 AND business_day = $2 AND claimed_by = $3 AND done_at IS NULL",
        centre_id,
        day,
        process,
        at,
        None if result is None else dict(result),
        failed,
    )


async def latest_backtest(pool: Pool, centre_id: int) -> Backtest | None:
    """Return the last night's that came to a result."""
    row = await pool.fetchrow(
        "SELECT business_day, result FROM estimate_backtest"
        " WHERE centre_id = $1 AND result IS NOT NULL ORDER BY business_day DESC LIMIT 1",
        centre_id,
    )
    return None if row is None else Backtest(row["business_day"], row["result"])


async def failed_since(pool: Pool, centre_id: int, *, at: datetime) -> date | None:
    """Return the latest day whose backtest came to nothing, if no later one came to a result.

    It came to nothing where it failed, and where the last of its processes has gone silent.
    """
    day: date | None = await pool.fetchval(
        """
        SELECT max(b.business_day) FROM estimate_backtest b
         WHERE b.centre_id = $1
           AND (b.failed IS NOT NULL
                OR b.done_at IS NULL AND b.tries >= $3 AND b.claimed_at <= $2)
           AND NOT EXISTS (SELECT 1 FROM estimate_backtest l
                            WHERE l.centre_id = $1 AND l.business_day > b.business_day
                              AND l.result IS NOT NULL)
        """,
        centre_id,
        at - SILENT,
        MOST_TRIES,
    )
    return day
