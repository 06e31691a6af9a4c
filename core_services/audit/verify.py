"""Walk a centre's chain and say where it is broken, if it is.

Every link is recomputed from the rows it covers: SHA-256 over the previous digest, the table's
name and the rows in their canonical form (`jsonb_strip_nulls(to_jsonb(row))`, one a line, by
revision). The chain alone cannot show that its tail was cut; a head noted elsewhere can.
"""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from core_services.audit.store import Link, read_head, read_links, read_rows
from core_services.database.pool import Pool

STEP = 500
"""Links read at a time."""


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold: revisions `first` to `last` and why."""

    first: int
    last: int
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a walk found: `revision` and `digest` (hex) of the head, links walked, all breaks."""

    revision: int
    digest: str
    links: int
    breaks: tuple[Break, ...]

    @property
    def is_whole(self) -> bool:
        return not self.breaks


async def verify(
    pool: Pool, centre_id: int, *, on_progress: Callable[[int, int], None] | None = None
) -> Verdict:
    """Recompute the chain of a centre; `on_progress` gets the revision reached and the head's.

    Raises LookupError for a centre without a head.
    """
    head = await read_head(pool, centre_id)
    breaks: list[Break] = []
    links = 0
    reached = 0
    digest = b""
    async for link in _links(pool, centre_id):
        links += 1
        if link.first_revision != reached + 1:
            breaks.append(Break(reached + 1, link.first_revision - 1, "links are missing"))
        rows = await read_rows(pool, centre_id, link)
        body = "\n".join(text for _, text in rows)
        expected = hashlib.sha256(digest + f"{link.source}\n{body}".encode()).digest()
        if [revision for revision, _ in rows] != list(
            range(link.first_revision, link.last_revision + 1)
        ):
            breaks.append(Break(link.first_revision, link.last_revision, "events are missing"))
        elif expected != link.digest:
            breaks.append(
                Break(link.first_revision, link.last_revision, "events or the link were changed")
            )
        digest = link.digest
        reached = link.last_revision
        if on_progress is not None:
            on_progress(reached, head.revision)
    if reached != head.revision:
        breaks.append(Break(reached + 1, head.revision, "the head does not end the chain"))
    elif digest != head.digest:
        breaks.append(Break(reached, reached, "the head's digest is not the last link's"))
    return Verdict(head.revision, head.digest.hex(), links, tuple(breaks))


async def _links(pool: Pool, centre_id: int) -> AsyncIterator[Link]:
    after = 0
    while page := await read_links(pool, centre_id, after=after, limit=STEP):
        for link in page:
            yield link
        after = page[-1].last_revision
