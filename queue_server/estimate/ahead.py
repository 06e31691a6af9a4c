"""The hall run forward with everybody who is expected: what a plan or a move would bring."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from queue_server.estimate.arrivals import Arrivals
from queue_server.estimate.dispatch import Calls, Line, dispatch
from queue_server.estimate.hall import Hall
from queue_server.estimate.learned import Learned
from queue_server.estimate.lines import booked_lines, groups_of
from queue_server.estimate.model import Situation
from queue_server.estimate.spread import FloatArray
from queue_server.tickets.selection import lane_for

RUNS_AHEAD: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """Everybody who waits or is expected until a moment, and the windows meanwhile."""

    at: float
    until: float
    came: FloatArray
    """When each person came, epoch seconds, shape (people, replications); nan: he did not come, or
    left before his call."""
    called: FloatArray
    """When each was called, epoch seconds; infinite: never."""
    queues: tuple[str, ...]
    """The queue of each person (row)."""
    idle: Mapping[int, float]
    """By window, the share of the time until `until` in which it was there, or in a pause that is
    only expected, and had no citizen."""

    def waits(
        self, by: float | None = None, queue: str | None = None, since: float | None = None
    ) -> FloatArray:
        """Return the waits from coming to call of everybody in all replications, in seconds.

        `by`, `since`: only of those who came before, or not before, that moment (epoch seconds).
        `queue`: only of that queue.
        """
        rows = np.array([queue in (None, each) for each in self.queues], np.bool_)
        came, called = self.came[rows], self.called[rows]
        counts = ~np.isnan(came)
        if by is not None:
            counts &= came < by
        if since is not None:
            counts &= came >= since
        waits: FloatArray = np.maximum(called[counts] - came[counts], 0.0)
        return waits

    def quantile(
        self,
        p: float,
        by: float | None = None,
        queue: str | None = None,
        since: float | None = None,
    ) -> float:
        """Return the wait in seconds that a share `p` of these people does not exceed; nan where
        there are none."""
        waits = np.sort(self.waits(by, queue, since))
        if not waits.size:
            return float("nan")
        return float(waits[min(int(p * waits.size), waits.size - 1)])


def run_ahead(
    situation: Situation,
    learned: Learned,
    *,
    until: float,
    arrivals: Arrivals | None = None,
    runs: int = RUNS_AHEAD,
) -> Ahead:
    """Run the hall forward with everybody who is expected to come until `until` (epoch seconds).

    `arrivals`: another expectation than the learned one. Everybody is followed to his call.
    """
    hall = Hall(situation, learned, runs)
    at = situation.at
    lines: list[Line] = []
    came: list[FloatArray] = []
    queues: list[str] = []
    for group in groups_of(hall, situation.standing):
        lines.append(group.line(hall, 1))
        since = np.array([[each.since or at] for each in group.people])
        came.append(np.tile(since, (1, runs)))
        queues += [each.queue for each in group.people]
    expected = arrivals or hall.arrivals
    for salt, (queue, priority) in enumerate(expected.kinds):
        lane = lane_for(priority)
        served = hall.served_by(queue, lane)
        drawn = hall.future(expected, queue, (priority,), until - at, salt)
        if drawn is None:
            continue
        comes, holds = drawn
        keys = comes - situation.credit_s.get(priority, 0.0)
        if served.any():
            lines.append(Line(served, hall.first_at(lane) & served, keys, holds, comes))
            came.append(np.where(np.isinf(comes), np.nan, at + comes))
            queues += [queue] * len(comes)
    for queue, _, line in booked_lines(hall):
        lines.append(replace(line, is_awaited=True))
        if line.comes is not None:
            came.append(np.where(line.holds > 0, at + line.comes, np.nan))
            queues += [queue] * len(line.comes)
    if not lines:
        nobody = np.empty((0, runs))
        return Ahead(at, until, nobody, nobody, (), _idle(hall, None, [], until - at))
    calls = dispatch(lines, hall.free(), hall.speeds, hall.until, hall.pauses(), tell_windows=True)
    for place, (line, called) in enumerate(zip(lines, calls.at, strict=True)):
        if line.leaves is not None and line.served_by.any():
            left = np.isinf(called) & np.isfinite(line.leaves)
            came[place] = np.where(left, np.nan, came[place])
    return Ahead(
        at,
        until,
        np.concatenate(came),
        at + np.concatenate(calls.at),
        tuple(queues),
        _idle(hall, calls, lines, until - at),
    )


def _idle(hall: Hall, calls: Calls | None, lines: list[Line], span_s: float) -> dict[int, float]:
    """Count what is left of each window's working time when everything in hand is taken off."""
    first_free = np.minimum(hall.free(), span_s)
    ends = np.full(len(hall.windows), span_s) if hall.until is None else hall.until
    ends = np.minimum(ends, span_s)
    idle: dict[int, float] = {}
    for place, window in enumerate(hall.windows):
        worked = np.maximum(ends[place] - first_free[place], 0.0)
        busy = np.zeros(hall.runs)
        if calls is not None:
            for line, at, by in zip(lines, calls.at, calls.windows, strict=True):
                starts = np.where((by == place) & (at < ends[place]), at, np.inf)
                held = np.minimum(starts + line.holds * hall.speeds[place], ends[place])
                busy += np.where(np.isfinite(starts), held - starts, 0.0).sum(axis=0)
        rest = float((worked - busy).clip(0.0).mean())
        idle[window.number] = rest / span_s if span_s > 0 else 0.0
    return idle
