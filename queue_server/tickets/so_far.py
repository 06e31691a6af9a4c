"""Today as this process has read it so far: each look reads only what came since the last one.

Nothing here is a fact of its own. What is kept is of one business day and one epoch of the database
up to one revision, and of the hours and work profiles by which it was walked; where one of these
has changed, the day is read again from its beginning.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from core_services.calendar import day_bounds
from queue_server.tickets.opening import spans_within
from queue_server.tickets.store_counts import DayFacts, read_day
from queue_server.tickets.store_traces import TracesRead, read_traces, traced
from queue_server.tickets.traces import Trace
from queue_server.tickets.window_counts import DayWalk, Span

if TYPE_CHECKING:
    from queue_server.tickets.acts import Queue

_FEW: Final = 400
"""So many events are worked through at once; more of them in a thread."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What the numbers of a day have left, up to a revision."""

    day: date
    epoch: UUID
    revision: int
    of: Mapping[UUID, Trace]


@dataclass(frozen=True, slots=True)
class WalkedDay:
    """A day's windows, walked up to a revision."""

    day: date
    epoch: UUID
    revision: int
    spans: tuple[Span, ...]
    """When the centre is open."""
    queues: Mapping[str, frozenset[str]]
    """Of each work profile."""
    ends: datetime
    walk: DayWalk

    def is_as(self, facts: DayFacts, spans: tuple[Span, ...]) -> bool:
        """Say whether the facts are a few later ones of the same day, to be walked by the same
        rules."""
        return (
            self.epoch == facts.epoch
            and self.revision <= facts.revision
            and len(facts.tickets) <= _FEW
            and self.spans == spans
            and self.queues == facts.queues
        )


@dataclass(slots=True, eq=False)
class SoFar:
    """What is kept of today; whoever asks while it is read waits, and reads on from there."""

    _traces: Traces | None = None
    _walked: WalkedDay | None = None
    _tracing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _walking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def traces(self, queue: "Queue") -> Traces:
        """Return what today's numbers have left until now. Raises DatabaseError."""
        async with self._tracing:
            day, before = queue.today()[0], self._traces
            if before is None or before.day != day:
                before = None
            self._traces = await _traces(queue, day, before)
            return self._traces

    async def walked(self, queue: "Queue") -> WalkedDay:
        """Return today's windows as they were walked until now. Raises DatabaseError."""
        async with self._walking:
            day, before = queue.today()[0], self._walked
            if before is None or before.day != day:
                before = None
            self._walked = None  # a walk that breaks off is not gone on with
            self._walked = await _walked(queue, day, before)
            return self._walked


async def traces_on(queue: "Queue", day: date) -> Traces:
    """Return what a business day's numbers have left. Raises DatabaseError."""
    if day == queue.today()[0]:
        return await queue.so_far.traces(queue)
    return await _traces(queue, day, None)


async def walked_on(queue: "Queue", day: date) -> WalkedDay:
    """Return the windows of a business day, walked to its end or until now.

    Raises DatabaseError.
    """
    if day == queue.today()[0]:
        return await queue.so_far.walked(queue)
    return await _walked(queue, day, None)


async def _traces(queue: "Queue", day: date, before: Traces | None) -> Traces:
    async def read(after: int | None) -> TracesRead:
        return await read_traces(queue.pool, queue.centre.id, day=day, after=after)

    told = await read(None if before is None else before.revision)
    if before is not None and (told.epoch != before.epoch or told.revision < before.revision):
        before, told = None, await read(None)
    known = {} if before is None else before.of
    if before is not None and not told.rows:
        return replace(before, revision=told.revision)

    def fold() -> dict[UUID, Trace]:
        return {**known, **traced(told.rows)}

    is_long = len(told.rows) > _FEW
    found = await asyncio.to_thread(fold) if is_long else fold()
    return Traces(day, told.epoch, told.revision, found)


async def _walked(queue: "Queue", day: date, before: WalkedDay | None) -> WalkedDay:
    centre = queue.centre
    start, end = day_bounds(day, centre.zone, centre.cut_over)
    spans = spans_within(await queue.hours_on(day), start, end, centre.zone)

    async def read(after: int | None) -> DayFacts:
        return await read_day(queue.pool, centre.id, day=day, start=start, end=end, after=after)

    facts = await read(None if before is None else before.revision)
    if before is not None and not before.is_as(facts, spans):
        before, facts = None, await read(None)
    walk = (
        DayWalk(facts.settings, queues=facts.queues, start=start, spans=spans)
        if before is None
        else before.walk
    )
    if len(facts.tickets) > _FEW:
        await asyncio.to_thread(walk.take, facts.windows, facts.tickets)
    else:
        walk.take(facts.windows, facts.tickets)
    return WalkedDay(day, facts.epoch, facts.revision, spans, facts.queues, end, walk)
