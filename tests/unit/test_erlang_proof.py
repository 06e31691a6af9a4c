"""The dispatch rule, run long over chance that Erlang's formulas know, has the waits they say.

Nine windows, one line, Poisson arrivals, exponential service. Twenty days with the seeds 1 to 20
for each load, chosen beforehand; of each, the thousand who come first are left out and the five
thousand after them counted. A figure is right when the 99 % interval over the days' means holds it.
"""

import math
import statistics
from collections.abc import Callable, Sequence

import pytest

from queue_server.planning.erlang import ErlangA, ErlangC
from queue_server.simulation.library import Scenario, scenario_of
from queue_server.simulation.lived import LivedDay, Passage
from queue_server.simulation.pure import live_day
from queue_server.simulation.world import make_world

SEEDS = range(1, 21)
T_99 = 2.861
"""Student's t for 19 degrees of freedom, two-sided 99 %."""
MANY_SEEDS = range(1001, 1101)
MANY_T_99 = 2.626
"""The same for 99 degrees of freedom."""
WINDOWS, HOLD_S, PATIENCE_S = 9, 60.0, 300.0
WARM_UP, COUNTED = 1000, 5000
DAY_S = 20 * 3600.0


def station(load: float, *, patience_s: float | None = None) -> Scenario:
    """Return a hall of which Erlang's formulas know everything; numbers are taken at once."""
    arrivals_per_s = load * WINDOWS / HOLD_S
    lasts_h = (WARM_UP + COUNTED) * 1.06 / arrivals_per_s / 3600
    hours, minutes = divmod(math.ceil(lasts_h * 60), 60)
    lasts_s = hours * 3600.0 + minutes * 60.0
    assert lasts_s < DAY_S
    return scenario_of(
        {
            "title": {"ar": "تسعة شبابيك وصف واحد", "en": "Nine windows and one line"},
            "date": "2026-11-22",
            "opens": "03:00:00",
            "closes": f"{3 + hours:02}:{minutes:02}:00",
            "overtime_minutes": 60,
            "arrivals": {"people": arrivals_per_s * lasts_s},
            "ways": {"kiosk": 1, "desk": 0, "phone": 0},
            "taking": {"touch_s": 0, "paper_s": 0},
            "people": {"age65": 0, "disability": 0, "infant": 0},
            "services": {
                "mix": {"enquiry": 1},
                "others": 0,
                "shape": "exponential",
                "times": {"enquiry": {"mean_s": HOLD_S}},
            },
            "windows": [{"numbers": list(range(1, WINDOWS + 1))}],
            "walk_s": 0,
            "turnaround_s": 0,
            "absences": {"share": 0},
            "patience": {} if patience_s is None else {"mean_minutes": patience_s / 60},
        }
    )


def in_line_s(passage: Passage) -> float:
    until_s = passage.ended_s if passage.called_s is None else passage.called_s
    assert until_s is not None
    assert passage.issued_s is not None
    return until_s - passage.issued_s


def counted(day: LivedDay) -> Sequence[Passage]:
    people = day.passages[WARM_UP : WARM_UP + COUNTED]
    assert len(people) == COUNTED
    return people


def means(days: Sequence[Sequence[Passage]], figure: Callable[[Passage], float]) -> list[float]:
    return [statistics.fmean(figure(each) for each in people) for people in days]


def holds(figures: Sequence[float], truth: float, t_99: float = T_99) -> bool:
    """Say whether the 99 % interval of the mean over the days holds the truth."""
    half = t_99 * statistics.stdev(figures) / math.sqrt(len(figures))
    print(f"{statistics.fmean(figures):.5f} ± {half:.5f}, by the formula {truth:.5f}")
    return abs(statistics.fmean(figures) - truth) <= half


@pytest.mark.parametrize("load", [0.75, 0.9])
def test_without_patience_waits_are_those_of_erlang_c(load: float) -> None:
    truth = ErlangC(load * WINDOWS / HOLD_S, HOLD_S, WINDOWS)
    scenario = station(load)
    days = [counted(live_day(make_world(scenario, seed=seed))) for seed in SEEDS]
    assert holds(means(days, lambda each: in_line_s(each) > 0), truth.p_wait)
    assert holds(means(days, in_line_s), truth.mean_wait_s)
    assert holds(means(days, lambda each: in_line_s(each) <= HOLD_S), truth.within(HOLD_S))


def test_with_patience_waits_and_leavers_are_those_of_erlang_a() -> None:
    truth = ErlangA(0.9 * WINDOWS / HOLD_S, HOLD_S, WINDOWS, PATIENCE_S)
    scenario = station(0.9, patience_s=PATIENCE_S)
    days = [counted(live_day(make_world(scenario, seed=seed))) for seed in SEEDS]
    assert holds(means(days, lambda each: in_line_s(each) > 0), truth.p_wait)
    assert holds(means(days, lambda each: each.end == "left"), truth.p_leave)
    assert holds(means(days, in_line_s), truth.mean_wait_s)


@pytest.mark.soak
@pytest.mark.parametrize("load", [0.6, 0.75, 0.9])
def test_over_a_hundred_days_too_waits_are_those_of_erlang_c(load: float) -> None:
    truth = ErlangC(load * WINDOWS / HOLD_S, HOLD_S, WINDOWS)
    scenario = station(load)
    days = [counted(live_day(make_world(scenario, seed=seed))) for seed in MANY_SEEDS]
    assert holds(means(days, lambda each: in_line_s(each) > 0), truth.p_wait, MANY_T_99)
    assert holds(means(days, in_line_s), truth.mean_wait_s, MANY_T_99)


@pytest.mark.soak
@pytest.mark.parametrize("load", [0.9, 1.1])
def test_over_a_hundred_days_too_leavers_are_those_of_erlang_a(load: float) -> None:
    truth = ErlangA(load * WINDOWS / HOLD_S, HOLD_S, WINDOWS, PATIENCE_S)
    scenario = station(load, patience_s=PATIENCE_S)
    days = [counted(live_day(make_world(scenario, seed=seed))) for seed in MANY_SEEDS]
    assert holds(means(days, lambda each: in_line_s(each) > 0), truth.p_wait, MANY_T_99)
    assert holds(means(days, lambda each: each.end == "left"), truth.p_leave, MANY_T_99)
    assert holds(means(days, in_line_s), truth.mean_wait_s, MANY_T_99)
