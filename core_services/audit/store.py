"""The SQL that reads the event head, the chain and the rows a link covers."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core_services.database.pool import Pool


@dataclass(frozen=True, slots=True)
class Head:
    """Where a centre's events end: `epoch` is new at init and after a restore."""

    epoch: UUID
    revision: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: the events `first_revision` to `last_revision` of one table."""

    first_revision: int
    last_revision: int
    source: str
    digest: bytes


_ROWS: Final = {
    "ticket_event": (
        "SELECT revision, jsonb_strip_nulls(to_jsonb(e))::text AS body FROM ticket_event e"
        " WHERE centre_id = $1 AND revision BETWEEN $2 AND $3 ORDER BY revision"
    ),
    "window_event": (
        "SELECT revision, jsonb_strip_nulls(to_jsonb(e))::text AS body FROM window_event e"
        " WHERE centre_id = $1 AND revision BETWEEN $2 AND $3 ORDER BY revision"
    ),
    "people_event": (
        "SELECT revision, jsonb_strip_nulls(to_jsonb(e))::text AS body FROM people_event e"
        " WHERE centre_id = $1 AND revision BETWEEN $2 AND $3 ORDER BY revision"
    ),
    "centre_event": (
        "SELECT revision, jsonb_strip_nulls(to_jsonb(e))::text AS body FROM centre_event e"
        " WHERE centre_id = $1 AND revision BETWEEN $2 AND $3 ORDER BY revision"
    ),
    "device_event": (
        "SELECT revision, jsonb_strip_nulls(to_jsonb(e))::text AS body FROM device_event e"
        " WHERE centre_id = $1 AND revision BETWEEN $2 AND $3 ORDER BY revision"
    ),
}
"""The canonical rows of each event table; a table that is not here is a break, never skipped."""


async def read_head(pool: Pool, centre_id: int) -> Head:
    """Return the head of a centre. Raises LookupError when it has none."""
    row = await pool.fetchrow(
        "SELECT epoch, revision, digest FROM centre_head WHERE centre_id = $1", centre_id
    )
    if row is None:
        raise LookupError(f"centre {centre_id} has no event head")
    return Head(row["epoch"], row["revision"], row["digest"])


async def read_links(pool: Pool, centre_id: int, *, after: int, limit: int) -> list[Link]:
    """Return up to `limit` links whose last revision is greater than `after`, in order."""
    rows = await pool.fetch(
        "SELECT first_revision, last_revision, source, digest FROM chain_entry"
        " WHERE centre_id = $1 AND last_revision > $2 ORDER BY last_revision LIMIT $3",
        centre_id,
        after,
        limit,
    )
    return [Link(**dict(row)) for row in rows]


async def read_rows(pool: Pool, centre_id: int, link: Link) -> list[tuple[int, str]]:
    """Return the revision and canonical text of the events that a link covers, in order."""
    query = _ROWS.get(link.source)
    if query is None:
        return []
    rows = await pool.fetch(query, centre_id, link.first_revision, link.last_revision)
    return [(row["revision"], row["body"]) for row in rows]
