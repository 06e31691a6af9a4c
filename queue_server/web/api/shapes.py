"""The bodies and answers of the queue's API: the models that OpenAPI shows and tests hold."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints, WithJsonSchema

from core_services.egypt import NATIONAL_ID_PATTERN
from queue_server.service_states.model import Reason
from queue_server.tickets.model import (
    Channel,
    Language,
    Need,
    PaperMark,
    Priority,
    TicketState,
    WindowState,
)
from queue_server.web.operations import ApiModel, Day, PlainText, QueryModel

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
ServiceCode = Annotated[Code, Field(examples=["reconciliation"])]
WindowNumber = Annotated[int, Field(ge=1, le=99, examples=[5])]

Phone = Annotated[
    str,
    StringConstraints(max_length=40),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^01[0125][0-9]{8}$",
            "description": "An Egyptian number, kept sealed. Every usual form of it is taken: "
            "Eastern digits, spaces, +20 before it, landlines.",
            "examples": ["01000000000"],
        }
    ),
]
NationalIdText = Annotated[
    str,
    StringConstraints(max_length=40),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": NATIONAL_ID_PATTERN,
            "description": "The 14 digits of the card, kept sealed; Eastern digits and spaces are "
            "taken too, and births after 2025.",
            "examples": ["29005171300007"],
        }
    ),
]
"""Their schemas tell one form, so that whatever keeps to it is taken; more than that is."""


class IssueBody(ApiModel):
    """A ticket asked for; without a service it is the one-touch number."""

    service: ServiceCode | None = None
    priority: Priority = "none"
    language: Language = "ar"
    channel: Literal["api", "desk", "phone"] = "api"
    needs: Annotated[list[Need], Field(max_length=5, default_factory=list)]
    """What the citizen needs at the window; `accessible_window` waits for such a window alone."""
    requests: Annotated[int, Field(ge=1, le=3)] = 1
    """Requests of one household on this number; they are counted in everybody's wait."""
    phone: Phone | None = None
    national_id: NationalIdText | None = None


class ActBody(ApiModel):
    """An act on a ticket by `window`; a ticket in another window's hand is refused."""

    window: WindowNumber | None = None
    reason: PlainText | None = None
    outcome: Code | None = None


class ServiceBody(ApiModel):
    """The service that a ticket turned out to be for."""

    service: ServiceCode
    window: WindowNumber | None = None


class ParkBody(ApiModel):
    """Why a ticket is put aside, and for how long; without `minutes` until somebody resumes it."""

    window: WindowNumber | None = None
    reason: PlainText
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None


class ToQueue(ApiModel):
    """Any window of a queue."""

    queue: Code


class ToWindow(ApiModel):
    """One window and no other."""

    window: WindowNumber


class ToStaff(ApiModel):
    """One person, wherever they sit."""

    staff: UUID


class TransferBody(ApiModel):
    """Where a ticket in hand goes, and why."""

    to: ToQueue | ToWindow | ToStaff
    reason: PlainText
    window: WindowNumber | None = None


class CallBody(ApiModel):
    """One particular ticket, by its id or by today's label, and why it is called out of order."""

    ticket: UUID | Code
    reason: PlainText


class WalkDirectBody(ApiModel):
    """What the citizen who stands at the window came for; the service may be set later."""

    service: ServiceCode | None = None
    priority: Priority = "none"
    language: Language = "ar"
    needs: Annotated[list[Need], Field(max_length=5, default_factory=list)]
    reason: PlainText | None = None


class AdoptBody(ApiModel):
    """A slip whose number the server has not heard of, and what its holder came for."""

    label: Annotated[PlainText, Field(max_length=12)] = Field(
        description="As it is printed or in the API's form: `ك-١٠٥`, `K105`, `142`."
    )
    service: ServiceCode | None = None
    priority: Priority = "none"
    language: Language = "ar"


class CarryOverBody(ApiModel):
    """The day for which today's unserved numbers are kept; it must come after today."""

    to_day: date


class CarriedShape(ApiModel):
    """How many numbers were kept, and for which day."""

    kept: int
    to_day: date


class CallNextBody(ApiModel):
    """How to call the next ticket."""

    finish: bool = False
    """Finish the ticket in hand first, in the same commit; a called one is started."""
    outcome: Code | None = None


class WindowBody(ApiModel):
    """Why a window's state changes."""

    reason: PlainText | None = None


class WaitShape(ApiModel):
    """A wait in seconds; low and high are rounded outward to 5 minutes."""

    low_s: int
    likely_s: int
    high_s: int


class EventShape(ApiModel):
    """One act on a ticket."""

    revision: int
    at: datetime
    event: str
    from_state: str
    to_state: str
    window: int | None
    actor: Literal["staff", "device", "key", "system"]
    reason: str | None


class TicketShape(ApiModel):
    """A place in line for one business day."""

    id: UUID
    label: str
    display_label: str
    number: int
    series: str
    queue: str
    service: str | None
    priority: Priority
    state: TicketState
    position: int | None = Field(description="People ahead + 1, now; null when not in line.")
    business_day: date
    channel: Channel
    is_late: bool = Field(
        description="The server heard of it after it was given; it is out of the claim of fairness "
        "and of every figure of waits."
    )
    language: Language
    paper: PaperMark
    window: int | None
    recalls: int
    issued_at: datetime
    called_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    wait: WaitShape | None = Field(
        description="The wait shown at issue; null when no open window served the queue."
    )
    status_path: str
    status_url: str | None = Field(description="Null where the centre has no public address.")
    needs: list[Need]
    requests: int = Field(description="Requests of one household on this number.")
    returns: int = Field(description="How often it came back after a no-show.")
    parked_until: datetime | None = Field(description="When a parked ticket waits by itself again.")
    allowed: list[str] = Field(
        description="The acts that its state allows; undo depends on its last act besides."
    )
    revision: int


class PersonShape(ApiModel):
    """What may be shown of the person behind a ticket; whoever reads it is noted."""

    phone: str | None = Field(description="Masked but for its last two digits.")
    national_id_last4: str | None
    age65_holds: bool | None = Field(
        description="Whether the card bore out the claim of 65; null while nobody has looked."
    )


class TicketWithEvents(TicketShape):
    """A ticket and all acts on it, oldest first."""

    person: PersonShape | None = Field(
        description="Null where nothing is kept, or the reader may not see it."
    )
    events: list[EventShape]


class TicketPage(ApiModel):
    """A page of tickets in the order of their issue; `next` is the cursor of the page after."""

    items: list[TicketShape]
    next: str | None


class TicketQuery(QueryModel):
    """Which tickets."""

    state: TicketState | None = None
    queue: Code | None = None
    day: Day | None = None
    label: Code | None = None
    after: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class WindowShape(ApiModel):
    """A service point; `ticket` is the one in hand."""

    number: int
    state: WindowState
    profile: str
    priority_first: bool
    queues: list[str]
    opened_by: str | None
    state_since: datetime | None
    reason: str | None
    ticket: TicketShape | None
    gives_way: bool = Field(
        description="A stand-in opened it, or its clerk hands it over; a person's open takes it"
        " over with what it has in hand."
    )
    is_offered: bool = Field(description="Its clerk hands it over to whoever opens it next.")
    allowed: list[str]


class HallWindowShape(WindowShape):
    """A service point among all of the hall."""

    awaited_by: str | None = Field(
        description="Who is signed in without a window and has this one as their usual place."
    )


class WindowList(ApiModel):
    items: list[HallWindowShape]
    next: str | None = None


class QueueShape(ApiModel):
    """A line now."""

    code: str
    name_ar: str
    name_en: str
    waiting: int = Field(description="Waiting and not yet confirmed tickets of the day.")
    longest_wait_s: int
    windows_open: int
    wait: WaitShape | None


class QueueList(ApiModel):
    items: list[QueueShape]
    next: str | None = None


class StateShape(ApiModel):
    """Whether something works now."""

    is_down: bool
    reason: Reason | None
    since: datetime | None
    expected: datetime | None = Field(description="When it should work again; null: not known.")


class ServiceShape(ApiModel):
    """What a citizen comes for."""

    code: str
    queue: str
    name_ar: str
    name_en: str
    papers_ar: list[str]
    papers_en: list[str]
    fee_piastres: int | None = Field(description="Null: set after inspection.")
    target_s: int
    open: bool
    state: StateShape = Field(
        description="Whether it works now; one that is down can still be waited for."
    )


class ServiceList(ApiModel):
    items: list[ServiceShape]
    next: str | None = None
