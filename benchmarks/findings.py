"""What a run found: each finding is a figure beside a limit that was measured in the same run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

Bound = Literal["at least", "at most", "below"]


@dataclass(frozen=True, slots=True)
class Target:
    """What is promised, of the ratio (`×`) or of the figure itself."""

    subject: Literal["ratio", "figure"]
    bound: Bound
    value: float

    def is_met_by(self, value: float) -> bool:
        """Say whether the value keeps the promise."""
        match self.bound:
            case "at least":
                return value >= self.value
            case "at most":
                return value <= self.value
            case "below":
                return value < self.value


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table: a figure, its limit, and their ratio in every round."""

    row: str
    what: str
    unit: str
    figures: tuple[float, ...]
    """One a round, as are the limits."""
    limits: tuple[float, ...]
    against: str
    """What the limit is."""
    target: Target | None
    """None: told for its own sake, nothing is promised."""

    @property
    def figure(self) -> float:
        """The median of the rounds."""
        return median(self.figures)

    @property
    def limit(self) -> float:
        """The median of the rounds."""
        return median(self.limits)

    @property
    def ratios(self) -> tuple[float, ...]:
        """Figure to limit, round by round: a neighbour's load is in both."""
        return tuple(
            figure / limit for figure, limit in zip(self.figures, self.limits, strict=True)
        )

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(self.ratios)

    @property
    def is_met(self) -> bool | None:
        """Whether the target is kept; None where there is none."""
        if self.target is None:
            return None
        return self.target.is_met_by(self.ratio if self.target.subject == "ratio" else self.figure)


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which that share of them lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def at_least(ratio: float) -> Target:
    """Promise a ratio that is so large."""
    return Target("ratio", "at least", ratio)


def at_most(ratio: float) -> Target:
    """Promise a ratio no larger than that."""
    return Target("ratio", "at most", ratio)


def below(figure: float) -> Target:
    """Promise a figure below that, in its own unit."""
    return Target("figure", "below", figure)
