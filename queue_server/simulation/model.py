"""A day as chance has decided it: who comes and what each is like, who works, what breaks.

Nothing random is left to a run: the same world can be lived through by the pure rule and through
the real centre. All spans and moments with the ending `_s` are seconds, moments counted from the
opening of the hall.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from queue_server.simulation.scenario import BreakReason, FaultKind
from queue_server.tickets.model import Language, Need, Priority

Way = Literal["kiosk", "desk", "phone"]
"""Where somebody takes a number."""


@dataclass(frozen=True, slots=True)
class Citizen:
    """One person, and everything that chance decides about the visit."""

    number: int
    """From 1, in the order of coming; no number of the hall."""
    at_s: float
    """Comes to the kiosk, to reception or to the telephone."""
    way: Way
    priority: Priority
    needs: tuple[Need, ...]
    language: Language
    service: str
    says_service: bool
    """The service is known when the number is taken; else from the start at the window."""
    requests: int
    takes_s: float
    """How long the kiosk or reception is busy with this person before the number is there."""
    desk_s: float
    """The same for reception, also of somebody whom a dead kiosk sends there."""
    goes_home: bool
    """Comes while the service is said to be down and takes no number."""
    patience_s: float | None
    """Leaves unless called so long after the number was taken; None: stays."""
    tells: bool
    """Gives the number back when leaving; else it is seen at the call."""
    absence: float
    """Misses the call where `World.misses` says so of this draw from 0 to 1."""
    returns_after_s: float | None
    """After a missed call, comes back to reception so long after the no-show; None: never."""
    walk_s: float
    """From the call to the start."""
    work_s: float
    """From the start to the finish at a window of speed 1, all requests together."""
    turnaround_s: float
    """From the finish, or the no-show, until the clerk is ready to call again."""
    slot_s: float | None = None
    """The booked slot of somebody who comes by appointment."""


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment of the day; `citizen` is None for a holder who does not come."""

    slot_s: float
    service: str
    citizen: int | None


@dataclass(frozen=True, slots=True)
class Shift:
    """A window while somebody is meant to work at it."""

    window: int
    profile: str
    queues: frozenset[str]
    lanes: frozenset[str]
    priority_first: bool
    is_accessible: bool
    is_woman: bool
    speed: float
    """Work takes `work_s / speed`."""
    opens_s: float
    closes_s: float


@dataclass(frozen=True, slots=True)
class Break:
    """A window that is away; it goes when it is free at or after `at_s`, for `lasts_s`."""

    window: int
    at_s: float
    lasts_s: float
    is_announced: bool
    """The clerk says how long."""
    reason: BreakReason


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not work from `from_s` until `until_s`."""

    kind: FaultKind
    from_s: float
    until_s: float
    services: frozenset[str]
    windows: frozenset[int]
    kiosk: int | None
    """None: every kiosk."""
    is_announced: bool
    factor: float
    turned_away_s: float


@dataclass(frozen=True, slots=True)
class World:
    """One day of a scenario."""

    name: str
    seed: int
    day: int
    date: date
    opens_at: datetime
    """UTC; what every moment is counted from."""
    closes_s: float
    """Numbers end."""
    ends_s: float
    """The last window closes, served or not."""
    credit_s: Mapping[Priority, int]
    early_grace_s: int
    late_grace_s: int
    kiosks: int
    paper_s: float
    """From a number at the kiosk until it may be called."""
    miss_share: float
    miss_per_hour: float
    hold_s: float
    hold_more_time_s: float
    queue_of: Mapping[str, str]
    target_s: Mapping[str, float]
    """What the centre aims at for each service."""
    citizens: tuple[Citizen, ...]
    """In the order of coming."""
    bookings: tuple[Booking, ...]
    shifts: tuple[Shift, ...]
    breaks: tuple[Break, ...]
    faults: tuple[Fault, ...]

    def moment(self, at_s: float) -> datetime:
        """Return the moment so many seconds after the opening."""
        return self.opens_at + timedelta(seconds=at_s)

    def misses(self, citizen: Citizen, waited_s: float) -> bool:
        """Say whether this person, called after that wait, does not come to the window."""
        share = self.miss_share + self.miss_per_hour * waited_s / 3600
        return citizen.absence < share

    def absent_hold_s(self, citizen: Citizen) -> float:
        """Return how long a window waits for this person in vain."""
        return self.hold_more_time_s if "more_time" in citizen.needs else self.hold_s

    def work_s(self, citizen: Citizen, speed: float, start_s: float) -> float:
        """Return how long the visit takes at a window of that speed when it starts then.

        While the service is down the window only says so; while payments are down it takes longer.
        """
        work_s = citizen.work_s
        for fault in self.faults:
            if not fault.from_s <= start_s < fault.until_s:
                continue
            if fault.kind == "service" and citizen.service in fault.services:
                return fault.turned_away_s
            if fault.kind == "payments":
                work_s *= fault.factor
        return work_s / speed
