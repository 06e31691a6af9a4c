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
    """The result of one night; `result` is the report of `shubbak estimate-backtest --json`."""

    day: date
    """The business day after whose cut-over it was made."""
    done_at: datetime
    result: Mapping[str, Any] | None
    failed: str | None


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
        "SELECT business_day, done_at, result, failed FROM estimate_backtest"
        " WHERE centre_id = $1 AND done_at IS NOT NULL ORDER BY business_day DESC LIMIT 1",
        centre_id,
    )
    if row is None:
        return None
    return Backtest(row["business_day"], row["done_at"], row["result"], row["failed"])
