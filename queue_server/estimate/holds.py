"""How long a citizen holds a window, from the call until it is free: by service, window and day."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from queue_server.estimate.drift import Drift
from queue_server.estimate.spread import FloatArray

PRIOR_HOLD_S: Final = 300.0
"""Seconds taken for a service of which neither catalogue nor history tells anything."""
KEPT: Final = 500
"""Holds that are remembered of each service."""
PRIOR_HOLDS: Final = 8
"""So many holds weighs what the catalogue and the centre's pace say of a service."""
SHAPE_CV: Final = 0.8
"""The spread of holds about their mean (lognormal) until enough of them are known."""
ENOUGH_FOR_SHAPE: Final = 60
REQUEST_SHARE: Final = 0.75
"""What a further request on a number adds, as a share of the first."""
LONGEST_RATIO: Final = 8.0
"""A hold counts at most so many times its expectation: somebody forgot to press *finish*."""

Kind = tuple[str, str | None]
"""A queue and a service; None: its service is not known."""


@dataclass(slots=True)
class _Known:
    """The holds of one kind, as at a window of ordinary speed with one request."""

    holds: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    total: float = 0.0
    drift: Drift = field(default_factory=lambda: Drift(1 - 1 / 40, 25.0))
    """The kind against itself, lately: what the long memory has not noticed yet."""
    ordered: FloatArray | None = None
    ordered_for: tuple[float, int] = 0.0, 0
    """The prior and the shape with which `ordered` was made."""

    def add(self, hold_s: float) -> None:
        if len(self.holds) == KEPT:
            self.total -= self.holds[0]
        self.holds.append(hold_s)
        self.total += hold_s
        self.ordered = None


@dataclass(slots=True)
class _Speed:
    always: Drift = field(default_factory=lambda: Drift(1 - 1 / 400, 15.0))
    today: Drift = field(default_factory=lambda: Drift(1 - 1 / 60, 20.0))


class HoldTimes:
    """What is known of holds; a hold is a draw of its kind times the window's pace."""

    def __init__(self, priors: dict[str, float]) -> None:
        self.priors = priors
        """The seconds that the catalogue gives each service; another catalogue may be set."""
        self._known: dict[Kind, _Known] = {}
        self._queues: dict[str, _Known] = {}
        self._catalogue = Drift(1 - 1 / 1000, 10.0)
        self._day = Drift(1 - 1 / 80, 60.0)
        self._speeds: dict[int, _Speed] = {}
        self._shape = deque[float](maxlen=KEPT)
        self._shape_points: FloatArray = _lognormal_points()
        self._shape_seen = 0
        self._shapes = 0
        """How often the shape was made anew."""

    def observe(
        self, queue: str, service: str | None, window: int, requests: int, hold_s: float
    ) -> None:
        """Learn how long one citizen held a window, in seconds."""
        kind = self._known.setdefault((queue, service), _Known())
        speeds = self._speeds.setdefault(window, _Speed())
        first = hold_s / requests_factor(requests)
        mean = self.mean(queue, service)
        drift, day, speed = kind.drift.value(), self._day.value(), self.speed(window)
        ratio = min(first / (mean * drift * day * speed), LONGEST_RATIO)
        hold = ratio * mean * drift
        kind.drift.observe(ratio * drift)
        self._day.observe(ratio * day)
        always = speeds.always.value()
        speeds.always.observe(ratio * always)
        speeds.today.observe(ratio * speed)
        kind.add(hold)
        self._queues.setdefault(queue, _Known()).add(hold)
        if service in self.priors:
            self._catalogue.observe(hold / self.priors[service])
        self._shape.append(hold / mean)
        self._shape_seen += 1
        if len(self._shape) >= ENOUGH_FOR_SHAPE and self._shape_seen % 50 == 0:
            self._shape_points = _points_of(self._shape)
            self._shapes += 1

    def new_day(self) -> None:
        """Let the pace of the day that ended count little."""
        self._day.fade(0.1)
        for speed in self._speeds.values():
            speed.today.fade(0.1)

    def speed(self, window: int) -> float:
        """Return the factor of a window's holds: 1 is ordinary, 2 takes twice as long."""
        speeds = self._speeds.get(window)
        return 1.0 if speeds is None else speeds.today.value(speeds.always.value())

    def pace(self, queue: str, service: str | None, window: int) -> float:
        """Return by what a draw of `ordered` is multiplied at a window today."""
        return self.drift(queue, service) * self.speed(window)

    def drift(self, queue: str, service: str | None) -> float:
        """Return the part of `pace` that every window shares: of the service lately, of the day."""
        kind = self._known.get((queue, service))
        return (kind.drift.value() if kind else 1.0) * self._day.value()

    def mean(self, queue: str, service: str | None) -> float:
        """Return the mean hold in seconds of a kind at pace 1."""
        kind = self._of(queue, service)
        prior = self._prior(queue, service)
        if kind is None:
            return prior
        return (PRIOR_HOLDS * prior + kind.total) / (PRIOR_HOLDS + len(kind.holds))

    def ordered(self, queue: str, service: str | None) -> FloatArray:
        """Return holds in seconds at pace 1, ascending, each as likely as the others."""
        kind = self._of(queue, service)
        prior = self._prior(queue, service)
        if kind is None:
            return prior * self._shape_points
        made_for = prior, self._shapes
        if kind.ordered is None or kind.ordered_for != made_for:
            draws = np.concatenate(
                (np.fromiter(kind.holds, np.float64), prior * self._shape_points)
            )
            draws.sort()
            kind.ordered, kind.ordered_for = draws, made_for
        return kind.ordered

    def _of(self, queue: str, service: str | None) -> _Known | None:
        """What is known of a kind; of numbers without a service the whole queue tells, until
        enough have ended without one."""
        kind = self._known.get((queue, service))
        if service is None and (kind is None or len(kind.holds) < ENOUGH_FOR_SHAPE):
            return self._queues.get(queue)
        return kind

    def _prior(self, queue: str, service: str | None) -> float:
        """What is thought of a kind before any of its holds: the catalogue at the centre's pace;
        else the queue's mean."""
        if service is not None and service in self.priors:
            return self.priors[service] * self._catalogue.value()
        whole = self._queues.get(queue)
        if whole is None or not whole.holds:
            return self._mean_prior()
        return (PRIOR_HOLDS * self._mean_prior() + whole.total) / (PRIOR_HOLDS + len(whole.holds))

    def _mean_prior(self) -> float:
        if not self.priors:
            return PRIOR_HOLD_S
        mean = sum(self.priors.values()) / len(self.priors)
        return mean * self._catalogue.value()


def requests_factor(requests: int) -> float:
    """Return how many times as long a number with several requests holds a window."""
    return 1.0 + REQUEST_SHARE * (max(requests, 1) - 1)


def _lognormal_points() -> FloatArray:
    from statistics import NormalDist

    sigma = math.sqrt(math.log(1 + SHAPE_CV**2))
    normal = NormalDist(-sigma * sigma / 2, sigma)
    points = [math.exp(normal.inv_cdf((place + 0.5) / PRIOR_HOLDS)) for place in range(PRIOR_HOLDS)]
    mean = sum(points) / len(points)
    return np.array([point / mean for point in points])


def _points_of(shape: deque[float]) -> FloatArray:
    """Reduce many ratios to a few points of mean 1; where all holds took no time they tell no
    shape."""
    ordered = np.sort(np.fromiter(shape, np.float64))
    if not ordered[-1] > 0:
        return _lognormal_points()
    points = np.array([part.mean() for part in np.array_split(ordered, PRIOR_HOLDS)])
    scaled: FloatArray = points / points.mean()
    return scaled
