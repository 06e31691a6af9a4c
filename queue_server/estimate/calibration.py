"""The range that holds as often as it says: adaptive conformal prediction over shown estimates.

The score of an estimate is how far the wait lay from the raw middle, in raw scales. The range takes
the quantiles of the latest scores of its service, drawn towards the whole centre's while there are
few (Vovk, Gammerman, Shafer 2005, normalised nonconformity), and the share of scores between them
is moved a little after each outcome until four of five waits are held (Gibbs, Candès 2021, ACI).
"""

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field
from typing import Final

KEPT: Final = 400
"""Scores that are remembered of each service, and of the centre."""
OWN_WEIGHT: Final = 80.0
"""With so many scores of its own a service is worth as much as the whole centre."""
HELD: Final = 0.8
"""The share of waits that the range is to hold."""
STEP: Final = 0.01
"""By how much of the error the level moves after an outcome."""
LEVELS: Final = (0.5, 0.98)
FLOOR_S: Final = 20.0
"""No wait is known better than to so many seconds."""
FIRST_SCORES: Final = (-1.4, -1.0, -0.6, -0.3, -0.1, 0.1, 0.3, 0.7, 1.2, 1.8)
"""Taken while nothing is known."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What the model says of a wait before calibration, in seconds."""

    middle_s: float
    scale_s: float


@dataclass(slots=True)
class Scores:
    """The latest scores, also in ascending order."""

    latest: deque[float] = field(default_factory=deque)
    ordered: list[float] = field(default_factory=list)

    def add(self, score: float) -> None:
        """Remember a score and forget the oldest beyond `KEPT`."""
        self.latest.append(score)
        insort(self.ordered, score)
        if len(self.latest) > KEPT:
            oldest = self.latest.popleft()
            del self.ordered[bisect_left(self.ordered, oldest)]

    def quantile(self, p: float) -> float:
        """Return the score below which a share `p` lies (between neighbours, linear)."""
        place = min(max(p * len(self.ordered) - 0.5, 0.0), len(self.ordered) - 1.0)
        below = int(place)
        above = min(below + 1, len(self.ordered) - 1)
        return self.ordered[below] + (place - below) * (self.ordered[above] - self.ordered[below])


class Calibration:
    """Scores by service and the level; feed it with each outcome in the order of the calls."""

    def __init__(self) -> None:
        self._centre = Scores()
        for score in FIRST_SCORES:
            self._centre.add(score)
        self._services: dict[str, Scores] = {}
        self.level = HELD

    def range_of(self, raw: Raw, service: str) -> tuple[float, float, float]:
        """Return low, likely and high in seconds, none of them negative."""
        tail = (1 - self.level) / 2
        low, likely, high = (
            max(raw.middle_s + self._score(service, p) * scale_of(raw), 0.0)
            for p in (tail, 0.5, 1 - tail)
        )
        return low, likely, high

    def happened(self, raw: Raw, service: str, said: tuple[float, float], wait_s: float) -> None:
        """Learn what became of an estimate whose range was `said` (low and high, seconds)."""
        is_held = said[0] <= wait_s <= said[1]
        self.level = min(max(self.level + STEP * (HELD - is_held), LEVELS[0]), LEVELS[1])
        score = (wait_s - raw.middle_s) / scale_of(raw)
        self._centre.add(score)
        self._services.setdefault(service, Scores()).add(score)

    def _score(self, service: str, p: float) -> float:
        whole = self._centre.quantile(p)
        own = self._services.get(service)
        if own is None:
            return whole
        weight = len(own.ordered) / (len(own.ordered) + OWN_WEIGHT)
        return whole + weight * (own.quantile(p) - whole)


def scale_of(raw: Raw) -> float:
    """Return the unit in which a raw estimate's errors are measured, in seconds."""
    return max(raw.scale_s, FLOOR_S)
