"""Notices what changes without an event: a device that falls silent, its paper, a call for help."""

from collections.abc import Callable
from typing import Any

from core_services.clock import Clock
from core_services.database.pool import Pool
from core_services.devices.store_help import open_help_calls
from core_services.devices.store_presence import list_devices, open_commands
from core_services.devices.store_work import orders_in_doubt
from queue_server.web.supervisor.devices import device_rows
from queue_server.web.supervisor.work import DOUBTFUL_SHOWN
from queue_server.work import LATE_AFTER


class DeviceWatch:
    """Tells pages to look again when the machines do not stand as they stood a second ago.

    It looks at the database, so that it hears of devices of every server process.
    """

    def __init__(
        self, pool: Pool, clock: Clock, *, centre_id: int, on_change: Callable[[], None]
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._centre_id = centre_id
        self._on_change = on_change
        self._seen: Any = None

    async def look(self) -> bool:
        """Look once, and say whether anything changed; the first look only remembers."""
        before, self._seen = self._seen, await self._signs()
        has_changed = before is not None and before != self._seen
        if has_changed:
            self._on_change()
        return has_changed

    async def _signs(self) -> tuple[Any, ...]:
        at = self._clock.now()
        rows = device_rows(await list_devices(self._pool, centre_id=self._centre_id, at=at), at=at)
        return (
            tuple(
                (row.id, row.is_up, row.version, row.printer, row.paper, row.cover, row.detail,
                 row.jobs, row.roll, row.attached, row.offline, row.undelivered,
                 row.out_of_service)
                for row in rows
            ),
            tuple(call.id for call in await open_help_calls(self._pool, centre_id=self._centre_id)),
            tuple(each.id for each in await open_commands(self._pool, centre_id=self._centre_id)),
            tuple((each.id, each.state) for each in await orders_in_doubt(
                self._pool, centre_id=self._centre_id, late=at - LATE_AFTER, limit=DOUBTFUL_SHOWN)),
        )  # fmt: skip
