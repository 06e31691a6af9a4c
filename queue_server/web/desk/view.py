"""What the desk shows, made from the hall and the window's day; pure.

Before *start* a clerk sees label and service alone: no history, no wait, no priority.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core_services.catalogue.model import CatalogueService
from queue_server.broadcasts.model import Broadcast
from queue_server.service_states.model import ALL_WORK, Outage, States
from queue_server.tickets.model import (
    Hall,
    Language,
    Priority,
    Service,
    Ticket,
    TicketEvent,
    TicketState,
    Window,
)
from queue_server.tickets.store_desk import Visit, WindowDay
from queue_server.web.desk.acts import (
    DRAWN_ANEW,
    KEYS,
    ON_TICKET,
    Act,
    DeskState,
    Key,
    acts_of,
    state_of,
)
from queue_server.web.desk.around import Around
from queue_server.web.labels import label_words
from queue_server.web.words import Words

NOTHING_AROUND = Around()
QUIET_EVENTS = frozenset({"confirm", "paper", "bind", "reveal", "claim_checked", "asked_again"})
"""Acts of the kiosk and its printer, which say nothing to a clerk; what is done with the person's
card is said beside it."""


@dataclass(frozen=True, slots=True)
class Card:
    """The service a ticket is for, and what the catalogue knows of it."""

    service: Service
    entry: CatalogueService | None
    outage: Outage | None = None
    """Why it does not work now."""


@dataclass(frozen=True, slots=True)
class Happened:
    """A line of the visit: an event, or what a clerk wrote down."""

    at: datetime
    event: TicketEvent | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Booking:
    """What the desk tells of an appointment."""

    at: datetime
    files: tuple[str, ...]
    """The list of a drop-off."""


@dataclass(frozen=True, slots=True)
class Hand:
    """The ticket in hand, as far as its clerk may see it now."""

    ticket_id: UUID
    revision: int
    label: Words
    calls: int
    is_shown: bool
    """A display has answered that the latest call stands on its glass."""
    card: Card | None
    waited_s: int | None
    priority: Priority | None
    """What the citizen claimed; None before the start and for those who claimed nothing."""
    language: Language
    needs: tuple[str, ...]
    """What to mind, in the codes of the policy; empty before the start."""
    requests: int
    history: tuple[Happened, ...]
    booking: Booking | None = None
    """The appointment that it was given for; None before the start, and for most."""


@dataclass(frozen=True, slots=True)
class LastVisit:
    """A ticket that ended at this window today."""

    label: Words
    service: Words | None
    state: TicketState
    ended_at: datetime
    service_s: int | None


@dataclass(frozen=True, slots=True)
class HallSide:
    """The hall beside the desk: labels alone, nothing that invites choosing."""

    waiting: int
    line: tuple[Words, ...]
    windows_open: int


@dataclass(frozen=True, slots=True)
class DeskView:
    """One moment of an open or paused window."""

    window: int
    clerk: Words
    profile: Words
    state: DeskState
    epoch: UUID
    revision: int
    at: datetime
    since: datetime | None
    """Since when the state lasts; None while the window waits for the next call."""
    hand: Hand | None
    reason: str | None
    """Why the window pauses."""
    acts: tuple[Act, ...]
    payment_outage: Outage | None
    """Why one cannot pay electronically now."""
    side: HallSide
    around: Around
    served: int
    mean_service_s: int | None
    visits: tuple[LastVisit, ...]
    messages: tuple[Broadcast, ...]
    """What was sent to the hall, the gravest first."""
    other_windows: tuple[int, ...]
    """Further windows that stand open under the same name."""

    @property
    def elapsed_s(self) -> int:
        return 0 if self.since is None else max(0, int((self.at - self.since).total_seconds()))

    @property
    def target_s(self) -> int | None:
        """What the centre aims at for the service being given; None while there is none."""
        if self.state != "serving" or self.hand is None or self.hand.card is None:
            return None
        return self.hand.card.service.target_s

    @property
    def stamp(self) -> str:
        """Changes exactly when something else is in hand or may be done."""
        if self.hand is not None:
            return f"{self.state}-{self.hand.ticket_id}"
        return f"{self.state}-{'line' if self.side.line else 'nobody'}"

    def allows(self, act: Act) -> bool:
        """Say whether the act is offered now."""
        return act in self.acts

    def key_of(self, act: Act) -> Key:
        """Return the key that does the act."""
        return KEYS[act]

    def once(self, act: Act) -> str:
        """Return the idempotency key of pressing this act on what is shown.

        It is made of the state itself: a second press, a second tab and a retry after a lost answer
        carry the same one. A ticket is finished only once, so there the ticket alone is enough; a
        note changes no state, so there the notes that stand already count. What was refused is
        refused again under its key: an act that may be allowed a moment later, or whose form
        says more than its state, has a new key in each picture.
        """
        drawn = f".{self.at.timestamp():.3f}" if act in DRAWN_ANEW else ""
        if self.hand is None or act not in ON_TICKET:
            return f"{self.epoch}.{self.revision}{drawn}"
        if act == "finish-next":
            return str(self.hand.ticket_id)
        if act == "note":
            return f"{self.hand.ticket_id}.note{len(self.around.notes)}"
        return f"{self.hand.ticket_id}.{self.hand.revision}{drawn}"


def service_words(service: Service) -> Words:
    """Return a service's name in both languages."""
    return Words(ar=service.name_ar, en=service.name_en)


def desk_view(
    window: Window,
    hall: Hall,
    *,
    clerk: Words,
    day: WindowDay,
    line: Sequence[str],
    services: Mapping[str, Service],
    catalogue: Mapping[str, CatalogueService],
    states: States = ALL_WORK,
    messages: tuple[Broadcast, ...] = (),
    events: Sequence[TicketEvent] = (),
    visits: Sequence[Visit] = (),
    around: Around = NOTHING_AROUND,
    booking: Booking | None = None,
) -> DeskView:
    """Make the view of a window that its clerk has opened.

    `events` are those of the ticket in hand and `visits` the window's last, each only where needed.
    """
    ticket = window.ticket
    state = state_of(window)
    return DeskView(
        window=window.number,
        clerk=clerk,
        profile=Words(day.profile_ar, day.profile_en),
        state=state,
        epoch=hall.epoch,
        revision=hall.revision,
        at=hall.at,
        since=_since(state, window),
        hand=None
        if ticket is None
        else _hand(
            ticket,
            day,
            _card(ticket.service, services, catalogue, states),
            events,
            around,
            booking,
        ),
        reason=window.reason if state == "paused" else None,
        acts=acts_of(window, around.also),
        payment_outage=states.payment,
        side=HallSide(
            waiting=day.waiting,
            line=tuple(label_words(label) for label in line),
            windows_open=hall.windows_open,
        ),
        around=around,
        served=day.served,
        mean_service_s=day.mean_service_s,
        visits=tuple(_visit(visit, services) for visit in visits),
        messages=messages,
        other_windows=tuple(
            each.number
            for each in hall.windows
            if each.opened_by == window.opened_by and each.number != window.number
        ),
    )


def hall_side(hall: Hall) -> HallSide:
    """Return the hall as it stands beside somebody who has no window yet."""
    waiting = sum(each.waiting for each in hall.queues)
    return HallSide(waiting=waiting, line=(), windows_open=hall.windows_open)


def _since(state: DeskState, window: Window) -> datetime | None:
    ticket = window.ticket
    if ticket is not None:
        return ticket.called_at if state == "called" else ticket.started_at
    return window.state_since if state == "paused" else None


def _card(
    code: str | None,
    services: Mapping[str, Service],
    catalogue: Mapping[str, CatalogueService],
    states: States,
) -> Card | None:
    service = None if code is None else services.get(code)
    if service is None:
        return None
    return Card(service, catalogue.get(service.code), states.of(service.code))


def _hand(
    ticket: Ticket,
    day: WindowDay,
    card: Card | None,
    events: Sequence[TicketEvent],
    around: Around,
    booking: Booking | None,
) -> Hand:
    is_started = ticket.state == "serving"
    waited_s = None
    if is_started and ticket.called_at is not None:
        waited_s = int((ticket.called_at - ticket.issued_at).total_seconds())
    return Hand(
        ticket_id=ticket.id,
        revision=ticket.revision,
        label=label_words(ticket.label),
        calls=ticket.recalls + 1,
        is_shown=day.call_is_shown,
        card=card,
        waited_s=waited_s,
        priority=ticket.priority if is_started and ticket.priority != "none" else None,
        language=ticket.language,
        needs=ticket.needs if is_started else (),
        requests=ticket.requests if is_started else 1,
        history=_history(events, around) if is_started else (),
        booking=booking if is_started else None,
    )


def _history(events: Sequence[TicketEvent], around: Around) -> tuple[Happened, ...]:
    """Return the visit as one story: what happened, and what was written down meanwhile."""
    lines = [Happened(each.at, event=each) for each in events if each.event not in QUIET_EVENTS]
    lines += [Happened(each.at, note=each.text) for each in around.notes]
    return tuple(sorted(lines, key=lambda each: each.at))


def _visit(visit: Visit, services: Mapping[str, Service]) -> LastVisit:
    service = None if visit.service is None else services.get(visit.service)
    return LastVisit(
        label=label_words(visit.label),
        service=None if service is None else service_words(service),
        state=visit.state,
        ended_at=visit.ended_at,
        service_s=visit.service_s,
    )
