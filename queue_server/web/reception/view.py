"""What reception's pages show: the hall at a glance, one number, numbers found; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Literal, get_args
from uuid import UUID

from core_services.devices.store_help import HelpCall
from queue_server.tickets.lifecycle import state_after
from queue_server.tickets.model import (
    Channel,
    Hall,
    Need,
    PaperMark,
    Priority,
    Service,
    Ticket,
    Wait,
)
from queue_server.tickets.reception import LATE_AFTER_S
from queue_server.tickets.store_citizen import Place
from queue_server.web.labels import label_words
from queue_server.web.reception.notices import Notice
from queue_server.web.reception.printer import Chosen
from queue_server.web.reception.services import ServiceChoice
from queue_server.web.supervisor.slips import Printing
from queue_server.web.words import Words

FindField = Literal["label", "time"]
SlipState = Literal["none", "printing", "late", "failed", "held", "unknown", "printed", "kept"]

NEEDS: Final[tuple[Need, ...]] = get_args(Need)
PRIORITIES: Final[tuple[Priority, ...]] = ("age65", "disability", "infant")
CHANNELS: Final[tuple[Channel, ...]] = ("kiosk", "reception", "emergency", "appointment")
REPRINT_REASONS: Final = ("lost", "not_printed", "damaged")

_IN_TROUBLE: Final = frozenset({"late", "failed", "held", "unknown"})


@dataclass(frozen=True, slots=True)
class Slip:
    """What is known of a number's paper now."""

    state: SlipState
    printing: Printing | None
    """An order that is open, and at which kiosk."""

    @property
    def is_in_trouble(self) -> bool:
        return self.state in _IN_TROUBLE


@dataclass(frozen=True, slots=True)
class SlipLine:
    """A number whose slip somebody has to look after."""

    ticket_id: UUID
    label: Words
    issued_at: datetime
    slip: Slip


@dataclass(frozen=True, slots=True)
class WindowLine:
    """A window in one word."""

    number: int
    state: Literal["closed", "paused", "idle", "called", "serving"]


@dataclass(frozen=True, slots=True)
class ReceptionNow:
    """The part of the first page that changes with each act in the hall."""

    template: ClassVar[str] = "_reception_now.html"

    at: datetime
    waiting: int
    wait: Wait | None
    """The longest that a newcomer must expect; None when some line is not served."""
    windows: tuple[WindowLine, ...]
    help_calls: tuple[HelpCall, ...]
    slips: tuple[SlipLine, ...]
    last: SlipLine | None
    """The number given last along the line; whoever lost an answer sees it here."""
    chosen: Chosen

    @property
    def windows_open(self) -> int:
        return sum(window.state not in ("closed", "paused") for window in self.windows)


@dataclass(frozen=True, slots=True)
class IssueDraft:
    """What was chosen for a number that was not given; the form shows it again."""

    language: Literal["ar", "en"] = "ar"
    requests: int = 1
    needs: frozenset[str] = frozenset()
    service: str = ""

    @property
    def is_plain(self) -> bool:
        """Nothing was chosen, so that the choices may stay folded."""
        return self == IssueDraft()


@dataclass(frozen=True, slots=True)
class ReceptionPage:
    """The page on which numbers are given along the line."""

    template: ClassVar[str] = "reception.html"

    now: ReceptionNow
    once: str
    services: tuple[ServiceChoice, ...]
    draft: IssueDraft = IssueDraft()
    notice: Notice | None = None
    priorities: tuple[Priority, ...] = PRIORITIES
    needs: tuple[Need, ...] = NEEDS
    tab: Literal["number"] = "number"


@dataclass(frozen=True, slots=True)
class NumberNow:
    """What may change of one number while its page is open."""

    template: ClassVar[str] = "_reception_number.html"

    ticket: Ticket
    label: Words
    service: Words | None
    came_at: datetime
    ahead: int | None
    wait: Wait | None
    slip: Slip
    chosen: Chosen
    may_reprint: bool
    may_return: bool
    reasons: tuple[str, ...] = REPRINT_REASONS

    @property
    def may_be_told(self) -> bool:
        """The number can still be given by mouth instead of paper."""
        return self.may_reprint and self.slip.state not in ("printed", "kept")


@dataclass(frozen=True, slots=True)
class NumberPage:
    """One number, large enough to be photographed, and what can be done for its citizen."""

    template: ClassVar[str] = "reception_number.html"

    now: NumberNow
    notice: Notice | None
    is_new: bool
    """It was given a moment ago."""
    tab: Literal["number", "find"]


@dataclass(frozen=True, slots=True)
class FindForm:
    """What is looked for; it lives in the page's address."""

    label: str = ""
    time: str = ""
    service: str = ""
    priority: Priority | None = None
    channel: Channel | None = None
    wrong: tuple[FindField, ...] = ()
    """Fields whose text can be no number, or no time."""

    @property
    def is_empty(self) -> bool:
        return not (self.label or self.time or self.service or self.priority or self.channel)


@dataclass(frozen=True, slots=True)
class Found:
    """A number that may be the one that is looked for."""

    ticket: Ticket
    label: Words
    service: Words | None
    came_at: datetime
    slip: Slip


@dataclass(frozen=True, slots=True)
class FindPage:
    """The search for a lost slip."""

    template: ClassVar[str] = "reception_find.html"

    form: FindForm
    found: tuple[Found, ...]
    services: tuple[ServiceChoice, ...]
    within_minutes: int
    notice: Notice | None = None
    priorities: tuple[Priority, ...] = PRIORITIES
    channels: tuple[Channel, ...] = CHANNELS
    tab: Literal["find"] = "find"


def slip_of(ticket: Ticket, printing: Printing | None, *, at: datetime) -> Slip:
    """Say what is known of a ticket's paper, and whether that is late."""
    return Slip(_slip_state(ticket.paper, ticket, printing, at=at), printing)


def _slip_state(
    paper: PaperMark, ticket: Ticket, printing: Printing | None, *, at: datetime
) -> SlipState:
    if paper == "pending":
        since = ticket.issued_at if printing is None else printing.ordered_at
        is_late = (at - since).total_seconds() >= LATE_AFTER_S
        return "late" if is_late and ticket.channel == "reception" else "printing"
    if printing is not None and paper != "held":
        is_late = (at - printing.ordered_at).total_seconds() >= LATE_AFTER_S
        return "late" if is_late else "printing"
    return paper


def reception_now(
    hall: Hall,
    *,
    help_calls: Sequence[HelpCall],
    tickets: Sequence[Ticket],
    last: Ticket | None,
    orders: Mapping[UUID, Printing],
    chosen: Chosen,
) -> ReceptionNow:
    """Make the view; `tickets` are those whose slips are to be looked after."""

    def line(ticket: Ticket) -> SlipLine:
        slip = slip_of(ticket, orders.get(ticket.id), at=hall.at)
        return SlipLine(ticket.id, label_words(ticket.label), ticket.issued_at, slip)

    waits = [queue.wait for queue in hall.queues]
    known = [wait for wait in waits if wait is not None]
    longest = max(known, key=lambda wait: wait.likely_s, default=None)
    return ReceptionNow(
        at=hall.at,
        waiting=hall.waiting,
        wait=longest if len(known) == len(waits) else None,
        windows=tuple(
            WindowLine(window.number, _window_state(window.state, window.ticket))
            for window in hall.windows
        ),
        help_calls=tuple(help_calls),
        slips=tuple(line(ticket) for ticket in tickets),
        last=None if last is None else line(last),
        chosen=chosen,
    )


def number_now(
    place: Place,
    *,
    services: Mapping[str, Service],
    printing: Printing | None,
    chosen: Chosen,
    at: datetime,
) -> NumberNow:
    """Make the view of one number at that moment."""
    ticket = place.ticket
    return NumberNow(
        ticket=ticket,
        label=label_words(ticket.label),
        service=service_words(ticket, services),
        came_at=came_at(ticket),
        ahead=place.ahead,
        wait=place.wait,
        slip=slip_of(ticket, printing, at=at),
        chosen=chosen,
        may_reprint=state_after("reprint", ticket.state) is not None,
        may_return=state_after("return", ticket.state) is not None,
    )


def found(
    ticket: Ticket, *, services: Mapping[str, Service], printing: Printing | None, at: datetime
) -> Found:
    """Make a line of what was found."""
    return Found(
        ticket,
        label_words(ticket.label),
        service_words(ticket, services),
        came_at(ticket),
        slip_of(ticket, printing, at=at),
    )


def came_at(ticket: Ticket) -> datetime:
    """Return when its citizen first came: a return after a missed call does not change that."""
    return min(ticket.arrived_at, ticket.issued_at)


def service_words(ticket: Ticket, services: Mapping[str, Service]) -> Words | None:
    """Return the name of what a ticket is for; None for a one-touch number."""
    service = None if ticket.service is None else services.get(ticket.service)
    return None if service is None else Words(service.name_ar, service.name_en)


def _window_state(
    state: Literal["closed", "open", "paused"], hand: Ticket | None
) -> Literal["closed", "paused", "idle", "called", "serving"]:
    if state != "open":
        return state
    if hand is None:
        return "idle"
    return "serving" if hand.state == "serving" else "called"
