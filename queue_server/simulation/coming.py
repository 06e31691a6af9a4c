"""When people come, as chance has it: on their own, in bursts, and by appointment."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from queue_server.simulation.model import Booking
from queue_server.simulation.scenario import WEEKDAYS, Arrivals, Booked

_HALF_HOUR_S: Final = 1800.0


@dataclass(frozen=True, slots=True)
class ComingDay:
    """The day on which they come."""

    date: date
    closes_s: float
    """When numbers end, in seconds from the opening."""
    since: Callable[[time], float]
    """Gives the seconds from the opening to a time of the wall."""
    chance: Callable[[str], random.Random]
    """Gives the stream of chance of a name."""


def comings(arrivals: Arrivals, day: ComingDay) -> list[float]:
    """Say when people without an appointment come, in seconds from the opening, not in order.

    Those at the door come at once; the others by a Poisson process whose rate follows the half
    hours; those of a burst evenly over its minutes.
    """
    size = arrivals.weekdays.get(WEEKDAYS[day.date.weekday()], 1.0)
    if arrivals.spread:
        shape = arrivals.spread**-2
        size *= day.chance("size of the day").gammavariate(shape, 1 / shape)
    at_door = round(arrivals.at_the_door * size)
    found = [0.0] * at_door
    found += _streaming(arrivals, max(arrivals.people * size - at_door, 0.0), day)
    together = day.chance("bursts")
    for burst in arrivals.bursts:
        from_s = day.since(burst.at)
        found += (
            to_ms(max(from_s + together.uniform(0, 60 * burst.minutes), 0.0))
            for _ in range(burst.people)
        )
    return found


def booked_slots(booked: Booked, day: ComingDay) -> list[tuple[Booking, float | None]]:
    """Return every appointment with when its holder comes; None: he does not come, or too late."""
    chance, turn = day.chance("appointments"), 0
    found: list[tuple[Booking, float | None]] = []
    slot_s, last_s = day.since(booked.first), day.since(booked.last)
    while slot_s <= last_s:
        for _ in range(booked.people):
            service = booked.services[turn % len(booked.services)]
            turn += 1
            comes = chance.random() < booked.comes
            early_s = 60 * chance.gauss(booked.early_minutes, booked.deviation_minutes)
            at_s = to_ms(max(slot_s - early_s, 0.0))
            is_seen = comes and at_s < day.closes_s
            found.append((Booking(slot_s, service, None), at_s if is_seen else None))
        slot_s += 60.0 * booked.slot_minutes
    return found


def to_ms(seconds: float) -> float:
    """Round to whole milliseconds, so that a moment is the same wherever it is kept."""
    return round(seconds, 3)


def _streaming(arrivals: Arrivals, expected: float, day: ComingDay) -> list[float]:
    """Draw a Poisson process: unit gaps, laid along the number of people expected by then."""
    if not expected:
        return []
    marks = _expected_by(arrivals, expected, day.closes_s)
    chance, sum_, place = day.chance("arrivals"), 0.0, 0
    found: list[float] = []
    while True:
        sum_ += chance.expovariate(1)
        while place < len(marks) - 1 and marks[place + 1][1] < sum_:
            place += 1
        if place == len(marks) - 1:
            return found
        (from_s, before), (until_s, after) = marks[place], marks[place + 1]
        found.append(to_ms(from_s + (until_s - from_s) * (sum_ - before) / (after - before)))


def _expected_by(arrivals: Arrivals, expected: float, closes_s: float) -> list[tuple[float, float]]:
    """Return marks (moment, people expected by then), straight lines between them."""
    weights = arrivals.half_hours
    spans: list[tuple[float, float]] = []
    at_s, place = 0.0, 0
    while at_s < closes_s:
        until_s = min(at_s + _HALF_HOUR_S, closes_s)
        weight = weights[min(place, len(weights) - 1)]
        spans.append((until_s, weight * (until_s - at_s)))
        at_s, place = until_s, place + 1
    total = sum(weight for _, weight in spans)
    marks, sum_ = [(0.0, 0.0)], 0.0
    for until_s, weight in spans:
        sum_ += expected * weight / total if total else 0.0
        marks.append((until_s, sum_))
    return marks
