"""Works out a business day's figures from its events: once when it is over, live while it lasts."""

import asyncio
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core_services.calendar import day_bounds
from queue_server.figures.aggregate import ClerkOf, Figures, Key, aggregate
from queue_server.figures.facts import Act, Life, life_of
from queue_server.figures.store_facts import read_acts
from queue_server.tickets import store_counts
from queue_server.tickets.acts import Queue
from queue_server.tickets.opening import spans_within
from queue_server.tickets.store_counts import DayFacts
from queue_server.tickets.window_counts import window_counts


@dataclass(frozen=True, slots=True)
class WorkedOut:
    """A day as its events tell it up to a revision."""

    day: date
    revision: int
    lives: tuple[Life, ...]
    figures: Mapping[Key, Figures]


async def work_out(queue: Queue, day: date, *, target_s: int) -> WorkedOut:
    """Recompute a day from its events; today's until now. A crowded day takes a thread 0.2 s."""
    centre, now = queue.centre, queue.clock.now()
    start, end = day_bounds(day, centre.zone, centre.cut_over)
    # What comes between the two readings is in the next making of this day.
    told = await read_acts(queue.pool, centre.id, day=day)
    seats = await store_counts.read_day(queue.pool, centre.id, day=day, start=start, end=end)
    spans = spans_within(queue.hours(), start, end, centre.zone)

    def fold() -> WorkedOut:
        lives = lives_of(told.acts)
        counts = window_counts(
            seats.settings,
            seats.windows,
            seats.tickets,
            queues=seats.queues,
            start=start,
            end=min(now, end),
            spans=spans,
        )
        figures = aggregate(
            lives,
            zone=centre.zone,
            target_us=target_s * 1_000_000,
            clerk_of=whose(seats),
            seats=counts,
        )
        return WorkedOut(day, told.revision, lives, figures)

    return await asyncio.to_thread(fold)


async def lives_on(queue: Queue, day: date) -> tuple[tuple[Life, ...], ClerkOf]:
    """Return the lives of a day's numbers in the order of their issue, and who had the windows."""
    centre = queue.centre
    start, end = day_bounds(day, centre.zone, centre.cut_over)
    told = await read_acts(queue.pool, centre.id, day=day)
    seats = await store_counts.read_day(queue.pool, centre.id, day=day, start=start, end=end)
    return await asyncio.to_thread(lives_of, told.acts), whose(seats)


def lives_of(acts: Mapping[UUID, Iterable[Act]]) -> tuple[Life, ...]:
    """Fold every number's acts, in the order of their issue."""
    lives = [life for ticket, told in acts.items() if (life := life_of(ticket, told)) is not None]
    return tuple(sorted(lives, key=lambda life: (life.issued_at, life.id)))


def whose(facts: DayFacts) -> ClerkOf:
    """Say who had a window at a revision, by the events of the windows alone."""
    turns: dict[int, list[tuple[int, UUID | None]]] = defaultdict(list)
    for setting in facts.settings:
        turns[setting.number].append((0, setting.person))
    for fact in sorted(facts.windows, key=lambda each: each.revision):
        if fact.person is not None:
            turns[fact.window].append((fact.revision, fact.person))
        elif fact.event in ("open", "take_over"):
            turns[fact.window].append((fact.revision, fact.actor))

    def clerk_of(window: int, revision: int) -> UUID | None:
        mine = turns.get(window, [])
        nth = bisect_right(mine, revision, key=lambda turn: turn[0])
        return mine[nth - 1][1] if nth else None

    return clerk_of


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
