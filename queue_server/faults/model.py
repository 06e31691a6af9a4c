"""A fault that staff report: what does not work, or hinders the work, from report to mending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from core_services.devices.model import DeviceKind
from queue_server.tickets.window_alarms import AlarmEnd, FaultCategory, WindowAlarm

FaultKind = FaultCategory | Literal["kiosk"]
"""What is broken, or what hinders: see `BROKEN` and `HINDRANCES`."""
FaultState = Literal["reported", "accepted", "mended", "not_fault"]
FaultAct = Literal["accept", "note", "mend", "dismiss", "reopen"]
FaultEventKind = Literal[
    "reported",
    "joined",
    "accepted",
    "noted",
    "window_left",
    "mended",
    "dismissed",
    "reopened",
]

BROKEN: Final[tuple[FaultKind, ...]] = (
    "printer",
    "computer",
    "screen",
    "scanner",
    "payment",
    "kiosk",
    "network",
    "programme",
    "other",
)
"""«عطل»: a device or a program does not work."""
HINDRANCES: Final[tuple[FaultKind, ...]] = ("power", "crowd", "forms", "hindrance")
"""«معوّق»: nothing of ours is broken, and the work is hindered all the same."""
KINDS: Final[tuple[FaultKind, ...]] = (*BROKEN, *HINDRANCES)
OPEN_STATES: Final[frozenset[FaultState]] = frozenset({"reported", "accepted"})

WORDS_LENGTH: Final = 500
"""The longest words at one step; the database's CHECK is the same."""
CLOSED_SHOWN_FOR: Final = timedelta(days=30)
WORDS_KEPT: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is: a machine, a window (and its workstation), or neither: the hall."""

    device_id: UUID | None = None
    window: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody says does not work."""

    kind: FaultKind
    place: Place
    stops_work: bool = False
    words: str = ""
    from_window: int | None = None
    """The window at which whoever reports sits."""
    screen: str | None = None
    """The template of the route of the screen from which it is reported."""
    diagnosis: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FaultMachine:
    """The machine that a fault is of."""

    name: str
    kind: DeviceKind
    in_use: bool
    """It has a page of its own; a machine that was revoked has none."""


@dataclass(frozen=True, slots=True)
class FaultWindow:
    """A window that a fault concerns."""

    number: int
    reported_at: datetime
    alarm_id: UUID | None
    """The alarm of this window that goes with the fault."""
    left_at: datetime | None
    """Since when it has nothing of it any more though the fault went on; None: it stands, or stood
    to the fault's end."""
    left_why: AlarmEnd | None

    @property
    def stands(self) -> bool:
        return self.left_at is None


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault as it stands."""

    id: UUID
    kind: FaultKind
    device_id: UUID | None
    machine: FaultMachine | None
    windows: tuple[FaultWindow, ...]
    """Those that reported it, in that order; none: it is the machine's alone, or the hall's."""
    stops_work: bool
    state: FaultState
    reported_at: datetime
    reported_by: UUID
    reports: int
    """How often it was reported while it was open."""
    accepted_at: datetime | None
    accepted_by: UUID | None
    mended_at: datetime | None
    dismissed_at: datetime | None
    ended_by: UUID | None

    @property
    def window(self) -> int | None:
        """Return the first of the windows that have it."""
        return next((each.number for each in self._first), None)

    @property
    def alarm_id(self) -> UUID | None:
        """Return that window's alarm."""
        return next((each.alarm_id for each in self._first), None)

    @property
    def standing(self) -> tuple[FaultWindow, ...]:
        """Return the windows that have it, or had it when it ended."""
        return tuple(each for each in self.windows if each.stands)

    @property
    def _first(self) -> tuple[FaultWindow, ...]:
        return self.standing or self.windows

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def is_hindrance(self) -> bool:
        return self.kind in HINDRANCES

    @property
    def ended_at(self) -> datetime | None:
        return self.mended_at or self.dismissed_at

    def open_s(self, at: datetime) -> int:
        """Return for how many seconds it was, or has been, open since it was reported."""
        return max(0, int(((self.ended_at or at) - self.reported_at).total_seconds()))

    @property
    def until_accepted_s(self) -> int | None:
        """Return how many seconds passed until somebody took it up; None: nobody has."""
        return _seconds(self.reported_at, self.accepted_at)

    @property
    def until_mended_s(self) -> int | None:
        """Return how many seconds passed until it was mended; None: it is not, or was no fault."""
        return _seconds(self.reported_at, self.mended_at)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a fault's history."""

    revision: int
    at: datetime
    event: FaultEventKind
    by: UUID
    detail: Mapping[str, Any]
    words: str | None
    from_window: int | None
    screen: str | None
    diagnosis: Mapping[str, Any] | None
    """Of a report alone."""


@dataclass(frozen=True, slots=True)
class Reported:
    """What became of a report."""

    fault: Fault
    is_joined: bool
    """The fault was known already: this report was counted with it."""
    alarm: WindowAlarm | None


def _seconds(start: datetime, end: datetime | None) -> int | None:
    return None if end is None else max(0, int((end - start).total_seconds()))
