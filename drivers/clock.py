"""The devices' source of time, and the one way to bound a wait by it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for facts, monotonic time for durations, and sleep for both."""

    def now(self) -> datetime:
        """Return the present moment, timezone-aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds of this clock."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@asynccontextmanager
async def within(clock: Clock, seconds: float) -> AsyncIterator[None]:
    """Cancel the body and raise TimeoutError once `seconds` of this clock have passed."""
    loop = asyncio.get_running_loop()

    async def ring() -> None:
        await clock.sleep(seconds)
        limit.reschedule(loop.time())

    async with asyncio.timeout(None) as limit:
        alarm = loop.create_task(ring())
        try:
            yield
        finally:
            alarm.cancel()


async def rest(clock: Clock, seconds: float, woken: asyncio.Event) -> None:
    """Wait so long, or until the event is set."""
    try:
        async with within(clock, seconds):
            await woken.wait()
    except TimeoutError:
        pass


def let_cancellation_through() -> None:
    """Raise CancelledError if this task was told to end; for loops that live through failures.

    A TaskGroup that fails in the same turn in which it is cancelled raises the failure alone
    (CPython up to 3.12), so a loop that goes on after failures would never hear of its end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
