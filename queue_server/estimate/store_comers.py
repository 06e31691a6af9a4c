"""The SQL of how many of those who booked come."""

from datetime import date
from typing import Final

from core_services.database.pool import Pool

USUALLY_COMES: Final = 0.8
"""The share of appointments whose holder comes, while too few tell."""
LEAST_BOOKED: Final = 20
PAST_DAYS: Final = 120


async def share_that_comes(pool: Pool, centre_id: int, *, before: date) -> float:
    """Return the share of the appointments of the days before one whose holders checked in.

    Of fewer than twenty the usual share is returned.
    """
    row = await pool.fetchrow(
        """
        SELECT count(*) FILTER (WHERE state = 'checked_in')::int AS came, count(*)::int AS booked
          FROM appointment
         WHERE centre_id = $1 AND day < $2 AND day >= $2 - $3::int
           AND state IN ('booked', 'checked_in', 'released')
        """,
        centre_id,
        before,
        PAST_DAYS,
    )
    if row is None or row["booked"] < LEAST_BOOKED:
        return USUALLY_COMES
    return float(row["came"] / row["booked"])
