"""Equipment, plans and maintenance orders as they stand at one moment; values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, get_args
from uuid import UUID

EquipmentKind = Literal[
    "printer", "scanner", "screen", "kiosk_case", "ups", "card_terminal", "computer"
]
PlaceKind = Literal["machine", "window", "room", "shelf", "repair", "scrapped"]
"""Where a piece is: at a machine of the program, at a window, elsewhere in the house; a spare on
the shelf; away for repair; scrapped for good."""
Counter = Literal["slips", "metres", "rolls"]
PlanUnit = Literal["day", "month"]
OrderState = Literal["open", "in_work", "done", "cancelled"]
OrderAct = Literal["start", "finish", "cancel"]
Origin = Literal["plan", "hand", "fault", "swap"]

KINDS: Final[tuple[EquipmentKind, ...]] = get_args(EquipmentKind)
PLACES: Final[tuple[PlaceKind, ...]] = get_args(PlaceKind)
COUNTERS: Final[tuple[Counter, ...]] = get_args(Counter)
IN_USE: Final[frozenset[PlaceKind]] = frozenset({"machine", "window", "room"})
OPEN_STATES: Final[frozenset[OrderState]] = frozenset({"open", "in_work"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a piece is; one of the last three names the spot where its kind asks for one."""

    kind: PlaceKind
    device: str | None = None
    """The machine's name."""
    window: int | None = None
    room: str | None = None

    @property
    def is_in_use(self) -> bool:
        return self.kind in IN_USE


@dataclass(frozen=True, slots=True)
class Counts:
    """What a printer has done since it is counted."""

    slips: int = 0
    metres: float = 0.0
    rolls: int = 0

    def of(self, counter: Counter) -> float:
        """Return one of them."""
        return {"slips": self.slips, "metres": self.metres, "rolls": self.rolls}[counter]


@dataclass(frozen=True, slots=True)
class Equipment:
    """One piece, under the label that is stuck on it."""

    id: UUID
    label: str
    kind: EquipmentKind
    model: str
    serial: str | None
    place: Place
    since: datetime
    """Since when it is there."""
    in_use_since: datetime | None
    counts: Counts
    device_id: UUID | None = None
    is_stranded: bool = False
    """Its machine was revoked: somebody says where it is now."""
    is_counted: bool = False
    """Its machine tells what it prints: the slip printer of a kiosk."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a list to be worked off."""

    ar: str
    en: str = ""
    is_done: bool = False

    def say(self, language: str) -> str:
        """Return its words; the Arabic where there are no English ones."""
        return self.ar if language == "ar" or not self.en else self.en


@dataclass(frozen=True, slots=True)
class Limit:
    """So much of a counter brings a plan round."""

    count: int
    counter: Counter


@dataclass(frozen=True, slots=True)
class Plan:
    """What comes round for a kind of equipment, or for one piece."""

    id: UUID
    title_ar: str
    title_en: str
    kind: EquipmentKind | None
    equipment_id: UUID | None
    every: int | None
    unit: PlanUnit | None
    limits: tuple[Limit, ...]
    stops_work: bool
    steps: tuple[Step, ...]
    made_at: datetime
    ended_at: datetime | None = None
    equipment_label: str | None = None


@dataclass(frozen=True, slots=True)
class NewPlan:
    """A plan that somebody wants to make."""

    title_ar: str
    title_en: str = ""
    kind: EquipmentKind | None = None
    label: str | None = None
    every: int | None = None
    unit: PlanUnit | None = None
    limits: tuple[Limit, ...] = ()
    stops_work: bool = False
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """A maintenance order."""

    id: UUID
    number: int
    """By which people speak of it."""
    equipment_id: UUID
    label: str
    equipment_kind: EquipmentKind
    model: str
    place: Place
    """Where the piece is now."""
    origin: Origin
    plan_id: UUID | None
    fault_id: UUID | None
    title_ar: str
    title_en: str
    steps: tuple[Step, ...]
    state: OrderState
    stops_work: bool
    due_on: date | None
    opened_at: datetime
    started_at: datetime | None
    started_by: UUID | None
    ended_at: datetime | None
    ended_by: UUID | None
    done_text: str | None
    parts: str | None
    minutes: int | None

    def title(self, language: str) -> str:
        """Return its title; the Arabic where there is no English one."""
        return self.title_ar if language == "ar" or not self.title_en else self.title_en


@dataclass(frozen=True, slots=True)
class Swap:
    """A spare that took the place of a broken piece."""

    broken: Equipment
    spare: Equipment
    order_id: UUID
    is_new: bool
    """False: this press was obeyed before."""


@dataclass(frozen=True, slots=True)
class MaintenanceEvent:
    """One thing that was done, as it is kept for ever."""

    revision: int
    at: datetime
    subject: Literal["equipment", "plan", "order"]
    subject_id: UUID
    event: str
    actor_kind: str
    actor_id: UUID | None
    detail: Mapping[str, Any]
