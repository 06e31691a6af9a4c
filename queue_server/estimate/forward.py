"""The dispatcher run forward from the present: who will be called when, in many replications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np

from queue_server.estimate.dispatch import Line, dispatch
from queue_server.estimate.hall import Hall
from queue_server.estimate.learned import Learned
from queue_server.estimate.lines import APART, groups_of, overtaking_lines
from queue_server.estimate.model import Newcomer, Situation
from queue_server.estimate.spread import Spread
from queue_server.tickets.selection import lane_for

RUNS: Final = 64
"""Replications; chosen by measurement, see docs/estimate.md."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The waits from `at` on of everybody in line and of those who would come now."""

    at: float
    waits: Mapping[UUID, Spread]
    newcomers: tuple[tuple[Spread, ...], ...]
    """For each newcomer that was asked about: the 1st, 2nd … such person who comes now."""


def run_forward(
    situation: Situation,
    learned: Learned,
    *,
    newcomers: Sequence[Newcomer] = (),
    depth: int = 1,
    runs: int = RUNS,
    standing: bool = True,
) -> Forecast:
    """Run the hall forward until everybody in line and every newcomer was called.

    Each newcomer is asked about for itself: the others do not come. The same situation gives the
    same forecast, and a person keeps his chances from one forecast to the next. Without `standing`
    nothing is told of those in line, which is quicker where only a newcomer is asked about.
    """
    kinds = list(dict.fromkeys(_kind_of(situation, each, depth) for each in newcomers))
    if not kinds and not (standing and situation.standing):
        return Forecast(situation.at, {}, ())
    hall = Hall(situation, learned, runs)
    groups = groups_of(hall, situation.standing)
    lines = [group.line(hall, is_awaited=standing) for group in groups]
    lines += [line for _, _, line in overtaking_lines(hall)]
    calls = dispatch(
        lines,
        hall.free(),
        hall.speeds,
        hall.until,
        hall.pauses(),
        asked=[_line(hall, kind, depth) for kind in kinds],
    )
    waits: dict[UUID, Spread] = {}
    if standing:
        for group, called in zip(groups, calls.at, strict=False):
            ordered = np.sort(np.maximum(called, 0.0), axis=1)
            for person, row in zip(group.people, ordered, strict=True):
                waits[person.id] = Spread(row)
        if len(waits) < len(situation.standing):  # some are served by no window
            nobody = Spread(np.full(runs, np.inf))
            waits = {each.id: nobody for each in situation.standing} | waits
    told = {
        kind: tuple(Spread.of(row) for row in called)
        for kind, called in zip(kinds, calls.asked, strict=True)
    }
    return Forecast(
        situation.at,
        waits,
        tuple(told[_kind_of(situation, each, depth)] for each in newcomers),
    )


def newcomers_line(hall: Hall, each: Newcomer, depth: int) -> Line:
    """Return the line of as many such people who come now, behind everybody of their rank."""
    return _line(hall, _kind_of(hall.situation, each, depth), depth)


_Kind = tuple[str, str, float, str | None]
"""What of a newcomer decides over its wait: queue, lane, credit, and service of those before it."""


def _kind_of(situation: Situation, each: Newcomer, depth: int) -> _Kind:
    lane = each.lane if each.priority == "none" or each.lane != "plain" else lane_for(each.priority)
    credit = situation.credit_s.get(each.priority, 0.0)
    return each.queue, lane, credit, each.service if depth > 1 else None


def _line(hall: Hall, kind: _Kind, depth: int) -> Line:
    queue, lane, credit, service = kind
    keys = APART * np.arange(1, depth + 1, dtype=np.float64) - credit
    holds = np.zeros((1, hall.runs))
    if depth > 1:  # nobody asks who comes after the last
        ids = [7 + 31 * number for number in range(depth)]
        holds = hall.holds([(queue, service)] * depth, [lane] * depth, [1] * depth, ids)
    served = hall.served_by(queue, lane)
    return Line(served, hall.first_at(lane) & served, keys[:, None], holds)
