"""The people of a situation as lines for the dispatcher: those in line, and those who may come."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from queue_server.estimate.dispatch import BoolArray, Line
from queue_server.estimate.hall import Hall
from queue_server.estimate.model import Standing
from queue_server.estimate.spread import FloatArray
from queue_server.tickets.selection import lane_for

APART: Final = 1e-7
"""Seconds between the keys of people whose ranks are equal: the smaller id goes first."""


def groups_of(
    hall: Hall, standing: Sequence[Standing]
) -> list[tuple[list[Standing], BoolArray, BoolArray]]:
    """Put those together whom the same windows serve in the same way; leave out whom none does."""
    signatures: dict[tuple[str, str, bool], tuple[bytes, BoolArray, BoolArray]] = {}
    groups: dict[bytes, tuple[list[Standing], BoolArray, BoolArray]] = {}
    for each in standing:
        place = each.queue, each.lane, each.asks_for_woman
        known = signatures.get(place)
        if known is None:
            served = hall.served_by(each.queue, each.lane, asks_for_woman=each.asks_for_woman)
            first = hall.first_at(each.lane) & served
            known = signatures[place] = served.tobytes() + first.tobytes(), served, first
        signature, served, first = known
        if served.any():
            groups.setdefault(signature, ([], served, first))[0].append(each)
    for people, _, _ in groups.values():
        people.sort(key=lambda each: (each.rank_at, each.id.int))
    return list(groups.values())


def standing_line(
    hall: Hall, people: list[Standing], served: BoolArray, first: BoolArray, scenarios: int
) -> Line:
    ids = [each.id.int for each in people]
    holds = hall.holds(
        [(each.queue, each.service) for each in people],
        [each.lane for each in people],
        [each.requests for each in people],
        ids,
    )
    leaves = hall.leaves(ids)
    return Line(
        served,
        first,
        _keys(hall.situation.at, people)[:, None],
        np.tile(holds, (1, scenarios)),
        leaves=None if leaves is None else np.tile(leaves, (1, scenarios)),
    )


def _keys(at: float, people: Sequence[Standing]) -> FloatArray:
    keys = np.array([each.rank_at for each in people]) - at
    for place in range(1, len(keys)):
        if keys[place] <= keys[place - 1]:
            keys[place] = keys[place - 1] + APART
    return keys


def overtaking_lines(hall: Hall) -> list[Line]:
    """Return those who are not here yet and may overtake: priorities and appointments."""
    situation = hall.situation
    lines: list[Line] = []
    for salt, (queue, priority) in enumerate(hall.arrivals.kinds):
        if priority == "none":
            continue
        horizon = hall.overtakers(queue, priority)
        drawn = hall.future(hall.arrivals, queue, priority, horizon, salt) if horizon else None
        if drawn is None:
            continue
        comes, holds = drawn
        lane = lane_for(priority)
        served = hall.served_by(queue, lane)
        keys = comes - situation.credit_s.get(priority, 0.0)
        lines.append(
            Line(served, hall.first_at(lane) & served, keys, holds, comes, is_awaited=False)
        )
    return lines + [line for _, line in booked_lines(hall)]


def wider(line: Line, scenarios: int) -> Line:
    if scenarios == 1:
        return line
    comes = line.comes
    return Line(
        line.served_by,
        line.first_at,
        np.tile(line.keys, (1, scenarios)),
        np.tile(line.holds, (1, scenarios)),
        None if comes is None else np.tile(comes, (1, scenarios)),
        is_awaited=line.is_awaited,
    )


def booked_lines(hall: Hall) -> list[tuple[str, Line]]:
    """Return those who have an appointment today and are not here yet, each line with its queue.

    Who does not come takes no time of a window.
    """
    situation = hall.situation
    lines: list[tuple[str, Line]] = []
    places: dict[tuple[str, str], list[tuple[FloatArray, FloatArray, FloatArray]]] = {}
    for booked, comes, holds in hall.booked():
        key = booked.slot - situation.at - situation.credit_s.get(booked.priority, 0.0)
        places.setdefault((booked.queue, booked.lane), []).append(
            (np.full(hall.runs, key), comes, holds)
        )
    for (queue, lane), rows in places.items():
        rows.sort(key=lambda each: float(each[0][0]))
        served = hall.served_by(queue, lane)
        if served.any():
            keys, comes, holds = (np.stack(column) for column in zip(*rows, strict=True))
            comes = np.maximum.accumulate(comes, axis=0)
            first = hall.first_at(lane) & served
            lines.append((queue, Line(served, first, keys, holds, comes, is_awaited=False)))
    return lines
