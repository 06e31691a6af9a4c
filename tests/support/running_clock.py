"""A clock that runs by itself from a fixed moment, so that no test meets a cut-over."""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class RunningClock:
    """Start in the morning of a working day, whatever the machine's clock says."""

    def __init__(self, start: datetime = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)) -> None:
        self._start = start
        self._began = time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return time.monotonic() - self._began

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
