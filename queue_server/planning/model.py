"""The values of planning: what a day to come needs, and what may be moved in the hall now."""

from dataclasses import dataclass
from typing import Literal

from queue_server.estimate.model import Range
from queue_server.planning.staffing import HourNeed

MoveKind = Literal["open", "resume", "profile", "keep", "stop"]


@dataclass(frozen=True, slots=True)
class PlannedWindow:
    """A window that may be staffed, in the order in which they are."""

    number: int
    queues: frozenset[str]
    lanes: frozenset[str]
    priority_first: bool


@dataclass(frozen=True, slots=True)
class HourSpan:
    """An hour of the clock in which the centre is open, epoch seconds; the first and the last may
    be half ones."""

    hour: int
    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class HourWaits:
    """How long those wait who come in one hour, in seconds; of all simulated days together."""

    hour: int
    windows: int
    wait_50_s: float
    wait_80_s: float
    low_80_s: float
    high_80_s: float
    """Between these the wait of four in five lies on four of five days."""
    within: float
    """The share called within the target's wait."""


@dataclass(frozen=True, slots=True)
class SimulatedDay:
    """A day with its windows as it would go."""

    hours: tuple[HourWaits, ...]
    wait_80_s: float
    low_80_s: float
    high_80_s: float
    """Between these the wait of four in five of a whole day lies on four of five days."""
    within: float
    left: float
    """How many stand in line when numbers end, on average."""
    window_hours: float

    @property
    def windows(self) -> tuple[int, ...]:
        return tuple(each.windows for each in self.hours)


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What is recommended for a day."""

    needs: tuple[HourNeed, ...]
    """By the formulas, each hour for itself."""
    simulated: SimulatedDay
    """With the windows that are recommended."""
    reaches: bool
    """Whether every hour reaches the target."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a window may be set up for."""

    code: str
    queues: frozenset[str]
    priority_first: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A window of the hall as it stands, open or not."""

    number: int
    profile: str
    lanes: frozenset[str]
    """Those that it may call from, its own among them."""
    state: Literal["open", "paused", "closed"]
    must_rest: bool = False
    """It is paused for something that nobody may be asked to cut short: prayer, a fault."""


@dataclass(frozen=True, slots=True)
class Floor:
    """What may be moved in the hall."""

    places: tuple[Place, ...]
    profiles: tuple[Profile, ...]
    ends: float | None = None
    """When numbers end today, epoch seconds; None: no hours are set."""
    may_stop: bool = False
    """Whether a person decides when numbers end early, and they are given now."""

    def profile_of(self, place: Place) -> Profile | None:
        return next((each for each in self.profiles if each.code == place.profile), None)


@dataclass(frozen=True, slots=True)
class Move:
    """Something that a supervisor may do now."""

    kind: MoveKind
    window: int | None = None
    until: float | None = None
    """Of a window that is opened or kept open; epoch seconds."""
    profile: str | None = None
    """Of a window that is set up otherwise."""
    at: float | None = None
    """When numbers would end; epoch seconds."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A move with its promise. In seconds of waiting; of a stop in people left at the end."""

    move: Move
    before: Range
    after: Range
    by: float
    """Whoever came before this moment is meant, and whoever stands in line now; epoch seconds."""
    people: int
    """About how many these are."""
    gain: float
    """The middle of what it brings, in the same unit."""


@dataclass(frozen=True, slots=True)
class Worth:
    """From when on a move is suggested."""

    gain_s: float = 300.0
    """It must bring so much in the middle, …"""
    wait_s: float = 900.0
    """… where without it four in five wait longer than this."""
    left: float = 10.0
    """Of a stop: where more are in line when numbers end."""
