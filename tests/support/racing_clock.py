"""A clock on which everything happens a number of times faster than on the machine's."""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class RacingClock:
    """Its seconds are `times` to one of the machine's; for programs that wait on each other."""

    def __init__(self, times: float) -> None:
        self._times = times
        self._began = time.monotonic()
        self._start = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._began) * self._times

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._times)
