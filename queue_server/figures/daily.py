"""Makes the day's situation: by itself at its time, and whenever somebody asks for it."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from core_services.paper.daily import DailySheet, draw_daily
from core_services.paper.drawing import DrawingError
from queue_server.configuration import Configuration
from queue_server.figures import store_daily
from queue_server.figures.reading import FiguresReading
from queue_server.figures.rollup import Rollup
from queue_server.figures.situation import Situation, departments_of, sheet_of, text_of
from queue_server.figures.store_daily import MOST_A_DAY, DailyReport, Drawn

logger = structlog.get_logger()

LOOK_EVERY_S: Final = 20.0
TRIES_AGAIN_AFTER_S: Final = 600.0


class NotWorkedOut(Exception):
    """The figures of a day cannot be worked out; the log says why."""

    def __init__(self, day: date) -> None:
        super().__init__(day)
        self.day = day

    def __str__(self) -> str:
        return f"the figures of {self.day} cannot be worked out"


class DailyReports:
    """The day's situations of one centre, each in Arabic and in English."""

    def __init__(
        self,
        reading: FiguresReading,
        rollup: Rollup,
        configuration: Callable[[], Configuration],
        cache_dir: Path,
    ) -> None:
        self._reading = reading
        self._rollup = rollup
        self._configuration = configuration
        self._cache_dir = cache_dir
        self._lock = asyncio.Lock()
        self._failed_at: float | None = None

    @property
    def at(self) -> time | None:
        """When one is made by itself, by the wall; None: never."""
        return self._configuration().policy.body.targets.daily_report_at

    async def look(self) -> None:
        """Make today's once its time has come, where somebody took a number. Raises DatabaseError.

        A drawing that fails is told and tried again later: the figures are not lost.
        """
        queue = self._reading.queue
        day, at = queue.today()
        wall = self.at
        if wall is None or not self._is_time(day, at, wall):
            return
        clock = queue.clock.monotonic()
        if self._failed_at is not None and clock - self._failed_at < TRIES_AGAIN_AFTER_S:
            return
        if await store_daily.has_own(queue.pool, queue.centre.id, day=day):
            return
        try:
            await self.make(day, by=None)
            self._failed_at = None
        except DrawingError as error:
            self._failed_at = clock
            logger.warning("daily_report_not_drawn", day=day.isoformat(), why=str(error))

    async def make(self, day: date, *, by: UUID | None) -> DailyReport | None:
        """Make a day's situation as it stands, and keep it; None where nobody took a number.

        Without `by` it is the one that makes itself. Raises DrawingError, NotWorkedOut.
        """
        queue = self._reading.queue
        pool, centre = queue.pool, queue.centre
        async with self._lock:
            situation = await self.situation(day)
            if not situation.total.came:
                return None
            if (standing := await self._standing(day, by)) is not None:
                return standing
            names = self._configuration().names
            arabic = sheet_of(
                situation,
                "ar",
                governorate=names.governorate_ar,
                unit=names.unit_ar,
                centre=names.name_ar,
            )
            english = sheet_of(
                situation,
                "en",
                governorate=names.governorate_en,
                unit=names.unit_en,
                centre=names.name_en,
            )
            report = DailyReport(
                day=day,
                nth=0,
                made_at=queue.clock.now(),
                made_by=by,
                text_ar=text_of(situation, "ar", centre=names.name_ar),
                text_en=text_of(situation, "en", centre=names.name_en),
            )
            drawn = [await self._drawn(arabic), await self._drawn(english)]
            kept: DailyReport | None = None
            while kept is None:
                kept = await store_daily.insert_report(
                    pool, centre.id, report=report, arabic=drawn[0], english=drawn[1]
                )
                if kept is None and (standing := await self._standing(day, by)) is not None:
                    return standing
        logger.info("daily_report_made", day=day.isoformat(), nth=kept.nth)
        return kept

    async def _standing(self, day: date, by: UUID | None) -> DailyReport | None:
        """Return the one that stands in the place of a new one: the one that made itself, of which
        there is one, or the last of a day that is full."""
        queue = self._reading.queue
        known = await store_daily.read_reports(queue.pool, queue.centre.id, day=day)
        if by is None:
            return next((each for each in known if each.nth == 0), None)
        return next((each for each in known if each.nth >= MOST_A_DAY), None)

    async def situation(self, day: date) -> Situation:
        """Return a day as it stands now, worked out if it is over and was not yet.

        Raises NotWorkedOut.
        """
        reading, queue = self._reading, self._reading.queue
        ranged = await reading.ranged(day, day, "service")
        if ranged.missing:
            if not await self._rollup.try_to_make(day):
                raise NotWorkedOut(day)
            ranged = await reading.ranged(day, day, "service")
        hours = await reading.hours(day, day)
        is_today = day == queue.today()[0]
        catalogue = self._configuration().catalogue
        departments = {
            code: (service.department.name_ar, service.department.name_en)
            for code, service in catalogue.services.items()
        }
        return Situation(
            day=day,
            made_at=queue.clock.now().astimezone(queue.centre.zone),
            departments=departments_of(
                ((line.key, line.figures) for line in ranged.lines), departments
            ),
            whole=ranged.whole,
            target_s=ranged.targets_s[0],
            windows_open=(await queue.hall()).windows_open if is_today else None,
            hours=tuple((each.hour, each.arrivals, each.served) for each in hours),
        )

    async def _drawn(self, sheet: DailySheet) -> Drawn:
        return Drawn(*await asyncio.to_thread(draw_daily, sheet, self._cache_dir))

    def _is_time(self, day: date, at: datetime, wall: time) -> bool:
        """Say whether the wall has read the time since the business day began."""
        zone = self._reading.queue.centre.zone
        local = at.astimezone(zone)
        return local.date() > day or local.time() >= wall.replace(tzinfo=None)
