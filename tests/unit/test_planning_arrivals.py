"""The forecast of arrivals against weeks whose means are known."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.planning.arrivals import (
    DayCount,
    DayForecast,
    forecast_day,
    kind_of,
    walk_back,
)
from tests.support.weeks import OPENS_SLOT, mean_of, shape, weeks

SEEDS = range(100, 108)


def forecast_after(history: list[DayCount], *, slots: int = 12) -> DayForecast:
    """Forecast the Sunday after a history."""
    day = history[-1].day + timedelta(days=3)
    assert day.weekday() == 6
    said = forecast_day(history, day, opens_slot=OPENS_SLOT, slots=slots)
    assert said is not None
    return said


def test_without_a_day_before_it_nothing_is_forecast() -> None:
    history = weeks(1, 14)
    assert forecast_day([], history[0].day, opens_slot=17, slots=12) is None
    assert forecast_day(history, history[0].day, opens_slot=17, slots=12) is None


def test_one_day_is_enough_for_a_first_forecast_that_trusts_itself_little() -> None:
    first = weeks(1, 1)
    said = forecast_after([*first, *weeks(1, 5)[1:5]])
    alone = forecast_day(first, first[0].day + timedelta(7), opens_slot=17, slots=12)
    assert alone is not None
    assert alone.mean == pytest.approx(first[0].total)
    assert alone.day_spread > said.day_spread


def test_eight_quiet_weeks_give_the_known_means_of_each_half_hour() -> None:
    history = weeks(7, 54, day_noise=0.0, slot_noise=0.0)
    said = forecast_after(history)
    assert said.mean == pytest.approx(mean_of(said.day), rel=0.04)
    for found, share in zip(said.slots, shape(12, 6), strict=True):
        assert found == pytest.approx(mean_of(said.day) * share, rel=0.2, abs=4)


def test_a_sunday_is_told_from_a_thursday() -> None:
    history = weeks(3, 54)
    sunday = forecast_after(history)
    thursday = forecast_day(history, sunday.day + timedelta(days=4), opens_slot=17, slots=12)
    assert thursday is not None
    assert sunday.mean / thursday.mean == pytest.approx(1.25 / 0.85, rel=0.12)
    assert sunday.slots[0] / sunday.mean > thursday.slots[0] / thursday.mean


def test_a_rise_over_weeks_is_followed() -> None:
    history = weeks(5, 82, rise=0.006, day_noise=0.05)
    said = forecast_after(history)
    flat = math.fsum(each.total for each in history) / len(history) * 1.25 / 1.02
    due = mean_of(said.day, rise=0.006)
    assert abs(said.mean - due) < 0.6 * abs(flat - due)


def test_one_wild_day_moves_the_level_little() -> None:
    history = weeks(9, 54)
    wild = replace(history[-1], counts=tuple(each * 4 for each in history[-1].counts))
    calm = forecast_after(history)
    assert forecast_after([*history[:-1], wild]).mean < calm.mean * 1.1


@pytest.mark.parametrize("level", [90, 700])
def test_four_hours_in_five_lie_in_their_range(level: float) -> None:
    told = [walk_back(weeks(seed, 90, level=level)) for seed in SEEDS]
    assert 0.76 <= sum(each.coverage_80 for each in told) / len(told) <= 0.88
    assert all(each.days == 28 for each in told)


def test_the_error_of_an_hour_is_near_what_chance_alone_makes() -> None:
    told = [walk_back(weeks(seed, 90, day_noise=0.0, slot_noise=0.0)) for seed in SEEDS]
    chance = math.sqrt(2 / math.pi * told[0].mean_per_hour)
    """The mean error of a Poisson number whose mean is known."""
    assert sum(each.mae_per_hour for each in told) / len(told) < 1.25 * chance


def test_forecasts_beat_the_mean_of_all_days() -> None:
    history = weeks(11, 90)
    told = walk_back(history)
    errors = []
    for index in range(len(history) - 28, len(history)):
        lived, before = history[index], history[:index]
        for hour in range(6):
            mean = sum(sum(each.counts[2 * hour : 2 * hour + 2]) for each in before) / len(before)
            errors.append(abs(mean - sum(lived.counts[2 * hour : 2 * hour + 2])))
    assert told.mae_per_hour < 0.85 * sum(errors) / len(errors)


def test_ramadan_is_forecast_from_ramadan_once_it_has_begun() -> None:
    history = weeks(13, 73, ramadan=range(45, 75))
    day = history[-1].day + timedelta(days=1)
    said = forecast_day(history, day, opens_slot=17, slots=10, kind="ramadan")
    assert said is not None
    assert said.mean == pytest.approx(mean_of(day, is_ramadan=True), rel=0.15)
    for found, share in zip(said.slots, shape(10, day.weekday()), strict=True):
        assert found == pytest.approx(said.mean * share, rel=0.25, abs=4)


def test_the_first_day_of_ramadan_is_said_with_a_wider_range() -> None:
    history = weeks(13, 40)
    usual, first = (
        forecast_day(history, history[-1].day + timedelta(7), opens_slot=17, slots=10, kind=kind)
        for kind in ("usual", "ramadan")
    )
    assert usual is not None
    assert first is not None
    assert first.total.high - first.total.low > 1.3 * (usual.total.high - usual.total.low)


@given(st.integers(1, 24), st.lists(st.integers(0, 200), min_size=1, max_size=24).filter(any))
def test_stretched_to_other_hours_nobody_is_lost(slots: int, counts: list[int]) -> None:
    first = weeks(1, 1)[0]
    history = [replace(first, counts=tuple(map(float, counts)))]
    said = forecast_day(history, first.day + timedelta(7), opens_slot=17, slots=slots)
    assert said is not None
    assert said.mean == pytest.approx(sum(counts))
    assert all(each >= 0 for each in said.slots)
    hours = said.hours()
    assert math.fsum(each.mean for _, each in hours) == pytest.approx(said.mean)
    assert all(each.low <= each.high for _, each in hours)


def test_hours_are_those_of_the_clock() -> None:
    said = forecast_after(weeks(2, 26), slots=11)
    assert [hour for hour, _ in said.hours()] == [8, 9, 10, 11, 12, 13]
    assert said.hours()[0][1].mean == pytest.approx(said.slots[0])


def test_a_day_that_opens_for_no_half_hour_is_no_day() -> None:
    history = weeks(2, 26)
    with pytest.raises(ValueError, match="half hours"):
        forecast_day(history, history[-1].day + timedelta(1), opens_slot=17, slots=0)
    with pytest.raises(ValueError, match="too few"):
        walk_back(history[:5])


def test_the_first_day_after_a_feast_is_of_its_own_kind() -> None:
    sunday = weeks(1, 1)[0].day
    weekend = sunday - timedelta(days=3)
    assert kind_of(sunday, is_ramadan=False, open_before=weekend, longest_gap=2) == "usual"
    assert kind_of(sunday, is_ramadan=True, open_before=weekend, longest_gap=2) == "ramadan"
    feast = weekend - timedelta(days=2)
    assert kind_of(sunday, is_ramadan=False, open_before=feast, longest_gap=2) == "after_closing"
    assert kind_of(sunday, is_ramadan=False, open_before=None, longest_gap=2) == "usual"
