"""What the administrator's pages of appointments show; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import ClassVar, Literal
from uuid import UUID

from core_services.l10n import Language, format_time
from queue_server.appointments.model import Closure, SlotPlan, SlotTerms
from queue_server.appointments.slots import open_minutes
from queue_server.web.admin.plan_forms import LIMITS, PlanForm
from queue_server.web.words import Words

Said = Literal["kept", "withdrawn", "closed", "opened", "no-day", "gone"]

WEEK: tuple[int, ...] = (6, 7, 1, 2, 3, 4, 5)
"""Saturday first, as Egypt's weeks begin."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One plan of the list."""

    id: UUID
    terms: SlotTerms
    service: Words | None
    slots: int
    """How many slots a day has, when no clock changes."""

    @property
    def weekdays(self) -> tuple[int, ...]:
        return tuple(day for day in WEEK if day in self.terms.weekdays)

    def hours(self, language: Language) -> str:
        """Return from when to when by the wall: `٩:٠٠ ص – ٢:٠٠ م`."""
        return " – ".join(format_time(at, language) for at in (self.terms.opens, self.terms.closes))

    @property
    def bookable_a_day(self) -> int:
        return self.slots * self.terms.bookable


@dataclass(frozen=True, slots=True)
class PlansPage:
    """All plans, and the closed days to come."""

    template: ClassVar[str] = "admin_appointments.html"

    rows: tuple[PlanRow, ...]
    closures: tuple[Closure, ...]
    today: date
    said: Said | None
    booked: int
    """How many bookings there are on the day that was just closed."""
    booked_day: date | None


@dataclass(frozen=True, slots=True)
class PlanPage:
    """The form of one plan; a new one has no id."""

    template: ClassVar[str] = "admin_appointment_plan.html"
    week: ClassVar[tuple[int, ...]] = WEEK
    limits: ClassVar[Mapping[str, tuple[int, int]]] = LIMITS

    plan_id: UUID | None
    form: PlanForm
    services: tuple[tuple[str, Words], ...]
    key: str

    @property
    def action(self) -> str:
        """Return where the form is sent."""
        root = "/admin/appointments"
        return root if self.plan_id is None else f"{root}/{self.plan_id}"


def plan_row(plan: SlotPlan, services: Mapping[str, Words], cut_over: time) -> PlanRow:
    """Make the row of a plan."""
    terms = plan.terms
    begin, end = open_minutes(terms.opens, terms.closes, cut_over)
    return PlanRow(
        id=plan.id,
        terms=terms,
        service=None if terms.service is None else services.get(terms.service),
        slots=(end - begin) // terms.slot_minutes,
    )
