"""Business days: every instant in exactly one, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_services.calendar import business_day, day_bounds

CAIRO = ZoneInfo("Africa/Cairo")
THREE = time(3, 0)
MIDNIGHT = time(0, 0)

moments = st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
cut_overs = st.builds(time, st.integers(0, 23), st.integers(0, 59))
zones = st.sampled_from(
    [CAIRO, ZoneInfo("UTC"), ZoneInfo("Asia/Beirut"), ZoneInfo("America/Havana")]
)


@given(moments, zones, cut_overs)
def test_every_instant_belongs_to_exactly_one_day(
    at: datetime, zone: ZoneInfo, cut_over: time
) -> None:
    day = business_day(at, zone, cut_over)
    start, end = day_bounds(day, zone, cut_over)
    assert start <= at < end
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    assert day_bounds(before, zone, cut_over)[1] == start
    assert day_bounds(after, zone, cut_over)[0] == end


@given(moments, st.timedeltas(timedelta(0), timedelta(days=3)), cut_overs)
def test_days_never_run_backwards(at: datetime, later: timedelta, cut_over: time) -> None:
    assert business_day(at, CAIRO, cut_over) <= business_day(at + later, CAIRO, cut_over)


@pytest.mark.parametrize(
    ("local", "day"),
    [
        (datetime(2026, 11, 22, 2, 59, 59), date(2026, 11, 21)),
        (datetime(2026, 11, 22, 3, 0), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 23, 59), date(2026, 11, 22)),
        (datetime(2026, 11, 23, 0, 0), date(2026, 11, 22)),
        (datetime(2028, 2, 29, 12, 0), date(2028, 2, 29)),
        (datetime(2028, 3, 1, 1, 0), date(2028, 2, 29)),
        (datetime(2027, 1, 1, 2, 0), date(2026, 12, 31)),
    ],
)
def test_the_day_turns_at_three_in_the_morning(local: datetime, day: date) -> None:
    assert business_day(local.replace(tzinfo=CAIRO), CAIRO, THREE) == day


def test_the_same_moment_has_one_day_in_any_timezone_it_is_written_in() -> None:
    at = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
    assert business_day(at, CAIRO, THREE) == date(2026, 11, 22)
    assert business_day(at.astimezone(ZoneInfo("Asia/Tokyo")), CAIRO, THREE) == date(2026, 11, 22)


@pytest.mark.parametrize("cut_over", [THREE, MIDNIGHT])
@pytest.mark.parametrize(
    ("change", "hours"),
    [(date(2026, 4, 24), 23), (date(2026, 10, 29), 25), (date(2026, 11, 22), 24)],
)
def test_days_are_as_long_as_egypts_clock_changes_make_them(
    change: date, hours: int, cut_over: time
) -> None:
    spans = [day_bounds(change + timedelta(days=offset), CAIRO, cut_over) for offset in (-1, 0, 1)]
    lengths = [(end - start) / timedelta(hours=1) for start, end in spans]
    assert sum(lengths) == hours + 48
    assert hours in lengths


def test_spring_forward_at_midnight_skips_no_day() -> None:
    # On Friday 24 April 2026 the wall goes from 23:59:59 to 01:00.
    last_of_thursday = datetime(2026, 4, 23, 21, 59, 59, tzinfo=UTC)
    first_of_friday = datetime(2026, 4, 23, 22, 0, tzinfo=UTC)
    assert first_of_friday.astimezone(CAIRO).time() == time(1, 0)
    assert business_day(last_of_thursday, CAIRO, MIDNIGHT) == date(2026, 4, 23)
    assert business_day(first_of_friday, CAIRO, MIDNIGHT) == date(2026, 4, 24)
    assert business_day(first_of_friday, CAIRO, THREE) == date(2026, 4, 23)


def test_the_hour_that_comes_twice_in_autumn_stays_in_its_day() -> None:
    # On Thursday 29 October 2026 the wall goes from 23:59:59 back to 23:00.
    first = datetime(2026, 10, 29, 23, 30, tzinfo=CAIRO)
    second = first.replace(fold=1)
    assert second.astimezone(UTC) - first.astimezone(UTC) == timedelta(hours=1)
    assert {business_day(at, CAIRO, MIDNIGHT) for at in (first, second)} == {date(2026, 10, 29)}


def test_a_moment_without_timezone_is_refused() -> None:
    with pytest.raises(ValueError, match="timezone"):
        business_day(datetime(2026, 11, 22, 9, 0), CAIRO, THREE)
