"""When a plan is due for a piece of equipment: by calendar, counters, or the first; pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from queue_server.maintenance.model import Counter, Counts, Limit, Plan, PlanUnit

GRACE: Final = timedelta(days=3)
"""So long after its day an order may wait before it is overdue."""
SOON: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a plan at a piece in use."""

    since: date
    """The day from which the next round counts: that of the last round's end, or, if it is later,
    the day on which the piece came into use or the plan was made."""
    counted_from: Counts
    """The piece's counts at the last round's end; all nought where there was none."""
    counts: Counts
    """The piece's counts now."""
    is_under_way: bool = False
    """An order of this plan is open at this piece."""


@dataclass(frozen=True, slots=True)
class Due:
    """When the next round is due."""

    on: date | None
    """By the calendar; None: the plan has no such measure."""
    left: tuple[tuple[Counter, float], ...]
    """By each counter: so much more may be counted; not above nought: it is due."""
    is_due: bool
    """An order is to be opened now."""

    def due_on(self, today: date) -> date:
        """Return the day that the order to be opened was due on."""
        return today if self.on is None or self.on > today else self.on


def due(plan: Plan, standing: Standing, today: date) -> Due:
    """Judge one plan at one piece. A round that is under way keeps the next from being due."""
    on = None
    if plan.every is not None and plan.unit is not None:
        on = days_after(standing.since, plan.every, plan.unit)
    left = tuple((each.counter, _left(each, standing)) for each in plan.limits)
    is_due = (on is not None and today >= on) or any(more <= 0 for _, more in left)
    return Due(on, left, is_due and not standing.is_under_way)


def is_soon(plan: Plan, judged: Due, today: date) -> bool:
    """Say whether a round that is not due yet is to be within a week, or within a tenth of what a
    counter is allowed."""
    if judged.is_due:
        return False
    by_day = judged.on is not None and judged.on - today <= SOON
    return by_day or any(
        more <= limit.count / 10 for limit, (_, more) in zip(plan.limits, judged.left, strict=True)
    )


def _left(limit: Limit, standing: Standing) -> float:
    counted = standing.counts.of(limit.counter) - standing.counted_from.of(limit.counter)
    return limit.count - counted


def days_after(day: date, every: int, unit: PlanUnit) -> date:
    """Return the day so many days or months on; a day that a month lacks is its last.

    A day beyond the calendar's end is the last one that it has.
    """
    try:
        if unit == "day":
            return day + timedelta(days=every)
        months = day.year * 12 + day.month - 1 + every
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return date.max


def is_overdue(due_on: date | None, today: date) -> bool:
    """Say whether an order that waits has waited for too long."""
    return due_on is not None and today - due_on > GRACE
