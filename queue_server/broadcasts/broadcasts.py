"""What may be done about messages to the hall: send, end, read them, tell the screens."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

from core_services.database.errors import DatabaseError
from core_services.devices.model import Device
from queue_server.broadcasts import store
from queue_server.broadcasts.model import Broadcast, Delivery, Glass, Wording
from queue_server.broadcasts.wording import BadWording
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import CannotStand
from queue_server.tickets.model import Actor, Claim


@dataclass(slots=True)
class Broadcasts:
    """A centre's messages over its database.

    Pages and programs read the database; `shown` is what this process has told its screens, looked
    at again every second, so that every process tells what any of them was told, and a message
    begins and ends by itself.
    """

    queue: Queue
    on_change: Callable[[tuple[Broadcast, ...]], None]
    shown: tuple[Broadcast, ...] = ()
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    """What was read first is shown first: an older reading takes no message down."""

    async def now(self) -> tuple[Broadcast, ...]:
        """Return what stands now, the gravest first."""
        at = self.queue.clock.now()
        return tuple(each for each in await self.open() if each.stands(at))

    async def open(self) -> tuple[Broadcast, ...]:
        """Return what stands or is still to come, the gravest first."""
        at = self.queue.clock.now()
        return await store.read_open(self.queue.pool, self.queue.centre.id, at=at)

    def on(self, glass: Glass) -> tuple[Broadcast, ...]:
        """Return what this process shows on a kind of glass, the gravest first."""
        return tuple(each for each in self.shown if glass in each.glasses)

    async def look(self) -> None:
        """Read what stands and tell the screens when it is not as shown. Raises DatabaseError."""
        async with self._looking:
            now = await self.now()
            if now != self.shown:
                self.shown = now
                self.on_change(now)

    async def _show(self) -> None:
        """Tell the screens of what is kept already; if that fails now, the next look does."""
        with suppress(DatabaseError):
            await self.look()

    async def send(
        self, wording: Wording, *, actor: Actor, claim: Claim | None = None
    ) -> Broadcast:
        """Send a message, in the place of an emergency or the same words. Raises KeyReused."""
        return await self.send_composed(lambda: wording, actor=actor, claim=claim)

    async def send_composed(
        self, compose: Callable[[], Wording], *, actor: Actor, claim: Claim | None = None
    ) -> Broadcast:
        """Send what is composed once the claim is known to be new.

        A repeated command gets its first answer, though its words could not stand any more. Raises
        CannotStand for BadWording, KeyReused.
        """

        def composed() -> Wording:
            try:
                return compose()
            except BadWording as bad:
                raise CannotStand(state=bad.fault) from bad

        sent = await store.send(
            self.queue.pool,
            self.queue.centre.id,
            at=self.queue.clock.now(),
            compose=composed,
            actor=actor,
            claim=claim,
        )
        await self._show()
        return sent

    async def end(
        self, broadcast_id: UUID, *, actor: Actor, claim: Claim | None = None
    ) -> Broadcast:
        """End a message; one that has ended stays as it is. Raises UnknownBroadcast, KeyReused."""
        ended = await store.end(
            self.queue.pool,
            self.queue.centre.id,
            at=self.queue.clock.now(),
            broadcast_id=broadcast_id,
            actor=actor,
            claim=claim,
        )
        await self._show()
        return ended

    async def one(self, broadcast_id: UUID) -> Broadcast:
        """Return a message. Raises UnknownBroadcast."""
        return await store.read_one(self.queue.pool, self.queue.centre.id, broadcast_id)

    async def last(self, *, before: UUID | None = None, limit: int) -> tuple[Broadcast, ...]:
        """Return the messages sent last, the newest first; only those sent before `before`."""
        return await store.read_last(
            self.queue.pool, self.queue.centre.id, before=before, limit=limit
        )

    async def deliveries(self, broadcast_ids: list[UUID]) -> tuple[Delivery, ...]:
        """Return on which glasses these messages stood, the first first."""
        return await store.read_deliveries(self.queue.pool, self.queue.centre.id, broadcast_ids)

    async def note_shown(self, device: Device, broadcast_id: UUID) -> bool:
        """Note that a message stands on a device's glass; False when that is known already."""
        return await store.note_shown(
            self.queue.pool, device, broadcast_id=broadcast_id, at=self.queue.clock.now()
        )
