"""What a scanner at a window read, and what its clerk's desk shows of it for a minute."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

import structlog

from core_services.devices.model import Device
from core_services.ids import new_id
from core_services.link.frames import Scanned, Settled
from queue_server.appointments.acts import Appointments
from queue_server.appointments.model import Appointment
from queue_server.store_scans import Meaning, Scan, keep_scan, last_scan
from queue_server.tickets.errors import UnknownAppointment, UnknownTicket
from queue_server.tickets.model import Ticket
from queue_server.tickets.place import place_of

logger = structlog.get_logger()

SHOWN_FOR: Final = timedelta(seconds=60)
"""A clerk looks at once; what was scanned a minute ago belongs to somebody who has gone."""

_TICKET: Final = re.compile(r"(?:https?://[^\s/]+/t/)?([a-z2-7]{16})/?", re.IGNORECASE)
_BOOKING: Final = re.compile(r"https?://[^\s/]+/b/([a-z2-7]{16})/?", re.IGNORECASE)
_CODE: Final = re.compile(r"[1-9]{8}")

CodeKind = Literal["ticket", "booking", "code"]


@dataclass(frozen=True, slots=True)
class Found:
    """What the last scan at a window found."""

    scan: Scan
    ticket: Ticket | None = None
    appointment: Appointment | None = None


class Scans:
    """Finds what codes stand for, and keeps each window's last."""

    def __init__(self, appointments: Appointments) -> None:
        self._appointments = appointments
        self._queue = appointments.queue

    async def take(self, device: Device, frame: Scanned) -> Settled:
        """Find what was scanned and show it at its window; the text itself is kept nowhere."""
        meaning, ticket, appointment = await self._find(frame.text)
        at = self._queue.clock.now()
        scan = Scan(
            id=new_id(at),
            at=at,
            meaning=meaning,
            ticket_id=None if ticket is None else ticket.id,
            appointment_id=None if appointment is None else appointment.id,
        )
        is_open = await keep_scan(self._queue.pool, device, window=frame.window, scan=scan)
        logger.info(
            "code_scanned",
            device=device.name,
            scanner=frame.scanner,
            window=frame.window,
            meaning=meaning,
        )
        return Settled(about=frame.key, state=meaning if is_open else "closed")

    async def found_at(self, window: int) -> Found | None:
        """Return what was scanned at a window in the last minute."""
        queue = self._queue
        scan = await last_scan(
            queue.pool, queue.centre.id, window=window, since=queue.clock.now() - SHOWN_FOR
        )
        if scan is None:
            return None
        if scan.ticket_id is not None:
            return Found(scan, ticket=await queue.ticket(scan.ticket_id))
        if scan.appointment_id is not None:
            entry = await self._appointments.entry(scan.appointment_id)
            return Found(scan, appointment=entry.appointment)
        return Found(scan)

    async def _find(self, text: str) -> tuple[Meaning, Ticket | None, Appointment | None]:
        read = read_code(text)
        try:
            match read:
                case ("ticket", token):
                    return "ticket", (await place_of(self._queue, token)).ticket, None
                case ("booking", token):
                    return "appointment", None, await self._appointments.by_token(token)
                case ("code", code):
                    return "appointment", None, await self._appointments.by_code(code)
        except (UnknownTicket, UnknownAppointment):
            pass
        return "unknown", None, None


def read_code(text: str) -> tuple[CodeKind, str] | None:
    """Return what kind of code of ours a text is, and its token; None for anything else.

    A ticket's or a booking's address, from whatever host it names; a ticket's bare token; an
    appointment's eight digits, with blanks between them or not.
    """
    stripped = text.strip()
    if match := _TICKET.fullmatch(stripped):
        return "ticket", match[1]
    if match := _BOOKING.fullmatch(stripped):
        return "booking", match[1]
    code = "".join(stripped.split())
    if _CODE.fullmatch(code):
        return "code", code
    return None
