"""How true predictions were: errors, bias, the share of waits inside the range, its width."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from queue_server.estimate.baselines import NAMES
from queue_server.estimate.calibration import Raw
from queue_server.estimate.model import Range, Visit


@dataclass(slots=True)
class Predicted:
    """What was said to one number at its issue, and what became of it."""

    visit: Visit
    day: date
    range: Range | None
    """The product's; None: it said that no window serves this number."""
    baselines: Mapping[str, Range]
    wait_s: float | None = None
    """From issue to the first call; None: it left, or never came to its call in this history."""
    raw: Raw | None = None
    """What the run forward said before its calibration."""


@dataclass(frozen=True, slots=True)
class Score:
    """How true a predictor was, in seconds; bias is the mean of predicted less actual."""

    n: int
    mae_s: float
    rmse_s: float
    bias_s: float
    coverage_80: float
    mean_width_80_s: float


@dataclass(frozen=True, slots=True)
class BacktestReport:
    """What the backtest found on the days after training."""

    days: int
    train_days: int
    product: Score
    baselines: Mapping[str, Score]
    per_day: tuple[tuple[date, Score, Mapping[str, Score]], ...]
    """Each day with the product and each formula."""
    per_service: Mapping[str, Score]
    notes: tuple[str, ...] = ()

    @property
    def best_baseline(self) -> str:
        """The formula with the smallest mean error."""
        return min(self.baselines, key=lambda name: self.baselines[name].mae_s)

    def as_json(self) -> dict[str, Any]:
        """Return the report as values that JSON knows, spans in seconds to a tenth."""
        return {
            "days": self.days,
            "train_days": self.train_days,
            "product": _json(self.product),
            "baselines": {name: _json(score) for name, score in self.baselines.items()},
            "per_day": [
                {
                    "day": day.isoformat(),
                    "product": _json(score),
                    "baselines": {name: _json(each) for name, each in others.items()},
                }
                for day, score, others in self.per_day
            ],
            "per_service": {name: _json(score) for name, score in self.per_service.items()},
            "notes": list(self.notes),
        }


def report_on(
    judged: Sequence[Predicted], *, days: int, train_days: int, is_inferred: bool
) -> BacktestReport:
    """Sum up predictions: over all, by day, by service."""
    known = [each for each in judged if each.wait_s is not None]
    notes: list[str] = []
    if len(known) < len(judged):
        left = len(judged) - len(known)
        notes.append(f"{left} numbers were never called; their wait is unknown and not counted")
    untold = sum(each.range is None for each in known)
    if untold:
        notes.append(
            f"{untold} numbers were told no time, as no window was in use or expected; "
            "they count in no error"
        )
    if is_inferred:
        notes.append("the windows in use were inferred from calls; no log of windows was given")
    by_day: dict[date, list[Predicted]] = {}
    by_service: dict[str, list[Predicted]] = {}
    for each in known:
        by_day.setdefault(each.day, []).append(each)
        by_service.setdefault(each.visit.service or "", []).append(each)
    return BacktestReport(
        days,
        train_days,
        score_of(known, None),
        {name: score_of(known, name) for name in NAMES},
        tuple(
            (
                day,
                score_of(some, None),
                {name: score_of(some, name) for name in NAMES},
            )
            for day, some in sorted(by_day.items())
        ),
        {name: score_of(some, None) for name, some in sorted(by_service.items())},
        tuple(notes),
    )


def score_of(known: Sequence[Predicted], baseline: str | None) -> Score:
    """Score the product (None) or a formula on the numbers to which the product told a time."""
    pairs = [
        (each.range if baseline is None else each.baselines[baseline], each.wait_s)
        for each in known
        if each.range is not None and each.wait_s is not None
    ]
    errors = [said.likely_s - wait for said, wait in pairs if said is not None]
    if not errors:
        return Score(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    n = len(errors)
    return Score(
        n,
        sum(map(abs, errors)) / n,
        math.sqrt(sum(error * error for error in errors) / n),
        sum(errors) / n,
        sum(said is not None and said.low_s <= wait <= said.high_s for said, wait in pairs) / n,
        sum(said.high_s - said.low_s for said, _ in pairs if said is not None) / n,
    )


def _json(score: Score) -> dict[str, float]:
    return {
        "n": score.n,
        "mae_s": round(score.mae_s, 1),
        "rmse_s": round(score.rmse_s, 1),
        "bias_s": round(score.bias_s, 1),
        "coverage_80": round(score.coverage_80, 4),
        "mean_width_80_s": round(score.mean_width_80_s, 1),
    }
