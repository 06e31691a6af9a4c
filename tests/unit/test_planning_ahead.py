"""The hall lived ahead: what comes out where it is known what must."""

import math
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from queue_server.planning.ahead import DaySpread, quantile_of, quantile_per_run, run_ahead
from queue_server.planning.arrivals import Expected
from queue_server.planning.erlang import ErlangC
from queue_server.planning.planned import PlannedArrivals, level_today, slot_starts
from queue_server.planning.staffing import HourLoad
from tests.support.known_hall import AT, HOLD_S, arrivals, learned, situation

KNOWN = learned()


def test_a_steady_hall_waits_as_erlang_says() -> None:
    per_hour, at_work = 81.0, 9
    ahead = run_ahead(
        situation(0, at_work), KNOWN, until=AT + 5 * 3600, arrivals=arrivals(per_hour), runs=192
    )
    waits = ahead.waits(since=AT + 2 * 3600)
    waits = waits[~np.isnan(waits)]
    speed = sum(KNOWN.speed(window) for window in range(1, at_work + 1)) / at_work
    steady = ErlangC(per_hour / 3600, speed * KNOWN.mean_hold("U", None), at_work)
    assert steady.utilisation == pytest.approx(0.75, abs=0.03)
    assert waits.mean() == pytest.approx(steady.mean_wait_s, rel=0.3)
    assert (waits > 1).mean() == pytest.approx(steady.p_wait, abs=0.06)


def test_who_stands_in_line_is_called_in_order_and_waits_from_coming() -> None:
    ahead = run_ahead(
        situation(40, 4), learned(is_constant=True), until=AT + 60, arrivals=arrivals(0.0)
    )
    waits = ahead.waits()
    assert waits.shape[0] == 40
    assert (np.diff(np.nanmean(ahead.called, axis=1)) >= 0).all()
    last = float(np.nanmean(waits[-1]))
    assert last == pytest.approx(9 * HOLD_S, rel=0.15)
    assert float(np.nanmean(waits[0])) == pytest.approx(600, abs=20)


def test_with_no_window_nobody_is_called() -> None:
    ahead = run_ahead(situation(5, 0), KNOWN, until=AT + 3600, arrivals=arrivals(30))
    assert ahead.quantile(0.01) == math.inf
    assert ahead.left_at(AT).min() == 5


def test_one_window_more_lets_nobody_wait_longer() -> None:
    fewer, more = (
        run_ahead(situation(30, count), KNOWN, until=AT + 3600, arrivals=arrivals(60))
        for count in (4, 5)
    )
    before, after = (quantile_per_run(each.waits(), 0.8) for each in (fewer, more))
    assert (after <= before + 1).mean() > 0.97
    assert np.median(before - after) > 300


def test_fuller_and_slower_days_widen_the_range_and_leave_the_middle() -> None:
    narrow, wide = (
        quantile_per_run(
            run_ahead(
                situation(30, 5),
                KNOWN,
                until=AT + 7200,
                arrivals=arrivals(60),
                spread=DaySpread(crowd=crowd, pace=crowd / 2),
            ).waits(),
            0.8,
        )
        for crowd in (0.0, 0.05)
    )
    width = [float(np.quantile(each, 0.95) - np.quantile(each, 0.05)) for each in (narrow, wide)]
    assert width[1] > 1.25 * width[0]
    assert float(np.median(wide)) == pytest.approx(float(np.median(narrow)), rel=0.2)


def test_the_same_question_has_the_same_answer() -> None:
    first, again = (
        run_ahead(situation(12, 3), KNOWN, until=AT + 3600, arrivals=arrivals(40)).waits()
        for _ in range(2)
    )
    assert np.array_equal(first, again, equal_nan=True)


def test_people_are_counted_by_when_they_came() -> None:
    ahead = run_ahead(situation(10, 3), KNOWN, until=AT + 7200, arrivals=arrivals(40))
    first = np.count_nonzero(~np.isnan(ahead.waits(AT + 3600))) / ahead.came.shape[1]
    second = np.count_nonzero(~np.isnan(ahead.waits(since=AT + 3600))) / ahead.came.shape[1]
    assert first == pytest.approx(50, abs=3)
    assert second == pytest.approx(40, abs=3)
    assert float(ahead.left_at(AT).mean()) == pytest.approx(10, abs=3.5)


def test_quantiles_are_the_smallest_wait_that_holds() -> None:
    waits = np.array([[5.0, np.nan], [1.0, 2.0], [3.0, np.inf], [np.nan, 1.0], [4.0, 3.0]])
    assert quantile_of(waits, 0.5) == 3.0
    assert quantile_per_run(waits, 0.5).tolist() == [3.0, 2.0]
    assert quantile_per_run(waits, 1.0).tolist() == [5.0, math.inf]
    assert math.isnan(quantile_of(np.array([[np.nan]]), 0.5))


def test_an_expectation_is_spread_over_its_half_hours_and_ends_with_them() -> None:
    plan = PlannedArrivals(
        [AT, AT + 1800, AT + 3600], [10.0, 30.0], {("U", "none"): 0.75, ("U", "age65"): 0.25}
    )
    spans = plan.spans("U", "none", AT - 600, AT + 7200)
    assert spans[0] == (AT - 600, AT, 0.0)
    assert [each for _, _, each in spans[1:3]] == pytest.approx([7.5, 22.5])
    assert spans[-1] == (AT + 3600, AT + 7200, 0.0)
    assert plan.spans("X", "none", AT, AT + 3600) == [(AT, AT + 1800, 0), (AT + 1800, AT + 3600, 0)]
    assert plan.between(AT + 900, AT + 2700) == pytest.approx(20)
    assert plan.scaled(2).between(AT, AT + 3600) == pytest.approx(80)


def test_half_hours_that_summer_time_skips_take_no_time() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    starts = slot_starts(date(2026, 4, 23), 44, 8, cairo)
    assert list(starts) == sorted(starts)
    assert starts[-1] - starts[0] == 3 * 3600
    plan = PlannedArrivals(starts, [10.0] * 8, {("U", "none"): 1.0})
    spans = plan.spans("U", "none", starts[0], starts[-1])
    assert all(begin < end for begin, end, _ in spans)
    load = HourLoad(25, 0.0, Expected(10.0, 5, 15), 0.0, 300.0)
    assert load.per_s == 0
    autumn = slot_starts(date(2026, 10, 29), 44, 8, cairo)
    assert autumn[-1] - autumn[0] == 5 * 3600


def test_a_day_that_began_fuller_is_expected_to_go_on_so_and_is_known_better() -> None:
    assert level_today(100, 100, 0.04) == pytest.approx((1.0, 1 / 125))
    factor, spread = level_today(100, 150, 0.04)
    assert 1.3 < factor < 1.5
    assert spread < 0.04
    assert level_today(0, 0, 0.04) == pytest.approx((1.0, 0.04))
    assert level_today(100, 150, 0.0) == (1.0, 0.0)
