"""Alarms that a command enters and ends: nobody watches for them; they stand until it says so."""

from datetime import datetime

from core_services.database.pool import Pool
from queue_server.alarms import store
from queue_server.alarms.judging import Changes
from queue_server.alarms.model import Episode, Finding


async def raise_standing(pool: Pool, centre_id: int, finding: Finding, *, at: datetime) -> None:
    """Enter what is wrong, or that it is worse; harmless when repeated. Raises DatabaseError."""
    episode = await _open(pool, centre_id, finding.kind)
    if episode is None:
        await store.record(pool, centre_id, Changes(raised=(finding,)), at=at)
    elif episode.level < finding.level:
        await store.record(pool, centre_id, Changes(worse=((episode, finding),)), at=at)


async def end_standing(pool: Pool, centre_id: int, kind: str, *, at: datetime) -> None:
    """End it, where it stands. Raises DatabaseError."""
    episode = await _open(pool, centre_id, kind)
    if episode is not None:
        await store.record(pool, centre_id, Changes(cleared=(episode,)), at=at)


async def _open(pool: Pool, centre_id: int, kind: str) -> Episode | None:
    opened = await store.read_open(pool, centre_id)
    return next((each for each in opened if each.kind == kind), None)
