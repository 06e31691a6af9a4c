"""What chance decides in a morning: who comes when and wants what, and how long things take.

Every stream of chance has its own name under one seed, so that a run can be repeated and one bot's
luck does not hang on another's. Times are in the bots' seconds.
"""

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from queue_server.tickets.model import Language, Priority

Way = Literal["kiosk", "desk", "phone"]
"""Where somebody takes a number: alone at the kiosk, from reception, or by calling."""

AT_THE_DOOR: Final = 40
"""People who wait outside when the doors open."""
MEAN_VISIT_S: Final = 165.0
"""A window's time for one person, with the walk and with those who do not come."""
LONGEST_LINE: Final = 120
"""Somebody who finds more people waiting goes home."""

_LOAD: Final = (
    (0.5, 0.9),
    (2.0, 1.05),
    (3.0, 0.85),
    (4.0, 0.6),
    (5.0, 0.4),
    (5.5, 0.1),
)
"""Until which hour after the opening, what part of all that the windows can do comes in."""
DAY_S: Final = _LOAD[-1][0] * 3600

_WANTED: Final[Mapping[str, float]] = {
    "reconciliation": 18,
    "spatial-change": 12,
    "enquiry": 10,
    "collection": 10,
    "site-validity": 8,
    "reconciliation-completion": 8,
    "reconciliation-payment": 8,
    "land-legalisation": 8,
    "utility-letter": 6,
    "dues-payment": 6,
    "licence-copy": 5,
    "shop-new": 4,
    "shop-renewal": 4,
}
"""How often each service is asked for; 1 for all others."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one citizen is like."""

    way: Way
    priority: Priority
    language: Language
    browses: bool
    """Looks for the service at the kiosk instead of touching once."""
    keeps: bool
    """Touches «حفظت الرقم» when the slip does not come."""
    finishes: bool
    """Touches «تم» before leaving."""
    thinks_s: float
    """Before each touch."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A service that the centre gives, and its time at the window."""

    code: str
    target_s: int


def stream(seed: int, name: str) -> random.Random:
    """Return the stream of chance of that name."""
    return random.Random(f"{seed}:{name}")


def arrivals(
    chance: random.Random, *, windows: int, at_the_door: int = AT_THE_DOOR
) -> Iterator[float]:
    """Yield without end when people come, in seconds since the opening, day after day.

    First those at the door, then a Poisson process whose rate follows the day.
    """
    full = windows / MEAN_VISIT_S
    most = full * max(load for _, load in _LOAD)
    day = 0
    while True:
        yield from (day * DAY_S,) * at_the_door
        at = chance.expovariate(most)
        while at < DAY_S:
            if chance.random() * most < full * _load_at(at):
                yield day * DAY_S + at
            at += chance.expovariate(most)
        day += 1


def wishes(chance: random.Random) -> Wishes:
    """Return the next citizen's wishes."""
    way: Way = chance.choices(("kiosk", "desk", "phone"), (87, 10, 3))[0]
    priority: Priority = chance.choices(("none", "age65", "disability", "infant"), (84, 9, 3, 4))[0]
    return Wishes(
        way=way,
        priority=priority,
        language="en" if chance.random() < 0.03 else "ar",
        browses=chance.random() < 0.12,
        keeps=chance.random() < 0.85,
        finishes=chance.random() < 0.7,
        thinks_s=_lognormal(chance, 2.5, 0.5),
    )


def wanted_service(chance: random.Random, offers: Sequence[Offer]) -> Offer | None:
    """Return what somebody turns out to want; None where the centre offers nothing."""
    if not offers:
        return None
    return chance.choices(offers, [_WANTED.get(offer.code, 1.0) for offer in offers])[0]


def walk_s(chance: random.Random) -> float:
    """Return how long somebody takes from the seat to the window."""
    return min(_lognormal(chance, 14.0, 0.5), 45.0)


def service_s(chance: random.Random, target_s: int) -> float:
    """Return how long a visit takes: mostly less than the centre aims at, sometimes much more."""
    return min(_lognormal(chance, target_s * 0.55, 0.6), target_s * 4.0)


def break_after_s(chance: random.Random) -> float:
    """Return how long a clerk works until the next break."""
    return chance.uniform(60 * 60, 120 * 60)


def break_s(chance: random.Random) -> float:
    """Return how long a break lasts."""
    return chance.uniform(5 * 60, 12 * 60)


def _lognormal(chance: random.Random, median: float, sigma: float) -> float:
    return chance.lognormvariate(math.log(median), sigma)


def _load_at(at_s: float) -> float:
    return next((load for until_h, load in _LOAD if at_s < until_h * 3600), 0.0)
