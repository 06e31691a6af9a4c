"""A kiosk that was cut off, and the numbers that it delivers afterwards."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core_services.database.pool import Pool
from core_services.devices.model import Beat, Device
from core_services.devices.register import add_device, note_beat
from queue_server.tickets.acts import Queue
from queue_server.tickets.late import Given
from queue_server.tickets.model import Actor, Claim, Ticket

MINUTE = timedelta(minutes=1)
PROCESS = UUID(int=7)


@dataclass
class CutOff:
    """A kiosk and when the server heard it; `number` makes what it gave."""

    queue: Queue
    device: Device
    given: dict[str, Given] = field(default_factory=dict)

    async def beat(self, at: datetime | None = None) -> None:
        """Let the server hear the kiosk, now or at another moment."""
        moment = at or self.queue.clock.now()
        beat = Beat(version="1", journal_id="disk-1")
        await note_beat(self.queue.pool, self.device, beat, process_id=PROCESS, at=moment)

    def number(self, number: int, claimed_at: datetime, **facts: Any) -> Given:
        """Return a number of its offline series as it is delivered."""
        told = Given(
            device_id=self.device.id,
            key=f"offline-{number}",
            day=self.queue.today()[0],
            series="K",
            number=number,
            claimed_at=claimed_at,
            mark="printed",
            service="reconciliation",
        )
        return replace(told, **facts)

    async def deliver(self, number: int, claimed_at: datetime, **facts: Any) -> Ticket:
        return await self.queue.give(self.number(number, claimed_at, **facts))

    def claim(self, key: str) -> Claim:
        """Claim a key as the kiosk's `issue` does."""
        return Claim(f"device:{self.device.id}", "LINK", "issue", key, b"x" * 32)


async def a_cut_off_kiosk(queue: Queue, name: str = "K1") -> CutOff:
    """Return a kiosk of which nothing was heard for the last two hours."""
    at = queue.clock.now()
    made = await add_device(
        queue.pool,
        centre_id=queue.centre.id,
        kind="kiosk",
        name=name,
        actor=Actor("system"),
        at=at - 120 * MINUTE,
    )
    kiosk = CutOff(queue, made.device)
    await kiosk.beat(at - 120 * MINUTE)
    return kiosk


async def events_of(pool: Pool, ticket: Ticket) -> list[tuple[str, str, datetime]]:
    """Return event, state after it and moment of every act on a ticket."""
    rows = await pool.fetch(
        "SELECT event, to_state, at FROM ticket_event WHERE ticket_id = $1 ORDER BY revision",
        ticket.id,
    )
    return [(row["event"], row["to_state"], row["at"]) for row in rows]
