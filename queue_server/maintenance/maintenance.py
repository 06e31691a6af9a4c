"""The care of equipment whole: the register, the orders, and what was done to either."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from queue_server.maintenance import store_events
from queue_server.maintenance.model import MaintenanceEvent
from queue_server.maintenance.orders import Orders
from queue_server.maintenance.register import Register

EVENTS_SHOWN: Final = 60


class Maintenance(Register, Orders):
    """The care of one centre's equipment over its database."""

    __slots__ = ()

    async def history(self, subject_ids: Sequence[UUID]) -> tuple[MaintenanceEvent, ...]:
        """Return what was done to these, the latest first."""
        return await store_events.read_events(
            self.queue.pool, self.queue.centre.id, list(subject_ids), limit=EVENTS_SHOWN
        )
