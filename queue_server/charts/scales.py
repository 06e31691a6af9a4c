"""Where a value lies along an axis, and which values are worth a line; pure."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

_STEPS: Final = (1.0, 2.0, 5.0)
_MINUTE_STEPS: Final = (1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 360, 720, 1440)
_HOUR_STEPS: Final = (0.5, 1, 2, 3, 4, 6, 12, 24)


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight scale: `low` lies at `start`, `high` at `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value; what lies beyond the ends is put at the nearer one."""
        if self.high <= self.low:
            return self.start
        share = min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))
        return self.start + share * (self.end - self.start)


def ticks(highest: float, *, most: int = 5, is_whole: bool = False) -> tuple[float, ...]:
    """Return round values from 0 to at least `highest`, at most `most` steps of them.

    `is_whole`: no fractions, as of people. Nothing, or less, makes the axis 0 to 1.
    """
    if highest <= 0:
        return (0.0, 1.0)
    step = _round_step(highest / most)
    if is_whole:
        step = max(1.0, step)
    return _from_zero(highest, step)


def second_ticks(highest_s: float, *, most: int = 5) -> tuple[float, ...]:
    """Return ticks in whole minutes, given in seconds; half hours and hours where it is long."""
    minutes = max(highest_s, 60.0) / 60
    wanted = minutes / most
    step = next((float(each) for each in _MINUTE_STEPS if each >= wanted), None)
    if step is None:
        step = 1440.0 * math.ceil(wanted / 1440)
    return tuple(60 * tick for tick in _from_zero(minutes, step))


def hour_ticks(first: datetime, last: datetime, *, most: int) -> tuple[datetime, ...]:
    """Return moments at whole (half) hours of the wall clock within a stretch, in its zone."""
    hours = (last - first).total_seconds() / 3600
    step = next((each for each in _HOUR_STEPS if hours / each <= most), _HOUR_STEPS[-1])
    step_s = step * 3600
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[datetime] = []
    number = math.ceil(round((first - midnight).total_seconds() / step_s, 6))
    while (moment := midnight + timedelta(seconds=number * step_s)) <= last:
        found.append(moment)
        number += 1
    return tuple(found)


def _round_step(wanted: float) -> float:
    power = 10.0 ** math.floor(math.log10(wanted))
    return next((step * power for step in _STEPS if step * power >= wanted), 10.0 * power)


def _from_zero(highest: float, step: float) -> tuple[float, ...]:
    count = max(1, math.ceil(round(highest / step, 9)))
    return tuple(round(step * number, 9) for number in range(count + 1))
