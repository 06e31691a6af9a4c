"""The values of appointments: plans of slots, slots, bookings; frozen."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, Literal
from uuid import UUID

from queue_server.tickets.model import Language

PlanKind = Literal["visit", "drop_off"]
"""`visit`: one household's requests; `drop_off`: «تسليم مجمّع», many files with a list."""
AppointmentState = Literal["booked", "checked_in", "released", "cancelled", "moved"]
AppointmentEventKind = Literal["book", "check_in", "release", "cancel", "move"]
Via = Literal["page", "kiosk", "desk", "api", "clock"]
"""Where an act on an appointment came from; `clock`: its time was over."""

FEWEST_FILES: Final = 4
MOST_FILES: Final = 20
"""What a drop-off may bring; fewer files go on one number at the window."""
LONGEST_FILE_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class SlotTerms:
    """What an administrator decides of a plan; times are the wall's."""

    kind: PlanKind
    service: str | None
    """None: every service that has no plan of its own."""
    weekdays: frozenset[int]
    """As ISO 8601 counts them: 1 is Monday, 7 is Sunday."""
    opens: time
    closes: time
    """The end of the last slot; before the cut-over it is the night after the day."""
    slot_minutes: int
    capacity: int
    """How many can be served in one slot, walk-ins included."""
    walk_in_percent: int
    """The share of it that is never booked."""
    horizon_days: int
    """How many days ahead may be booked; 0 is today alone."""
    valid_from: date
    valid_to: date | None

    @property
    def bookable(self) -> int:
        """How many of a slot may be booked; what the percent leaves, rounded down."""
        return self.capacity * (100 - self.walk_in_percent) // 100


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """A plan as it is kept; its id outlives changes of its terms."""

    id: UUID
    terms: SlotTerms


@dataclass(frozen=True, slots=True)
class Closure:
    """A business day without appointments."""

    day: date
    reason: str


@dataclass(frozen=True, slots=True)
class Slot:
    """One stretch of time of a plan."""

    plan_id: UUID
    day: date
    """The business day, to which the hours after midnight belong until the cut-over."""
    starts_at: datetime
    ends_at: datetime
    bookable: int


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A slot that may be booked now, and how many places it still has."""

    slot: Slot
    free: int


@dataclass(frozen=True, slots=True)
class Appointment:
    """One booking; a moved one is followed by another of the same code and token."""

    id: UUID
    first_id: UUID
    """The id of the booking that it began with: its name in calendars, however often it moves."""
    plan_id: UUID
    kind: PlanKind
    service: str | None
    day: date
    starts_at: datetime
    ends_at: datetime
    state: AppointmentState
    code: str
    """Eight digits that a citizen types at the kiosk."""
    token: str
    """What its public address ends in."""
    language: Language
    booked_at: datetime
    moves: int
    files: int
    """How many files a drop-off brings; 0 for a visit."""
    ticket_id: UUID | None
    """The number of its check-in."""
    checked_in_at: datetime | None
    is_late: bool
    """It was checked in outside the grace, as somebody who had none."""
    revision: int
