"""How many windows each hour needs by Erlang's formulas, and what one more or less means; pure.

The formulas take each hour for itself, as if it had always been like this. What an hour inherits
from the one before it, and the crush at the opening, they do not see: that is for the simulated
day (`day_plan.py`) to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from queue_server.planning.arrivals import Expected
from queue_server.planning.erlang import ErlangA, ErlangC

HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Target:
    """What a centre wants: this share of all people called within this wait."""

    wait_s: float
    share: float = 0.8


@dataclass(frozen=True, slots=True)
class HourLoad:
    """What an hour of a day to come brings."""

    hour: int
    """By the clock; hours after midnight go on from 24."""
    open_s: float
    """How much of it the centre is open."""
    arrivals: Expected
    booked: float
    """How many come by appointment besides."""
    hold_s: float
    """For how long one person takes a window, from call to next call, on average."""

    @property
    def per_s(self) -> float:
        if self.open_s <= 0:  # an hour that the wall skips when summer time begins
            return 0.0
        return (self.arrivals.mean + self.booked) / self.open_s

    @property
    def offered(self) -> float:
        """The load in windows."""
        return self.per_s * self.hold_s


@dataclass(frozen=True, slots=True)
class Choice:
    """An hour with so many windows."""

    windows: int
    utilisation: float
    """The share of their time for which they are taken; from 1 on the line grows."""
    mean_wait_s: float
    """Infinite where the line grows without end."""
    within: float
    """The share called within the target's wait."""


@dataclass(frozen=True, slots=True)
class HourNeed:
    """What an hour needs."""

    load: HourLoad
    needed: int | None
    """The fewest windows that reach the target; None: not even all of them do."""
    choices: tuple[Choice, ...]
    """One window less, as many as needed, one more; only such as there are."""


def choice(load: HourLoad, windows: int, target: Target, patience_s: float | None) -> Choice:
    """Return what so many windows make of an hour; with `patience_s` people leave (Erlang A)."""
    if patience_s is None:
        endless = ErlangC(load.per_s, load.hold_s, windows)
        return Choice(
            windows, endless.utilisation, endless.mean_wait_s, endless.within(target.wait_s)
        )
    line = ErlangA(load.per_s, load.hold_s, windows, patience_s)
    return Choice(windows, line.utilisation, line.mean_wait_s, 1 - line.exceeds(target.wait_s))


def hour_need(
    load: HourLoad, target: Target, *, at_most: int, patience_s: float | None = None
) -> HourNeed:
    """Return what an hour needs of so many windows. Raises ValueError where there is none."""
    if at_most < 1:
        raise ValueError("a hall without windows")
    needed = None
    for windows in range(1, at_most + 1):
        if choice(load, windows, target, patience_s).within >= target.share:
            needed = windows
            break
    around = needed or at_most
    return HourNeed(
        load=load,
        needed=needed,
        choices=tuple(
            choice(load, windows, target, patience_s)
            for windows in range(max(around - 1, 1), min(around + 1, at_most) + 1)
        ),
    )


def staffing_table(
    loads: Sequence[HourLoad], target: Target, *, at_most: int, patience_s: float | None = None
) -> tuple[HourNeed, ...]:
    """Return what each hour needs, each for itself. Raises ValueError where there is no window."""
    return tuple(hour_need(load, target, at_most=at_most, patience_s=patience_s) for load in loads)
