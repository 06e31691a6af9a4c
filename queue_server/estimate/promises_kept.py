"""Reads how true the times are that people are told: today's so far, and the last night's proof."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from queue_server.estimate.promises import FRESH_DAYS, NOTHING, Kept, Promises
from queue_server.estimate.store_backtest import Backtest, latest_backtest
from queue_server.estimate.store_truth import count_overdue, read_said
from queue_server.estimate.truth import Tally, tally_of
from queue_server.tickets.acts import Queue

READ_EVERY: Final = timedelta(minutes=5)


class PromisesKept:
    """The figures of the last reading, at most five minutes old."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._lock = asyncio.Lock()
        self._kept = NOTHING
        self._read_at: datetime | None = None

    async def now(self) -> Kept:
        """Return how true the times are. Raises DatabaseError."""
        async with self._lock:
            at = self._queue.clock.now()
            if self._read_at is None or at - self._read_at >= READ_EVERY:
                self._kept = await self._read()
                self._read_at = at
            return self._kept

    async def _read(self) -> Kept:
        pool, centre_id = self._queue.pool, self._queue.centre.id
        day, at = self._queue.today()
        said = await read_said(pool, centre_id, day=day)
        told = sum((tally_of(each) for each in said if each.place == "slip"), Tally())
        overdue = await count_overdue(pool, centre_id, day=day, at=at)
        night = await latest_backtest(pool, centre_id)
        is_fresh = night is not None and (day - night.day).days <= FRESH_DAYS
        return Kept(
            today=Promises(n=told.raw_n + overdue, held=told.raw_held),
            night=promises_of(night) if is_fresh else Promises(),
            night_of=night.day if night is not None and is_fresh else None,
        )


def promises_of(night: Backtest | None) -> Promises:
    """Return what a backtest says of the times as they would have been told."""
    if night is None:
        return Promises()
    product = night.result["product"]
    n = int(product["n"])
    if not n:
        return Promises()
    return Promises(n, round(n * product["coverage_80"]), float(product["mean_width_80_s"]))
