"""Orders for slips: a reprint is a row that whichever process holds the socket delivers."""

from collections.abc import Callable
from uuid import UUID

from core_services.devices.model import DeviceCommand
from core_services.link.citizen_frames import IssuedTicket
from core_services.link.slip_frames import Reprint
from queue_server.appointments.acts import Appointments
from queue_server.appointments.slips import with_appointment
from queue_server.tickets.model import Actor, Ticket


class Reprints:
    """Orders reprints, and makes what is sent of them to kiosks and workstations."""

    def __init__(
        self, appointments: Appointments, *, slip: Callable[[Ticket], IssuedTicket]
    ) -> None:
        self._appointments = appointments
        self._queue = appointments.queue
        self._slip = slip

    async def order(self, ticket_id: UUID, device_id: UUID, *, actor: Actor) -> bool:
        """Order a marked slip of a ticket from a machine's printer; False when it is ordered.

        Raises UnknownTicket, ActNotAllowed (nobody waits with it any more).
        """
        return await self._queue.order_reprint(ticket_id, device_id, actor=actor)

    async def frame_of(self, command: DeviceCommand) -> Reprint:
        """Return what the machine is told."""
        ticket = await self._queue.ticket(UUID(str(command.payload["ticket"])))
        booking = await self._appointments.of_ticket(ticket)
        return Reprint(
            job=str(command.id),
            ticket=with_appointment(self._slip(ticket), booking),
            is_first=bool(command.payload.get("first")),
        )

    async def doubt(self, command: DeviceCommand) -> None:
        """Nobody knows whether the slip came out: a person looks after it."""
        await self._queue.mark_paper(
            UUID(str(command.payload["ticket"])),
            "unknown",
            actor=Actor("device", command.device_id),
        )
