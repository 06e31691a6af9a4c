"""Figures of any range of days: those that are kept, and today's as they stand, added up."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from core_services.calendar import hours_into_day
from queue_server.figures import store_figures
from queue_server.figures.aggregate import ALL_DAY, NO_KEY, NOTHING, Figures, Slice, added
from queue_server.figures.days import WorkedOut, work_out
from queue_server.figures.periods import Kind, period_of
from queue_server.figures.store_facts import days_with_numbers
from queue_server.figures.store_figures import HourFigures, KeptDay
from queue_server.figures.store_ranges import Lines, forget_ranges, keep_range, made_of, read_range
from queue_server.tickets.acts import Queue

FEW_DAYS: Final = 3
"""So many are added up at each reading; more of them once."""
RANGES_KEPT: Final = timedelta(days=35)
WARMED: Final[tuple[Slice, ...]] = ("all", "hour", "service", "window", "clerk")
FRESH_FOR: Final = timedelta(seconds=10)
"""Today's figures are worked out again after so long; a crowded day takes a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of one key over the whole range."""

    key: str
    hour: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Ranged:
    """Figures of a range of days in one slice."""

    first: date
    last: date
    slice: Slice
    whole: Figures
    lines: tuple[Line, ...]
    """By key; hours as the business day has them."""
    days: int
    """Days on which somebody took a number."""
    missing: int
    """Of them, those that are over and whose figures are still to be made: they are not in it."""
    failed: tuple[date, ...]
    """Of those missing, the ones that cannot be worked out."""
    targets_s: tuple[int, ...]
    """The targets that held on those days, the shortest first."""
    told_at: datetime | None
    """Today is among the days, as it stood then."""

    @property
    def is_exact(self) -> bool:
        """Its quantiles are those of one day."""
        return self.days <= 1


class FiguresReading:
    """Reads figures for pages, files and programs of one centre."""

    def __init__(
        self,
        queue: Queue,
        target_s: Callable[[], int],
        *,
        failed: Callable[[], Collection[date]] = tuple,
    ) -> None:
        """`target_s` is the wait that the centre promises itself now; `failed` are the days that
        cannot be worked out."""
        self._queue = queue
        self._target_s = target_s
        self._failed = failed
        self._lock = asyncio.Lock()
        self._today: tuple[datetime, int, WorkedOut] | None = None

    @property
    def queue(self) -> Queue:
        return self._queue

    @property
    def target_s(self) -> int:
        return self._target_s()

    async def ranged(self, first: date, last: date, slice_: Slice) -> Ranged:
        """Return the figures of the days from `first` to `last`, today's until now among them."""
        queue = self._queue
        pool, centre_id, today = queue.pool, queue.centre.id, queue.today()[0]
        kept = await store_figures.read_kept_days(pool, centre_id, first=first, last=last)
        days = await days_with_numbers(pool, centre_id, first=first, last=last)
        closed = min(last, today - timedelta(days=1))
        lines = await self._added_up(first, closed, slice_, kept)
        wholes = lines if slice_ == "all" else await self._added_up(first, closed, "all", kept)
        parts = {place: [figures] for place, figures in lines.items()}
        whole = list(wholes.values())
        targets = {each.target_s for each in kept.values()}
        told_at: datetime | None = None
        if first <= today <= last:
            told_at, told = await self.today()
            targets.add(self._target_s())
            for (of, key, hour), figures in told.figures.items():
                if of == "all":
                    whole.append(figures)
                if of == slice_:
                    parts.setdefault((key, hour), []).append(figures)
        missing = [day for day in days if day < today and day not in kept]
        failed = self._failed()
        return Ranged(
            first=first,
            last=last,
            slice=slice_,
            whole=added(whole) if whole else NOTHING,
            lines=tuple(
                Line(key, hour, added(figures))
                for (key, hour), figures in sorted(parts.items(), key=self._in_order)
            ),
            days=len(days),
            missing=len(missing),
            failed=tuple(day for day in missing if day in failed),
            targets_s=tuple(sorted(targets)) or (self._target_s(),),
            told_at=told_at,
        )

    async def made(self, first: date, last: date) -> dict[date, int]:
        """Return the days of a range whose figures are kept, and up to which event each was read.

        What comes later for such a day is in it within a minute.
        """
        kept = await store_figures.read_kept_days(
            self._queue.pool, self._queue.centre.id, first=first, last=last
        )
        return {day: each.source_revision for day, each in kept.items()}

    async def warm(self) -> None:
        """Add up this week and month and the ones before, so that nobody waits for it."""
        today, at = self._queue.today()
        yesterday = today - timedelta(days=1)
        await forget_ranges(self._queue.pool, self._queue.centre.id, before=at - RANGES_KEPT)
        kinds: tuple[Kind, ...] = ("week", "month")
        for kind in kinds:
            period = period_of(kind, yesterday)
            for first, last in (
                (period.first, yesterday),
                (period.before.first, period.before.last),
            ):
                kept = await store_figures.read_kept_days(
                    self._queue.pool, self._queue.centre.id, first=first, last=last
                )
                for slice_ in WARMED:
                    await self._added_up(first, last, slice_, kept)

    async def _added_up(
        self, first: date, last: date, slice_: Slice, kept: Mapping[date, KeptDay]
    ) -> Lines:
        """Return the figures of closed days added up; of many days, once for all."""
        pool, centre_id = self._queue.pool, self._queue.centre.id
        days = {day: each for day, each in kept.items() if first <= day <= last}
        if not days:
            return {}
        of = made_of(days)
        is_kept = len(days) > FEW_DAYS
        if is_kept:
            known = await read_range(pool, centre_id, first=first, last=last, slice_=slice_, of=of)
            if known is not None:
                return known
        parts: dict[tuple[str, int], list[Figures]] = defaultdict(list)
        for _, (_, key, hour), figures in await store_figures.read_figures(
            pool, centre_id, slice_=slice_, first=first, last=last
        ):
            parts[key, hour].append(figures)
        lines = {place: added(figures) for place, figures in sorted(parts.items())}
        if is_kept:
            await keep_range(
                pool,
                centre_id,
                first=first,
                last=last,
                slice_=slice_,
                of=of,
                at=self._queue.clock.now(),
                lines=lines,
            )
        return lines

    async def each_day(self, first: date, last: date) -> tuple[tuple[date, Figures], ...]:
        """Return the whole of each day of a range on which somebody came, today's until now."""
        queue = self._queue
        kept = await store_figures.read_figures(
            queue.pool, queue.centre.id, slice_="all", first=first, last=last
        )
        days = [(day, figures) for day, _, figures in kept]
        if first <= queue.today()[0] <= last:
            _, told = await self.today()
            whole = told.figures.get(("all", NO_KEY, ALL_DAY))
            days += [] if whole is None else [(told.day, whole)]
        return tuple(days)

    async def today(self) -> tuple[datetime, WorkedOut]:
        """Return today as it stood at most ten seconds ago, and when that was."""
        queue = self._queue
        async with self._lock:
            day, at = queue.today()
            target_s = self._target_s()
            before = None
            if self._today is not None:
                told_at, told_target_s, told = self._today
                if told.day == day and told_target_s == target_s and at - told_at < FRESH_FOR:
                    return told_at, told
                before = told
            told = await work_out(queue, day, target_s=target_s, before=before)
            self._today = (at, target_s, told)
            return at, told

    async def hours(
        self, first: date, last: date, *, queue: str | None = None, service: str | None = None
    ) -> tuple[HourFigures, ...]:
        """Return the hours of a range, today's until now among them, as the business day has them.

        See store_figures.hours.
        """
        centre_id, today = self._queue.centre.id, self._queue.today()[0]
        kept = await store_figures.hours(
            self._queue.pool, centre_id, first, last, queue=queue, service=service
        )
        found = list(kept)
        if first <= today <= last:
            _, told = await self.today()
            wanted: Slice = "hour_service" if service else "hour_queue" if queue else "hour"
            found += _hours_of(told, wanted, service or queue or NO_KEY)
        cut_over = self._queue.centre.cut_over
        return tuple(
            sorted(found, key=lambda each: (each.day, hours_into_day(each.hour, cut_over)))
        )

    def _in_order(self, part: tuple[tuple[str, int], object]) -> tuple[str, int]:
        (key, hour), _ = part
        return key, hours_into_day(hour, self._queue.centre.cut_over)

    async def earlier_day(self, day: date) -> date | None:
        """Return the last day before on which somebody took a number, of the fortnight before."""
        days = await days_with_numbers(
            self._queue.pool,
            self._queue.centre.id,
            first=day - timedelta(days=14),
            last=day - timedelta(days=1),
        )
        return days[-1] if days else None


def _hours_of(told: WorkedOut, wanted: Slice, key: str) -> Sequence[HourFigures]:
    return [
        HourFigures(
            day=told.day,
            hour=hour,
            arrivals=figures.counted.came,
            calls=figures.counted.calls,
            served=figures.counted.served,
            no_show=figures.counted.no_show,
            wait_n=figures.wait.n,
            wait_sum_s=figures.wait.sum_us / 1_000_000,
            within_target=figures.counted.within_target,
            wait_counts=figures.wait.counts,
        )
        for (of, of_key, hour), figures in told.figures.items()
        if of == wanted and of_key == key and hour != ALL_DAY
    ]
