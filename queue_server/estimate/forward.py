"""The dispatcher run forward from the present: who will be called when, in many replications."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np

from queue_server.estimate.dispatch import Line, dispatch
from queue_server.estimate.hall import Hall
from queue_server.estimate.learned import Learned
from queue_server.estimate.lines import APART, groups_of, overtaking_lines, wider
from queue_server.estimate.model import Newcomer, Situation, Standing
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
    hall = Hall(situation, learned, runs)
    asked: list[_Kind | None] = list(
        dict.fromkeys(_kind_of(situation, each, depth) for each in newcomers)
    )
    base = _base_of(situation, newcomers, asked, depth)
    if standing and base is None and situation.standing:
        asked.append(None)
        base = len(asked) - 1
    scenarios = len(asked)
    if not scenarios:
        return Forecast(situation.at, {}, ())

    lines: list[Line] = []
    members: list[list[Standing]] = []
    for group in groups_of(hall, situation.standing):
        lines.append(group.line(hall, scenarios, is_awaited=standing))
        members.append(group.people)
    chains: dict[int, int] = {}
    for scenario, kind in enumerate(asked):
        if kind is not None:
            chains[scenario] = len(lines)
            lines.append(_newcomers_line(hall, kind, depth, scenario, scenarios))
    lines += [wider(line, scenarios) for _, _, line in overtaking_lines(hall)]
    wide = (1, scenarios)
    pauses = hall.pauses()
    calls = dispatch(
        lines,
        np.tile(hall.free(), wide),
        np.tile(hall.speeds, wide),
        hall.until,
        None if pauses is None else (np.tile(pauses[0], wide), np.tile(pauses[1], wide)),
    )

    waits: dict[UUID, Spread] = {}
    if standing and base is not None:
        part = slice(base * runs, (base + 1) * runs)
        for people, called in zip(members, calls.at, strict=False):
            ordered = np.sort(np.maximum(called[:, part], 0.0), axis=1)
            for person, row in zip(people, ordered, strict=True):
                waits[person.id] = Spread(row)
        nobody = np.full(runs, np.inf)
        waits |= {each.id: Spread(nobody) for each in situation.standing if each.id not in waits}
    told: list[tuple[Spread, ...]] = []
    for each in newcomers:
        scenario = asked.index(_kind_of(situation, each, depth))
        called = calls.at[chains[scenario]][:, scenario * runs : (scenario + 1) * runs]
        told.append(tuple(Spread.of(row) for row in called))
    return Forecast(situation.at, waits, tuple(told))


_Kind = tuple[str, str, float, str | None]
"""What of a newcomer decides over its wait: queue, lane, credit, and service of those before it."""


def _kind_of(situation: Situation, each: Newcomer, depth: int) -> _Kind:
    lane = each.lane if each.priority == "none" or each.lane != "plain" else lane_for(each.priority)
    credit = situation.credit_s.get(each.priority, 0.0)
    return each.queue, lane, credit, each.service if depth > 1 else None


def _base_of(
    situation: Situation, newcomers: Sequence[Newcomer], asked: Sequence[_Kind | None], depth: int
) -> int | None:
    """Return a scenario whose newcomers stand behind everybody in line, if there is one."""
    last = max((each.rank_at for each in situation.standing), default=-np.inf)
    if any(each.priority_first for each in situation.windows):
        plain = {"plain"}
    else:
        plain = {kind[1] for kind in asked if kind is not None}
    for scenario, kind in enumerate(asked):
        if kind is not None and kind[1] in plain and situation.at - kind[2] >= last:
            return scenario
    return None


def _newcomers_line(hall: Hall, kind: _Kind, depth: int, scenario: int, scenarios: int) -> Line:
    queue, lane, credit, service = kind
    keys = np.full((depth, scenarios * hall.runs), np.inf)
    part = slice(scenario * hall.runs, (scenario + 1) * hall.runs)
    keys[:, part] = (-credit + APART * np.arange(1, depth + 1))[:, None]
    holds = np.zeros((1, hall.runs))
    if depth > 1:  # nobody asks who comes after the last
        ids = [7 + 31 * number for number in range(depth)]
        holds = hall.holds([(queue, service)] * depth, [lane] * depth, [1] * depth, ids)
    served = hall.served_by(queue, lane)
    return Line(served, hall.first_at(lane) & served, keys, np.tile(holds, (1, scenarios)))
