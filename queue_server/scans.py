"""What a scanner at a window read, and what its clerk's desk shows of it for a minute."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from core_services.devices.model import Device
from core_services.ids import new_id
from core_services.link.answer_frames import Settled
from core_services.link.work_frames import Scanned
from queue_server.appointments.acts import Appointments
from queue_server.appointments.model import Appointment
from queue_server.scanned import find_scanned
from queue_server.store_scans import Meaning, Scan, keep_scan, last_scan
from queue_server.tickets.model import Ticket

logger = structlog.get_logger()

SHOWN_FOR: Final = timedelta(seconds=60)
"""A clerk looks at once; what was scanned a minute ago belongs to somebody who has gone."""


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
        found = await find_scanned(self._appointments, frame.text, frame.symbology)
        ticket = found if isinstance(found, Ticket) else None
        appointment = found if isinstance(found, Appointment) else None
        meaning = _meaning(found)
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


def _meaning(found: Ticket | Appointment | None) -> Meaning:
    match found:
        case Ticket():
            return "ticket"
        case Appointment():
            return "appointment"
        case None:
            return "unknown"
