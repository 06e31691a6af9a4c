"""How many people are expected: by queue and priority, half hour of the wall clock, and weekday."""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core_services.calendar import business_day
from queue_server.tickets.model import Priority

HALF_HOUR_S: Final = 1800.0
HALF_HOURS: Final = 48
KEPT_DAYS: Final = 60
SAME_WEEKDAY_WEIGHT: Final = 3.0
"""A day of the same weekday tells so many times as much as another one."""
FORGETTING: Final = 0.9
"""How much less a day tells than the working day after it."""

TODAY_WEIGHT: Final = 15.0
"""So many people of a kind must have come today until the day is believed as much as the others."""

Kind = tuple[str, Priority]
"""A queue and a priority."""


class Arrivals:
    """Counts of people by day and half hour, and the expectation that follows of them."""

    def __init__(self, zone: ZoneInfo, cut_over: time = time(3), *, factor: float = 1.0) -> None:
        self._zone = zone
        self._cut_over = cut_over
        self._factor = factor
        self._days: OrderedDict[date, Counter[tuple[Kind, int]]] = OrderedDict()
        self._tables: dict[int, Mapping[Kind, tuple[float, ...]]] = {}
        self._kinds: tuple[Kind, ...] = ()
        self._today: date | None = None
        self._latest: dict[Kind, float] = {}
        """When the latest of today came, of those that were counted."""
        self._offset: tuple[float, float, float] | None = None
        self._day_at: dict[int, date] = {}

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The queues and priorities of which anybody ever came."""
        return self._kinds

    def observe(self, at: float, queue: str, priority: Priority) -> None:
        """Count somebody who came at `at` (epoch seconds)."""
        moment = datetime.fromtimestamp(at, UTC)
        day = business_day(moment, self._zone, self._cut_over)
        counts = self._days.get(day)
        if counts is None:
            counts = self._days[day] = Counter()
            self._tables.clear()
            while len(self._days) > KEPT_DAYS:
                del self._days[min(self._days)]
        counts[(queue, priority), self._half_hour(at)] += 1
        if len(self._days) == 1:  # it stands for the days to come, as far as it went
            self._tables.clear()
        if self._today is None or day > self._today:
            self._today = day
            self._latest.clear()
        if day == self._today:
            kind = queue, priority
            self._latest[kind] = max(at, self._latest.get(kind, at))
        if (queue, priority) not in self._kinds:
            self._kinds = tuple(sorted({*self._kinds, (queue, priority)}))

    def table(
        self, weekday: int, queue: str | None = None, priority: Priority | None = None
    ) -> tuple[float, ...]:
        """Return how many people are expected in each half hour of such a day (Monday is 0).

        Index 0 begins at midnight of the wall clock; what lies before the cut-over belongs to the
        day before. None: of every queue, of every priority.
        """
        rows = [
            row
            for kind, row in self._table(weekday).items()
            if queue in (None, kind[0]) and priority in (None, kind[1])
        ]
        if not rows:
            return (0.0,) * HALF_HOURS
        return tuple(self._factor * sum(column) for column in zip(*rows, strict=True))

    def expected(self, queue: str, priority: Priority, start: float, end: float) -> float:
        """Return how many people of a kind are expected between two moments (epoch seconds)."""
        return sum(people for _, _, people in self.spans(queue, priority, start, end))

    def spans(
        self, queue: str, priority: Priority, start: float, end: float
    ) -> list[tuple[float, float, float]]:
        """Return (from, to, people expected) for each half hour that the span touches.

        The rest of a day on which more, or fewer, of a kind came than usual is expected to go on
        so.
        """
        more = self.today(queue, priority)
        spans: list[tuple[float, float, float]] = []
        while start < end:
            wall = start + self._wall_offset(start)
            stop = min(end, start + HALF_HOUR_S - wall % HALF_HOUR_S)
            day = self._day_of(start)
            row = self._table(day.weekday()).get((queue, priority))
            if row is not None:
                share = row[int(wall // HALF_HOUR_S) % HALF_HOURS] * (stop - start) / HALF_HOUR_S
                factor = self._factor * (more if day == self._today else 1.0)
                spans.append((start, stop, share * factor))
            else:
                spans.append((start, stop, 0.0))
            start = stop
        return spans

    def today(self, queue: str, priority: Priority) -> float:
        """Return how many times as many of a kind come today as usual, as far as can be told."""
        kind = queue, priority
        latest, today = self._latest.get(kind), self._today
        row = None if today is None else self._table(today.weekday()).get(kind)
        if latest is None or today is None or row is None or len(self._days) < 2:
            return 1.0
        counts = self._days[today]
        come = sum(counts[kind, half_hour] for half_hour in range(HALF_HOURS))
        wall = latest + self._wall_offset(latest)
        until, begin = int(wall // HALF_HOUR_S) % HALF_HOURS, self._cut_over.hour * 2
        usual = row[until] * (wall % HALF_HOUR_S) / HALF_HOUR_S
        half_hour = begin
        while half_hour != until:
            usual += row[half_hour]
            half_hour = (half_hour + 1) % HALF_HOURS
        return (TODAY_WEIGHT + come) / (TODAY_WEIGHT + usual)

    def scaled(self, factor: float) -> "Arrivals":
        """Return the same expectation with `factor` times as many people."""
        other = Arrivals(self._zone, self._cut_over, factor=self._factor * factor)
        other._days = OrderedDict((day, Counter(counts)) for day, counts in self._days.items())
        other._kinds = self._kinds
        other._today, other._latest = self._today, dict(self._latest)
        return other

    def _day_of(self, at: float) -> date:
        """The business day; worked out once for each minute, as days begin with one."""
        minute = int(at // 60)
        day = self._day_at.get(minute)
        if day is None:
            if len(self._day_at) >= HALF_HOURS:
                self._day_at.clear()
            day = business_day(datetime.fromtimestamp(at, UTC), self._zone, self._cut_over)
            self._day_at[minute] = day
        return day

    def _half_hour(self, at: float) -> int:
        return int((at + self._wall_offset(at)) // HALF_HOUR_S) % HALF_HOURS

    def _wall_offset(self, at: float) -> float:
        """Seconds by which the wall is ahead of UTC; asked of the zone once for each hour."""
        known = self._offset
        if known is None or not known[0] <= at < known[1]:
            moment = datetime.fromtimestamp(at, UTC).astimezone(self._zone)
            offset = (moment.utcoffset() or timedelta()).total_seconds()
            hour = at // HALF_HOUR_S * HALF_HOUR_S
            known = self._offset = (hour, hour + HALF_HOUR_S, offset)
        return known[2]

    def _table(self, weekday: int) -> Mapping[Kind, tuple[float, ...]]:
        """The latest day is left out while others are known: it has not ended."""
        if weekday not in self._tables:
            days = sorted(self._days)
            whole = days[:-1] or days
            weights = {
                day: FORGETTING ** (len(whole) - 1 - place)
                * (SAME_WEEKDAY_WEIGHT if day.weekday() == weekday else 1.0)
                for place, day in enumerate(whole)
            }
            total = sum(weights.values()) or 1.0
            sums: dict[Kind, list[float]] = {}
            for day, weight in weights.items():
                for (kind, half_hour), people in self._days[day].items():
                    row = sums.setdefault(kind, [0.0] * HALF_HOURS)
                    row[half_hour] += weight * people / total
            self._tables[weekday] = {kind: tuple(row) for kind, row in sums.items()}
        return self._tables[weekday]
