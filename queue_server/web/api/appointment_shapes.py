"""The bodies and answers of the appointments' API."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from queue_server.appointments.model import (
    FEWEST_FILES,
    LONGEST_FILE_NAME,
    MOST_FILES,
    AppointmentState,
    PlanKind,
)
from queue_server.tickets.model import Language, Priority
from queue_server.web.api.shapes import Phone, ServiceCode, TicketShape
from queue_server.web.operations import ApiModel, Day, PlainText, QueryModel

FileName = Annotated[PlainText, StringConstraints(max_length=LONGEST_FILE_NAME)]


class SlotQuery(QueryModel):
    """Which slots: of a service, or of the drop-off lane; on a business day, today's by default."""

    day: Day | None = None
    service: ServiceCode | None = None
    kind: PlanKind = "visit"


class SlotShape(ApiModel):
    """A time that may be booked while `free` is more than 0."""

    starts_at: datetime
    ends_at: datetime
    free: int


class SlotList(ApiModel):
    items: list[SlotShape]
    next: str | None = None


class BookBody(ApiModel):
    """A booking asked for; with a list of files it is a drop-off."""

    starts_at: Annotated[AwareDatetime, Field(examples=["2026-11-22T08:30:00Z"])]
    service: ServiceCode | None = None
    files: (
        Annotated[list[FileName], Field(min_length=FEWEST_FILES, max_length=MOST_FILES)] | None
    ) = None
    language: Language = "ar"
    phone: Phone | None = None


class MoveBody(ApiModel):
    """The slot that a booking moves to."""

    starts_at: Annotated[AwareDatetime, Field(examples=["2026-11-22T08:30:00Z"])]


class CancelBody(ApiModel):
    """Nothing is asked."""


class CheckInBody(ApiModel):
    """Somebody with an appointment is here."""

    priority: Priority = "none"


class PresenceBody(ApiModel):
    """The holder of a dated number is here."""


class AppointmentShape(ApiModel):
    """A place in a slot."""

    id: UUID
    kind: PlanKind
    service: str | None
    day: date
    starts_at: datetime
    ends_at: datetime
    state: AppointmentState
    code: str = Field(description="Eight digits that a citizen types at the kiosk.")
    language: Language
    files: int = Field(description="How many files a drop-off brings; 0 for a visit.")
    booked_at: datetime
    moves: int
    ticket: UUID | None = Field(description="The number of its check-in.")
    checked_in_at: datetime | None
    is_late: bool = Field(description="Checked in outside the grace: counted from that moment on.")
    status_path: str
    status_url: str | None = Field(description="Null where the centre has no public address.")
    allowed: list[str] = Field(description="The acts that its state allows.")
    revision: int


class AppointmentEventShape(ApiModel):
    """One act on a booking."""

    revision: int
    at: datetime
    event: str
    from_state: str
    to_state: str
    via: str
    actor: Literal["staff", "device", "key", "system"]


class AppointmentWithEvents(AppointmentShape):
    """A booking, a drop-off's list, and all acts on it and on those it was moved from."""

    file_names: list[str]
    events: list[AppointmentEventShape]


class AppointmentPage(ApiModel):
    """A page of a day's bookings by their time; `next` is the cursor of the page after."""

    items: list[AppointmentShape]
    next: str | None


class AppointmentQuery(QueryModel):
    """Which bookings; those that moved away are not listed."""

    day: Day | None = None
    state: Literal["booked", "checked_in", "released", "cancelled"] | None = None
    after: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class CheckInShape(ApiModel):
    """What a check-in made."""

    appointment: AppointmentShape
    ticket: TicketShape
