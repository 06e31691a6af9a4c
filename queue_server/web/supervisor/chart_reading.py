"""Reads what the supervisor's charts show: a day from its events, weeks from kept figures."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, Generic, TypeVar
from urllib.parse import urlencode

from core_services.clock import Clock
from core_services.l10n import Language
from queue_server.configuration import Configuration
from queue_server.figures import store_figures
from queue_server.tickets import supervision, windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.course import Course, course_of
from queue_server.tickets.window_counts import Span
from queue_server.web.supervisor.chart import DAY_CHARTS, Chart, ChartName
from queue_server.web.supervisor.chart_day import (
    DayAsked,
    hall_chart,
    idle_chart,
    rhythm_chart,
    services_chart,
    waits_chart,
)
from queue_server.web.supervisor.chart_week import (
    WeekHour,
    WeeksAsked,
    week_arrivals_chart,
    week_hours,
    week_waits_chart,
)
from queue_server.web.words import Words

WEEKS: Final = (4, 8, 13, 26)
"""What may be looked back on."""
FRESH_FOR: Final = timedelta(seconds=60)
"""Idle time and weeks are worked out anew after so long."""
_KEPT: Final = 24

Idle = Mapping[int, Sequence[Sequence[Span]]]
"""Of each window, the spans of each who had it."""

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody has chosen to see."""

    day: date
    is_today: bool
    queue: str | None
    service: str | None
    weeks: int

    def query(self, language: Language) -> str:
        """Return the choice as an address carries it; today goes without saying."""
        told = {
            "day": "" if self.is_today else self.day.isoformat(),
            "queue": self.queue or "",
            "service": self.service or "",
            "weeks": str(self.weeks),
            "lang": language,
        }
        return urlencode({name: value for name, value in told.items() if value})


@dataclass(frozen=True, slots=True)
class Names:
    """What may be chosen, by code."""

    queues: Mapping[str, Words]
    services: Mapping[str, Words]


class ChartReading:
    """Makes the charts of one centre, whoever asks."""

    def __init__(
        self,
        queue: Queue,
        configuration: Callable[[], Configuration],
        seats: Callable[[], int | None],
    ) -> None:
        """`seats`: how many there are in the hall, None where nobody has said."""
        self.queue = queue
        self._configuration = configuration
        self._seats = seats
        self._courses: Remembered[Course] = Remembered(queue.clock)
        self._idle: Remembered[tuple[datetime, Idle]] = Remembered(queue.clock)
        self._weeks: Remembered[tuple[WeekHour, ...]] = Remembered(queue.clock)
        self._slow: dict[
            tuple[Choice, Language],
            tuple[Idle, tuple[WeekHour, ...], WeeksAsked, tuple[Chart, ...]],
        ] = {}

    async def names(self) -> Names:
        """Return the queues and services that can be told apart."""
        queues = await supervision.queue_names(self.queue)
        return Names(
            queues={code: Words(*both) for code, both in queues.items()},
            services={
                each.code: Words(each.name_ar, each.name_en)
                for each in self._configuration().services
            },
        )

    async def day_charts(
        self, choice: Choice, names: Names, language: Language
    ) -> tuple[Chart, ...]:
        """Return the charts of the chosen day that follow the hall."""
        asked = await self._day_asked(choice, names, language)
        course = await self._course(choice)
        return (
            rhythm_chart(asked, course),
            hall_chart(asked, course),
            waits_chart(asked, course),
            services_chart(asked, course, names.services),
        )

    async def slow_charts(
        self, choice: Choice, names: Names, language: Language
    ) -> tuple[Chart, ...]:
        """Return the charts that are worked out at most once a minute; until then the same ones."""
        # A window serves whoever comes: its idle time is that of no queue or service.
        asked = await self._day_asked(choice, names, language)
        at, idle = await self._idle.get(choice.day, lambda: self._read_idle(choice.day))
        weeks, hours = await self._week_hours(choice, names, language)
        made = self._slow.get((choice, language))
        if made is None or made[0] is not idle or made[1] is not hours or made[2] != weeks:
            charts = (
                idle_chart(replace(asked, queue=None, service=None, now=at), idle),
                week_waits_chart(weeks, hours),
                week_arrivals_chart(weeks, hours),
            )
            while len(self._slow) >= _KEPT:
                del self._slow[next(iter(self._slow))]
            made = self._slow[choice, language] = (idle, hours, weeks, charts)
        return made[3]

    async def chart(
        self, name: ChartName, choice: Choice, names: Names, language: Language
    ) -> Chart:
        """Return one chart."""
        make = self.day_charts if name in DAY_CHARTS else self.slow_charts
        charts = await make(choice, names, language)
        return next(chart for chart in charts if chart.name == name)

    async def _read_idle(self, day: date) -> tuple[datetime, Idle]:
        """Return when windows idled on a day, and when that was so."""
        return self.now(), await windows.idle_of_day(self.queue, day)

    async def _course(self, choice: Choice) -> Course:
        """Return a day's course: today's as it stands, of days that are over the remembered one."""

        async def read() -> Course:
            return await course_of(
                self.queue, choice.day, of_queue=choice.queue, of_service=choice.service
            )

        if choice.is_today:
            return await read()
        return await self._courses.get((choice.day, choice.queue, choice.service), read)

    def now(self) -> datetime:
        """Return this moment in the centre's zone."""
        return self.queue.clock.now().astimezone(self.queue.centre.zone)

    async def _day_asked(self, choice: Choice, names: Names, language: Language) -> DayAsked:
        return DayAsked(
            day=choice.day,
            language=language,
            zone=self.queue.centre.zone,
            now=self.now(),
            is_today=choice.is_today,
            queue=None if choice.queue is None else names.queues[choice.queue],
            service=None if choice.service is None else names.services[choice.service],
            target_s=await self._target_s(choice),
            seats=self._seats(),
        )

    async def _week_hours(
        self, choice: Choice, names: Names, language: Language
    ) -> tuple[WeeksAsked, tuple[WeekHour, ...]]:
        last = self.queue.today()[0] - timedelta(days=1)
        first = last - timedelta(days=7 * choice.weeks - 1)
        queue = None if choice.service is not None else choice.queue

        async def read() -> tuple[WeekHour, ...]:
            return week_hours(
                await store_figures.hours(
                    self.queue.pool,
                    self.queue.centre.id,
                    first,
                    last,
                    queue=queue,
                    service=choice.service,
                ),
                self.queue.centre.cut_over,
            )

        asked = WeeksAsked(
            first=first,
            last=last,
            language=language,
            queue=None if queue is None else names.queues[queue],
            service=None if choice.service is None else names.services[choice.service],
            cut_over=self.queue.centre.cut_over,
        )
        return asked, await self._weeks.get((first, last, queue, choice.service), read)

    async def _target_s(self, choice: Choice) -> int:
        """Return the target that holds, or of a day that is kept the one that held on it."""
        if not choice.is_today:
            kept = await store_figures.read_kept_days(
                self.queue.pool, self.queue.centre.id, first=choice.day, last=choice.day
            )
            if choice.day in kept:
                return kept[choice.day].target_s
        return self._configuration().policy.body.wait_target_s


class Remembered(Generic[Made]):
    """Keeps what is dear to make for a minute; whoever asks meanwhile waits for the one maker."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[Hashable, tuple[datetime, Made]] = {}
        self._lock = asyncio.Lock()

    async def get(self, key: Hashable, make: Callable[[], Awaitable[Made]]) -> Made:
        """Return what was made for a key of late, or make it."""
        async with self._lock:
            found = self._kept.get(key)
            if found is not None and self._clock.now() - found[0] < FRESH_FOR:
                return found[1]
            made = await make()
            self._kept[key] = (self._clock.now(), made)
            while len(self._kept) > _KEPT:
                del self._kept[min(self._kept, key=lambda each: self._kept[each][0])]
            return made


def choice_of(query: Mapping[str, str], names: Names, today: date) -> Choice:
    """Read a choice from an address; what cannot be meant is passed over."""
    day = _day(query.get("day", ""), today)
    weeks = query.get("weeks", "")
    return Choice(
        day=day,
        is_today=day == today,
        queue=_known(query.get("queue", ""), names.queues),
        service=_known(query.get("service", ""), names.services),
        weeks=next((each for each in WEEKS if str(each) == weeks), WEEKS[1]),
    )


def _known(code: str, among: Mapping[str, Words]) -> str | None:
    return code if code in among else None


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today
    return day if day.year >= 2000 and day <= today else today
