"""The wait that is told: a sane range for every number of people, windows and services."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.tickets.estimate import PRIOR_S, STEP_S, Pace, wait_range
from queue_server.tickets.model import Wait

PACES = st.tuples(st.integers(0, 5000), st.integers(0, 5000), st.integers(0, 5000)).map(
    lambda drawn: Pace(mean_s=sorted(drawn)[1], p10_s=min(drawn), p90_s=max(drawn))
)
PEOPLE = st.integers(0, 3000)
WINDOWS = st.integers(1, 20)


@given(ahead=PEOPLE, windows=WINDOWS, idle=st.integers(0, 20), pace=PACES)
def test_a_wait_is_a_range_of_whole_five_minutes_around_the_likely_one(
    ahead: int, windows: int, idle: int, pace: Pace
) -> None:
    wait = wait_range(ahead, windows, min(idle, windows), pace)
    assert wait is not None
    assert 0 <= wait.low_s <= wait.likely_s <= wait.high_s
    assert wait.low_s % STEP_S == wait.high_s % STEP_S == 0
    assert wait.high_s - wait.low_s >= STEP_S


@given(ahead=PEOPLE, windows=WINDOWS, idle=st.integers(0, 20), pace=PACES)
def test_one_more_person_ahead_never_shortens_the_wait_and_one_more_window_never_lengthens_it(
    ahead: int, windows: int, idle: int, pace: Pace
) -> None:
    idle = min(idle, windows)
    now = wait_range(ahead, windows, idle, pace)
    longer = wait_range(ahead + 1, windows, idle, pace)
    shorter = wait_range(ahead, windows + 1, idle, pace)
    assert now is not None
    assert longer is not None
    assert shorter is not None
    assert longer.likely_s >= now.likely_s >= shorter.likely_s
    assert longer.low_s >= now.low_s >= shorter.low_s
    assert longer.high_s >= now.high_s >= shorter.high_s


@given(ahead=PEOPLE, idle=st.integers(0, 20), pace=PACES)
def test_without_an_open_window_nothing_is_foretold(ahead: int, idle: int, pace: Pace) -> None:
    assert wait_range(ahead, 0, idle, pace) is None


@pytest.mark.parametrize(
    ("ahead", "windows", "idle", "pace", "expected"),
    [
        pytest.param(0, 1, 1, Pace(), Wait(0, 0, 300), id="a free window"),
        pytest.param(0, 1, 0, Pace(), Wait(300, 300, 600), id="the next at one window"),
        pytest.param(8, 9, 9, Pace(), Wait(0, 0, 300), id="nine windows free"),
        pytest.param(9, 9, 0, Pace(), Wait(300, 333, 600), id="ten for nine windows"),
        pytest.param(
            41, 9, 0, Pace(480, 180, 900), Wait(600, 2240, 4200), id="a morning at Kafr Saqr"
        ),
    ],
)
def test_waits_that_can_be_worked_out_by_hand(
    ahead: int, windows: int, idle: int, pace: Pace, expected: Wait
) -> None:
    assert wait_range(ahead, windows, idle, pace) == expected


def test_five_minutes_stand_for_a_service_until_some_are_known() -> None:
    assert Pace() == Pace(PRIOR_S, PRIOR_S, PRIOR_S)
    assert PRIOR_S == 300
