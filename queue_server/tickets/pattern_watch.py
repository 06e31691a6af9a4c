"""Keeps the patterns of a centre fresh enough to be shown, and notes who has looked at them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from core_services.database.pool import Record
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor
from queue_server.tickets.patterns import Pattern, PatternLimits
from queue_server.tickets.store_patterns import (
    WEEK,
    note_seen,
    read_kiosk_runs,
    read_patterns,
)

LOOK_EVERY_S: Final = 15.0
"""A week is read for it, and open pages ask with every act in the hall."""


class PatternWatch:
    """The patterns of the last seven business days; pages are shown the last look at them.

    `look` is called every 15 seconds; it reads only while somebody asks.
    """

    def __init__(
        self,
        queue: Queue,
        limits: Callable[[], PatternLimits],
        *,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """`limits` are asked for at each look; `on_change` tells open pages to look again."""
        self._queue = queue
        self._limits = limits
        self._on_change = on_change
        self._patterns: tuple[Pattern, ...] | None = None
        self._is_wanted = False
        self._closed: tuple[tuple[date, PatternLimits], list[Record]] | None = None

    async def now(self) -> tuple[Pattern, ...]:
        """Return the patterns as they stood at the last look, the newest first."""
        self._is_wanted = True
        return await self.read() if self._patterns is None else self._patterns

    async def look(self) -> None:
        """Read anew if somebody has asked since the last look."""
        if not self._is_wanted:
            return
        self._is_wanted = False
        before = self._patterns
        if await self.read() != before:
            self._on_change()

    async def read(self) -> tuple[Pattern, ...]:
        """Return the patterns as they stand."""
        day, limits = self._queue.today()[0], self._limits()
        # Of yesterday somebody may still be called.
        since = day - timedelta(days=1)
        self._patterns = await read_patterns(
            self._queue.pool,
            self._queue.centre.id,
            day=day,
            limits=limits,
            of_kiosks=await self._closed_runs(day, since, limits),
            kiosks_since=since,
        )
        return self._patterns

    async def _closed_runs(self, day: date, since: date, limits: PatternLimits) -> list[Record]:
        """Return the rows of kiosks on the week's days that are over, found once a day."""
        key = (day, limits)
        if self._closed is None or self._closed[0] != key:
            rows = await read_kiosk_runs(
                self._queue.pool,
                self._queue.centre.id,
                first=day - WEEK,
                last=since - timedelta(days=1),
                limits=limits,
            )
            self._closed = (key, rows)
        return self._closed[1]

    async def see(self, kind: str, ticket_id: UUID, n: int, *, actor: Actor) -> bool:
        """Note that somebody has looked at a pattern, as far as it had grown to `n`.

        False where somebody has already, or there is no such pattern any more.
        """
        for pattern in await self.read():
            if (pattern.kind, pattern.newest.id) == (kind, ticket_id):
                is_new = await note_seen(
                    self._queue.pool,
                    self._queue.centre.id,
                    at=self._queue.clock.now(),
                    pattern=replace(pattern, n=min(n, pattern.n)),
                    actor=actor,
                )
                await self.read()
                return is_new
        return False
