"""A day that nobody lived, for a centre without a past: the same at each look; pure."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from queue_server.policy.model import WindowFacts
from queue_server.tickets.model import Priority, Service
from queue_server.tickets.replay import Arrival, Shift, Visit

_SEED: Final = 20261122
HOURS: Final = 6
_PEOPLE_PER_WINDOW: Final = 62
"""A little less than nine windows can do in six hours of visits of five minutes."""
_AT_THE_DOOR: Final = 0.18
"""The share that waits outside when the doors open."""
_PRIORITIES: Final[tuple[tuple[Priority, int], ...]] = (
    ("none", 80),
    ("age65", 10),
    ("disability", 4),
    ("infant", 6),
)
_LATE_TO_RETURN_S: Final = (120.0, 1200.0)


def simulated_day(
    windows: Sequence[WindowFacts], services: Sequence[Service], opens: datetime
) -> tuple[tuple[Arrival, ...], tuple[Shift, ...]]:
    """Return a busy day of a centre with those windows and services, from its first minute.

    A fifth is at the door, the rest comes over the morning; one in twenty has a booked slot, one in
    twenty-five misses a call and comes back.
    """
    chance = random.Random(_SEED)
    closes = opens + timedelta(hours=HOURS)
    shifts = tuple(
        Shift(each.number, each.profile, each.queues, each.lanes, opens, closes)
        for each in windows[:9]
    )
    served = frozenset().union(*(each.queues for each in shifts))
    offered = [each for each in services if each.queue in served and each.is_open]
    count = _PEOPLE_PER_WINDOW * len(shifts) if offered else 0
    people = [_person(chance, number, offered, opens) for number in range(1, count + 1)]
    return tuple(sorted(people, key=lambda each: (each.came_at, each.id.int))), shifts


def _person(
    chance: random.Random, number: int, services: Sequence[Service], opens: datetime
) -> Arrival:
    service = chance.choice(services)
    at_door = chance.random() < _AT_THE_DOOR
    came_s = chance.uniform(0, 600) if at_door else chance.triangular(0, 18_000, 5_400)
    held_s = service.target_s * chance.lognormvariate(0, 0.4)
    visits: tuple[Visit, ...] = (Visit(held_s),)
    if chance.random() < 0.04:
        visits = (Visit(60, back_s=chance.uniform(*_LATE_TO_RETURN_S)), *visits)
    came_at = opens + timedelta(seconds=came_s)
    slot = None
    if chance.random() < 0.05:
        slot = came_at + timedelta(seconds=chance.uniform(-900, 1200))
    names, weights = zip(*_PRIORITIES, strict=True)
    return Arrival(
        id=UUID(int=number),
        queue=service.queue,
        priority=chance.choices(names, weights)[0],
        came_at=came_at,
        visits=visits,
        slot=slot,
    )
