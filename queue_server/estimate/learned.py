"""What the past tells the forward run: holds, speeds, absences, pauses, leaving, arrivals.

Everything is learned one visit at a time, in the order in which visits end, and needs bounded
memory. What little is known is drawn towards what is known better: a service towards the
catalogue's time and the centre's pace, a window towards the ordinary speed, today towards the days
before.
"""

import math
import pickle
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from core_services.calendar import business_day, day_bounds
from queue_server.estimate.arrivals import Arrivals
from queue_server.estimate.drift import Drift
from queue_server.estimate.holds import HoldTimes
from queue_server.estimate.model import Staffed, Visit
from queue_server.estimate.pauses import Pauses
from queue_server.estimate.spread import FloatArray
from queue_server.tickets.selection import COMMON_LANES, lane_for

ABSENT_SHARE: Final = 0.05
"""The share of calls that nobody follows, while nothing is known."""
ABSENT_HOLDS_S: Final = (45.0, 60.0, 90.0)
WALKS_S: Final = (10.0, 20.0, 40.0)
HARDLY: Final = 1e-7
"""People a second who leave, below which nobody is taken to leave."""


class Learned:
    """What is known at some moment; feed it with everything that ended before."""

    def __init__(
        self,
        priors: Mapping[str, float] | None = None,
        *,
        zone: ZoneInfo | None = None,
        cut_over: time = time(3),
    ) -> None:
        """`priors`: the seconds at a window that the catalogue gives each service."""
        self._zone, self._cut_over = zone or ZoneInfo("Africa/Cairo"), cut_over
        self.arrivals = Arrivals(self._zone, cut_over)
        self.hold_times = HoldTimes(dict(priors or {}))
        self.pauses = Pauses()
        self._absent = Drift(1 - 1 / 150, 40.0)
        self._absent_in: dict[str, Drift] = {}
        self._absent_holds = deque[float](ABSENT_HOLDS_S, maxlen=200)
        self._walks = deque[float](WALKS_S, maxlen=200)
        self._absent_ordered: FloatArray | None = None
        self._walks_ordered: FloatArray | None = None
        self._left = Drift(1 - 1 / 1000, 0.0)
        self._waited = Drift(1 - 1 / 1000, 0.0)
        self._silent = Drift(1 - 1 / 100, 1.0)
        self._day_ends = -math.inf

    @classmethod
    def from_history(
        cls,
        visits: Iterable[Visit],
        staffed: Sequence[Staffed] = (),
        priors: Mapping[str, float] | None = None,
        *,
        zone: ZoneInfo | None = None,
        cut_over: time = time(3),
    ) -> "Learned":
        """Learn all that visits and the log of windows tell, in the order of their ends."""
        learned = cls(priors, zone=zone, cut_over=cut_over)
        moments: list[tuple[float, int, Visit | Staffed]] = [
            (end_of(visit), 1, visit) for visit in visits
        ]
        moments += [(each.opened_at, 0, each) for each in staffed]
        moments += [(each.closed_at, 2, each) for each in staffed]
        for at, kind, what in sorted(moments, key=lambda each: each[:2]):
            if isinstance(what, Visit):
                learned.observe(what)
            elif kind == 0:
                learned.opened(what.window, at)
            else:
                learned.closed(what.window, at)
        return learned

    def copy(self) -> "Learned":
        """Return all that is known as a value of its own: what one turns to, the other does not."""
        same: Learned = pickle.loads(pickle.dumps(self, pickle.HIGHEST_PROTOCOL))
        return same

    def observe(self, visit: Visit) -> None:
        """Learn of a number whose end is known: call it when the end came."""
        self.turn_to(visit.issued_at)
        self.arrivals.observe(visit.issued_at, visit.queue, visit.priority)
        if visit.outcome == "left":
            self._left.observe(1.0)
            self._silent.observe(float(visit.finished_at is None))
            return
        called_at, free_at, window = visit.called_at, visit.finished_at, visit.window
        if called_at is None or window is None:
            return
        self._left.observe(0.0)
        self._waited.observe(max(called_at - visit.issued_at, 0.0))
        is_absent = visit.outcome == "no_show"
        lane = visit.lane or lane_for(visit.priority)
        self._absent.observe(float(is_absent))
        if lane in COMMON_LANES:
            self._absent_in.setdefault(lane, Drift(1 - 1 / 150, 60.0)).observe(float(is_absent))
        if free_at is None or free_at < called_at:
            return
        self.pauses.served(window, visit.issued_at, called_at, free_at)
        hold_s = free_at - called_at
        if is_absent:
            self._absent_holds.append(hold_s)
            self._absent_ordered = None
            return
        if visit.started_at is not None:
            self._walks.append(max(visit.started_at - called_at, 0.0))
            self._walks_ordered = None
        self.hold_times.observe(visit.queue, visit.service, window, visit.requests, hold_s)

    def opened(self, window: int, at: float) -> None:
        """Learn from a log that a window opened at `at` (epoch seconds)."""
        self.turn_to(at)
        self.pauses.opened(window, at)

    def closed(self, window: int, at: float) -> None:
        """Learn from a log that a window closed, or went into a pause, at `at` (epoch seconds)."""
        self.turn_to(at)
        self.pauses.closed(window, at)

    def holds(self, queue: str, service: str | None) -> FloatArray:
        """Return holds in seconds, ascending and equally likely: one request, pace 1."""
        return self.hold_times.ordered(queue, service)

    def mean_hold(self, queue: str, service: str | None) -> float:
        """Return the mean hold in seconds of today at a window of ordinary speed."""
        return self.hold_times.mean(queue, service) * self.hold_times.drift(queue, service)

    def pace(self, queue: str, service: str | None, window: int) -> float:
        """Return by what holds are multiplied at a window today."""
        return self.hold_times.pace(queue, service, window)

    def speed(self, window: int) -> float:
        """Return the window's part of `pace`: 1 is ordinary, 2 takes twice as long."""
        return self.hold_times.speed(window)

    def absent(self, lane: str) -> float:
        """Return the probability that nobody follows a call in that lane."""
        whole = self._absent.value(ABSENT_SHARE)
        known = self._absent_in.get(lane)
        return whole if known is None else known.value(whole)

    def absent_holds(self) -> FloatArray:
        """Return how long calls that nobody follows hold a window, in seconds, ascending."""
        if self._absent_ordered is None:
            self._absent_ordered = np.sort(np.fromiter(self._absent_holds, np.float64))
        return self._absent_ordered

    def walks(self) -> FloatArray:
        """Return the times from call to start in seconds, ascending."""
        if self._walks_ordered is None:
            self._walks_ordered = np.sort(np.fromiter(self._walks, np.float64))
        return self._walks_ordered

    @property
    def leaving(self) -> float:
        """The rate at which each person in line leaves before a call, per second; 0: nobody."""
        if self._left.den < 1 or self._waited.num <= 0:
            return 0.0
        share = self._left.num / self._left.den
        rate = share / (self._waited.num / self._waited.den)
        return rate if rate > HARDLY else 0.0

    @property
    def leaves_silently(self) -> bool:
        """Whether most of those who leave are seen to have left only when their call would come:
        nobody wrote down the moment."""
        return self._silent.value(0.0) > 0.5

    def turn_to(self, at: float) -> bool:
        """Begin the business day of `at` (epoch seconds) unless it has begun; say whether."""
        if at < self._day_ends:
            return False
        day = business_day(datetime.fromtimestamp(at, UTC), self._zone, self._cut_over)
        began, ends = day_bounds(day, self._zone, self._cut_over)
        if self._day_ends > -math.inf:
            self.hold_times.new_day()
        self._day_ends = ends.timestamp()
        self.pauses.new_day(began.timestamp())
        return True


def end_of(visit: Visit) -> float:
    """Return when a visit's end was known, epoch seconds."""
    known = (visit.finished_at, visit.started_at, visit.called_at, visit.issued_at)
    return next(moment for moment in known if moment is not None)
