"""How satisfied citizens were, by service and whole week, so that no single answer shows; pure.

The rule, of which docs/feedback.md tells the why: only weeks that are over are published, a cell
(service and week) of fewer than 5 answers is left out, and of two parts of which one is under 5
only its bounds are told. Every sum is one of published cells, so taking sums from one another
yields nothing that is not published.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

SMALL: Final = 5
"""Counts under this are hidden wherever they would stand or could be worked out."""
SETTLED_AFTER: Final = timedelta(hours=1)
"""A week is over once its last answer can no longer be changed."""
_WEEK: Final = timedelta(days=7)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Cell:
    """What was answered about one service in one week; never shown as it is."""

    week: date
    service: str | None
    answers: int
    satisfied: int


@dataclass(frozen=True, slots=True)
class Published:
    """What is told of one cell, or of a sum of published cells."""

    answers: int
    satisfied_at_least: int
    satisfied_at_most: int

    @property
    def is_exact(self) -> bool:
        return self.satisfied_at_least == self.satisfied_at_most

    @property
    def is_told(self) -> bool:
        """Whether anything is told of the share; of 5 to 9 answers only their number is."""
        return self.satisfied_at_most - self.satisfied_at_least < self.answers

    @property
    def share_at_least(self) -> int:
        """Whole percent, rounded down."""
        return 100 * self.satisfied_at_least // self.answers if self.answers else 0

    @property
    def share_at_most(self) -> int:
        """Whole percent, rounded up; the nearest of both where the count is exact."""
        if not self.answers:
            return 100
        if self.is_exact:
            return self.share_at_least
        return -(-100 * self.satisfied_at_most // self.answers)


@dataclass(frozen=True, slots=True)
class Row:
    """The published cell of a service and a week."""

    week: date
    service: str | None
    """None: visits that ended without a service."""
    told: Published


def published(cell: Cell) -> Published | None:
    """Return what is told of a cell; None where nothing is."""
    n, satisfied = cell.answers, cell.satisfied
    if n < SMALL:
        return None
    if n < 2 * SMALL:
        return Published(n, 0, n)
    if satisfied < SMALL:
        return Published(n, 0, SMALL - 1)
    if n - satisfied < SMALL:
        return Published(n, n - SMALL + 1, n)
    return Published(n, satisfied, satisfied)


def rows(cells: Iterable[Cell]) -> tuple[Row, ...]:
    """Return all that may be told, the latest week first, in each the most answered first."""
    told = [
        Row(cell.week, cell.service, shown)
        for cell in cells
        if (shown := published(cell)) is not None
    ]
    return tuple(
        sorted(told, key=lambda row: (-row.week.toordinal(), -row.told.answers, row.service or ""))
    )


def total(told: Iterable[Row]) -> Published:
    """Add the published cells up whose share is told; what is hidden is in no sum."""
    parts = [row.told for row in told if row.told.is_told]
    return Published(
        sum(part.answers for part in parts),
        sum(part.satisfied_at_least for part in parts),
        sum(part.satisfied_at_most for part in parts),
    )


def told_counts(counts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Return the counts that are not small, the largest first; they are parts of no sum."""
    return tuple(
        sorted((each for each in counts if each[1] >= SMALL), key=lambda each: (-each[1], each[0]))
    )


def week_of(day: date) -> date:
    """Return the Saturday with which the week of a day begins."""
    return day - timedelta(days=(day.weekday() - _SATURDAY) % 7)


def whole_weeks(first: date, last: date) -> tuple[date, ...]:
    """Return the first days of the weeks that lie wholly between two days, both included."""
    begin = week_of(first)
    if begin < first:
        begin += _WEEK
    count = max(0, ((last - begin).days + 1) // 7)
    return tuple(begin + _WEEK * nth for nth in range(count))


def is_over(week_end: datetime, at: datetime) -> bool:
    """Say whether a week that ends at that moment is published now."""
    return at >= week_end + SETTLED_AFTER


def last_weeks(today: date, count: int) -> Sequence[date]:
    """Return the weeks before the one of today, the latest first."""
    return [week_of(today) - _WEEK * nth for nth in range(1, count + 1)]
