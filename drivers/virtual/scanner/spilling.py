"""Lets go of what a virtual scanner sent and nobody took, as if nobody had opened the device."""

import asyncio
from collections.abc import Awaitable, Callable

from drivers.clock import Clock
from drivers.virtual.lines import Line
from drivers.virtual.path_line import PathLine

SPILL_S = 2.0


async def attend_spilling(
    attend: Callable[[Line], Awaitable[None]], line: PathLine, clock: Clock
) -> None:
    """Attend to a line; what nobody has taken 2 s after it was sent is thrown away."""
    watched = _Watched(line)

    async def spill() -> None:
        while True:
            watched.sent.clear()
            await watched.sent.wait()
            await clock.sleep(SPILL_S)
            line.throw_away()

    async with asyncio.TaskGroup() as tasks:
        spilling = tasks.create_task(spill())
        await attend(watched)
        spilling.cancel()


class _Watched:
    """A line that notes when something was sent."""

    def __init__(self, line: Line) -> None:
        self.sent = asyncio.Event()
        self._line = line

    async def read(self) -> bytes:
        return await self._line.read()

    def send(self, data: bytes) -> None:
        self._line.send(data)
        self.sent.set()

    def drop(self) -> None:
        self._line.drop()
