"""What the queue refuses, and why.

QueueError
├── UnknownTicket
├── UnknownWindow
├── UnknownService
├── UnknownQueue
├── UnknownStaff
├── UnknownProfile
├── UnknownAlarm
├── UnknownFault
├── UnknownAppointment
├── UnknownPlan
└── Refused                 the present state forbids it
    ├── ActNotAllowed       the ticket's state
    │   ├── TooEarly        the policy's time has not passed
    │   ├── TooLate         the policy's time has passed
    │   ├── LimitReached    as often as the policy allows
    │   ├── NothingToUndo   the last act cannot be undone
    │   └── OfAnotherDay    the number waits for its own day
    ├── TicketOfAnother     another window or device has it
    ├── WindowNotOpen
    ├── WindowBusy          a ticket is in hand
    ├── WindowOfAnother     somebody else opened it
    ├── AnotherWindowOpen   nobody sits at two windows
    ├── WindowActNotAllowed the window's state
    ├── NobodyThere         no open window of that number, person or queue
    ├── DayNotLater         numbers are kept for a later day only
    ├── DayTooFar           … and for one that is near
    ├── ServiceClosed
    ├── ServiceFull         as many numbers as the policy allows a day
    ├── TooManyRequests     more on one number than the policy allows
    ├── HasANumber          the same person has a live number
    │   └── SomebodyHasANumber  the same, without which
    ├── LabelTaken          the label is somebody's today
    ├── NumberNotPrinted    no emergency book has it
    ├── NotOffline          a kiosk says that it gave it, and none gives such numbers
    ├── LabelNotGiven       nobody here can have given it
    ├── OfTheBook           it is keyed in with the emergency book
    ├── AppointmentActNotAllowed  the appointment's state
    ├── CheckedInAlready    the appointment has its number
    ├── NotTheDay           an appointment of another day
    ├── SlotFull
    ├── SlotNotOffered      no plan has it, or its day is closed, over or too far ahead
    ├── HasABooking         the phone's booking is still to come
    ├── NotIssuing          no numbers are given to newcomers now
    ├── TooManyAway         as many windows are away as the policy allows
    ├── CannotMaintain      equipment, or the order for its care, does not stand so
    ├── FaultActNotAllowed  the fault's state
    ├── FaultIsOpen         the same is reported anew already
    ├── KeyReused           the same key with another body
    └── KeyAbandoned        the device gave this key up
"""

from collections.abc import Mapping, Sequence
from typing import Any

from queue_server.tickets.model import Ticket


class QueueError(Exception):
    """The root of what the queue refuses."""


class UnknownTicket(QueueError):
    def __init__(self, ticket: str) -> None:
        super().__init__(f"There is no ticket {ticket}.")
        self.ticket = ticket


class UnknownWindow(QueueError):
    def __init__(self, window: int) -> None:
        super().__init__(f"There is no window {window}.")
        self.window = window


class UnknownService(QueueError):
    def __init__(self, service: str) -> None:
        super().__init__(f"There is no service {service}.")
        self.service = service


class UnknownQueue(QueueError):
    def __init__(self, queue: str) -> None:
        super().__init__(f"There is no queue {queue}.")
        self.queue = queue


class UnknownStaff(QueueError):
    def __init__(self, staff: str) -> None:
        super().__init__(f"There is no member of staff {staff}.")
        self.staff = staff


class UnknownProfile(QueueError):
    def __init__(self, profile: str) -> None:
        super().__init__(f"There is no work profile {profile}.")
        self.profile = profile


class UnknownAlarm(QueueError):
    def __init__(self, alarm: str) -> None:
        super().__init__(f"There is no alarm {alarm}.")
        self.alarm = alarm


class UnknownFault(QueueError):
    def __init__(self, fault: str) -> None:
        super().__init__(f"There is no fault {fault}.")
        self.fault = fault


class UnknownMachine(QueueError):
    """No machine in use has that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f'No machine in use is named "{name}".')
        self.name = name


class UnknownAppointment(QueueError):
    def __init__(self, appointment: str) -> None:
        super().__init__(f"There is no appointment {appointment}.")
        self.appointment = appointment


class UnknownPlan(QueueError):
    def __init__(self, plan: str) -> None:
        super().__init__(f"There is no plan of appointments {plan}.")
        self.plan = plan


class Refused(QueueError):
    """The present state forbids the act.

    `state` names it, `allowed` what may be done instead; label, ticket (id), window, opened_by,
    service, seconds (until it is allowed, or since when it is not) and limit say what it is about,
    where they apply. The facts are plain, so that a refusal can be kept and given again.
    """

    sentence = "The present state forbids this."

    def __init__(
        self,
        *,
        state: str,
        allowed: Sequence[str] = (),
        label: str | None = None,
        ticket: str | None = None,
        window: int | None = None,
        opened_by: str | None = None,
        service: str | None = None,
        seconds: int | None = None,
        limit: int | None = None,
    ) -> None:
        self.state = state
        self.allowed = tuple(allowed)
        self.label = label
        self.ticket = ticket
        self.window = window
        self.opened_by = opened_by
        self.service = service
        self.seconds = seconds
        self.limit = limit
        super().__init__(self.sentence.format_map(vars(self)))

    @property
    def facts(self) -> dict[str, Any]:
        """What it is about, ready for JSON."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in vars(self).items()
            if value is not None
        }


class ActNotAllowed(Refused):
    sentence = "Ticket {label} is {state}."


class TooEarly(ActNotAllowed):
    sentence = "Ticket {label} is {state}; this is allowed in {seconds} s."


class TooLate(ActNotAllowed):
    sentence = "Ticket {label} is {state}; this was allowed until {seconds} s ago."


class LimitReached(ActNotAllowed):
    sentence = "Ticket {label} is {state}; this was done {limit} times, as often as is allowed."


class NothingToUndo(ActNotAllowed):
    sentence = "Ticket {label} is {state}; its last act cannot be undone."


class OfAnotherDay(ActNotAllowed):
    sentence = "Ticket {label} is {state} for another day."


class TicketOfAnother(Refused):
    sentence = "Ticket {label} is {state} and belongs to another window or device."


class WindowNotOpen(Refused):
    sentence = "Window {window} is {state}."


class WindowBusy(Refused):
    sentence = "Window {window} has ticket {label} in hand."


class WindowOfAnother(Refused):
    sentence = "Window {window} was opened by {opened_by}."


class AnotherWindowOpen(Refused):
    sentence = "Window {window} is {state} in the same name."


class WindowActNotAllowed(Refused):
    sentence = "Window {window} is {state}."


class NobodyThere(Refused):
    sentence = "No open window serves there; window {window} is {state}."


class DayNotLater(Refused):
    sentence = "The business day is {state}; choose a later one."


class DayTooFar(Refused):
    sentence = "The business day is {state}; choose one of the next {limit} days."


class ServiceClosed(Refused):
    sentence = "Service {service} is closed."


class ServiceFull(Refused):
    sentence = "All of today's numbers for {service} are given."


class TooManyRequests(Refused):
    sentence = "One number carries fewer requests than that here."


class HasANumber(Refused):
    sentence = "The same person has ticket {label}, which is {state}."


class SomebodyHasANumber(HasANumber):
    """The same, told to who may not see which number it is."""

    sentence = "The same person has a number."


class LabelTaken(Refused):
    sentence = "Ticket {label} exists today and is {state}."


class NumberNotPrinted(Refused):
    sentence = "No emergency book has the number {label}."


class NotOffline(Refused):
    sentence = "No kiosk gives {label} while it is cut off."


class LabelNotGiven(Refused):
    sentence = "Nobody here can have given the number {label}."


class OfTheBook(Refused):
    sentence = "The number {label} is keyed in with the emergency book."


class AppointmentActNotAllowed(Refused):
    sentence = "The appointment is {state}."


class CheckedInAlready(Refused):
    sentence = "The appointment was checked in before; its number is {label}."


class NotTheDay(Refused):
    sentence = "The appointment's day is {state}."


class SlotFull(Refused):
    sentence = "The slot is full."


class SlotNotOffered(Refused):
    sentence = "No slot begins then that can be booked."


class HasABooking(Refused):
    sentence = "This phone has a booking that is still to come."


class NotIssuing(Refused):
    """No numbers are given to newcomers; `opens_at` (RFC 3339) is when they are again."""

    sentence = "No numbers are given now; the centre is {state}."

    def __init__(self, *, state: str, opens_at: str | None = None, **facts: Any) -> None:
        self.opens_at = opens_at
        super().__init__(state=state, **facts)


class TooManyAway(Refused):
    """As many windows are away already as the policy allows at once."""

    sentence = "{away} windows are away; at most {at_most} may be."

    def __init__(self, *, state: str, away: int, at_most: int, **facts: Any) -> None:
        self.away = away
        self.at_most = at_most
        super().__init__(state=state, **facts)


class CannotStand(Refused):
    """A message to the hall may not stand so; `state` is the fault of its wording."""

    sentence = "The message cannot stand so: {state}."


class CannotBeTold(Refused):
    """A machine cannot be told that; `state` says why."""

    sentence = "The machine cannot be told that: {state}."


class CannotMaintain(Refused):
    """Equipment, or a maintenance order, cannot be treated so; `state` says why."""

    sentence = "This cannot be done to the equipment: {state}."


class FaultActNotAllowed(Refused):
    sentence = "The fault is {state}."


class FaultIsOpen(Refused):
    """A fault that is over is not opened again while the same one is reported anew."""

    sentence = "The same fault is open already; it is {state}."


class KeyReused(Refused):
    sentence = "This idempotency key came before with another request."


class KeyAbandoned(Refused):
    sentence = "The device gave this command up."


REFUSALS: Mapping[str, type[Refused]] = {
    kind.__name__: kind
    for kind in (
        ActNotAllowed,
        TooEarly,
        TooLate,
        LimitReached,
        NothingToUndo,
        OfAnotherDay,
        TicketOfAnother,
        WindowNotOpen,
        WindowBusy,
        WindowOfAnother,
        AnotherWindowOpen,
        WindowActNotAllowed,
        NobodyThere,
        DayNotLater,
        DayTooFar,
        ServiceClosed,
        ServiceFull,
        TooManyRequests,
        HasANumber,
        SomebodyHasANumber,
        LabelTaken,
        NumberNotPrinted,
        NotOffline,
        LabelNotGiven,
        OfTheBook,
        AppointmentActNotAllowed,
        CheckedInAlready,
        NotTheDay,
        SlotFull,
        SlotNotOffered,
        HasABooking,
        CannotMaintain,
        NotIssuing,
        TooManyAway,
        CannotStand,
        CannotBeTold,
        FaultActNotAllowed,
        FaultIsOpen,
        KeyReused,
        KeyAbandoned,
    )
}


def about_ticket(
    kind: type[Refused],
    ticket: Ticket,
    allowed: Sequence[str] = (),
    *,
    seconds: int | None = None,
    limit: int | None = None,
) -> Refused:
    """Make a refusal that is about a ticket as it stands."""
    return kind(
        state=ticket.state,
        allowed=allowed,
        label=ticket.label,
        ticket=str(ticket.id),
        window=ticket.window,
        seconds=seconds,
        limit=limit,
    )
