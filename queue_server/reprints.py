"""Orders for slips: a reprint is a row that whichever process holds the kiosk's socket delivers."""

from collections.abc import Callable
from uuid import UUID

import structlog

from core_services.devices.model import Device
from core_services.devices.store_presence import claim_commands, insert_command
from core_services.ids import new_id
from core_services.link.frames import IssuedTicket, Reprint
from queue_server.live.agents import Agents
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor, Ticket

logger = structlog.get_logger()


class Reprints:
    """Orders reprints and hands them to the kiosks that this process is connected to."""

    def __init__(
        self, queue: Queue, *, slip: Callable[[Ticket], IssuedTicket], process_id: UUID
    ) -> None:
        self._queue = queue
        self._slip = slip
        self._process_id = process_id

    async def order(self, ticket_id: UUID, device_id: UUID, *, actor: Actor) -> UUID:
        """Order a marked slip of a ticket from a kiosk's printer and return the order's id.

        Raises UnknownTicket, ActNotAllowed (nobody waits with it any more).
        """
        ticket = await self._queue.act(ticket_id, "reprint", actor=actor, any_window=True)
        at = self._queue.clock.now()
        order = new_id(at)
        await insert_command(
            self._queue.pool,
            centre_id=self._queue.centre.id,
            command_id=order,
            device_id=device_id,
            kind="reprint",
            payload={"ticket": str(ticket.id)},
            at=at,
        )
        return order

    async def deliver(self, agents: Agents, device: Device) -> None:
        """Send a device what is ordered from it; what it does not answer is sent again later."""
        for command in await claim_commands(
            self._queue.pool, device, process_id=self._process_id, at=self._queue.clock.now()
        ):
            ticket = await self._queue.ticket(UUID(str(command.payload["ticket"])))
            frame = Reprint(job=str(command.id), ticket=self._slip(ticket))
            if not agents.deliver(device.id, frame):
                logger.info("reprint_waits", device=device.name)
