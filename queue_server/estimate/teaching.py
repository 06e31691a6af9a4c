"""Teaches the estimate what happened: the last weeks at start, then what ends as the day goes on.

Everything is read from the events in the order of their revisions and only once it cannot be undone
any more, so that a restarted server and a second one come to the same.
"""

import asyncio
from collections.abc import Mapping
from datetime import time, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from core_services.calendar import business_day
from core_services.clock import Clock
from core_services.database.pool import Pool
from queue_server.estimate import store_visits
from queue_server.estimate.model import Visit
from queue_server.estimate.store_comers import USUALLY_COMES, share_that_comes
from queue_server.estimate.store_visits import CameTrue, Lessons

if TYPE_CHECKING:
    from queue_server.estimate.product import Estimator

logger = structlog.get_logger()

HISTORY: Final = timedelta(days=28)
AT_ONCE: Final = 600
"""Events read and learned from before everybody else has a turn."""
BREATH_S: Final = 0.01


class Teaching:
    """The estimator of one epoch, and how far it has been taught."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        *,
        centre_id: int,
        epoch: UUID,
        zone: ZoneInfo,
        cut_over: time,
        priors: Mapping[str, float],
    ) -> None:
        self.epoch = epoch
        self.estimator: Estimator | None = None
        """None until it is made, off the loop: what it stands on takes a while to load."""
        self.is_ready = False
        """The last weeks are learned."""
        self.comes = USUALLY_COMES
        """The share of appointments whose holder comes."""
        self.lock = asyncio.Lock()
        """Held while the estimator learns or looks."""
        self.priors = dict(priors)
        """The seconds that the catalogue gives each service now."""
        self._pool = pool
        self._clock = clock
        self._centre_id = centre_id
        self._zone = zone
        self._cut_over = cut_over
        self._revision = 0
        self._one_teacher = asyncio.Lock()

    def turn_to(self, estimator: "Estimator", at: float) -> None:
        """Begin the day of `at` unless it has begun, with the catalogue as it is; the lock is
        held."""
        estimator.new_day(at)
        estimator.learned.hold_times.priors = self.priors

    async def learn(self) -> None:
        """Learn from everything that has ended since; nothing is learned twice.

        Raises DatabaseError, and whatever goes wrong in learning; call it again then.
        """
        async with self._one_teacher:
            await self._learn_all()

    async def _learn_all(self) -> None:
        if self.estimator is None:
            await self._begin()
        learned = 0
        while True:
            lessons = await store_visits.lessons_since(
                self._pool,
                self._centre_id,
                revision=self._revision,
                at=self._clock.now(),
                at_most=AT_ONCE,
            )
            # What cannot be learned is passed over: the others of its reading would be learned
            # again and again beside it.
            self._revision = lessons.revision
            async with self.lock:
                self._learn(lessons)
            learned += len(lessons.lessons)
            if lessons.is_all:
                break
            await self._clock.sleep(BREATH_S)
        if not self.is_ready:
            self.is_ready = True
            logger.info("estimate_ready", lessons=learned, revision=self._revision)

    async def _begin(self) -> None:
        today = business_day(self._clock.now(), self._zone, self._cut_over)
        days = await store_visits.days_with_calls(
            self._pool, self._centre_id, since=today - HISTORY, before=today + timedelta(days=1)
        )
        self._revision = await store_visits.first_revision_of(
            self._pool, self._centre_id, day=days[0] if days else today
        )
        self.comes = await share_that_comes(self._pool, self._centre_id, before=today)
        self.estimator = await asyncio.to_thread(self._make)

    def _make(self) -> "Estimator":
        from queue_server.estimate.product import Estimator

        return Estimator(self.priors, zone=self._zone, cut_over=self._cut_over)

    def _learn(self, lessons: Lessons) -> None:
        from queue_server.estimate.product import Told

        estimator = self.estimator
        if estimator is None:
            return
        for lesson in lessons.lessons:
            if isinstance(lesson, Visit):
                estimator.learn(lesson)
            elif isinstance(lesson, CameTrue):
                estimator.happened(
                    Told(
                        range=lesson.said,
                        middle_s=lesson.middle_s,
                        scale_s=lesson.scale_s,
                        never=0.0,
                        queue=lesson.queue,
                        service=lesson.service,
                    ),
                    lesson.wait_s,
                    lesson.at,
                )
            elif lesson.is_open:
                estimator.opened(lesson.window, lesson.at)
            else:
                estimator.closed(lesson.window, lesson.at)
