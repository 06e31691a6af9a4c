"""When windows call nobody though people wait: turn-around, pauses, openings still to come."""

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from queue_server.estimate.spread import FloatArray

KEPT: Final = 500
SHORT_PAUSE_S: Final = 180.0
"""What is longer is a pause of the clerk; what is shorter belongs to the turn-around."""
LONGEST_PAUSE_S: Final = 5400.0
"""A window that calls nobody for longer though people wait was closed."""
PRIOR_PAUSES_S: Final = (300.0, 900.0, 1500.0, 2400.0)
LATE_S: Final = 1200.0
"""A window that is so much later than usual is not expected any more."""


@dataclass(slots=True)
class _Window:
    free_since: float | None = None
    """When it was last free, unless it was closed since."""
    came_today: bool = False
    closed_at: float | None = None
    firsts: deque[float] = field(default_factory=lambda: deque(maxlen=10))
    """Seconds from the business day's start to its first call or opening, by day."""


class Pauses:
    """What is known of how windows work, apart from the citizens in front of them."""

    def __init__(self) -> None:
        self._windows: dict[int, _Window] = {}
        self._gaps = deque[float]((0.0,) * 20, maxlen=KEPT)
        self._gaps_ordered: FloatArray | None = None
        self._away = deque[float](PRIOR_PAUSES_S, maxlen=200)
        self._away_ordered: FloatArray | None = None
        self._days = 0
        self._day_began = 0.0

    def new_day(self, began: float) -> None:
        """Begin a business day at `began` (epoch seconds)."""
        self._days += 1
        self._day_began = began
        for window in self._windows.values():
            if window.closed_at is not None:
                self._add_away(math.inf)
            window.closed_at = window.free_since = None
            window.came_today = False

    def opened(self, window: int, at: float) -> None:
        """Learn from the log that a window opened."""
        known = self._came(window, at)
        if known.closed_at is not None:
            self._add_away(at - known.closed_at)
        known.closed_at = None

    def closed(self, window: int, at: float) -> None:
        """Learn from the log that a window closed or went into a pause."""
        known = self._came(window, at)
        known.closed_at, known.free_since = at, None

    def served(self, window: int, issued_at: float, called_at: float, free_at: float) -> None:
        """Learn of a citizen who held a window from `called_at` to `free_at`.

        Where he had come before the window was free, it let him wait in the meantime.
        """
        known = self._came(window, called_at)
        if known.free_since is not None and issued_at <= known.free_since <= called_at:
            gap = called_at - known.free_since
            if gap <= LONGEST_PAUSE_S:
                self._gaps.append(gap)
                self._gaps_ordered = None
            if gap > SHORT_PAUSE_S:
                self._add_away(gap if gap <= LONGEST_PAUSE_S else math.inf)
        known.free_since = free_at

    def gaps(self) -> FloatArray:
        """Return the times from a window's being free to its next call while people waited, in
        seconds, ascending."""
        if self._gaps_ordered is None:
            self._gaps_ordered = np.sort(np.fromiter(self._gaps, np.float64))
        return self._gaps_ordered

    def away(self) -> FloatArray:
        """Return the lengths of pauses in seconds, ascending; infinite: not back on that day."""
        if self._away_ordered is None:
            self._away_ordered = np.sort(np.fromiter(self._away, np.float64))
        return self._away_ordered

    def expected(self, at: float) -> dict[int, float]:
        """Return the windows that have not come today and usually do, and when they are expected:
        epoch seconds, not before `at`."""
        expected: dict[int, float] = {}
        for number, window in self._windows.items():
            if window.came_today or len(window.firsts) * 2 < min(self._days - 1, 10):
                continue
            usual = self._day_began + sorted(window.firsts)[len(window.firsts) // 2]
            if usual + LATE_S > at:
                expected[number] = max(usual, at + 60.0)
        return expected

    def _came(self, window: int, at: float) -> _Window:
        known = self._windows.setdefault(window, _Window())
        if not known.came_today:
            known.came_today = True
            known.firsts.append(at - self._day_began)
        return known

    def _add_away(self, pause_s: float) -> None:
        self._away.append(pause_s)
        self._away_ordered = None
