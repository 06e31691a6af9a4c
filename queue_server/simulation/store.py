"""The SQL of simulations: how far a centre's events are, and what a lived day left behind."""

from datetime import datetime

from core_services.database.pool import Pool


async def read_head(pool: Pool, centre_id: int) -> int:
    """Return the revision of the latest event."""
    revision: int = await pool.fetchval(
        "SELECT revision FROM centre_head WHERE centre_id = $1", centre_id
    )
    return revision


async def last_event_at(pool: Pool, centre_id: int) -> datetime | None:
    """Return when a ticket or a window was last acted on; None in a centre without a past."""
    at: datetime | None = await pool.fetchval(
        """
        SELECT greatest((SELECT max(at) FROM ticket_event WHERE centre_id = $1),
                        (SELECT max(at) FROM window_event WHERE centre_id = $1))
        """,
        centre_id,
    )
    return at
