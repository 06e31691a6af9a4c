"""Which days a range of an operation's query holds, whatever days are asked for."""

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from core_services.calendar import day_bounds
from queue_server.web.api.days import MOST_DAYS, DayRange


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        (("2026-11-01", "2026-11-30"), 30),
        (("2026-11-30", "2026-11-30"), 1),
        (("2026-11-30", "2026-11-29"), 0),
        (("2000-01-01", "2026-11-30"), MOST_DAYS),
        (("0001-01-01", "9999-12-31"), MOST_DAYS),
        (("9999-12-31", "9999-12-31"), 0),
    ],
)
def test_a_range_holds_days_of_the_calendar_alone_and_each_has_its_bounds(
    asked: tuple[str, str], days: int
) -> None:
    queried = DayRange.model_validate({"from": asked[0], "to": asked[1]})
    assert max(0, (queried.last - queried.first).days + 1) == days
    for day in (queried.first, queried.last):
        start, end = day_bounds(day, ZoneInfo("Africa/Cairo"), time(3))
        assert start < end
    assert date(2000, 1, 1) <= queried.last <= date(2199, 12, 31)
