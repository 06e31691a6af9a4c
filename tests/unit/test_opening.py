"""When the centre is open: by the week, in Ramadan, on holidays, and across the clock's changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.tickets.opening import (
    ALWAYS,
    DaySpan,
    Hours,
    Season,
    bounds_of,
    days_after,
    opening_at,
    spans_within,
)

CAIRO = ZoneInfo("Africa/Cairo")
USUAL = DaySpan(time(8), time(15))
RAMADAN = DaySpan(time(9), time(14))
# Monday first: Friday and Saturday are closed.
WEEK = (USUAL, USUAL, USUAL, USUAL, None, None, USUAL)
HOURS = Hours(
    week=WEEK,
    ramadan=(Season(date(2027, 2, 8), date(2027, 3, 8), RAMADAN),),
    holidays=frozenset({date(2026, 10, 8), date(2027, 3, 9), date(2027, 3, 10)}),
    special={date(2026, 12, 5): DaySpan(time(10), time(13)), date(2026, 12, 6): None},
)


def cairo(year: int, month: int, day: int, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=CAIRO, fold=fold)


def test_without_hours_a_centre_is_always_open() -> None:
    for at in (cairo(2026, 11, 22, 3), cairo(2026, 11, 27, 12), cairo(2028, 2, 29, 23)):
        assert opening_at(None, at, CAIRO) == ALWAYS


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (cairo(2026, 11, 22, 7, 59), False),
        (cairo(2026, 11, 22, 8), True),
        (cairo(2026, 11, 22, 14, 59), True),
        (cairo(2026, 11, 22, 15), False),
        (cairo(2026, 11, 27, 10), False),  # a Friday
    ],
)
def test_a_day_is_open_from_its_first_minute_and_closed_at_its_last(
    at: datetime, is_open: bool
) -> None:
    opening = opening_at(HOURS, at, CAIRO)
    assert opening.is_open == is_open
    assert opening.closes_at == (cairo(2026, 11, 22, 15) if is_open else None)


def test_days_to_choose_from_are_those_on_which_the_centre_opens() -> None:
    thursday = date(2026, 12, 3)
    days = days_after(lambda _: HOURS, thursday, within=31, at_most=3)
    assert days == (date(2026, 12, 5), date(2026, 12, 7), date(2026, 12, 8))
    assert days_after(lambda _: HOURS, thursday, within=1, at_most=3) == ()
    assert days_after(lambda _: None, thursday, within=31, at_most=1) == (date(2026, 12, 4),)


def test_the_next_opening_passes_over_the_days_that_are_closed() -> None:
    assert opening_at(HOURS, cairo(2026, 11, 26, 15), CAIRO).opens_at == cairo(2026, 11, 29, 8)
    assert opening_at(HOURS, cairo(2026, 11, 22, 7), CAIRO).opens_at == cairo(2026, 11, 22, 8)
    assert opening_at(HOURS, cairo(2026, 11, 22, 9), CAIRO).opens_at == cairo(2026, 11, 23, 8)
    assert opening_at(HOURS, cairo(2026, 10, 7, 16), CAIRO).opens_at == cairo(2026, 10, 11, 8)


def test_a_single_day_wins_over_the_week() -> None:
    assert opening_at(HOURS, cairo(2026, 12, 5, 11), CAIRO).closes_at == cairo(2026, 12, 5, 13)
    closed = opening_at(HOURS, cairo(2026, 12, 6, 11), CAIRO)
    assert (closed.is_open, closed.opens_at) == (False, cairo(2026, 12, 7, 8))


def test_a_single_day_wins_over_a_holiday() -> None:
    hours = Hours(
        week=WEEK, holidays=frozenset({date(2026, 10, 8)}), special={date(2026, 10, 8): USUAL}
    )
    assert opening_at(hours, cairo(2026, 10, 8, 9), CAIRO).is_open


def test_ramadan_has_its_own_hours_from_its_first_day_to_its_last() -> None:
    assert opening_at(HOURS, cairo(2027, 2, 7, 8, 30), CAIRO).is_open
    assert not opening_at(HOURS, cairo(2027, 2, 8, 8, 30), CAIRO).is_open
    assert opening_at(HOURS, cairo(2027, 2, 8, 9), CAIRO).closes_at == cairo(2027, 2, 8, 14)
    assert opening_at(HOURS, cairo(2027, 3, 8, 13), CAIRO).closes_at == cairo(2027, 3, 8, 14)
    assert not opening_at(HOURS, cairo(2027, 2, 12, 10), CAIRO).is_open  # a Friday stays closed


def test_after_ramadan_the_feast_is_closed_and_then_the_usual_hours_are_back() -> None:
    assert opening_at(HOURS, cairo(2027, 3, 8, 14), CAIRO).opens_at == cairo(2027, 3, 11, 8)


def test_a_leap_day_is_a_day_like_any_other() -> None:
    opening = opening_at(HOURS, cairo(2028, 2, 29, 9), CAIRO)  # a Tuesday
    assert (opening.is_open, opening.closes_at) == (True, cairo(2028, 2, 29, 15))
    assert opening_at(HOURS, cairo(2028, 2, 28, 16), CAIRO).opens_at == cairo(2028, 2, 29, 8)


def test_opening_hours_keep_their_wall_time_over_a_change_of_the_clock() -> None:
    # Summer time begins on Friday 24 April 2026 and ends on Thursday 29 October 2026, at midnight.
    before, after = (
        bounds_of(HOURS, date(2026, 4, 23), CAIRO),
        bounds_of(HOURS, date(2026, 4, 26), CAIRO),
    )
    assert before is not None
    assert after is not None
    assert before[0] == datetime(2026, 4, 23, 6, tzinfo=UTC)
    assert after[0] == datetime(2026, 4, 26, 5, tzinfo=UTC)
    back = bounds_of(HOURS, date(2026, 11, 1), CAIRO)
    assert back is not None
    assert back[0] == datetime(2026, 11, 1, 6, tzinfo=UTC)


def nightly(opens: time, closes: time) -> Hours:
    return Hours(week=(DaySpan(opens, closes),) * 7)


def test_on_the_april_friday_without_midnight_a_day_opens_an_hour_on() -> None:
    # 23:59 is followed by 01:00: the wall never reads 00:00.
    bounds = bounds_of(nightly(time(0), time(6)), date(2026, 4, 24), CAIRO)
    assert bounds is not None
    assert bounds[0] == cairo(2026, 4, 24, 1)
    assert bounds[1] - bounds[0] == timedelta(hours=5)


def test_a_night_that_ends_at_the_midnight_that_is_skipped_is_not_cut_short() -> None:
    bounds = bounds_of(nightly(time(20), time(0)), date(2026, 4, 23), CAIRO)
    assert bounds is not None
    assert bounds[1] - bounds[0] == timedelta(hours=4)
    assert bounds[1] == cairo(2026, 4, 24, 1)
    hours = nightly(time(20), time(0))
    assert opening_at(hours, cairo(2026, 4, 23, 23, 59), CAIRO).is_open
    assert not opening_at(hours, cairo(2026, 4, 24, 1), CAIRO).is_open


def test_on_the_october_thursday_that_repeats_an_hour_it_closes_with_the_second() -> None:
    # Thursday 29 October 2026 has 23:00 to 23:59 twice.
    hours = nightly(time(20), time(23, 30))
    bounds = bounds_of(hours, date(2026, 10, 29), CAIRO)
    assert bounds is not None
    assert bounds[1] - bounds[0] == timedelta(hours=4, minutes=30)
    assert opening_at(hours, cairo(2026, 10, 29, 23, 45, fold=0), CAIRO).is_open
    assert not opening_at(hours, cairo(2026, 10, 29, 23, 45, fold=1), CAIRO).is_open


def test_on_the_october_thursday_that_repeats_an_hour_it_opens_with_the_first() -> None:
    bounds = bounds_of(nightly(time(23), time(2)), date(2026, 10, 29), CAIRO)
    assert bounds is not None
    assert bounds[0] == datetime(2026, 10, 29, 20, tzinfo=UTC)
    assert bounds[1] - bounds[0] == timedelta(hours=4)


def test_a_span_over_midnight_belongs_to_the_day_on_which_it_began() -> None:
    hours = Hours(week=(None, None, None, DaySpan(time(20), time(1)), None, None, None))
    assert opening_at(hours, cairo(2026, 11, 27, 0, 30), CAIRO).closes_at == cairo(2026, 11, 27, 1)
    assert not opening_at(hours, cairo(2026, 11, 26, 0, 30), CAIRO).is_open


def test_a_centre_that_never_opens_tells_of_no_opening() -> None:
    never = Hours(week=(None,) * 7)
    opening = opening_at(never, cairo(2026, 11, 22, 9), CAIRO)
    assert (opening.is_open, opening.closes_at, opening.opens_at) == (False, None, None)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="timezone"):
        opening_at(HOURS, datetime(2026, 11, 22, 9), CAIRO)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC)))
def test_the_next_opening_of_any_moment_is_later_and_open(at: datetime) -> None:
    opening = opening_at(HOURS, at, CAIRO)
    assert opening.opens_at is not None
    assert opening.opens_at > at
    assert opening_at(HOURS, opening.opens_at, CAIRO).is_open
    if opening.closes_at is not None:
        assert opening.closes_at > at
        assert not opening_at(HOURS, opening.closes_at, CAIRO).is_open


def test_the_hours_of_a_business_day_are_cut_at_its_bounds() -> None:
    late = Hours(week=(DaySpan(time(20), time(4)),) * 7)
    start, end = cairo(2026, 11, 22, 3), cairo(2026, 11, 23, 3)
    assert spans_within(late, start, end, CAIRO) == (
        (start, cairo(2026, 11, 22, 4)),
        (cairo(2026, 11, 22, 20), end),
    )
    assert spans_within(HOURS, start, end, CAIRO) == (
        (cairo(2026, 11, 22, 8), cairo(2026, 11, 22, 15)),
    )
    assert spans_within(HOURS, cairo(2026, 11, 27, 3), cairo(2026, 11, 28, 3), CAIRO) == ()
    assert spans_within(None, start, end, CAIRO) == ((start, end),)


def test_hours_that_run_into_the_next_days_count_once() -> None:
    whole = Hours(week=(DaySpan(time(8), time(8)),) * 7)
    start, end = cairo(2026, 11, 22, 3), cairo(2026, 11, 24, 3)
    spans = spans_within(whole, start, end, CAIRO)
    assert sum((closes - opens for opens, closes in spans), timedelta()) == timedelta(days=2)
