"""When it is told that the estimated times are not true, and when chance may explain it."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_server.estimate.promises import ALIKE, Kept, Promises, untrue
from tests.unit.test_alarm_judging import episode
from tests.unit.test_supervisor_view import kinds, seen, the_hall

NUMBERS = 850
"""Of a day."""
LOOKED_AT = range(12, NUMBERS + 1, 12)
"""About every five minutes."""


def a_day(chance: random.Random, share: float) -> list[bool]:
    """Tell whether each wait of a day held; of those one after another `ALIKE` count as one."""
    same = (ALIKE - 1) / (ALIKE + 1)
    day = [chance.random() < share]
    while len(day) < NUMBERS:
        day.append(day[-1] if chance.random() < same else chance.random() < share)
    return day


def told_after(day: list[bool]) -> int | None:
    """Return after how many numbers of a day somebody is told; None: nobody is."""
    for n in LOOKED_AT:
        if untrue(Promises(n, sum(day[:n])), "today") is not None:
            return n
    return None


@given(st.integers(0, 27), st.integers(0, 27))
def test_a_few_dozen_waits_say_nothing(n: int, held: int) -> None:
    assert untrue(Promises(n, min(n, held), width_s=9000), "today") is None


@given(st.integers(1, 100_000), st.floats(0.75, 0.85))
def test_what_holds_as_often_as_claimed_is_never_told_of(n: int, share: float) -> None:
    held = min(max(round(n * share), -(-3 * n // 4)), 17 * n // 20)
    assert untrue(Promises(n, held, width_s=9000), "night") is None


def test_of_a_hundred_good_days_about_one_is_told_of_and_bad_ones_are_within_the_day() -> None:
    chance = random.Random(20261122)
    good = [told_after(a_day(chance, 0.8)) for _ in range(600)]
    assert sum(each is not None for each in good) / len(good) < 0.015
    bad = [told_after(a_day(chance, 0.6)) for _ in range(200)]
    assert sum(each is not None for each in bad) / len(bad) > 0.85
    awful = sorted(told_after(a_day(chance, 0.4)) or NUMBERS for _ in range(100))
    assert awful[50] <= 150
    assert awful[-1] < NUMBERS


@pytest.mark.parametrize(
    ("n", "percent", "width_s", "is_told"),
    [
        (5000, 74, 430, True),
        (5000, 76, 430, False),
        (800, 70, 430, False),  # the morning crush of the library: 72 % of 806
        (800, 65, 430, True),
        (5000, 88, 430, True),
        (5000, 88, 100, False),  # who hardly waits is told a narrow range that nearly always holds
        (5000, 88, None, False),
    ],
)
def test_a_backtest_is_judged_by_its_share_its_size_and_its_width(
    n: int, percent: int, width_s: float | None, *, is_told: bool
) -> None:
    promises = Promises(n, n * percent // 100, width_s)
    found = untrue(promises, "night")
    assert (found is not None) is is_told
    if found is not None:
        assert (found.percent, found.n, found.is_too_wide) == (percent, n, percent > 80)


def test_what_was_told_lasts_until_it_is_well_within() -> None:
    near = Promises(7000, 5285)
    assert untrue(near, "night") is None
    assert untrue(near, "night", is_open=True) is not None
    assert untrue(Promises(7000, 5400), "night", is_open=True) is None


def test_each_tenth_less_is_worse() -> None:
    levels = [untrue(Promises(5000, held), "today") for held in (3700, 3249, 2749)]
    assert [each and each.level for each in levels] == [0, 1, 2]


def test_today_and_the_night_are_alarms_of_their_own_and_last_by_their_own_episode() -> None:
    kept = Kept(today=Promises(400, 200), night=Promises(5000, 3600, 430))
    now = seen(the_hall(), kept=kept)
    assert kinds(now) == ["estimate-untrue", "estimate-untrue"]
    assert [alarm.is_grave for alarm in now.alarms] == [False, False]
    assert [alarm.subject for alarm in now.alarms] == ["today", "night"]
    assert now.alarms[0].finding.facts == {
        "source": "today",
        "percent": 50,
        "n": 400,
        "is_too_wide": False,
    }
    calmer = replace(kept, today=Promises(), night=Promises(7000, 5285, 430))
    assert kinds(seen(the_hall(), kept=calmer)) == []
    episodes = tuple(episode(alarm.finding) for alarm in now.alarms)
    assert kinds(seen(the_hall(), kept=calmer, episodes=episodes)) == ["estimate-untrue"]
