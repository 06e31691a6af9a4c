"""What the emergency book's page shows: the books, the line being keyed in, those before it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from queue_server.tickets.model import Priority, Service, Ticket, TicketState
from queue_server.web.labels import label_words
from queue_server.web.reception.notices import Notice
from queue_server.web.reception.services import ServiceChoice
from queue_server.web.reception.view import PRIORITIES, came_at, service_words
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class BookLine:
    """A printed book."""

    number: int
    code: str
    first: Words
    last: Words
    for_day: date
    printed_at: datetime
    used: int
    count: int


@dataclass(frozen=True, slots=True)
class KeyedIn:
    """A number of the book that was keyed in."""

    ticket: Ticket
    label: Words
    service: Words | None
    came_at: datetime


BookMistake = Literal[
    "day",
    "day-not-come",
    "label",
    "not-printed",
    "taken",
    "known",
    "not-given",
    "arrived",
    "service",
    "outcome",
    "waiting-not-today",
    "window",
    "started",
    "finished",
    "order",
    "not-yet",
]


@dataclass(frozen=True, slots=True)
class BookDraft:
    """The fields as they were typed, for a form that is shown again or goes on."""

    day: str = ""
    label: str = ""
    arrived: str = ""
    service: str = ""
    priority: str = "none"
    outcome: str = ""
    window: str = ""
    started: str = ""
    finished: str = ""
    paper: str = ""
    """`machine`: a kiosk or workstation printed the slip; else it is the book's."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The ticket for which a number stands already."""

    ticket_id: UUID
    label: Words
    state: TicketState
    window: int | None


@dataclass(frozen=True, slots=True)
class BookPage:
    """The emergency book: keying in, and the books themselves."""

    template: ClassVar[str] = "reception_book.html"

    draft: BookDraft
    once: str
    today: date
    services: tuple[ServiceChoice, ...]
    windows: tuple[int, ...]
    keyed_day: date
    """The day whose list is being keyed in."""
    keyed_in: tuple[KeyedIn, ...]
    books: tuple[BookLine, ...]
    may_print: bool
    mistakes: tuple[BookMistake, ...] = ()
    taken: Taken | None = None
    """What the number stands for already."""
    notice: Notice | None = None
    priorities: tuple[Priority, ...] = PRIORITIES
    counts: tuple[int, ...] = field(default=(100, 200, 50))
    tab: Literal["book"] = "book"


def keyed_in(ticket: Ticket, services: Mapping[str, Service]) -> KeyedIn:
    """Make a line of what was keyed in."""
    return KeyedIn(
        ticket, label_words(ticket.label), service_words(ticket, services), came_at(ticket)
    )
