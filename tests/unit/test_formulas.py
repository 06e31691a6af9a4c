"""The closed formulas: their values where they can be worked out by hand, and how they grow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.estimate.formulas import (
    head_of_line,
    last_to_enter_service,
    moving_average,
    queue_length,
    queue_length_shared,
    queue_length_with_abandonment,
)


def test_formulas_that_look_back_tell_what_was_seen_and_nothing_without_it() -> None:
    assert moving_average([60, 120, 180]) == 120
    assert moving_average([]) == 0
    assert last_to_enter_service(90) == 90
    assert last_to_enter_service(None) == 0
    assert head_of_line(1000, 1300) == 300
    assert head_of_line(None, 1300) == 0


def test_behind_eight_people_at_three_busy_windows_nine_services_must_end() -> None:
    assert queue_length(8, 3, 0, 300) == 900
    assert queue_length(8, 3, 2, 300) == 700
    assert queue_length(0, 3, 1, 300) == 0
    assert queue_length(8, 0, 0, 300) == float("inf")


def test_without_leaving_the_two_forms_agree_and_each_who_leaves_shortens_the_wait() -> None:
    assert queue_length_with_abandonment(8, 3, 0, 300, 0.0) == pytest.approx(900)
    by_hand = sum(1 / (3 / 300 + j * 0.001) for j in range(9))
    assert queue_length_with_abandonment(8, 3, 0, 300, 0.001) == pytest.approx(by_hand)
    assert queue_length_with_abandonment(8, 0, 0, 300, 0.001) == float("inf")


def test_work_at_windows_that_are_not_shared_counts_only_in_part() -> None:
    everywhere = [(300.0, 3, 3)] * 4
    assert queue_length_shared(everywhere, 3, 0, 300) == pytest.approx(500)
    elsewhere = [(300.0, 3, 1)] * 4
    assert queue_length_shared(elsewhere, 1, 0, 300) == pytest.approx(700)
    assert queue_length_shared([(300.0, 2, 0)] * 4, 1, 0, 300) == pytest.approx(300)
    assert queue_length_shared(everywhere, 3, 1, 300) == 0
    assert queue_length_shared(everywhere, 0, 0, 300) == float("inf")


@given(
    ahead=st.integers(0, 300),
    windows=st.integers(1, 20),
    hold=st.floats(1, 4000),
    leaving=st.floats(0, 0.01),
)
def test_one_more_ahead_never_shortens_a_wait_and_one_more_window_never_lengthens_it(
    ahead: int, windows: int, hold: float, leaving: float
) -> None:
    def wait(people: int, open_: int) -> float:
        return queue_length_with_abandonment(people, open_, 0, hold, leaving)

    assert wait(ahead, windows) <= wait(ahead + 1, windows)
    assert wait(ahead, windows + 1) <= wait(ahead, windows) * (1 + 1e-9)
    assert queue_length(ahead, windows, 0, hold) >= wait(ahead, windows) * (1 - 1e-9)
