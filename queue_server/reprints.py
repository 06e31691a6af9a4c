"""Orders for slips: a reprint is a row that whichever process holds the kiosk's socket delivers."""

from collections.abc import Callable
from uuid import UUID

import structlog

from core_services.devices.model import Device
from core_services.devices.store_presence import claim_commands
from core_services.link.frames import IssuedTicket, Reprint
from queue_server.appointments.acts import Appointments
from queue_server.appointments.slips import with_appointment
from queue_server.live.agents import Agents
from queue_server.tickets.model import Actor, Ticket

logger = structlog.get_logger()


class Reprints:
    """Orders reprints and hands them to the kiosks that this process is connected to."""

    def __init__(
        self,
        appointments: Appointments,
        *,
        slip: Callable[[Ticket], IssuedTicket],
        process_id: UUID,
    ) -> None:
        self._appointments = appointments
        self._queue = appointments.queue
        self._slip = slip
        self._process_id = process_id

    async def order(self, ticket_id: UUID, device_id: UUID, *, actor: Actor) -> bool:
        """Order a marked slip of a ticket from a kiosk's printer; False when it is ordered already.

        Raises UnknownTicket, ActNotAllowed (nobody waits with it any more).
        """
        return await self._queue.order_reprint(ticket_id, device_id, actor=actor)

    async def deliver(self, agents: Agents, device: Device) -> None:
        """Send a device what is ordered from it; what it does not answer is sent again later."""
        for command in await claim_commands(
            self._queue.pool, device, process_id=self._process_id, at=self._queue.clock.now()
        ):
            ticket = await self._queue.ticket(UUID(str(command.payload["ticket"])))
            booking = await self._appointments.of_ticket(ticket)
            frame = Reprint(
                job=str(command.id),
                ticket=with_appointment(self._slip(ticket), booking),
                is_first=bool(command.payload.get("first")),
            )
            if not agents.deliver(device.id, frame):
                logger.info("reprint_waits", device=device.name)
