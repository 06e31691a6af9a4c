"""The hall run forward with everybody who is expected, over days that turn out fuller or slower.

It is the estimate's own dispatcher. What the estimate leaves to its calibration is in the draws
here: in each replication the whole rest of the day brings more or fewer people than expected and
goes more quickly or slowly, since nothing else would tell how wrong a promise of hours may be.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np

from queue_server.estimate.arrivals import Arrivals
from queue_server.estimate.chances import exponential_rows, rows_of, uniform_rows
from queue_server.estimate.dispatch import Line, dispatch
from queue_server.estimate.hall import Hall
from queue_server.estimate.learned import Learned
from queue_server.estimate.model import Situation, Standing
from queue_server.estimate.spread import FloatArray
from queue_server.tickets.model import Priority
from queue_server.tickets.selection import lane_for

RUNS: Final = 96
OVERTAKERS_S: Final = 3600.0
"""Priority arrivals so long after the last moment that is asked about are still drawn."""
_APART: Final = 1e-7
_COMING: Final = 8
"""The question to chance of when people come; a row of its own."""
_CROWD, _PACE = 311, 613
"""The rows that decide how full and how slow a replication's day is."""


@dataclass(frozen=True, slots=True)
class DaySpread:
    """By how much a whole day differs from what is expected: variances of factors of mean 1."""

    crowd: float = 0.0
    """Of the number of people who come."""
    pace: float = 0.0
    """Of the time that each holds a window, beside the doubt that the estimate has itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Ahead:
    """Who came and who was called in each replication; seconds from `at`."""

    at: float
    until: float
    came: FloatArray
    """(people, runs); before 0 for those in line already."""
    called: FloatArray
    """(people, runs); infinite: nobody called; nan: this person did not come, or left."""
    queues: tuple[str, ...]
    """The queue of each person."""
    priorities: tuple[Priority, ...]

    def waits(
        self,
        by: float | None = None,
        queue: str | None = None,
        *,
        since: float | None = None,
        has_priority: bool | None = None,
    ) -> FloatArray:
        """Return the waits in seconds, (people, runs), nan where there is none.

        Only of those who came before `by` and from `since` on (epoch seconds; unset: before the
        run's end and at any time), of a queue, with or without a priority.
        """
        rows = np.array(
            [
                queue in (None, each)
                and (has_priority is None or has_priority == (priority != "none"))
                for each, priority in zip(self.queues, self.priorities, strict=True)
            ],
            np.bool_,
        )
        came = self.came[rows]
        waits: FloatArray = self.called[rows] - came
        waits = np.where(came < (self.until if by is None else by) - self.at, waits, np.nan)
        if since is not None:
            waits = np.where(came >= since - self.at, waits, np.nan)
        return waits

    def quantile(self, share: float, by: float | None = None, queue: str | None = None) -> float:
        """Return the wait that a share of all these people does not pass, in seconds; nan: none."""
        return quantile_of(self.waits(by, queue), share)

    def left_at(self, moment: float) -> FloatArray:
        """Return how many still stand in line at a moment (epoch seconds), (runs,)."""
        at = moment - self.at
        standing: FloatArray = ((self.came <= at) & (self.called > at)).sum(axis=0).astype(float)
        return standing


def run_ahead(
    situation: Situation,
    learned: Learned,
    *,
    until: float,
    arrivals: Arrivals | None = None,
    spread: DaySpread | None = None,
    pace: float = 1.0,
    runs: int = RUNS,
) -> Ahead:
    """Run the hall until everybody was called who stands in line or comes before `until`.

    `until`: epoch seconds. `arrivals`: another expectation than the learned one. `pace`: a factor
    of all holds that begin from now on. The same people
    have the same chances whatever the windows do, so that two situations may be compared run by
    run. Whom no window serves is called by none.
    """
    hall = Hall(situation, learned, runs)
    expected = arrivals or learned.arrivals
    spread = spread or DaySpread()
    crowd = _factors(_CROWD, spread.crowd, runs)
    paces = pace * _factors(_PACE, spread.pace, runs)
    groups = [
        *_standing(hall),
        *_booked(hall, until),
        *_coming(hall, expected, until, crowd),
    ]
    groups = [each for each in groups if each.line.keys.size]
    served = [each for each in groups if each.line.served_by.any()]
    calls: dict[int, FloatArray] = {}
    if served:
        lived = dispatch(
            [_paced(each.line, paces) for each in served],
            hall.free(),
            hall.speeds,
            hall.until,
            hall.pauses(),
        )
        calls = {id(group): at for group, at in zip(served, lived.at, strict=True)}
    came, called, queues, priorities = [], [], [], []
    for group in groups:
        at = calls.get(id(group), np.full(group.came.shape, np.inf))
        if not group.line.is_awaited:
            continue
        there = np.isfinite(group.came)
        stayed = (
            at
            if group.line.leaves is None
            else np.where(np.isinf(at) & np.isfinite(group.line.leaves), np.nan, at)
        )
        came.append(np.where(there, group.came, np.nan))
        called.append(np.where(there, np.maximum(stayed, group.came), np.nan))
        queues += [group.queue] * len(at)
        priorities += [group.priority] * len(at)
    nobody = np.empty((0, runs))
    return Ahead(
        situation.at,
        until,
        np.concatenate(came) if came else nobody,
        np.concatenate(called) if called else nobody,
        tuple(queues),
        tuple(priorities),
    )


def quantile_of(waits: FloatArray, share: float) -> float:
    """Return the wait that a share of them does not pass: the smallest such one; nan: none."""
    known = np.sort(waits[~np.isnan(waits)])
    if not known.size:
        return math.nan
    return float(known[max(math.ceil(share * known.size) - 1, 0)])


def quantile_per_run(waits: FloatArray, share: float) -> FloatArray:
    """Return the same for each replication by itself, (runs,)."""
    ordered = np.sort(waits, axis=0)  # nan last
    counts = (~np.isnan(waits)).sum(axis=0)
    place = np.maximum(np.ceil(share * counts).astype(np.int64) - 1, 0)
    if not len(ordered):
        return np.full(waits.shape[1], np.nan)
    found: FloatArray = np.take_along_axis(ordered, place[None, :], axis=0)[0]
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    line: Line
    came: FloatArray
    """(n, runs), seconds from now; infinite: does not come."""
    queue: str
    priority: Priority


def _standing(hall: Hall) -> list[_Group]:
    at = hall.situation.at
    places: dict[tuple[str, str, Priority, bool], list[Standing]] = {}
    for each in hall.situation.standing:
        key = each.queue, each.lane, each.priority, each.asks_for_woman
        places.setdefault(key, []).append(each)
    groups = []
    for (queue, lane, priority, woman), people in places.items():
        served = hall.served_by(queue, lane, asks_for_woman=woman)
        people.sort(key=lambda each: (each.rank_at, each.id.int))
        ids = [each.id.int for each in people]
        keys = np.array([each.rank_at for each in people]) - at + _APART * np.arange(len(people))
        holds = hall.holds(
            [(each.queue, each.service) for each in people],
            [each.lane for each in people],
            [each.requests for each in people],
            ids,
        )
        since = np.array([each.since for each in people])[:, None] - at
        line = Line(
            served,
            hall.first_at(lane) & served,
            keys[:, None],
            holds,
            leaves=hall.leaves(ids, [each.since or at for each in people]),
        )
        groups.append(_Group(line, np.broadcast_to(since, holds.shape), queue, priority))
    return groups


def _booked(hall: Hall, until: float) -> list[_Group]:
    """Return those with an appointment, one line for each place."""
    situation = hall.situation
    places: dict[tuple[str, str, Priority], list[tuple[float, FloatArray, FloatArray]]] = {}
    for booked, comes, holds in hall.booked():
        if booked.slot >= until + OVERTAKERS_S:
            continue
        key = booked.slot - situation.at - situation.credit_s.get(booked.priority, 0.0)
        place = booked.queue, booked.lane, booked.priority
        places.setdefault(place, []).append((key, comes, holds))
    groups = []
    for (queue, lane, priority), rows in places.items():
        served = hall.served_by(queue, lane)
        rows.sort(key=lambda each: each[0])
        keys = np.array([each[0] for each in rows])[:, None]
        holds = np.stack([each[2] for each in rows])
        comes = np.maximum.accumulate(np.stack([each[1] for each in rows]), axis=0)
        line = Line(served, hall.first_at(lane) & served, keys, holds, comes)
        groups.append(_Group(line, np.where(holds > 0, comes, np.inf), queue, priority))
    return groups


def _coming(hall: Hall, expected: Arrivals, until: float, crowd: FloatArray) -> list[_Group]:
    """Return those who come: a Poisson number in each replication, more on its fuller days."""
    at = hall.situation.at
    groups = []
    for salt, (queue, priority) in enumerate(expected.kinds):
        lane = lane_for(priority)
        served = hall.served_by(queue, lane)
        further = 0.0 if priority == "none" else OVERTAKERS_S
        drawn = _drawn(hall, expected.spans(queue, priority, at, until + further), crowd, salt)
        if drawn is None:
            continue
        comes, ids = drawn
        holds = hall.holds([(queue, None)] * len(ids), [lane] * len(ids), [1] * len(ids), ids)
        stays = hall.leaves(ids, [at] * len(ids))
        credit_s = hall.situation.credit_s.get(priority, 0.0)
        line = Line(
            served,
            hall.first_at(lane) & served,
            comes - credit_s,
            holds,
            comes,
            leaves=None if stays is None else comes + stays,
        )
        groups.append(_Group(line, comes, queue, priority))
    return groups


def _drawn(
    hall: Hall, spans: Sequence[tuple[float, float, float]], crowd: FloatArray, salt: int
) -> tuple[FloatArray, list[int]] | None:
    total = sum(people for _, _, people in spans) * float(crowd.max())
    if total < 1e-3:
        return None
    most = int(total + 3.5 * total**0.5 + 3)
    people = np.arange(most, dtype=np.int64) * 17 + 101 * salt
    apart = exponential_rows(hall.runs).take(rows_of(people, _COMING), axis=0)
    reached = np.cumsum(apart, axis=0) / crowd
    sums = np.concatenate(([0.0], np.cumsum([each for _, _, each in spans])))
    moments = np.array([spans[0][0], *(end for _, end, _ in spans)]) - hall.situation.at
    comes: FloatArray = np.interp(reached, sums, moments)
    comes[reached >= sums[-1]] = np.inf
    there = np.isfinite(comes).any(axis=1)
    return comes[there], people[there].tolist()


@lru_cache(maxsize=32)
def _factors(row: int, variance: float, runs: int) -> FloatArray:
    """Draw a factor of mean 1 for each replication (lognormal, stratified)."""
    if variance <= 0:
        return np.ones(runs)
    sigma = math.sqrt(math.log1p(variance))
    normal = NormalDist(-sigma * sigma / 2, sigma)
    return np.array([math.exp(normal.inv_cdf(float(each))) for each in uniform_rows(runs)[row]])


def _paced(line: Line, pace: FloatArray) -> Line:
    return Line(
        line.served_by,
        line.first_at,
        line.keys,
        line.holds * pace,
        line.comes,
        line.leaves,
        is_awaited=line.is_awaited,
    )
