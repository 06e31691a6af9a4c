"""What time a kiosk takes it to be, with and without a server, by clocks that may be wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.centre_time import AHEAD, BEHIND, CentreTime
from tests.support.clock import ManualClock

NINE = datetime(2026, 11, 22, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class SetClock(ManualClock):
    """A machine's clock that somebody sets; its monotonic time is nobody's to set."""

    def set_to(self, wall: datetime) -> None:
        self._start = wall - timedelta(seconds=self._elapsed)

    def pass_time(self, passed: timedelta) -> None:
        self._elapsed += passed.total_seconds()


def started_again(time: CentreTime, wall: datetime) -> CentreTime:
    """Start the program anew on a machine whose clock shows that."""
    return CentreTime(SetClock(wall), time.to_json())


def test_who_never_met_a_server_does_not_know_the_time() -> None:
    assert CentreTime(SetClock(NINE)).now() is None
    unreadable: list[Any] = [None, {}, [], {"heard": 5}, {"heard": "soon", "latest": "now"}]
    for nonsense in unreadable:
        assert CentreTime(SetClock(NINE), nonsense).now() is None


def test_within_a_run_the_server_is_right_whatever_the_machine_shows() -> None:
    clock = SetClock(datetime(1970, 1, 1, tzinfo=UTC))
    time = CentreTime(clock)
    time.hear(NINE)
    clock.pass_time(MINUTE)
    clock.set_to(datetime(2038, 1, 1, tzinfo=UTC))
    assert time.now() == NINE + MINUTE
    clock.pass_time(timedelta(hours=8))
    assert time.now() == NINE + MINUTE + timedelta(hours=8)


def test_after_a_start_without_a_server_the_machine_is_believed() -> None:
    time = CentreTime(SetClock(NINE))
    time.hear(NINE)
    later = started_again(time, NINE + timedelta(hours=1))
    assert later.now() == NINE + timedelta(hours=1)
    assert later.believes_machine


def test_a_clock_set_back_a_little_never_shows_an_earlier_time_than_was_seen() -> None:
    time = CentreTime(SetClock(NINE))
    time.hear(NINE)
    time.note(NINE + timedelta(hours=3))
    back = started_again(time, NINE + timedelta(hours=1))
    assert back.now() == NINE + timedelta(hours=3)


@pytest.mark.parametrize(
    "wall",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2015, 10, 21, tzinfo=UTC),
        NINE - BEHIND - MINUTE,
        NINE + AHEAD + MINUTE,
        datetime(2036, 2, 7, tzinfo=UTC),
    ],
)
def test_a_clock_that_cannot_be_right_is_not_believed_until_a_server_is_heard(
    wall: datetime,
) -> None:
    time = CentreTime(SetClock(NINE))
    time.hear(NINE)
    lost = started_again(time, wall)
    assert lost.now() is None
    assert not lost.believes_machine
    lost.hear(NINE + timedelta(days=1))
    assert lost.now() == NINE + timedelta(days=1)
    lost.hear(wall)
    assert lost.believes_machine, "a server says the same"


def test_a_week_without_a_word_is_believed_and_no_longer() -> None:
    clock = SetClock(NINE)
    time = CentreTime(clock)
    time.hear(NINE)
    clock.pass_time(AHEAD)
    assert time.now() == NINE + AHEAD
    clock.pass_time(MINUTE)
    assert time.now() is None


def test_a_server_sets_back_a_time_that_was_taken_for_a_later_one() -> None:
    time = CentreTime(SetClock(NINE))
    time.hear(NINE)
    wrong = started_again(time, NINE + timedelta(days=3))
    seen = wrong.now()
    assert seen is not None
    wrong.note(seen)
    wrong.hear(NINE + timedelta(hours=1))
    assert started_again(wrong, NINE + timedelta(hours=2)).now() == NINE + timedelta(hours=2)


@given(
    walls=st.lists(
        st.datetimes(datetime(2026, 11, 15), datetime(2026, 12, 5)).map(
            lambda each: each.replace(tzinfo=UTC)
        ),
        max_size=12,
    )
)
def test_without_a_server_the_time_never_runs_backwards(walls: list[datetime]) -> None:
    time = CentreTime(SetClock(NINE))
    time.hear(NINE)
    seen = NINE
    for wall in walls:
        time = started_again(time, wall)
        now = time.now()
        if now is not None:
            assert now >= seen
            seen = now
            time.note(now)
