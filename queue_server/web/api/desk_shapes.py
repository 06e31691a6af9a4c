"""The bodies and answers of the API of windows' desks: hand-over, alarms, messages and notes."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, JsonValue, StringConstraints

from queue_server.tickets.store_messages import Toward
from queue_server.tickets.window_alarms import AlarmEnd, AlarmKind, FaultCategory
from queue_server.tickets.windows import MESSAGE_LENGTH, NOTE_LENGTH
from queue_server.web.api.shapes import Code, WindowNumber
from queue_server.web.operations import ApiModel, Day, PlainText, QueryModel

MessageText = Annotated[PlainText, StringConstraints(max_length=MESSAGE_LENGTH)]
NoteText = Annotated[PlainText, StringConstraints(max_length=NOTE_LENGTH)]


class NothingBody(ApiModel):
    """An act that needs no words."""


class AssignBody(ApiModel):
    """Who gets the window; they sit at no other."""

    staff: UUID


class ProfileBody(ApiModel):
    """What the window serves from its next call on."""

    profile: Code


class ProfileShape(ApiModel):
    """The queues that windows of this profile serve."""

    code: str
    name_ar: str
    name_en: str


class ProfileList(ApiModel):
    items: list[ProfileShape]
    next: str | None = None


class EmergencyBody(ApiModel):
    """Whether the supervisor alone is told, or every desk of the hall."""

    silent: bool = True


class FaultBody(ApiModel):
    """What does not work."""

    category: FaultCategory


class AlarmEndBody(ApiModel):
    """How the alarm ended."""

    why: AlarmEnd


class AlarmShape(ApiModel):
    """An alarm of a window, from rise to close."""

    id: UUID
    kind: AlarmKind
    window: int
    category: FaultCategory | None = Field(description="Of a fault alone.")
    silent: bool = Field(description="Only supervisors are told; other desks show nothing.")
    raised_at: datetime
    raised_by: UUID
    accepted_at: datetime | None
    accepted_by: UUID | None = Field(description="Who goes there.")
    closed_at: datetime | None
    closed_why: AlarmEnd | None


class AlarmList(ApiModel):
    items: list[AlarmShape]
    next: str | None = None


class EpisodeShape(ApiModel):
    """One time that something was wrong in the hall."""

    id: UUID
    kind: str = Field(description="As in docs/supervisor.md; kinds may be added.")
    subject: str = Field(description="What it is about: a window, a device, a queue, the hall.")
    grave: bool
    level: int = Field(ge=0, description="The worst that it has been, in steps.")
    facts: dict[str, JsonValue]
    raised_at: datetime
    worse_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: UUID | None = Field(
        description="A member of staff or a key; null again when it has grown worse since."
    )
    cleared_at: datetime | None
    seconds: int = Field(description="How long it lasted, or has lasted until now.")


class EpisodeList(ApiModel):
    items: list[EpisodeShape]
    next: str | None = None


class EpisodeQuery(QueryModel):
    """A business day, or what is wrong now."""

    open: bool = False
    day: Day | None = None
    after: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class ToDesksBody(ApiModel):
    """A short text to the clerk of one window, or without `window` to all."""

    text: MessageText
    window: WindowNumber | None = None


class ToSupervisorBody(ApiModel):
    """A short text to the supervisor."""

    text: MessageText


class ReadBody(ApiModel):
    """At which window it was read; without one the supervisor has read what a window wrote."""

    window: WindowNumber | None = None


class SentShape(ApiModel):
    """The message that was sent."""

    id: UUID


class MessageShape(ApiModel):
    """A short text between supervisor and windows; it is forgotten after thirty days."""

    id: UUID
    toward: Toward
    window: int | None = Field(description="Where it goes to or comes from; null: to all.")
    sent_at: datetime
    sent_by: UUID
    text: str
    read_by: list[UUID]
    read_at_windows: list[int]


class MessageList(ApiModel):
    items: list[MessageShape]
    next: str | None = None


class MessageQuery(QueryModel):
    """How many of the latest."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50


class NoteBody(ApiModel):
    """What is written down about the visit."""

    text: NoteText
    window: WindowNumber | None = None


class NoteShape(ApiModel):
    """What was written down about a visit; it is forgotten after a year."""

    at: datetime
    window: int
    written_by: UUID
    text: str


class NoteList(ApiModel):
    items: list[NoteShape]
    next: str | None = None
