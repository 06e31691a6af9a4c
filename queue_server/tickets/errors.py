"""What the queue refuses, and why.

QueueError
├── UnknownTicket
├── UnknownWindow
├── UnknownService
└── Refused                 the present state forbids it
    ├── ActNotAllowed       the ticket's state
    ├── TicketOfAnother     another window or device has it
    ├── WindowNotOpen
    ├── WindowBusy          a ticket is in hand
    ├── WindowOfAnother     somebody else opened it
    ├── AnotherWindowOpen   nobody sits at two windows
    ├── WindowActNotAllowed the window's state
    ├── ServiceClosed
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


class Refused(QueueError):
    """The present state forbids the act.

    `state` names it, `allowed` what may be done instead; label, ticket (id), window, opened_by and
    service say what it is about, where they apply. The facts are plain, so that a refusal can be
    kept and given again.
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
    ) -> None:
        self.state = state
        self.allowed = tuple(allowed)
        self.label = label
        self.ticket = ticket
        self.window = window
        self.opened_by = opened_by
        self.service = service
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


class ServiceClosed(Refused):
    sentence = "Service {service} is closed."


class KeyReused(Refused):
    sentence = "This idempotency key came before with another request."


class KeyAbandoned(Refused):
    sentence = "The device gave this command up."


REFUSALS: Mapping[str, type[Refused]] = {
    kind.__name__: kind
    for kind in (
        ActNotAllowed,
        TicketOfAnother,
        WindowNotOpen,
        WindowBusy,
        WindowOfAnother,
        AnotherWindowOpen,
        WindowActNotAllowed,
        ServiceClosed,
        KeyReused,
        KeyAbandoned,
    )
}


def about_ticket(kind: type[Refused], ticket: Ticket, allowed: Sequence[str] = ()) -> Refused:
    """Make a refusal that is about a ticket as it stands."""
    return kind(
        state=ticket.state,
        allowed=allowed,
        label=ticket.label,
        ticket=str(ticket.id),
        window=ticket.window,
    )
