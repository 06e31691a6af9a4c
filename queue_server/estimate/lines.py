"""The people of a situation as lines for the dispatcher: those in line, and those who may come."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from queue_server.estimate.course import BoolArray
from queue_server.estimate.dispatch import Line
from queue_server.estimate.hall import Hall
from queue_server.estimate.model import Standing
from queue_server.estimate.spread import FloatArray
from queue_server.tickets.model import Priority
from queue_server.tickets.selection import lane_for

APART: Final = 1e-7
"""Seconds between the keys of people whose ranks are equal: the smaller id goes first."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """People whom the same windows serve in the same way, in the order of their calls."""

    people: list[Standing]
    keys: list[float]
    served_by: BoolArray
    first_at: BoolArray

    def line(self, hall: Hall, *, is_awaited: bool = True) -> Line:
        """Return them as a line of the dispatcher."""
        ids = [each.id.int for each in self.people]
        holds = hall.holds(
            [(each.queue, each.service) for each in self.people],
            [each.lane for each in self.people],
            [each.requests for each in self.people],
            ids,
        )
        leaves = hall.leaves(ids, [each.since or hall.situation.at for each in self.people])
        return Line(
            self.served_by,
            self.first_at,
            np.array(self.keys)[:, None],
            holds,
            leaves=leaves,
            is_awaited=is_awaited,
        )


def groups_of(hall: Hall, standing: Sequence[Standing]) -> list[Group]:
    """Put those in line together by what serves them; leave out whom no window serves."""
    at = hall.situation.at
    places: dict[tuple[str, str, bool], Group | None] = {}
    groups: dict[bytes, Group] = {}
    key = -np.inf
    for each in sorted(standing, key=lambda each: (each.rank_at, each.id.int)):
        key = max(each.rank_at - at, key + APART)
        place = each.queue, each.lane, each.asks_for_woman
        if place not in places:
            served = hall.served_by(each.queue, each.lane, asks_for_woman=each.asks_for_woman)
            first = hall.first_at(each.lane) & served
            empty = Group([], [], served, first)
            known = groups.setdefault(served.tobytes() + first.tobytes(), empty)
            places[place] = known if served.any() else None
        group = places[place]
        if group is not None:
            group.people.append(each)
            group.keys.append(key)
    return [group for group in groups.values() if group.people]


def overtaking_lines(hall: Hall) -> list[tuple[str, str, Line]]:
    """Return those who are not here yet and may overtake, priorities and appointments: queue,
    lane and line."""
    situation = hall.situation
    lines: list[tuple[str, str, Line]] = []
    alike: dict[tuple[str, float], list[Priority]] = {}
    for queue, priority in hall.arrivals.kinds:
        if priority != "none":
            credit_s = situation.credit_s.get(priority, 0.0)
            alike.setdefault((queue, credit_s), []).append(priority)
    for salt, ((queue, credit_s), priorities) in enumerate(alike.items()):
        horizon = hall.overtakers(queue, priorities[0])
        drawn = hall.future(hall.arrivals, queue, priorities, horizon, salt) if horizon else None
        if drawn is None:
            continue
        comes, holds = drawn
        lane = lane_for(priorities[0])
        served = hall.served_by(queue, lane)
        keys = comes - credit_s
        first = hall.first_at(lane) & served
        lines.append((queue, lane, Line(served, first, keys, holds, comes, is_awaited=False)))
    return lines + booked_lines(hall)


def booked_lines(hall: Hall) -> list[tuple[str, str, Line]]:
    """Return those who have an appointment today and are not here yet: queue, lane and line.

    Who does not come takes no time of a window.
    """
    situation = hall.situation
    lines: list[tuple[str, str, Line]] = []
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
            lines.append((queue, lane, Line(served, first, keys, holds, comes, is_awaited=False)))
    return lines
