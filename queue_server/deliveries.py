"""Hands what is ordered from a machine to the one socket of it that this process holds."""

from uuid import UUID

import structlog

from core_services.devices.model import Device, DeviceCommand
from core_services.devices.store_presence import claim_commands, settle_command
from core_services.link.errand_frames import Errand
from core_services.link.slip_frames import Reprint
from core_services.link.status_frames import RollSeen
from core_services.link.work_frames import Cancel, Work
from queue_server.errands import Errands
from queue_server.live.agents import Agents
from queue_server.reprints import Reprints
from queue_server.roll_answers import RollAnswers
from queue_server.tickets.acts import Queue
from queue_server.work import WorkOrders

logger = structlog.get_logger()


class Deliveries:
    """Sends machines their orders until they answer, each by one process at a time."""

    def __init__(
        self,
        queue: Queue,
        reprints: Reprints,
        work: WorkOrders,
        rolls: RollAnswers,
        errands: Errands,
        *,
        process_id: UUID,
    ) -> None:
        self._queue = queue
        self._reprints = reprints
        self._work = work
        self._rolls = rolls
        self._errands = errands
        self._process_id = process_id

    async def deliver(self, agents: Agents, device: Device) -> None:
        """Send a device what is ordered from it; what it does not answer is sent again later.

        What a journal heard of that the device has no more may be done: it is not sent again, and
        a person decides.
        """
        for command in await claim_commands(
            self._queue.pool, device, process_id=self._process_id, at=self._queue.clock.now()
        ):
            if self._is_doubtful(command):
                await self._doubt(device, command)
                continue
            frame = await self._frame(device, command)
            if frame is None:
                await self._settle(device, command, "withdrawn")
            elif not agents.deliver(device.id, frame):
                logger.info("order_waits", device=device.name, kind=command.kind)

    def _is_doubtful(self, command: DeviceCommand) -> bool:
        if self._errands.is_errand(command):
            return self._errands.is_doubtful(command)
        return command.is_doubtful and not self._rolls.is_answer(command)

    async def _frame(
        self, device: Device, command: DeviceCommand
    ) -> Reprint | Work | Cancel | RollSeen | Errand | None:
        if self._errands.is_errand(command):
            return await self._errands.frame_of(device, command)
        if self._rolls.is_answer(command):
            return await self._rolls.frame_of(device, command)
        if command.kind == "reprint":
            return await self._reprints.frame_of(command)
        return await self._work.frame_of(command)

    async def _doubt(self, device: Device, command: DeviceCommand) -> None:
        logger.warning("order_in_doubt", device=device.name, job=str(command.id))
        if command.kind == "reprint":
            await self._reprints.doubt(command)
        elif command.kind == "work":
            await self._work.doubt(device, command)
        await self._settle(device, command, "unknown")

    async def _settle(self, device: Device, command: DeviceCommand, outcome: str) -> None:
        await settle_command(
            self._queue.pool,
            device,
            command_id=command.id,
            outcome=outcome,
            at=self._queue.clock.now(),
        )
