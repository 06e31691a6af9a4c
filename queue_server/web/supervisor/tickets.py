"""Today's tickets as a list that can be searched, and one ticket with all that happened; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, Literal, get_args
from urllib.parse import urlencode
from uuid import UUID

from queue_server.tickets.lifecycle import allowed_acts, state_after
from queue_server.tickets.model import Service, Ticket, TicketEvent, TicketState
from queue_server.tickets.supervision import DOUBTFUL_PAPER
from queue_server.web.labels import label_from, label_words
from queue_server.web.supervisor.devices import DeviceRow
from queue_server.web.supervisor.notices import Notice
from queue_server.web.supervisor.slips import Printing
from queue_server.web.words import Words

TicketAct = Literal[
    "finish", "no-show", "resume", "return", "reinstate", "cancel", "void", "reprint", "printed"
]

REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "finish": ("served", "left", "clerk_gone", "other"),
    "cancel": ("left", "gave_up", "duplicate", "other"),
    "void": ("no_slip", "test", "duplicate", "other"),
}
"""Why a ticket is ended by hand, or how its visit ended; one of these is kept with the act."""

_IN_ORDER: Final[tuple[TicketAct, ...]] = (
    "reprint",
    "resume",
    "return",
    "reinstate",
    "finish",
    "no-show",
    "cancel",
    "void",
)

STATES: Final[tuple[TicketState, ...]] = get_args(TicketState)


@dataclass(frozen=True, slots=True)
class TicketSearch:
    """What is looked for; it lives in the page's address."""

    text: str = ""
    state: TicketState | None = None
    queue: str | None = None
    is_doubtful: bool = False
    """Only those whose paper is in doubt."""
    after: UUID | None = None

    @property
    def label(self) -> str | None:
        """The API's form of the number typed; None where none was, or it can be none."""
        return label_from(self.text)

    @property
    def is_no_label(self) -> bool:
        """Something was typed that is no number."""
        return bool(self.text) and self.label is None

    @property
    def is_filtered(self) -> bool:
        return bool(self.text or self.state or self.queue or self.is_doubtful)

    def address(self, after: UUID | None = None) -> str:
        """Return the address of this search, from the ticket after that one on."""
        fields = {
            "label": self.text,
            "state": self.state or "",
            "queue": self.queue or "",
            "paper": "doubtful" if self.is_doubtful else "",
            "after": "" if after is None else str(after),
        }
        query = urlencode({name: value for name, value in fields.items() if value})
        return f"/supervisor/tickets?{query}" if query else "/supervisor/tickets"


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A line of the list."""

    ticket: Ticket
    label: Words
    service: Words | None
    waited_s: int | None
    """From issue to the latest first call; None while it waits."""


@dataclass(frozen=True, slots=True)
class TicketsPage:
    """The list of today's tickets."""

    template: ClassVar[str] = "supervisor_tickets.html"

    day: date
    search: TicketSearch
    rows: tuple[TicketRow, ...]
    next_address: str | None
    queues: tuple[tuple[str, Words], ...]
    states: tuple[TicketState, ...] = STATES


@dataclass(frozen=True, slots=True)
class EventRow:
    """One act on a ticket, and who did it."""

    event: TicketEvent
    actor: Words | None
    """A person's, a device's or a program's name; None where it is not known any more."""


@dataclass(frozen=True, slots=True)
class TicketPage:
    """One ticket with all that happened to it, and what may be done."""

    template: ClassVar[str] = "supervisor_ticket.html"

    ticket: Ticket
    label: Words
    service: Words | None
    queue: Words | None
    device: Words | None
    ahead: int | None
    waited_s: int | None
    served_s: int | None
    events: tuple[EventRow, ...]
    acts: tuple[TicketAct, ...]
    reasons: Mapping[str, tuple[str, ...]]
    printers: tuple[DeviceRow, ...]
    printing: Printing | None
    notice: Notice | None = None

    @property
    def lacks_reason_for(self) -> str | None:
        """The act that was asked for without saying why."""
        notice = self.notice
        if notice is None or notice.kind != "lacks-reason" or notice.act not in self.acts:
            return None
        return notice.act


def ticket_row(ticket: Ticket, services: Mapping[str, Service]) -> TicketRow:
    """Make a line of the list."""
    return TicketRow(
        ticket=ticket,
        label=label_words(ticket.label),
        service=service_words(ticket, services),
        waited_s=_between(ticket.issued_at, ticket.called_at),
    )


def ticket_page(
    ticket: Ticket,
    *,
    position: int | None,
    events: Sequence[TicketEvent],
    names: Mapping[UUID, Words],
    services: Mapping[str, Service],
    queues: Mapping[str, Words],
    may: Iterable[TicketAct],
    printers: tuple[DeviceRow, ...],
    printing: Printing | None,
    notice: Notice | None,
) -> TicketPage:
    """Make the page; `names` are those of staff, devices and keys by their ids."""
    return TicketPage(
        ticket=ticket,
        label=label_words(ticket.label),
        service=service_words(ticket, services),
        queue=queues.get(ticket.queue),
        device=None if ticket.device_id is None else names.get(ticket.device_id),
        ahead=None if position is None else position - 1,
        waited_s=_between(ticket.issued_at, ticket.called_at),
        served_s=_between(ticket.started_at, ticket.finished_at),
        events=tuple(
            EventRow(event, None if event.actor_id is None else names.get(event.actor_id))
            for event in events
        ),
        acts=tuple(act for act in acts_on(ticket) if act in set(may)),
        reasons=REASONS,
        printers=printers,
        printing=printing,
        notice=notice,
    )


def acts_on(ticket: Ticket) -> tuple[TicketAct, ...]:
    """Return what the ticket's state lets a supervisor do here, the least grave first."""
    allowed = set(allowed_acts(ticket.state))
    if state_after("reprint", ticket.state) is not None:
        allowed.add("reprint")
    acts: list[TicketAct] = []
    if ticket.paper in DOUBTFUL_PAPER and "reprint" in allowed:
        acts.append("printed")
    acts += [act for act in _IN_ORDER if act in allowed]
    return tuple(acts)


def service_words(ticket: Ticket, services: Mapping[str, Service]) -> Words | None:
    """Return the name of what a ticket is for; None for a one-touch number."""
    service = None if ticket.service is None else services.get(ticket.service)
    return None if service is None else Words(service.name_ar, service.name_en)


def _between(start: datetime | None, end: datetime | None) -> int | None:
    return None if start is None or end is None else int((end - start).total_seconds() + 0.5)
