"""How true the estimate is, over simulated days, beside the best closed formula of the same days.

`python -m benchmarks estimate` takes a short form of it. `python -m benchmarks.estimate` walks the
thirty usual and twelve perturbed days and prints the tables of docs/estimate.md.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

from benchmarks.effort import Effort
from benchmarks.estimate_days import (
    ALL,
    PERTURBED,
    SEED,
    TRAIN_DAYS,
    JudgedDay,
    Knows,
    Perturbation,
    judge,
    perturbed_days,
    together,
    usual_days,
)
from benchmarks.findings import Finding, Target, at_most
from queue_server.estimate.backtest import Score

ROW = "estimate"
USUAL_DAYS = 30
PERTURBED_EACH = 2
_SHORT_TRAIN = 5
_BEST = "the best closed formula"


async def measure(effort: Effort) -> list[Finding]:
    """Judge a few usual days and one perturbed one."""
    usual, perturbed = (5, 1) if effort.rounds > 2 else (2, 1)
    effort.say(f"estimate: {usual} usual days after {_SHORT_TRAIN} of training")
    days = await asyncio.to_thread(_usual, usual, _SHORT_TRAIN)
    effort.say(f"estimate: a perturbed day, {PERTURBED[0].name}")
    days += await asyncio.to_thread(_perturbed, PERTURBED[0], perturbed, _SHORT_TRAIN)
    return findings(days)


def findings(days: Sequence[JudgedDay]) -> list[Finding]:
    """Return how far the product is ahead of the best formula, and how often its range held."""
    product, formulas = _overall(days)
    best = min(formulas, key=lambda name: formulas[name].mae_s)
    held = 100 * product.coverage_80
    by_day = [100 * day.product.coverage_80 for day in days]

    def share(what: str, figure: float, target: Target) -> Finding:
        against = "what it promises"
        return Finding(ROW, what, "%", (figure,), (80.0,), against, target)

    return [
        Finding(
            row=ROW,
            what=f"mean error at issue, {product.n:,} numbers of {len(days)} simulated days",
            unit="s",
            figures=(product.mae_s,),
            limits=(formulas[best].mae_s,),
            against=f"{_BEST}: {best.replace('_', ' ')}",
            target=at_most(0.8),
        ),
        share("waits within the range said", held, Target("figure", "at least", 77)),
        share("the same", held, Target("figure", "at most", 83)),
        share("the day on which fewest were", min(by_day), Target("figure", "at least", 70)),
        share("the day on which most were", max(by_day), Target("figure", "at most", 90)),
    ]


def tables(usual: Sequence[JudgedDay], perturbed: Sequence[JudgedDay]) -> str:
    """Return the tables of docs/estimate.md."""
    return "\n".join(
        [
            *_by_day(usual, "usual day"),
            "",
            *_by_day(perturbed, "perturbed day"),
            "",
            *_by_predictor(usual, perturbed),
        ]
    )


def _by_day(days: Sequence[JudgedDay], title: str) -> Iterator[str]:
    yield (
        f"| {title} | numbers | product, mean error | best formula of the day | its error | "
        "ratio | in the 80 % range | its width |"
    )
    yield "|---|--:|--:|---|--:|--:|--:|--:|"
    for day in days:
        yield _line(f"{day.shape}, {day.day}", day.product, day.best, day.formulas[day.best])
    product, formulas = _overall(days)
    best = min(formulas, key=lambda name: formulas[name].mae_s)
    yield _line("**all**", product, best, formulas[best])


def _line(name: str, product: Score, best: str, formula: Score) -> str:
    cells = (
        name,
        f"{product.n:,}",
        _minutes(product.mae_s),
        best.replace("_", " "),
        _minutes(formula.mae_s),
        f"{product.mae_s / formula.mae_s:.2f}" if formula.mae_s else "",
        f"{100 * product.coverage_80:.1f} %",
        _minutes(product.mean_width_80_s),
    )
    return f"| {' | '.join(cells)} |"


def _by_predictor(usual: Sequence[JudgedDay], perturbed: Sequence[JudgedDay]) -> Iterator[str]:
    yield "| over all days | mean error | root of mean square | bias | in its 80 % range | width |"
    yield "|---|--:|--:|--:|--:|--:|"
    product, formulas = _overall([*usual, *perturbed])
    for name, score in [("**product**", product), *formulas.items()]:
        cells = (
            name.replace("_", " "),
            _minutes(score.mae_s),
            _minutes(score.rmse_s),
            _minutes(score.bias_s),
            f"{100 * score.coverage_80:.1f} %",
            _minutes(score.mean_width_80_s),
        )
        yield f"| {' | '.join(cells)} |"


def _overall(days: Sequence[JudgedDay]) -> tuple[Score, dict[str, Score]]:
    product = together(day.product for day in days)
    names = days[0].formulas
    return product, {name: together(day.formulas[name] for day in days) for name in names}


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.2f} min".replace("-", "−")


def _usual(count: int, train_days: int, *, knows: Knows = ALL, seed: int = SEED) -> list[JudgedDay]:
    days = usual_days(count, train_days=train_days, seed=seed)
    return judge(
        days,
        lambda day: day.world.name.replace("_", " "),
        train_days=train_days,
        knows=knows,
    )


def _perturbed(
    which: Perturbation, count: int, train_days: int, *, knows: Knows = ALL, seed: int = SEED
) -> list[JudgedDay]:
    days = perturbed_days(which, count, train_days=train_days, seed=seed)
    return judge(days, lambda _: which.name, train_days=train_days, knows=knows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk all days and print the tables; return 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.estimate", description=__doc__)
    parser.add_argument("--days", type=int, default=USUAL_DAYS, help="usual days that count")
    parser.add_argument(
        "--perturbed", type=int, default=PERTURBED_EACH, help="days of each perturbation"
    )
    parser.add_argument(
        "--unknown-service",
        action="store_true",
        help="a number has a service only where its holder chose one when taking it",
    )
    parser.add_argument(
        "--inferred-windows",
        action="store_true",
        help="no log of windows: which are in use is inferred from what they did",
    )
    parser.add_argument("--seed", type=int, default=SEED, help="what decides all chance")
    given = parser.parse_args(arguments)
    knows = Knows(service=not given.unknown_service, windows=not given.inferred_windows)
    work: list[Callable[[], list[JudgedDay]]] = [
        partial(_usual, given.days, TRAIN_DAYS, knows=knows, seed=given.seed)
    ]
    work += [
        partial(_perturbed, each, given.perturbed, TRAIN_DAYS, knows=knows, seed=given.seed)
        for each in PERTURBED
    ]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        usual, *others = [each.result() for each in [pool.submit(job) for job in work]]
    perturbed = [day for days in others for day in days]
    print(tables(usual, perturbed))
    found = findings([*usual, *perturbed])
    for each in found:
        print(
            f"{each.what}: {each.figure:.1f} {each.unit} beside {each.limit:.1f} "
            f"({each.against}): {'met' if each.is_met else 'not met'}",
            file=sys.stderr,
        )
    return 0 if all(each.is_met for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
