"""Simulated days of one centre, on which the estimate is judged as a backtest judges it.

A history begins with days of training; then come the days that count. Usual days take the shapes of
the library by turns. Perturbed days are lived by other rules than the days of training, and nobody
tells the estimate.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from queue_server.estimate.backtest import Score, backtest
from queue_server.estimate.model import Visit
from queue_server.simulation.library import Scenario, library, load_scenario
from queue_server.simulation.lived import LivedDay
from queue_server.simulation.pure import live_day
from queue_server.simulation.world import make_world

TRAIN_DAYS: Final = 10
SEED: Final = 20261122
_BASE: Final = "ordinary_sunday"


@dataclass(frozen=True, slots=True)
class Perturbation:
    """A day that goes by other rules than those on which the estimate was trained."""

    name: str
    trained: Mapping[str, Any]
    """What the days of training change of the ordinary day."""
    lived: Mapping[str, Any]
    """What the perturbed day changes of them."""


def _away(*times: tuple[str, Sequence[int]]) -> list[dict[str, Any]]:
    return [
        {
            "windows": list(windows),
            "at": at,
            "minutes": 25,
            "announced": False,
            "late_minutes": 15,
        }
        for at, windows in times
    ]


_MIX_TIMES: Final = {"reconciliation": {"factor": 1.44}, "spatial-change": {"factor": 1.44}}

PERTURBED: Final = (
    Perturbation(
        "no-shows 15 %, trained at 6 %",
        {"absences": {"share": 0.06}},
        {"absences": {"share": 0.15}},
    ),
    Perturbation(
        "breaks of 25 minutes that nobody announced",
        {"breaks": []},
        {"breaks": _away(("09:30:00", (2, 6)), ("10:30:00", (3, 8)), ("11:30:00", (5, 7)))},
    ),
    Perturbation(
        "a clerk who needs twice the time",
        {},
        {
            "windows": [
                {"numbers": [1, 2, 5, 6, 7, 8]},
                {"numbers": [3], "speed": 0.5},
                {"numbers": [4], "speed": 0.8},
                {"numbers": [9], "speed": 1.2},
            ]
        },
    ),
    Perturbation(
        "the two commonest services take twice as long",
        {},
        {"arrivals": {"people": 700}, "services": {"times": _MIX_TIMES}},
    ),
    Perturbation(
        "three times as many with priority",
        {},
        {"people": {"age65": 0.27, "disability": 0.09, "infant": 0.12}},
    ),
    Perturbation("everything a fifth slower", {}, {"services": {"factor": 0.864}}),
)


@dataclass(frozen=True, slots=True)
class Knows:
    """What a history tells."""

    service: bool = True
    """Of every number; else only of whoever chose one when taking it."""
    windows: bool = True
    """When each stood open; else it is inferred from what they did."""


ALL: Final = Knows()


@dataclass(frozen=True, slots=True)
class JudgedDay:
    """One day that counted: its shape, and how true each predictor was."""

    day: date
    shape: str
    product: Score
    formulas: Mapping[str, Score]

    @property
    def best(self) -> str:
        """The formula with the smallest mean error of this day."""
        return min(self.formulas, key=lambda name: self.formulas[name].mae_s)


def usual_days(count: int, *, train_days: int = TRAIN_DAYS, seed: int = SEED) -> list[LivedDay]:
    """Return so many days of all shapes after the days of training, in one calendar."""
    shapes = [load_scenario(name) for name in library()]
    ordinary = load_scenario(_BASE)
    # The training too has seen other days than ordinary ones, as every centre has.
    trained = [ordinary if day % 2 == 0 else shapes[day // 2 % 10] for day in range(train_days)]
    lived = [shapes[day % len(shapes)] for day in range(count)]
    return list(_in_a_row([*trained, *lived], seed))


def perturbed_days(
    which: Perturbation, count: int, *, train_days: int = TRAIN_DAYS, seed: int = SEED
) -> list[LivedDay]:
    """Return so many perturbed days after ordinary days of training."""
    trained = load_scenario(_BASE).changed(which.trained)
    lived = trained.changed(which.lived)
    return list(_in_a_row([trained] * train_days + [lived] * count, seed))


def judge(
    days: Sequence[LivedDay],
    shape_of: Callable[[LivedDay], str],
    *,
    train_days: int = TRAIN_DAYS,
    knows: Knows = ALL,
) -> list[JudgedDay]:
    """Walk the days forward and tell how true each predictor was on those after the training."""
    visits = [visit for day in days for visit in told(day, known_service=knows.service)]
    staffed = [each for day in days for each in day.staffed] if knows.windows else None
    world = days[0].world
    report = backtest(
        visits,
        staffed,
        train_days=train_days,
        credit_s=world.credit_s,
        priors=world.target_s,
    )
    shapes = {day.world.date: shape_of(day) for day in days}
    return [JudgedDay(day, shapes[day], score, formulas) for day, score, formulas in report.per_day]


def told(day: LivedDay, *, known_service: bool) -> Iterator[Visit]:
    """Give the visits of a day as the centre knows them when the number is taken."""
    says = {f"{day.world.date}/{each.number}": each.says_service for each in day.world.citizens}
    for visit in day.visits:
        is_known = known_service or says[visit.ticket.removesuffix("-back")]
        yield visit if is_known else replace(visit, service=None)


def together(scores: Iterable[Score]) -> Score:
    """Return the score over all numbers of several days."""
    parts = [each for each in scores if each.n]
    n = sum(each.n for each in parts)

    def mean(figure: Callable[[Score], float]) -> float:
        return sum(figure(each) * each.n for each in parts) / n if n else 0.0

    return Score(
        n=n,
        mae_s=mean(lambda each: each.mae_s),
        rmse_s=mean(lambda each: each.rmse_s**2) ** 0.5,
        bias_s=mean(lambda each: each.bias_s),
        coverage_80=mean(lambda each: each.coverage_80),
        mean_width_80_s=mean(lambda each: each.mean_width_80_s),
    )


def _in_a_row(scenarios: Sequence[Scenario], seed: int) -> Iterator[LivedDay]:
    first = scenarios[0].plan
    calendar = {"date": first.date, "open_on": first.open_on}
    for day, scenario in enumerate(scenarios):
        yield live_day(make_world(scenario.changed(calendar), seed=seed, day=day))
