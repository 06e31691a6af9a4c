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
LATE_S: Final = 2700.0
"""A window that is so much later than usual is not expected any more."""
PRIOR_LATE_S: Final = (0.0, 0.0, 0.0, 0.0, 0.0, 60.0, 120.0, 300.0, 600.0, 1200.0)
FEW_DAYS: Final = 3
KEPT_SHIFTS: Final = 120
"""A shift is one window on one day."""
CLOSED_FOR_GOOD_S: Final = 2700.0
"""A window that closed so long before the day's last call was missed; later it is the evening."""


@dataclass(slots=True)
class _Window:
    free_since: float | None = None
    """When it was last free, unless it was closed since."""
    came_today: bool = False
    closed_at: float | None = None
    firsts: deque[float] = field(default_factory=lambda: deque(maxlen=10))
    """Seconds from the business day's start to its first call or opening, by day."""


class Pauses:
    """What is known of how windows work, apart from the citizens in front of them.

    What is heard late of a day that is over is passed over: it says nothing of this one.
    """

    def __init__(self) -> None:
        self._windows: dict[int, _Window] = {}
        self._gaps = deque[float]((0.0,) * 20, maxlen=KEPT)
        self._gaps_ordered: FloatArray | None = None
        self._away = deque[float](PRIOR_PAUSES_S, maxlen=200)
        self._away_ordered: FloatArray | None = None
        self._late = deque[float](PRIOR_LATE_S, maxlen=200)
        self._late_ordered: FloatArray | None = None
        self._taken: dict[int, list[tuple[float, float]]] = {}
        self._past = deque[list[tuple[float, float]]](maxlen=KEPT_SHIFTS)
        self._past_arrays: tuple[FloatArray, FloatArray] | None = None
        self._days = 0
        self._day_began = 0.0
        self._last_call = -math.inf

    def new_day(self, began: float) -> None:
        """Begin a business day at `began` (epoch seconds)."""
        for number, window in sorted(self._windows.items()):
            if window.came_today:
                self._past.append(sorted(self._taken.get(number, ())))
        self._past_arrays = None
        self._taken.clear()
        self._days += 1
        self._day_began = began
        for window in self._windows.values():
            closed_at = window.closed_at
            if closed_at is not None and self._last_call - closed_at > CLOSED_FOR_GOOD_S:
                self._add_away(math.inf)
            window.closed_at = window.free_since = None
            window.came_today = False

    def opened(self, window: int, at: float) -> None:
        """Learn from the log that a window opened."""
        if at < self._day_began:
            return
        known = self._came(window, at)
        if known.closed_at is not None:
            self._add_away(at - known.closed_at)
            self._take(window, known.closed_at, at)
        known.closed_at = None

    def closed(self, window: int, at: float) -> None:
        """Learn from the log that a window closed or went into a pause."""
        if at < self._day_began:
            return
        known = self._came(window, at)
        known.closed_at, known.free_since = at, None

    def served(self, window: int, issued_at: float, called_at: float, free_at: float) -> None:
        """Learn of a citizen who held a window from `called_at` to `free_at`.

        Where he had come before the window was free, it let him wait in the meantime.
        """
        if called_at < self._day_began:
            return
        known = self._came(window, called_at)
        self._last_call = max(self._last_call, called_at)
        if known.free_since is not None and issued_at <= known.free_since <= called_at:
            gap = called_at - known.free_since
            if gap <= SHORT_PAUSE_S:
                self._gaps.append(gap)
                self._gaps_ordered = None
            else:
                self._add_away(gap if gap <= LONGEST_PAUSE_S else math.inf)
                self._take(window, known.free_since, called_at)
        known.free_since = free_at

    def gaps(self) -> FloatArray:
        """Return the times from a window's being free to its next call while people waited, in
        seconds, ascending; pauses are not among them."""
        if self._gaps_ordered is None:
            self._gaps_ordered = np.sort(np.fromiter(self._gaps, np.float64))
        return self._gaps_ordered

    def away(self) -> FloatArray:
        """Return the lengths of pauses in seconds, ascending; infinite: not back on that day."""
        if self._away_ordered is None:
            self._away_ordered = np.sort(np.fromiter(self._away, np.float64))
        return self._away_ordered

    def next_pauses(self, at: float, luck: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        """Draw the next pause of each window from the shifts of past days: when it begins (seconds
        from `at`, infinite: none comes) and how long it lasts. Both have the shape of `luck`.

        A shift of the past tells by its pauses later than this time of the day. None: no shift is
        known, or none had a pause.
        """
        if self._past_arrays is None:
            longest = max((len(shift) for shift in self._past), default=0)
            begins = np.full((len(self._past), longest + 1), np.inf)
            lasts = np.zeros((len(self._past), longest + 1))
            for place, shift in enumerate(self._past):
                for number, (start, length) in enumerate(shift):
                    begins[place, number], lasts[place, number] = start, length
            self._past_arrays = begins, lasts
        begins, lasts = self._past_arrays
        if begins.shape[1] < 2:
            return None
        now = at - self._day_began
        first = (begins > now).argmax(axis=1)
        which = (luck * len(begins)).astype(np.int64)
        rows = np.arange(len(begins))
        return begins[rows, first].take(which) - now, lasts[rows, first].take(which)

    def came_today(self, window: int) -> bool:
        """Say whether a window has opened or called on this business day."""
        known = self._windows.get(window)
        return known is not None and known.came_today

    def late(self) -> FloatArray:
        """Return by how much windows come later than they usually do, in seconds, ascending."""
        if self._late_ordered is None:
            self._late_ordered = np.sort(np.fromiter(self._late, np.float64))
        return self._late_ordered

    def expected(self, at: float) -> dict[int, float]:
        """Return the windows that have not come today and usually do, and since when or for when
        they are expected, epoch seconds."""
        expected: dict[int, float] = {}
        for number, window in self._windows.items():
            if window.came_today or len(window.firsts) * 2 < min(self._days - 1, 10):
                continue
            usual = self._day_began + _middle(window.firsts)
            if usual + LATE_S > at:
                expected[number] = usual
        return expected

    def _came(self, window: int, at: float) -> _Window:
        known = self._windows.setdefault(window, _Window())
        if not known.came_today:
            known.came_today = True
            if len(known.firsts) >= FEW_DAYS:
                late_s = at - self._day_began - _middle(known.firsts)
                self._late.append(max(late_s, 0.0))
                self._late_ordered = None
            known.firsts.append(at - self._day_began)
        return known

    def _take(self, window: int, since: float, until: float) -> None:
        if until - since <= LONGEST_PAUSE_S:
            pause = since - self._day_began, until - since
            self._taken.setdefault(window, []).append(pause)

    def _add_away(self, pause_s: float) -> None:
        self._away.append(pause_s)
        self._away_ordered = None


def _middle(values: deque[float]) -> float:
    return sorted(values)[len(values) // 2]
