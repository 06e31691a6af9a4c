"""Weeks of a centre that nobody lived: how many came in each half hour, drawn from known means."""

import math
import random
from datetime import date, timedelta

from queue_server.planning.arrivals import DayCount, Kind

OPENS_SLOT = 17
"""Half past eight."""
_FIRST = date(2026, 1, 4)
_WEEKDAYS = {6: 1.25, 0: 1.05, 1: 1.0, 2: 0.95, 3: 0.85}
"""Sunday is the fullest; Friday and Saturday are closed."""


def shape(slots: int, weekday: int) -> list[float]:
    """Return the shares of a crush at the opening and a hill at noon."""
    weights = [
        3 * math.exp(-each / 2.5) + math.exp(-(((each - 6) / 2.5) ** 2)) for each in range(slots)
    ]
    if weekday == 6:
        weights[0] *= 1.5
    return [each / sum(weights) for each in weights]


def mean_of(day: date, *, level: float = 700, rise: float = 0.0, is_ramadan: bool = False) -> float:
    """Return the people that are due on a day."""
    season = 0.7 if is_ramadan else 1.0
    return level * _WEEKDAYS[day.weekday()] * season * math.exp(rise * (day - _FIRST).days)


def weeks(
    seed: int,
    days: int,
    *,
    level: float = 700,
    day_noise: float = 0.12,
    slot_noise: float = 0.12,
    rise: float = 0.0,
    ramadan: range = range(0),
) -> list[DayCount]:
    """Draw the open days of so many days; noise is the deviation of a logarithm."""
    chance = random.Random(seed)
    counted = []
    for index in range(days):
        day = _FIRST + timedelta(index)
        if day.weekday() not in _WEEKDAYS:
            continue
        kind: Kind = "ramadan" if index in ramadan else "usual"
        mean = mean_of(day, level=level, rise=rise, is_ramadan=kind == "ramadan")
        mean *= math.exp(chance.gauss(0, day_noise))
        means = [
            mean * share * math.exp(chance.gauss(0, slot_noise))
            for share in shape(10 if kind == "ramadan" else 12, day.weekday())
        ]
        counted.append(
            DayCount(
                day, OPENS_SLOT, tuple(map(float, (_poisson(chance, each) for each in means))), kind
            )
        )
    return counted


def _poisson(chance: random.Random, mean: float) -> int:
    count, reached = 0, chance.expovariate(1)
    while reached < mean:
        count, reached = count + 1, reached + chance.expovariate(1)
    return count
