"""The SQL of limits: how often an address books, and how often a kiosk is told wrong codes."""

from datetime import datetime, timedelta
from math import ceil
from typing import Final, Literal

from core_services.database.pool import Pool

Kind = Literal["address", "device"]

AT_MOST: Final[dict[Kind, int]] = {"address": 30, "device": 10}
"""In one span; a whole village may book from behind one address."""
SPANS: Final[dict[Kind, timedelta]] = {
    "address": timedelta(hours=1),
    "device": timedelta(minutes=5),
}


async def count_attempt(
    pool: Pool, centre_id: int, *, kind: Kind, subject: bytes, at: datetime
) -> int:
    """Count an attempt and commit; return 0, or the seconds to wait when there were too many.

    What is refused is not counted, so that waiting helps. `subject` is a SHA-256 hash.
    """
    span, at_most = SPANS[kind], AT_MOST[kind]
    counted = await pool.fetchval(
        """
        INSERT INTO appointment_attempt AS a (centre_id, kind, subject, since, n)
        VALUES ($1, $2, $3, $4, 1)
        ON CONFLICT ON CONSTRAINT appointment_attempt_pk DO UPDATE
           SET since = CASE WHEN a.since <= $4 - $5::interval THEN $4 ELSE a.since END,
               n = CASE WHEN a.since <= $4 - $5::interval THEN 1 ELSE a.n + 1 END
         WHERE a.since <= $4 - $5::interval OR a.n < $6
        RETURNING a.n
        """,
        centre_id,
        kind,
        subject,
        at,
        span,
        at_most,
    )
    if counted is not None:
        return 0
    return await wait_s(pool, centre_id, kind=kind, subject=subject, at=at) or 1


async def wait_s(pool: Pool, centre_id: int, *, kind: Kind, subject: bytes, at: datetime) -> int:
    """Return how long the subject has to wait, in seconds; 0 when it may go on."""
    row = await pool.fetchrow(
        "SELECT since, n FROM appointment_attempt"
        " WHERE centre_id = $1 AND kind = $2 AND subject = $3",
        centre_id,
        kind,
        subject,
    )
    if row is None or row["n"] < AT_MOST[kind]:
        return 0
    may_try_at: datetime = row["since"] + SPANS[kind]
    return max(0, ceil((may_try_at - at).total_seconds()))


async def forget_attempts(pool: Pool, centre_id: int, *, at: datetime) -> None:
    """Drop counts whose span is long over."""
    await pool.execute(
        "DELETE FROM appointment_attempt WHERE centre_id = $1 AND since < $2",
        centre_id,
        at - max(SPANS.values()),
    )
