"""A clock that stands still until the simulation moves it on, and lets nothing be slept through."""

import asyncio
import heapq
import itertools
import math
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

Rest = Callable[[], Awaitable[None]]
"""Return once nothing that was woken has work left to do at this moment."""

PACING_S: Final = 1.0
"""A shorter sleep spaces work that is in hand, and ends to the instant; a longer one is a look that
comes again and again."""


class VirtualClock:
    """Time is what `advance` was told so far; a program that sleeps wakes when it comes to that.

    Looks that would come every few seconds are gathered on a grid of `grain_s` seconds, so that an
    hour with nothing in it costs little. The grid stands on the clock's own zero, therefore the
    same history wakes the same sleepers at the same moments.
    """

    def __init__(self, start: datetime, *, grain_s: float = 0.0) -> None:
        """Begin at a moment, timezone-aware, in UTC. No grain: every sleep ends to the instant."""
        self._start = start
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = itertools.count()
        self._pacing = 0
        self.grain_s = grain_s
        """May be changed at any moment; who sleeps already wakes as it was promised."""

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._due(seconds), next(self._order), woken))
        is_pacing = seconds < PACING_S
        self._pacing += is_pacing
        try:
            await woken
        finally:
            self._pacing -= is_pacing

    @property
    def is_pacing(self) -> bool:
        """Say whether somebody waits for a moment before going on with work in hand."""
        return self._pacing > 0

    async def advance(self, until: float, rest: Rest) -> None:
        """Move on to `until` on the monotonic scale, waking everyone whose time comes by then.

        `rest` is awaited before time moves, and again whenever somebody woke; those who wake at one
        moment wake together.
        """
        await rest()
        while (due := self._next_due()) is not None and due <= until:
            self._elapsed = max(self._elapsed, due)
            self._wake()
            await rest()
        self._elapsed = max(self._elapsed, until)

    def seconds_at(self, moment: datetime) -> float:
        """Return a moment on the monotonic scale."""
        return (moment - self._start).total_seconds()

    def _due(self, seconds: float) -> float:
        exact = self._elapsed + seconds
        if seconds < PACING_S or self.grain_s <= 0:
            return exact
        return math.ceil(exact / self.grain_s) * self.grain_s

    def _next_due(self) -> float | None:
        while self._sleepers and self._sleepers[0][2].done():  # its sleeper was cancelled
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def _wake(self) -> None:
        while self._sleepers and self._sleepers[0][0] <= self._elapsed:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)
