"""The supervisor's page of the windows: who has each, what it serves, messages, counts; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from core_services.people.model import Staff
from queue_server.tickets.model import Hall, Window, WindowState
from queue_server.tickets.store_messages import Message
from queue_server.tickets.store_notes import Reply
from queue_server.tickets.window_counts import WindowCounts
from queue_server.tickets.windows import WINDOW_ROLES
from queue_server.web.labels import label_words
from queue_server.web.people_names import names_of, opener
from queue_server.web.supervisor.notices import Notice
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One window and what may be changed about it."""

    number: int
    state: WindowState
    person: Words | None
    person_id: UUID | None
    label: Words | None
    profile: str
    is_offered: bool

    @property
    def may_be_assigned(self) -> bool:
        return self.state != "closed"


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message, and where it has been read."""

    at: datetime
    is_from_window: bool
    window: int | None
    by: Words | None
    text: str
    windows: tuple[int, ...]
    is_read: bool


@dataclass(frozen=True, slots=True)
class CountsRow:
    """The day of one person at one window, and what the person says to it."""

    counts: WindowCounts
    person: Words | None
    reply: str | None

    @property
    def pause_s(self) -> int:
        return sum(each.seconds for each in self.counts.pauses.values())


@dataclass(frozen=True, slots=True)
class SeatsPart:
    """Who sits where, and for what."""

    template: ClassVar[str] = "_supervisor_seats.html"

    rows: tuple[WindowRow, ...]
    profiles: Mapping[str, Words]
    free_people: tuple[tuple[UUID, Words], ...]
    """Staff who may have a window and sit at none."""


@dataclass(frozen=True, slots=True)
class MessagesPart:
    """What was sent and where it has been read, the latest first."""

    template: ClassVar[str] = "_supervisor_messages.html"

    rows: tuple[MessageRow, ...]


@dataclass(frozen=True, slots=True)
class CountsPart:
    """A day's counts in the order of the hall."""

    template: ClassVar[str] = "_window_counts.html"

    rows: tuple[CountsRow, ...]
    has_person: bool
    """They are of several people, so each row names whose it is."""


@dataclass(frozen=True, slots=True)
class WindowsPage:
    """The whole page."""

    template: ClassVar[str] = "supervisor_windows.html"

    seats: SeatsPart
    messages: MessagesPart
    counts: CountsPart
    notice: Notice | None


def seats_part(hall: Hall, *, profiles: Mapping[str, Words], people: Sequence[Staff]) -> SeatsPart:
    """Make the table of the seats; `people` are all staff."""
    names = names_of(people)
    return SeatsPart(
        rows=tuple(
            _row(window, names) for window in sorted(hall.windows, key=lambda each: each.number)
        ),
        profiles=profiles,
        free_people=free_people(hall, people),
    )


def free_people(hall: Hall, people: Sequence[Staff]) -> tuple[tuple[UUID, Words], ...]:
    """Return the staff who may have a window and sit at none."""
    names = names_of(people)
    seated = {each.opened_by.id for each in hall.windows if each.opened_by is not None}
    return tuple(
        (person.id, names[person.id])
        for person in people
        if person.is_active and person.role in WINDOW_ROLES and person.id not in seated
    )


def messages_part(messages: Iterable[Message], names: Mapping[UUID, Words]) -> MessagesPart:
    """Make the list of messages."""
    return MessagesPart(tuple(_message(each, names) for each in messages))


def counts_rows(
    counts: Iterable[WindowCounts], replies: Iterable[Reply], names: Mapping[UUID, Words]
) -> tuple[CountsRow, ...]:
    """Return the counts in the order of the hall, each with its person's reply."""
    said = {(reply.window, reply.written_by): reply.text for reply in replies}
    return tuple(
        CountsRow(
            counts=each,
            person=None if each.person is None else names.get(each.person),
            reply=None if each.person is None else said.get((each.window, each.person)),
        )
        for each in counts
    )


def _row(window: Window, names: Mapping[UUID, Words]) -> WindowRow:
    return WindowRow(
        number=window.number,
        state=window.state,
        person=opener(window, names),
        person_id=None if window.opened_by is None else window.opened_by.id,
        label=None if window.ticket is None else label_words(window.ticket.label),
        profile=window.profile,
        is_offered=window.is_offered,
    )


def _message(message: Message, names: Mapping[UUID, Words]) -> MessageRow:
    return MessageRow(
        at=message.sent_at,
        is_from_window=message.toward == "supervisor",
        window=message.window,
        by=names.get(message.sent_by),
        text=message.text,
        windows=message.read_at_windows,
        is_read=bool(message.read_by),
    )
