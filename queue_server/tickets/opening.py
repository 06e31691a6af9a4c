"""When the centre gives numbers: hours by decree, Ramadan, holidays and single days; pure.

A civil day has at most one span. What decides it, the strongest first: a single day that was set
apart, a holiday, Ramadan (on the days of the week that have hours at all), the week.

Egypt's clocks change at midnight: a wall time that spring skips comes an hour on, and of one that
autumn repeats a day opens with the first and closes with the second, so that no change of the clock
ever makes a day shorter than its wall says. A span that ends at or before its beginning ends on the
next day (`20:00` to `00:00` in a summer month).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

_ONE_DAY = timedelta(days=1)
_FAR = 400
"""Days that are looked through for the next opening: more than a year of special days."""


@dataclass(frozen=True, slots=True)
class DaySpan:
    """From when to when, by the wall."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Season:
    """A range of days, both ends in it, with hours of its own: Ramadan."""

    first: date
    last: date
    span: DaySpan


@dataclass(frozen=True, slots=True)
class Hours:
    """All that decides when a centre is open."""

    week: tuple[DaySpan | None, ...]
    """Monday first, as `date.weekday()` counts; None: closed on that day."""
    ramadan: tuple[Season, ...] = ()
    holidays: frozenset[date] = frozenset()
    special: Mapping[date, DaySpan | None] = field(default_factory=dict)

    def span_of(self, day: date) -> DaySpan | None:
        """Return the hours of a civil day; None when it is closed."""
        if day in self.special:
            return self.special[day]
        if day in self.holidays:
            return None
        usual = self.week[day.weekday()]
        if usual is None:
            return None
        for season in self.ramadan:
            if season.first <= day <= season.last:
                return season.span
        return usual


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether the centre is open at one moment, and when that changes, in UTC."""

    is_open: bool
    closes_at: datetime | None
    """While it is open; None where no hours are set."""
    opens_at: datetime | None
    """The next time it opens; None where no hours are set, or none is near."""


ALWAYS = Opening(is_open=True, closes_at=None, opens_at=None)


def opening_at(hours: Hours | None, at: datetime, zone: ZoneInfo) -> Opening:
    """Return the opening at a moment; without hours a centre is always open.

    The closing moment itself is closed. Raises ValueError when `at` has no timezone.
    """
    if at.tzinfo is None:
        raise ValueError("a moment needs its timezone to be open or closed")
    if hours is None:
        return ALWAYS
    closes_at = _closes_at(hours, at, zone)
    return Opening(
        is_open=closes_at is not None,
        closes_at=closes_at,
        opens_at=_next_opening(hours, at, at.astimezone(zone).date(), zone),
    )


def is_open_at(hours: Hours | None, at: datetime, zone: ZoneInfo) -> bool:
    """Say whether the centre is open at a moment; without hours it always is."""
    return hours is None or _closes_at(hours, at, zone) is not None


def at_all_hours() -> Hours | None:
    """Return the hours of a centre that has none set: it is always open."""
    return None


def spans_within(
    hours: Hours | None, start: datetime, end: datetime, zone: ZoneInfo
) -> tuple[tuple[datetime, datetime], ...]:
    """Return when a centre is open between two moments, in their order and apart.

    Without hours that is the whole time.
    """
    if hours is None:
        return ((start, end),)
    first, last = start.astimezone(zone).date() - _ONE_DAY, end.astimezone(zone).date()
    spans: list[tuple[datetime, datetime]] = []
    for ahead in range((last - first).days + 1):
        bounds = bounds_of(hours, first + ahead * _ONE_DAY, zone)
        if bounds is None:
            continue
        opens, closes = max(bounds[0], start), min(bounds[1], end)
        if spans:
            opens = max(opens, spans[-1][1])
        if opens < closes:
            spans.append((opens, closes))
    return tuple(spans)


def days_after(
    hours_on: Callable[[date], Hours | None], day: date, *, within: int, at_most: int
) -> tuple[date, ...]:
    """Return the next days on which a centre opens, of so many after a day; without hours all."""

    def opens(each: date) -> bool:
        hours = hours_on(each)
        return hours is None or hours.span_of(each) is not None

    days = (day + ahead * _ONE_DAY for ahead in range(1, within + 1))
    return tuple(islice(filter(opens, days), at_most))


def bounds_of(hours: Hours, day: date, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Return when a civil day opens and closes, in UTC; None when it is closed."""
    span = hours.span_of(day)
    if span is None:
        return None
    last = day if span.closes > span.opens else day + _ONE_DAY
    opens = datetime.combine(day, span.opens.replace(tzinfo=None, fold=0), tzinfo=zone)
    closes = datetime.combine(last, span.closes.replace(tzinfo=None, fold=1), tzinfo=zone)
    if _is_skipped(closes, zone):
        # Read with the offset before the change, so that it too comes an hour on.
        closes = closes.replace(fold=0)
    return opens.astimezone(UTC), closes.astimezone(UTC)


def _closes_at(hours: Hours, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the span that the moment falls into ends; None where it falls into none."""
    today = at.astimezone(zone).date()
    closes_at = None
    for day in (today - _ONE_DAY, today):
        bounds = bounds_of(hours, day, zone)
        if bounds is not None and bounds[0] <= at < bounds[1]:
            closes_at = bounds[1]
    return closes_at


def _is_skipped(wall: datetime, zone: ZoneInfo) -> bool:
    back = wall.astimezone(UTC).astimezone(zone)
    return back.replace(tzinfo=None) != wall.replace(tzinfo=None)


def _next_opening(hours: Hours, at: datetime, today: date, zone: ZoneInfo) -> datetime | None:
    for ahead in range(_FAR):
        bounds = bounds_of(hours, today + ahead * _ONE_DAY, zone)
        if bounds is not None and bounds[0] > at:
            return bounds[0]
    return None
