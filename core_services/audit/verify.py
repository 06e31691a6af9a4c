"""Walk a centre's chain and say where it is broken, if it is.

Every link is recomputed from the rows it covers: SHA-256 over the previous digest, the table's
name and the rows in their canonical form (`jsonb_strip_nulls(to_jsonb(row))`, one a line, by
revision). The chain alone cannot show that its tail was cut; a head noted elsewhere can.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core_services.audit.store import EventRow, Link, read_events, read_head, read_links
from core_services.database.pool import Pool

STEP = 100
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

    The centre may go on working: what it adds meanwhile is left to the next walk. Raises
    LookupError for a centre without a head.
    """
    head = await read_head(pool, centre_id)
    walk = _Walk()
    while page := await read_links(
        pool, centre_id, after=walk.reached, up_to=head.links_end, limit=STEP
    ):
        events = await read_events(
            pool, centre_id, after=walk.reached, up_to=page[-1].last_revision
        )
        walk.over(page, events)
        if on_progress is not None:
            on_progress(walk.reached, head.revision)
    if walk.reached != head.revision:
        ends = sorted((walk.reached, head.revision))
        walk.break_at(ends[0] + 1, ends[1], "the head does not end the chain")
    elif walk.digest != head.digest:
        walk.break_at(walk.reached, walk.reached, "the head's digest is not the last link's")
    if head.events_end > head.links_end:
        walk.break_at(head.links_end + 1, head.events_end, "events are in no link")
    return Verdict(head.revision, head.digest.hex(), walk.links, tuple(walk.breaks))


class _Walk:
    """How far a walk has come, and what it met."""

    def __init__(self) -> None:
        self.reached = 0
        self.digest: bytes | None = b""
        """That of the last link; None where it is missing, so that the next cannot be checked."""
        self.links = 0
        self.breaks: list[Break] = []

    def over(self, links: Sequence[Link], events: Sequence[EventRow]) -> None:
        """Go over some links and all events from where we are to the end of the last one."""
        at = 0
        for link in links:
            covered = at
            while covered < len(events) and events[covered].revision <= link.last_revision:
                covered += 1
            self._over(link, events[at:covered])
            at = covered

    def break_at(self, first: int, last: int, why: str) -> None:
        """Note a place where the chain does not hold."""
        self.breaks.append(Break(first, last, why))

    def _over(self, link: Link, events: Sequence[EventRow]) -> None:
        first, last = link.first_revision, link.last_revision
        if first > self.reached + 1:
            self.break_at(self.reached + 1, first - 1, "links are missing")
            self.digest = None
        inside = [event for event in events if event.revision >= first]
        own = [event for event in inside if event.source == link.source]
        if len(own) != len(inside):
            self.break_at(first, last, "events are in no link")
        if first <= self.reached:
            self.break_at(first, last, "the link covers events of the one before")
        elif len(own) != last - first + 1:
            self.break_at(first, last, "events are missing")
        elif self.digest is not None and _digest(self.digest, link.source, own) != link.digest:
            self.break_at(first, last, "events or the link were changed")
        self.reached, self.digest = last, link.digest
        self.links += 1


def _digest(previous: bytes, source: str, events: Sequence[EventRow]) -> bytes:
    body = "\n".join(event.body for event in events)
    return hashlib.sha256(previous + f"{source}\n{body}".encode()).digest()
