"""The shapes of faults in the API."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from queue_server.faults.model import WORDS_LENGTH, FaultEventKind, FaultState
from queue_server.tickets.window_alarms import AlarmEnd
from queue_server.web.api.devices import DeviceName
from queue_server.web.api.shapes import WindowNumber
from queue_server.web.operations import ApiModel, PlainText, QueryModel

ApiFaultKind = Literal[
    "printer", "computer", "screen", "scanner", "payment", "kiosk", "network", "programme",
    "other", "power", "crowd", "forms", "hindrance",
]  # fmt: skip
_Words = Annotated[PlainText, StringConstraints(max_length=WORDS_LENGTH)]


class ReportBody(ApiModel):
    """What does not work, and where."""

    kind: ApiFaultKind = Field(
        description="`power`, `crowd`, `forms` and `hindrance` hinder the work though nothing of "
        "ours is broken."
    )
    device: DeviceName | None = Field(default=None, description="The machine in use of that name.")
    window: WindowNumber | None = Field(
        default=None, description="The window that it concerns; its alarm is raised too."
    )
    stops_work: bool = False
    words: _Words | None = None


class FaultWindowShape(ApiModel):
    """A window that a fault concerns."""

    window: int
    reported_at: datetime
    alarm: UUID | None = Field(description="The alarm of this window that goes with the fault.")
    left_at: datetime | None = Field(
        description="Since when it has nothing of it any more though the fault went on."
    )
    left_why: AlarmEnd | None


class FaultShape(ApiModel):
    """A fault or a hindrance, from report to mending."""

    id: UUID
    kind: ApiFaultKind
    device: str | None
    window: int | None = Field(description="The first of the windows that have it.")
    windows: list[FaultWindowShape] = Field(description="Those that reported it, in that order.")
    stops_work: bool
    state: FaultState
    reports: int = Field(ge=1, description="How often it was reported while it was open.")
    reported_at: datetime
    reported_by: UUID
    accepted_at: datetime | None
    accepted_by: UUID | None = Field(description="Who has taken it up.")
    mended_at: datetime | None
    dismissed_at: datetime | None = Field(description="When it turned out to be no fault.")
    ended_by: UUID | None
    open_s: int = Field(description="For how long it was, or has been, open.")
    until_accepted_s: int | None
    until_mended_s: int | None
    alarm: UUID | None = Field(description="The alarm of that window.")


class ReportedShape(FaultShape):
    """A fault that was just reported."""

    joined: bool = Field(description="It was open already; this report was counted with it.")


class FaultStepShape(ApiModel):
    """One step of a fault's history."""

    at: datetime
    event: FaultEventKind
    by: UUID
    words: str | None = Field(description="What was written; forgotten after a year.")
    detail: dict[str, JsonValue]
    window: int | None = Field(description="Of a report: the window at which its writer sat.")
    screen: str | None = Field(description="Of a report: the template of the screen's route.")
    diagnosis: dict[str, JsonValue] | None = Field(
        description="Of a report: what the server knew at that moment; facts may be added."
    )


class OneFault(FaultShape):
    """A fault with its history."""

    steps: list[FaultStepShape]


class FaultList(ApiModel):
    items: list[FaultShape]
    next: str | None = None


class FaultQuery(QueryModel):
    """The newest first, or those that are open."""

    open: bool = False
    after: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class TakeBody(ApiModel):
    """Who takes it up."""

    by: UUID | None = Field(
        default=None,
        description="A member of staff who cares for machines; by default the caller.",
    )


class WordsBody(ApiModel):
    """What was seen or done."""

    words: Annotated[PlainText, StringConstraints(min_length=1, max_length=WORDS_LENGTH)]


class SomeWordsBody(ApiModel):
    """Why, where somebody likes to say it."""

    words: _Words | None = None
