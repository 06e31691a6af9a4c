"""Tells which business day a moment belongs to: days turn at the cut-over, not at midnight.

Egypt's clocks change at midnight (forward on the last Friday of April, back on the last Thursday
of October), so days have 23, 24 or 25 hours; every instant belongs to exactly one of them.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_ONE_DAY = timedelta(days=1)


def business_day(at: datetime, zone: ZoneInfo, cut_over: time) -> date:
    """Return the day whose bounds hold `at`; raises ValueError when `at` has no timezone."""
    if at.tzinfo is None:
        raise ValueError("a moment needs its timezone to belong to a day")
    day = at.astimezone(zone).date() + _ONE_DAY
    while at < _start(day, zone, cut_over):
        day -= _ONE_DAY
    return day


def day_bounds(day: date, zone: ZoneInfo, cut_over: time) -> tuple[datetime, datetime]:
    """Return the first moment of a business day and that of the next one, both in UTC."""
    return _start(day, zone, cut_over), _start(day + _ONE_DAY, zone, cut_over)


def hours_into_day(hour: int, cut_over: time) -> int:
    """Return how many hours of the wall come before this one in a business day: what orders them.

    The hour in which the day turns is its first, though a cut-over within it leaves its beginning
    to the day before.
    """
    return (hour - cut_over.hour) % 24


def _start(day: date, zone: ZoneInfo, cut_over: time) -> datetime:
    """Return when the wall first reads the cut-over; one that spring skips comes an hour on."""
    wall = datetime.combine(day, cut_over.replace(fold=0, tzinfo=None), tzinfo=zone)
    return wall.astimezone(UTC)
