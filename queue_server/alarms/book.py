"""The book of alarms: what is found wrong is entered, what a person says to it, what it was."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from core_services.calendar import day_bounds
from queue_server.alarms import store
from queue_server.alarms.judging import Memory, judge
from queue_server.alarms.model import Episode, Finding
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor, Claim

MACHINES_RETURN: Final = timedelta(seconds=8)
"""So soon after this process has started machines are still on their way back to it."""


@dataclass(slots=True)
class AlarmBook:
    """A centre's alarms over its database.

    Every server process may watch: whichever sees something first enters it, and the others find it
    entered. What ripens is remembered by each for itself.
    """

    queue: Queue
    _memory: Memory = field(default_factory=Memory)
    _began: datetime | None = None
    """When this process looked first."""

    async def enter(self, findings: Iterable[Finding]) -> bool:
        """Enter what has changed since the last findings; False when nothing has."""
        at = self.queue.clock.now()
        pool, centre_id = self.queue.pool, self.queue.centre.id
        opened = await store.read_open(pool, centre_id)
        self._began = self._began or at
        if at - self._began < MACHINES_RETURN:
            silent = {each.key for each in opened}
            findings = [
                each for each in findings if each.kind != "device-down" or each.key in silent
            ]
        self._memory, changes = judge(self._memory, findings, opened, at)
        if changes.are_none:
            return False
        await store.record(pool, centre_id, changes, at=at)
        return True

    async def open(self) -> tuple[Episode, ...]:
        """Return what is wrong now, as it was entered, the oldest first."""
        return await store.read_open(self.queue.pool, self.queue.centre.id)

    async def of_day(
        self, day: date, *, before: UUID | None = None, limit: int
    ) -> tuple[Episode, ...]:
        """Return what rose on a business day, the newest first; only older ones than `before`."""
        centre = self.queue.centre
        start, end = day_bounds(day, centre.zone, centre.cut_over)
        return await store.read_between(
            self.queue.pool, centre.id, start=start, end=end, before=before, limit=limit
        )

    async def waiting_longer(self, seconds: int) -> dict[str, int]:
        """Return by queue how many of today's line have stood in it for longer than that."""
        day, at = self.queue.today()
        return await store.count_waiting_longer(
            self.queue.pool,
            self.queue.centre.id,
            day=day,
            since=at - timedelta(seconds=seconds),
        )

    async def acknowledge(
        self, episode_id: UUID, *, actor: Actor, claim: Claim | None = None
    ) -> Episode:
        """Note who has seen it; one that was seen already, or is over, stays as it is.

        Raises UnknownEpisode, KeyReused.
        """
        return await store.acknowledge(
            self.queue.pool,
            self.queue.centre.id,
            episode_id,
            at=self.queue.clock.now(),
            actor=actor,
            claim=claim,
        )
