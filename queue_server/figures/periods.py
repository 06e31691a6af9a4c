"""Days, weeks (from Saturday) and months as ranges, and the ones before and after; pure."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal, get_args

Kind = Literal["day", "week", "month", "range"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Period:
    """A range of days, both ends included."""

    kind: Kind
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Period":
        """The period of the same kind that ends where this one begins."""
        if self.kind == "range":
            return Period(self.kind, self.first - self.days * _ONE_DAY, self.first - _ONE_DAY)
        return period_of(self.kind, self.first - _ONE_DAY)

    @property
    def after(self) -> "Period":
        """The period of the same kind that begins where this one ends."""
        if self.kind == "range":
            return Period(self.kind, self.last + _ONE_DAY, self.last + self.days * _ONE_DAY)
        return period_of(self.kind, self.last + _ONE_DAY)


def period_of(kind: Kind, day: date) -> Period:
    """Return the period of a kind in which a day lies; a range is that day alone."""
    if kind == "week":
        first = day - timedelta(days=(day.weekday() - _SATURDAY) % 7)
        return Period(kind, first, first + timedelta(days=6))
    if kind == "month":
        last = monthrange(day.year, day.month)[1]
        return Period(kind, day.replace(day=1), day.replace(day=last))
    return Period(kind, day, day)
