"""Waits grow by doubling, stay below their longest, and are spread so that many do not meet."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.backoff import backoff_s


def test_a_wait_doubles_with_each_failure_up_to_the_longest() -> None:
    waits = [backoff_s(failures, first_s=0.5, longest_s=30.0) for failures in range(9)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


@given(st.integers(0, 10**9), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_no_number_of_failures_makes_it_longer_and_no_jitter_shorter_than_its_part(
    failures: int, jitter: float, part: float
) -> None:
    wait = backoff_s(
        failures, first_s=0.5, longest_s=30.0, jitter=lambda: jitter, jittered_part=part
    )
    assert 0.5 * (1 - part) <= wait <= 30.0


def test_agents_that_failed_together_come_back_apart() -> None:
    early, late = (
        backoff_s(4, first_s=0.5, longest_s=30.0, jitter=lambda at=at: at)  # type: ignore[misc]
        for at in (1.0, 0.0)
    )
    assert (early, late) == (4.0, 8.0)
