"""Slips whose paper is in doubt, and where each can be printed again; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core_services.devices.model import DeviceCommand
from queue_server.tickets.model import PaperMark, Ticket, TicketState
from queue_server.web.labels import label_words
from queue_server.web.supervisor.devices import DeviceRow
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class Printing:
    """A slip that was ordered from a machine and is not done yet."""

    device_name: str
    ordered_at: datetime
    is_first: bool = False
    """The number was given at reception and has no other slip."""


@dataclass(frozen=True, slots=True)
class DoubtfulSlip:
    """A ticket somebody holds or waits for, whose slip may not exist."""

    ticket_id: UUID
    label: Words
    state: TicketState
    paper: PaperMark
    issued_at: datetime
    printing: Printing | None
    device_id: UUID | None
    """The kiosk that gave the number."""


def doubtful_slips(
    tickets: Iterable[Ticket],
    *,
    commands: Iterable[DeviceCommand],
    devices: Sequence[DeviceRow],
) -> tuple[DoubtfulSlip, ...]:
    """Return the slips to look after, the oldest first."""
    orders = orders_by_ticket(commands, devices)
    return tuple(
        DoubtfulSlip(
            ticket_id=ticket.id,
            label=label_words(ticket.label),
            state=ticket.state,
            paper=ticket.paper,
            issued_at=ticket.issued_at,
            printing=orders.get(ticket.id),
            device_id=ticket.device_id,
        )
        for ticket in tickets
    )


def orders_by_ticket(
    commands: Iterable[DeviceCommand], devices: Sequence[DeviceRow]
) -> dict[UUID, Printing]:
    """Return the latest open order of a slip of each ticket."""
    names = {device.id: device.name for device in devices}
    return {
        UUID(str(command.payload["ticket"])): Printing(
            names.get(command.device_id, ""),
            command.created_at,
            is_first=bool(command.payload.get("first")),
        )
        for command in commands
        if command.kind == "reprint" and "ticket" in command.payload
    }


def printers(devices: Iterable[DeviceRow]) -> tuple[DeviceRow, ...]:
    """Return the machines that can print a slip, those that can do so at once first."""
    return tuple(
        sorted((each for each in devices if each.prints), key=lambda each: not each.is_ready)
    )
