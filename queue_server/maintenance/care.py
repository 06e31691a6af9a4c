"""What every part of the care of equipment stands on: the queue, its lock, what was typed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Never
from uuid import UUID

from core_services.database.pool import Connection
from core_services.l10n import one_line
from queue_server.maintenance import store_meter
from queue_server.maintenance.errors import Fault, UnknownEquipment
from queue_server.maintenance.labels import read_label
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import CannotMaintain
from queue_server.tickets.model import Claim
from queue_server.tickets.store_command import Answer, run_command


@dataclass(frozen=True, slots=True)
class Care:
    """One centre's equipment over its database; its parts are `Register`, `Orders` and `Plans`."""

    queue: Queue

    @property
    def today(self) -> date:
        """The business day."""
        return self.queue.today()[0]

    async def run(
        self, work: Callable[[Connection, datetime], Awaitable[Answer]], claim: Claim | None
    ) -> Mapping[str, Any]:
        """Carry out a command once for its claim; see `run_command`. `work` is told the moment."""
        queue, at = self.queue, self.queue.clock.now()

        async def command(connection: Connection) -> Answer:
            return await work(connection, at)

        return await run_command(queue.pool, queue.centre.id, claim=claim, at=at, work=command)

    async def count(self, connection: Connection, equipment_id: UUID) -> None:
        """Bring a piece's counts up to date where it stands: counting begins, or ends, there."""
        centre = self.queue.centre
        await store_meter.count_piece(
            connection, centre.id, equipment_id, zone=centre.zone, cut_over=centre.cut_over
        )


def meant(text: str) -> str:
    """Return the label that was scanned or typed. Raises UnknownEquipment for what can be none."""
    label = read_label(text)
    if label is None:
        raise UnknownEquipment(one_line(text[:40]))
    return label


def refuse(fault: Fault) -> Never:
    raise CannotMaintain(state=fault)
