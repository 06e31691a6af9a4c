"""Lets many who ask at once share one answer, never one that was begun before they asked."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Together(Generic[Made]):
    """Makes one answer for all who had asked when its making began; later ones wait for the next.

    A making that fails, or whose maker goes away, fails for nobody else: the next one makes anew.
    """

    def __init__(self, make: Callable[[], Awaitable[Made]]) -> None:
        self._make = make
        self._lock = asyncio.Lock()
        self._asked = 0
        self._last: tuple[int, Made] | None = None

    async def get(self) -> Made:
        """Return an answer whose making began no earlier than now; raises what it raises."""
        self._asked += 1
        mine = self._asked
        async with self._lock:
            if self._last is not None and self._last[0] >= mine:
                return self._last[1]
            upto = self._asked
            made = await self._make()
            # Nobody who comes later may have it: it is not kept for its own sake.
            self._last = (upto, made) if upto > mine else None
            return made
