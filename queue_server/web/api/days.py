"""A range of days in an operation's query: `from` and `to`, both included."""

from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import Field

from queue_server.web.operations import Day, QueryModel

MOST_DAYS: Final = 400
_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 31)


def within_calendar(day: date) -> date:
    """Return the day, or the first or last that this software reckons with."""
    return min(max(day, _FIRST), _LAST)


class DayRange(QueryModel):
    """Which days, both included; of more than 400 the last ones count."""

    from_day: Annotated[Day, Field(alias="from", examples=["2026-11-01"])]
    to_day: Annotated[Day, Field(alias="to", examples=["2026-11-30"])]

    @property
    def first(self) -> date:
        """The first day that counts; after `last` where the range holds none."""
        earliest = max(_FIRST, self.last - timedelta(days=MOST_DAYS - 1))
        return min(max(self.from_day, earliest), _LAST + timedelta(days=1))

    @property
    def last(self) -> date:
        """The last day that counts."""
        return min(max(self.to_day, _FIRST), _LAST)
