"""Watches the hall for what is wrong, whether or not anybody looks at a page, and enters it."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from queue_server.alarms.book import AlarmBook
from queue_server.alarms.model import Finding
from queue_server.web.supervisor.watch import DeviceWatch

LOOK_EVERY_S: Final = 1.0
HALL_EVERY: Final = 2
"""Looks at the machines for each at the whole hall, which costs more."""


@dataclass(slots=True)
class Room:
    """Enters what is found wrong into the book of alarms. Every server process may run one."""

    findings: Callable[[], Awaitable[Iterable[Finding]]]
    """What is wrong in the hall at this moment."""
    book: AlarmBook
    machines: DeviceWatch
    _looks: int = 0

    async def look(self) -> None:
        """Look at the machines, and at the hall when they have changed, else every second time.

        A machine that fell silent is entered by the look that hears nothing of it. Raises
        DatabaseError.
        """
        if self._looks % HALL_EVERY == 0:
            await self.book.enter(await self.findings())
        self._looks += 1
        if await self.machines.look():
            await self.book.enter(await self.findings())
