"""Keeps the figures of days that are over: made once, made anew when something is keyed in late."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from core_services.database.errors import DatabaseGone, LockTimeout
from queue_server.figures import store_figures
from queue_server.figures.aggregate import Figures, Key
from queue_server.figures.days import WorkedOut, differences, work_out
from queue_server.figures.store_facts import days_with_numbers
from queue_server.figures.store_figures import KeptDay
from queue_server.tickets.acts import Queue

logger = structlog.get_logger()

LOOK_EVERY_S: Final = 30.0
CLAIM_FOR: Final = timedelta(minutes=5)
"""A process that is silent for so long has died; another one makes the figures."""
DAYS_AT_ONCE: Final = 20
"""So many are made in one look, so that a database full of days does not hold up everything."""
TRIES_AGAIN_AFTER: Final = timedelta(minutes=10)
"""A day that cannot be worked out is passed over for so long."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A day whose kept figures were compared with its events."""

    day: date
    numbers: int
    is_kept: bool
    differences: tuple[tuple[Key, str, object, object], ...]

    @property
    def is_true(self) -> bool:
        return self.is_kept and not self.differences


class Rollup:
    """Makes and keeps the figures of closed days; any process may, one at a time does."""

    def __init__(
        self,
        queue: Queue,
        target_s: Callable[[], int],
        *,
        process_id: UUID,
        target_then: Callable[[date], Awaitable[int]] | None = None,
    ) -> None:
        """`target_s` is the wait that the centre promises itself now, `target_then` the one that
        it promised itself on a day that is over; None: the same."""
        self._queue = queue
        self._target_s = target_s
        self._target_then = target_then
        self._process_id = process_id
        self._failed: dict[date, datetime] = {}

    @property
    def failed(self) -> frozenset[date]:
        """The days that could not be worked out and will be tried again."""
        return frozenset(self._failed)

    async def look(self) -> int:
        """Make the figures of days that have none or of which something was heard since.

        A day that cannot be worked out holds up no other. Returns how many were made. Raises
        DatabaseError.
        """
        queue = self._queue
        pool, centre_id, at = queue.pool, queue.centre.id, queue.clock.now()
        seen = await store_figures.claim_work(
            pool, centre_id, process_id=self._process_id, at=at, until=at + CLAIM_FOR
        )
        if seen is None:
            return 0
        self._failed = {
            day: then for day, then in self._failed.items() if at - then < TRIES_AGAIN_AFTER
        }
        reached: int | None = None
        try:
            days, head = await store_figures.days_to_make(
                pool,
                centre_id,
                today=queue.today()[0],
                seen=seen,
                at_most=DAYS_AT_ONCE,
                passing_over=self._failed,
            )
            made = [day for day in days if await self.try_to_make(day)]
            # What was heard of a day that failed must be found again.
            if len(days) < DAYS_AT_ONCE and not self._failed:
                reached = head
        finally:
            await store_figures.leave_work(
                pool, centre_id, process_id=self._process_id, seen=reached
            )
        return len(made)

    async def try_to_make(self, day: date) -> bool:
        """Make a closed day's figures; False: they cannot be worked out, which is told in the log.

        Raises DatabaseGone and LockTimeout, which say nothing of the day.
        """
        try:
            await self.make(day)
        except (DatabaseGone, LockTimeout):
            raise
        except Exception as error:
            self._failed[day] = self._queue.clock.now()
            logger.error("figures_not_made", day=day.isoformat(), exc_info=error)
            return False
        self._failed.pop(day, None)
        return True

    async def make(self, day: date) -> WorkedOut:
        """Work a closed day out and keep its figures; the target that it had stays its own."""
        queue = self._queue
        kept = await store_figures.read_kept_days(queue.pool, queue.centre.id, first=day, last=day)
        target_s = kept[day].target_s if day in kept else await self._target_of(day)
        made = await work_out(queue, day, target_s=target_s)
        await store_figures.keep_day(
            queue.pool,
            queue.centre.id,
            kept=KeptDay(day, made.revision, target_s, queue.clock.now()),
            figures=made.figures,
        )
        logger.info("figures_made", day=day.isoformat(), numbers=len(made.lives))
        return made

    async def compare(self, day: date, *, repairs: bool) -> Compared:
        """Compare a closed day's kept figures with its events; with `repairs`, keep what is so."""
        queue = self._queue
        pool, centre_id = queue.pool, queue.centre.id
        kept = await store_figures.read_kept_days(pool, centre_id, first=day, last=day)
        before: dict[Key, Figures] = await store_figures.read_day(pool, centre_id, day=day)
        target_s = kept[day].target_s if day in kept else await self._target_of(day)
        made = await work_out(queue, day, target_s=target_s)
        found = tuple(differences(before, made.figures))
        if repairs and (found or day not in kept):
            await self.make(day)
        return Compared(day, len(made.lives), day in kept, found)

    async def _target_of(self, day: date) -> int:
        return self._target_s() if self._target_then is None else await self._target_then(day)

    async def closed_days(self, first: date | None, last: date | None) -> list[date]:
        """Return the closed days of a range on which somebody took a number, all by default."""
        queue = self._queue
        yesterday = queue.today()[0] - timedelta(days=1)
        last = yesterday if last is None else min(last, yesterday)
        first = first or await store_figures.first_day(queue.pool, queue.centre.id) or last
        return list(await days_with_numbers(queue.pool, queue.centre.id, first=first, last=last))
