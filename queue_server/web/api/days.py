"""A range of days in an operation's query: `from` and `to`, both included."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from queue_server.web.operations import Day, QueryModel

MOST_DAYS = 400
_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 31)


class DayRange(QueryModel):
    """Which days, both included; at most 400."""

    from_day: Annotated[Day, Field(alias="from", examples=["2026-11-01"])]
    to_day: Annotated[Day, Field(alias="to", examples=["2026-11-30"])]

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        is_known = self.from_day >= _FIRST and self.to_day <= _LAST
        if not is_known or not 0 <= (self.to_day - self.from_day).days < MOST_DAYS:
            raise PydanticCustomError(
                "day_range", "not a range of at most {days} days", {"days": MOST_DAYS}
            )
        return self
