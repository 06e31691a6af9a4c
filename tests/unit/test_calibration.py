"""The range holds as often as it says, also on days that are unlike the ones before."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.estimate.calibration import DAY_STEP, HELD, STEP, Calibration, Raw

DAY = 400


def lived(
    calibration: Calibration,
    chance: random.Random,
    *,
    error: float,
    bias: float = 0.0,
    n: int = DAY,
) -> float:
    """Live a day on which waits lie so far (in shares of them) from the raw middle; return the
    share that was held."""
    calibration.new_day()
    held = 0
    for number in range(n):
        middle = chance.uniform(0, 2400)
        raw = Raw(middle, 30 + 0.05 * middle)
        service = "abc"[number % 3]
        low, _, high = calibration.range_of(raw, service)
        wait = max(middle * (1 + chance.gauss(bias, error)) + chance.gauss(0, 20), 0.0)
        held += low <= wait <= high
        calibration.happened(raw, service, (low, high), wait)
    return held / n


@pytest.mark.parametrize("error", [0.02, 0.1, 0.4])
def test_four_of_five_waits_lie_in_the_range_however_sure_of_itself_the_model_is(
    error: float,
) -> None:
    chance = random.Random(7)
    calibration = Calibration()
    lived(calibration, chance, error=error)
    held = [lived(calibration, chance, error=error) for _ in range(8)]
    assert 0.77 <= sum(held) / len(held) <= 0.83
    assert all(0.7 <= each <= 0.9 for each in held)


def test_a_day_on_which_all_is_slower_is_noticed_within_it() -> None:
    chance = random.Random(11)
    calibration = Calibration()
    for _ in range(5):
        lived(calibration, chance, error=0.1)
    assert lived(calibration, chance, error=0.1, bias=0.15) >= 0.7


@given(
    end=st.sampled_from([600.0, 1200.0]),
    off_s=st.floats(-200, 200),
    more_s=st.floats(0, 5),
)
def test_a_few_seconds_of_one_wait_near_an_end_of_its_range_move_the_level_by_little(
    end: float, off_s: float, more_s: float
) -> None:
    levels = []
    for wait in (end + off_s, end + off_s + more_s):
        calibration = Calibration()
        calibration.happened(Raw(900, 200), "a", (600, 1200), wait)
        levels.append(calibration.level)
    a_whole_miss = DAY_STEP + STEP
    assert abs(levels[0] - levels[1]) <= a_whole_miss * more_s / 100


@pytest.mark.parametrize(
    ("said", "wait_s", "widens"),
    [
        ((600, 1200), 900, False),
        ((600, 1200), 1300, True),
        ((600, 1200), 500, True),
        ((0, 1200), 0, False),
        ((300, 300), 300, False),
        ((300, 300), 301, True),
    ],
)
def test_a_wait_beyond_its_range_widens_the_next_ones_and_one_within_narrows_them(
    said: tuple[float, float], wait_s: float, widens: bool
) -> None:
    calibration = Calibration()
    calibration.happened(Raw(900, 200), "a", said, wait_s)
    assert (calibration.level > HELD) == widens
    assert calibration.level != HELD


def test_what_was_peculiar_to_a_day_is_forgotten_at_its_end() -> None:
    chance = random.Random(3)
    calibration = Calibration()
    for _ in range(5):
        lived(calibration, chance, error=0.1)
    usual = calibration.level
    lived(calibration, chance, error=0.5, n=100)
    excited = calibration.level
    calibration.new_day()
    assert excited > usual + 0.05
    assert abs(calibration.level - usual) < excited - usual


def test_services_of_their_own_kind_get_ranges_of_their_own() -> None:
    chance = random.Random(5)
    calibration = Calibration()
    raw = Raw(900, 100)
    for _ in range(400):
        for service, spread in (("steady", 20), ("wild", 400)):
            said = calibration.range_of(raw, service)
            calibration.happened(raw, service, (said[0], said[2]), 900 + chance.gauss(0, spread))
    steady, wild = (calibration.range_of(raw, service) for service in ("steady", "wild"))
    assert wild[2] - wild[0] > 2 * (steady[2] - steady[0])


@given(
    middle=st.floats(0, 20_000),
    scale=st.floats(0, 5_000),
    waits=st.lists(st.floats(0, 20_000), max_size=40),
)
def test_a_range_is_in_order_never_negative_and_finite(
    middle: float, scale: float, waits: list[float]
) -> None:
    calibration = Calibration()
    raw = Raw(middle, scale)
    for wait in waits:
        low, likely, high = calibration.range_of(raw, "a")
        assert 0 <= low <= likely <= high < math.inf
        calibration.happened(raw, "a", (low, high), wait)


def test_nothing_known_is_a_range_that_is_wider_than_the_models_own() -> None:
    low, likely, high = Calibration().range_of(Raw(600, 120), "a")
    assert low < 600 - 120 < likely < 600 + 120 < high
    assert Calibration().level == HELD
