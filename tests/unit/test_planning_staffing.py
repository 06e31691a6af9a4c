"""The staffing table: the fewest windows that reach the target, hour by hour."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.planning.arrivals import Expected
from queue_server.planning.erlang import ErlangC
from queue_server.planning.staffing import HourLoad, Target, hour_need, staffing_table

TARGET = Target(wait_s=600, share=0.8)


def load(
    mean: float, *, booked: float = 0.0, open_s: float = 3600, hold_s: float = 360
) -> HourLoad:
    return HourLoad(9, open_s, Expected(mean, int(mean * 0.8), int(mean * 1.2)), booked, hold_s)


def test_the_known_hall_needs_nine_windows_for_ten_minutes() -> None:
    need = hour_need(load(81), TARGET, at_most=12)
    assert need.needed == 9
    assert [each.windows for each in need.choices] == [8, 9, 10]
    fewer, enough, more = need.choices
    assert (fewer.mean_wait_s, fewer.within) == (math.inf, 0.0)
    assert enough.mean_wait_s / 60 == pytest.approx(4.564, abs=1e-3)
    assert enough.within == pytest.approx(0.847, abs=1e-3)
    assert more.utilisation == pytest.approx(0.81)


def test_appointments_count_as_people_and_half_an_hour_as_half_an_hour() -> None:
    whole = load(81)
    assert load(71, booked=10).per_s == pytest.approx(whole.per_s)
    assert load(40.5, open_s=1800).offered == pytest.approx(whole.offered)


def test_a_crush_beyond_all_windows_is_said_to_be_one() -> None:
    need = hour_need(load(150), TARGET, at_most=9)
    assert need.needed is None
    assert [each.windows for each in need.choices] == [8, 9]
    assert all(each.utilisation > 1 for each in need.choices)


def test_a_quiet_hour_needs_one_window() -> None:
    need = hour_need(load(0), TARGET, at_most=9)
    assert need.needed == 1
    assert [each.windows for each in need.choices] == [1, 2]
    assert need.choices[0].mean_wait_s == 0


def test_where_people_leave_fewer_windows_are_enough() -> None:
    endless, leaving = (
        hour_need(load(120), TARGET, at_most=20, patience_s=patience_s)
        for patience_s in (None, 900.0)
    )
    assert endless.needed is not None
    assert leaving.needed is not None
    assert leaving.needed < endless.needed


def test_a_hall_without_windows_is_refused() -> None:
    with pytest.raises(ValueError, match="without windows"):
        staffing_table([load(10)], TARGET, at_most=0)


@given(st.floats(0.5, 300), st.floats(60, 900), st.floats(60, 3600), st.floats(0.5, 0.95))
def test_what_is_needed_is_enough_and_one_less_is_not(
    mean: float, hold_s: float, wait_s: float, share: float
) -> None:
    target = Target(wait_s, share)
    hour = load(mean, hold_s=hold_s)
    need = hour_need(hour, target, at_most=99)
    if need.needed is None:
        return
    assert ErlangC(hour.per_s, hold_s, need.needed).within(wait_s) >= share
    if need.needed > 1:
        assert ErlangC(hour.per_s, hold_s, need.needed - 1).within(wait_s) < share
