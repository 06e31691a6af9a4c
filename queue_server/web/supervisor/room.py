"""Watches the hall for what is wrong, whether or not anybody looks at a page, and enters it."""

from dataclasses import dataclass
from typing import Final

from queue_server.alarms.book import AlarmBook
from queue_server.web.supervisor.reading import Reading

LOOK_EVERY_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Room:
    """Enters what is found wrong into the book of alarms. Every server process may run one."""

    reading: Reading
    book: AlarmBook

    async def look(self) -> None:
        """Look once. Raises DatabaseError."""
        await self.book.enter(await self.reading.findings())
