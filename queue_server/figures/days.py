"""Works out a business day's figures from its events: once when it is over, live while it lasts."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from queue_server.figures.aggregate import ClerkOf, Figures, Key, aggregate
from queue_server.figures.facts import Act, Life, life_of
from queue_server.figures.store_facts import DayActs, read_acts
from queue_server.tickets.acts import Queue
from queue_server.tickets.so_far import walked_on


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A day as its events tell it up to a revision."""

    day: date
    epoch: UUID
    revision: int
    lives: tuple[Life, ...]
    figures: Mapping[Key, Figures]


async def work_out(
    queue: Queue, day: date, *, target_s: int, before: WorkedOut | None = None
) -> WorkedOut:
    """Recompute a day from its events; today's until now. A crowded day takes a thread 0.2 s.

    With `before`, an earlier making of the same day, only those numbers are read anew of which
    something was heard since.
    """
    # What comes between the two readings is in the next making of this day.
    told, known = await _acts_since(queue, day, before)
    walked = await walked_on(queue, day)
    counts = walked.walk.counts(min(queue.clock.now(), walked.ends))

    def fold() -> WorkedOut:
        new = lives_of(told.acts)
        fresh = {life.id for life in new}
        lives = _in_order([*(life for life in known if life.id not in fresh), *new])
        figures = aggregate(
            lives,
            zone=queue.centre.zone,
            target_us=target_s * 1_000_000,
            clerk_of=walked.walk.clerk_of,
            seats=counts,
        )
        return WorkedOut(day, told.epoch, told.revision, lives, figures)

    return await asyncio.to_thread(fold)


async def _acts_since(
    queue: Queue, day: date, before: WorkedOut | None
) -> tuple[DayActs, tuple[Life, ...]]:
    """Return what is to be folded anew, and the lives that are known beside it."""
    pool, centre_id = queue.pool, queue.centre.id
    if before is not None and before.day == day:
        told = await read_acts(pool, centre_id, day=day, after=before.revision)
        if told.epoch == before.epoch and told.revision >= before.revision:
            return told, before.lives
    return await read_acts(pool, centre_id, day=day), ()


async def lives_on(queue: Queue, day: date) -> tuple[tuple[Life, ...], ClerkOf]:
    """Return the lives of a day's numbers in the order of their issue, and who had the windows."""
    told = await read_acts(queue.pool, queue.centre.id, day=day)
    walked = await walked_on(queue, day)
    return await asyncio.to_thread(lives_of, told.acts), walked.walk.clerk_of


def lives_of(acts: Mapping[UUID, Iterable[Act]]) -> tuple[Life, ...]:
    """Fold every number's acts, in the order of their issue."""
    lives = (life_of(ticket, told) for ticket, told in acts.items())
    return _in_order(life for life in lives if life is not None)


def _in_order(lives: Iterable[Life]) -> tuple[Life, ...]:
    return tuple(sorted(lives, key=lambda life: (life.issued_at, life.id)))


def differences(
    kept: Mapping[Key, Figures], made: Mapping[Key, Figures]
) -> list[tuple[Key, str, object, object]]:
    """Return where two makings of a day differ: the slice, the figure, what is kept, what is so."""
    found: list[tuple[Key, str, object, object]] = []
    for key in sorted(kept.keys() | made.keys()):
        before, after = kept.get(key), made.get(key)
        if before is None or after is None:
            found.append((key, "row", before is not None, after is not None))
        elif before != after:
            found.extend(
                (key, name, getattr(before.counted, name), getattr(after.counted, name))
                for name in before.counted.__slots__
                if getattr(before.counted, name) != getattr(after.counted, name)
            )
            found.extend(
                (key, name, getattr(before, name).sum_us, getattr(after, name).sum_us)
                for name in ("wait", "walk", "service", "total")
                if getattr(before, name) != getattr(after, name)
            )
    return found
