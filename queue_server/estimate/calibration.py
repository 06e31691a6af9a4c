"""The range that holds as often as it says: adaptive conformal prediction over shown estimates.

The score of an estimate is how far the wait lay from the raw middle, in raw scales. The range takes
the quantiles of the latest scores of its service, drawn towards the whole centre's while there are
few (Vovk, Gammerman, Shafer 2005, normalised nonconformity), and the share of scores between them
is moved a little after each outcome until four of five waits are held (Gibbs, Candès 2021, ACI).
"""

import math
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field
from typing import Final

KEPT: Final = 600
"""Scores that are remembered of each service, and of the centre."""
OWN_WEIGHT: Final = 80.0
"""With so many scores of its own a service is worth as much as the whole centre."""
HELD: Final = 0.8
"""The share of waits that the range is to hold."""
AIM: Final = 0.81
"""The share that is aimed at: outcomes come late, so that bad times are answered late."""
STEP: Final = 0.005
"""By how much of the error the level moves after an outcome."""
DAY_STEP: Final = 0.03
"""The same for the part of the level that is forgotten at the end of the day: a day that is unlike
the ones before is noticed within it."""
DAY_LIMIT: Final = 0.2
LEVELS: Final = (0.5, 0.98)
EDGE: Final = 0.1
"""So near to an end of its range, in its widths, a wait is held in part: a second more or less of
one wait is to change little."""
FLOOR_S: Final = 20.0
"""No wait is known better than to so many seconds."""
SHARE: Final = 0.3
"""Nor better than to such a share of itself: on a bad day everybody's error is the same one."""
MIDDLE: Final = 0.5
"""How much of the middle score corrects the likely wait; the whole of it would follow the last
bad day for too long."""
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
        self._always = HELD
        self._today = 0.0

    @property
    def level(self) -> float:
        """The share of scores between which the range is taken."""
        return _between(LEVELS[0], self._always + self._today, LEVELS[1])

    def new_day(self) -> None:
        """Forget what was peculiar to the day that ended."""
        self._today = 0.0

    def range_of(self, raw: Raw, service: str) -> tuple[float, float, float]:
        """Return low, likely and high in seconds, none of them negative."""
        tail = (1 - self.level) / 2
        scale = scale_of(raw)
        low, likely, high = (
            max(raw.middle_s + share * self._score(service, p) * scale, 0.0)
            for share, p in ((1.0, tail), (MIDDLE, 0.5), (1.0, 1 - tail))
        )
        return min(low, likely), likely, max(high, likely)

    def happened(self, raw: Raw, service: str, said: tuple[float, float], wait_s: float) -> None:
        """Learn what became of an estimate whose range was `said` (low and high, seconds)."""
        error = AIM - _how_held(*said, wait_s)
        self._always = _between(LEVELS[0], self._always + STEP * error, LEVELS[1])
        self._today = _between(-DAY_LIMIT, self._today + DAY_STEP * error, DAY_LIMIT)
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
    return math.hypot(raw.scale_s, SHARE * raw.middle_s, FLOOR_S)


def _how_held(low_s: float, high_s: float, wait_s: float) -> float:
    """Return 1 for a wait well within, 0 for one well beyond, and between them near an end.

    A range from 0 on has no lower end.
    """
    inside_s = min(wait_s - low_s, high_s - wait_s) if low_s > 0 else high_s - wait_s
    edge_s = EDGE * (high_s - low_s)
    if not edge_s:
        return float(inside_s >= 0)
    return _between(0.0, 0.5 + inside_s / (2 * edge_s), 1.0)


def _between(low: float, value: float, high: float) -> float:
    return min(max(value, low), high)
