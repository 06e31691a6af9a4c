"""Erlang's formulas against the birth–death chains that they solve, and against known values."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_server.planning.erlang import ErlangA, ErlangC, erlang_b

HALL = (1.35 / 60, 360.0, 9)
"""1.35 people a minute, six minutes at the window, nine windows."""

steady = st.tuples(st.floats(0.3, 0.95), st.floats(30, 1200), st.integers(1, 40)).map(
    lambda each: (each[0] * each[2] / each[1], each[1], each[2])
)
any_load = st.tuples(st.floats(0.2, 2.5), st.floats(30, 1200), st.integers(1, 40)).map(
    lambda each: (each[0] * each[2] / each[1], each[1], each[2])
)


def chain(arrivals: float, hold_s: float, windows: int, patience_s: float) -> list[float]:
    """Return the stationary probabilities of 0, 1, 2 … people, by the balance of neighbours."""
    logs = [0.0]
    while True:
        people = len(logs)
        rate = min(people, windows) / hold_s + max(people - windows, 0) / patience_s
        logs.append(logs[-1] + math.log(arrivals / rate))
        if people > windows and rate > arrivals and logs[-1] < max(logs) - 45:
            break
    crest = max(logs)
    whole = math.fsum(math.exp(each - crest) for each in logs)
    return [math.exp(each - crest) / whole for each in logs]


def test_the_values_of_a_hall_of_nine_windows_are_the_known_ones() -> None:
    line = ErlangC(*HALL)
    assert line.p_wait == pytest.approx(0.6845, abs=5e-5)
    assert line.mean_wait_s / 60 == pytest.approx(4.564, abs=5e-4)
    assert line.within(600) == pytest.approx(0.847, abs=5e-4)
    waits = [ErlangC(*HALL[:2], windows).mean_wait_s / 60 for windows in (10, 11, 12)]
    assert [round(each, 1) for each in waits] == [1.4, 0.5, 0.2]


def test_with_patience_the_values_of_that_hall_are_the_known_ones() -> None:
    line = ErlangA(*HALL, patience_s=1800)
    assert line.p_wait == pytest.approx(0.547, abs=5e-4)
    assert line.p_leave == pytest.approx(0.048, abs=5e-4)
    assert line.mean_wait_s / 60 == pytest.approx(1.45, abs=5e-3)


def test_eight_windows_are_too_few_for_that_hall_and_say_so() -> None:
    line = ErlangC(*HALL[:2], 8)
    assert not line.is_stable
    assert (line.p_wait, line.mean_wait_s, line.within(3600)) == (1.0, math.inf, 0.0)
    assert line.quantile_s(0.5) == math.inf


@given(st.integers(0, 60), st.floats(0.01, 80))
def test_erlang_b_is_the_share_of_a_poisson_load_cut_off(windows: int, offered: float) -> None:
    logs = [each * math.log(offered) - math.lgamma(each + 1) for each in range(windows + 1)]
    crest = max(logs)
    weights = [math.exp(each - crest) for each in logs]
    assert erlang_b(windows, offered) == pytest.approx(weights[-1] / math.fsum(weights), rel=1e-9)


@given(steady)
def test_erlang_c_is_what_its_chain_has(hall: tuple[float, float, int]) -> None:
    arrivals, _, windows = hall
    shares = chain(*hall, patience_s=math.inf)
    length = math.fsum(
        (people - windows) * each for people, each in enumerate(shares[windows:], windows)
    )
    line = ErlangC(*hall)
    assert line.p_wait == pytest.approx(math.fsum(shares[windows:]), rel=1e-6)
    assert line.mean_wait_s == pytest.approx(length / arrivals, rel=1e-6)


@settings(max_examples=30)
@given(any_load, st.floats(30, 20_000))
def test_erlang_a_is_what_its_chain_has(hall: tuple[float, float, int], patience_s: float) -> None:
    arrivals, hold_s, windows = hall
    shares = chain(*hall, patience_s)
    length = math.fsum(
        (people - windows) * each for people, each in enumerate(shares[windows:], windows)
    )
    taken = math.fsum(min(people, windows) * each for people, each in enumerate(shares))
    line = ErlangA(*hall, patience_s)
    assert line.p_wait == pytest.approx(math.fsum(shares[windows:]), rel=1e-6)
    assert line.mean_wait_s == pytest.approx(length / arrivals, rel=1e-6)
    assert line.p_leave == pytest.approx(1 - taken / hold_s / arrivals, abs=1e-9)
    assert line.utilisation == pytest.approx(taken / windows, rel=1e-6)


@settings(max_examples=30)
@given(any_load, st.floats(60, 20_000), st.floats(0, 5000))
def test_the_tail_of_erlang_a_is_the_mixture_that_its_chain_says(
    hall: tuple[float, float, int], patience_s: float, wait_s: float
) -> None:
    """Who finds k in line waits for k + 1 departures at falling rates; integrated, the tail's area
    is the mean of those waits."""
    _, hold_s, windows = hall
    shares = chain(*hall, patience_s)
    mean = met = 0.0
    for each in range(len(shares) - windows):
        met += 1 / (windows / hold_s + each / patience_s)
        mean += shares[windows + each] * met
    line = ErlangA(*hall, patience_s)
    end = max(line.quantile_s(1 - 1e-9), 1.0)
    steps = 100
    tail = [line.exceeds(end * each / steps) for each in range(steps + 1)]
    area = end / steps * (math.fsum(tail) - (tail[0] + tail[-1]) / 2)
    assert area == pytest.approx(mean, rel=0.03, abs=1e-3)
    assert line.exceeds(wait_s) >= line.exceeds(wait_s + 60) - 1e-9


@settings(max_examples=30)
@given(any_load, st.floats(60, 20_000), st.floats(0.05, 0.99))
def test_a_quantile_is_the_wait_at_which_the_tail_is_what_is_left(
    hall: tuple[float, float, int], patience_s: float, share: float
) -> None:
    line = ErlangA(*hall, patience_s)
    wait_s = line.quantile_s(share)
    assert line.exceeds(wait_s) <= 1 - share + 1e-9
    if wait_s > 0:
        assert line.exceeds(wait_s) == pytest.approx(1 - share, abs=1e-6)


@given(steady, st.floats(0.05, 0.99))
def test_within_a_quantile_lies_its_share(hall: tuple[float, float, int], share: float) -> None:
    line = ErlangC(*hall)
    assert line.within(line.quantile_s(share)) >= share - 1e-9


def test_endless_patience_makes_erlang_a_erlang_c() -> None:
    patient, endless = ErlangA(*HALL, patience_s=1e9), ErlangC(*HALL)
    assert patient.p_wait == pytest.approx(endless.p_wait, rel=1e-4)
    assert patient.mean_wait_s == pytest.approx(endless.mean_wait_s, rel=1e-3)
    assert patient.within(600) == pytest.approx(endless.within(600), rel=1e-4)
    assert patient.quantile_s(0.8) == pytest.approx(endless.quantile_s(0.8), rel=1e-3)


def test_a_crush_that_no_window_clears_keeps_its_figures_finite() -> None:
    line = ErlangA(30 / 60, 360, 9, patience_s=1e7)
    assert line.p_wait == pytest.approx(1)
    assert line.p_leave == pytest.approx(1 - 9 / 180)
    assert line.mean_wait_s == pytest.approx(0.95e7)


def test_nobody_comes_and_nobody_waits() -> None:
    assert ErlangC(0, 360, 1).mean_wait_s == ErlangA(0, 360, 1, 600).mean_wait_s == 0
    assert ErlangA(0, 360, 1, 600).within(0) == 1
    assert ErlangA(0, 360, 1, 600).quantile_s(0.99) == 0


@pytest.mark.parametrize("hall", [(-1.0, 60.0, 1), (1.0, 0.0, 1), (1.0, 60.0, 0)])
def test_a_hall_that_cannot_be_is_refused(hall: tuple[float, float, int]) -> None:
    with pytest.raises(ValueError, match="no line"):
        ErlangC(*hall)
    with pytest.raises(ValueError, match="no line"):
        ErlangA(*hall, patience_s=60)
    with pytest.raises(ValueError, match="no patience"):
        ErlangA(1, 60, 1, patience_s=0)
