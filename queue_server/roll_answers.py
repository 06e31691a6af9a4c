"""A supervisor's answer for a roll that nobody looked at: a row, delivered by a socket."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from core_services.devices.model import Device, DeviceCommand
from core_services.devices.store_presence import insert_command, list_devices
from core_services.ids import new_id
from core_services.link.status_frames import RollSeen
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor

UNANSWERED: Final = "unchecked"


class RollAnswers:
    """Takes answers for rolls, and makes what kiosks are told of them.

    An answer is about one roll and holds only while nobody has given one: said twice it changes
    nothing, and a new roll, or a person at the kiosk, makes it void.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def answer(
        self, device_id: UUID, loaded_at: datetime, *, is_seen: bool, actor: Actor
    ) -> bool:
        """Tell a kiosk whether the print of that roll is seen; False when nobody asks any more."""
        roll = await self._roll(device_id)
        if not _is_open(roll, loaded_at):
            return False
        at = self._queue.clock.now()
        answer = {"loaded_at": loaded_at.isoformat(), "seen": is_seen, "by": str(actor.id)}
        return await insert_command(
            self._queue.pool,
            centre_id=self._queue.centre.id,
            command_id=new_id(at),
            device_id=device_id,
            kind="work",
            payload={"roll": answer},
            at=at,
        )

    def is_answer(self, command: DeviceCommand) -> bool:
        """Say whether a command is one of these."""
        return "roll" in command.payload

    async def frame_of(self, device: Device, command: DeviceCommand) -> RollSeen | None:
        """Return what the kiosk is told; None once it has told of an answer, or of another roll."""
        answer = command.payload["roll"]
        loaded_at = datetime.fromisoformat(answer["loaded_at"])
        if not _is_open(await self._roll(device.id), loaded_at):
            return None
        return RollSeen(loaded_at=loaded_at, seen=answer["seen"])

    async def _roll(self, device_id: UUID) -> Mapping[str, Any] | None:
        queue = self._queue
        for state in await list_devices(
            queue.pool, centre_id=queue.centre.id, at=queue.clock.now()
        ):
            if state.device.id == device_id and state.presence is not None:
                return state.presence.beat.roll
        return None


def _is_open(roll: Mapping[str, Any] | None, loaded_at: datetime) -> bool:
    """Say whether a kiosk's last word is that nobody answered for that roll."""
    if roll is None or roll.get("check") != UNANSWERED:
        return False
    return datetime.fromisoformat(str(roll.get("loaded_at"))) == loaded_at
