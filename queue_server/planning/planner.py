"""Plans the days to come from the centre's own past; reads the database, computes off the loop."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from queue_server.configuration import Configuration
from queue_server.estimate.model import Booked, Situation
from queue_server.estimate.store_comers import share_that_comes
from queue_server.memory import give_back
from queue_server.planning.arrivals import DayForecast, ForecastTruth, forecast_day, walk_back
from queue_server.planning.model import DayPlan, HourSpan, PlannedWindow, SimulatedDay
from queue_server.planning.past import Past, kind_of_day, past_of, span_of_day
from queue_server.planning.planned import (
    PlannedArrivals,
    level_today,
    planned,
    served_mix,
    slot_starts,
)
from queue_server.planning.staffing import Target
from queue_server.planning.store_arrivals import (
    BookedVisit,
    count_came,
    read_booked,
    read_counts,
    read_mean_hold_s,
)
from queue_server.planning.store_moves import read_places
from queue_server.policy.store_days import read_windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Priority
from queue_server.tickets.opening import Hours

if TYPE_CHECKING:
    from queue_server.estimate.learned import Learned
    from queue_server.planning.day_plan import DayToCome

PAST_DAYS: Final = 120
HELD_DAYS: Final = 28
DAYS_OFFERED: Final = 6
WITHIN_DAYS: Final = 21
LOOK_EVERY_S: Final = 60.0
KEPT_S: Final = 600.0
"""A plan is made anew after so long: bookings and what was learned have changed."""
TARGET_SHARE: Final = 0.8
_LEAST_DAYS: Final = 10

Still = Callable[[], Awaitable["tuple[Situation, Learned] | None"]]


@dataclass(frozen=True, slots=True)
class Known:
    """What the days before today tell; it changes once a day, and with the centre's hours."""

    today: date
    hours: Hours | None
    past: Past
    held_s: float | None
    comes: float
    truth: ForecastTruth | None
    """How true forecasts of the last weeks would have been; None: too few days."""


@dataclass(frozen=True, slots=True)
class Today:
    """Who is expected for the rest of today."""

    arrivals: PlannedArrivals
    crowd: float
    """The variance that is left of how full the day is."""


@dataclass(frozen=True, slots=True)
class _Kept:
    at_s: float
    key: object
    day: "DayToCome"
    plan: DayPlan


class Planner:
    """Makes plans when they are asked for and keeps the last few for a while."""

    def __init__(
        self, queue: Queue, still: Still, *, configuration: Callable[[], Configuration]
    ) -> None:
        """`still` gives the hall at this moment and a copy of what the estimate has learned."""
        self._queue = queue
        self._still = still
        self._configuration = configuration
        self._known: Known | None = None
        self._plans: dict[date, _Kept] = {}
        self._learned: tuple[float, Learned] | None = None
        self._lock = asyncio.Lock()
        self._is_wanted = False

    async def look(self) -> None:
        """Have the next day's plan ready while somebody looks after the hall, so that its page
        opens at once. Raises DatabaseError."""
        if not self._is_wanted:
            return
        self._is_wanted = False
        for day in (await self.coming_days())[:1]:
            await self.plan(day)

    async def coming_days(self) -> tuple[date, ...]:
        """Return the next days on which the centre opens. Raises DatabaseError."""
        known = await self.known()
        days = (known.today + timedelta(days=ahead) for ahead in range(1, WITHIN_DAYS + 1))
        opens = (day for day in days if self._span_of(known, day) is not None)
        return tuple(islice(opens, DAYS_OFFERED))

    @property
    def tomorrow(self) -> date:
        """The day after today, open or not."""
        return self._queue.today()[0] + timedelta(days=1)

    def target(self, day: date) -> Target:
        """What the policy wants on a day."""
        return Target(float(self._configuration().body_on(day).wait_target_s), TARGET_SHARE)

    async def known(self) -> Known:
        """Return what the past tells, read once a business day and when other hours hold. Raises
        DatabaseError."""
        today, _ = self._queue.today()
        hours, known = self._configuration().plan.hours, self._known
        if known is None or (known.today, known.hours) != (today, hours):
            known = self._known = await self._read(today, hours)
        return known

    async def forecast(self, day: date) -> DayForecast | None:
        """Return who is expected on a day; None: it is closed, or there is no past."""
        known = await self.known()
        return self._forecast(known, day)

    async def plan(self, day: date) -> "tuple[DayToCome, DayPlan] | None":
        """Return what a day needs; None where nothing is known of it. Raises DatabaseError."""
        async with self._lock:
            windows, booked = await self._windows(day), await self._booked(day)
            rules = self._configuration().hours_on(day), tuple(self._credit_s(day).items())
            key = (self.target(day), self._queue.today()[0], rules, windows, booked)
            kept = self._plans.get(day)
            now_s = self._queue.clock.monotonic()
            if kept is not None and kept.key == key and now_s - kept.at_s < KEPT_S:
                return kept.day, kept.plan
            to_come = await self._day(day, windows, booked)
            if to_come is None:
                return None
            plan = await asyncio.to_thread(_plan, to_come)
            while len(self._plans) >= DAYS_OFFERED:
                del self._plans[min(self._plans, key=lambda each: self._plans[each].at_s)]
            self._plans[day] = _Kept(self._queue.clock.monotonic(), key, to_come, plan)
            return to_come, plan

    async def what_if(self, day: "DayToCome", windows: Sequence[int]) -> SimulatedDay:
        """Return how a day would go with so many windows in each hour."""
        async with self._lock:
            return await asyncio.to_thread(_simulate, day, tuple(windows))

    async def today(self) -> Today | None:
        """Return who is expected for the rest of today; None: there is no past to tell."""
        self._is_wanted = True
        known = await self.known()
        forecast = self._forecast(known, known.today)
        if forecast is None:
            return None
        zone = self._queue.centre.zone
        arrivals = planned(
            forecast, served_mix(known.past.mix, await self._windows(known.today)), zone
        )
        opens = slot_starts(forecast.day, forecast.opens_slot, 0, zone)[0]
        at = self._queue.clock.now().timestamp()
        came = await count_came(self._queue.pool, self._queue.centre.id, day=known.today)
        factor, crowd = level_today(
            arrivals.between(opens, max(at, opens)), came, forecast.day_spread
        )
        return Today(arrivals.scaled(factor), crowd)

    def _forecast(self, known: Known, day: date) -> DayForecast | None:
        span = self._span_of(known, day)
        if span is None:
            return None
        hours = self._configuration().hours_on(day)
        return forecast_day(
            known.past.days,
            day,
            opens_slot=span[0],
            slots=span[1] - span[0],
            kind=kind_of_day(day, hours, self._open_before(known, day)),
        )

    def _span_of(self, known: Known, day: date) -> tuple[int, int] | None:
        return span_of_day(self._configuration().hours_on(day), day, known.past)

    def _open_before(self, known: Known, day: date) -> list[date]:
        """Return the days that were open, and those from today on that will be, before a day."""
        ahead = (known.today + timedelta(days=each) for each in range((day - known.today).days))
        return [
            *(each.day for each in known.past.days),
            *(each for each in ahead if self._span_of(known, each) is not None),
        ]

    async def _read(self, today: date, hours: Hours | None) -> Known:
        pool, centre = self._queue.pool, self._queue.centre
        rows = await read_counts(
            pool, centre.id, zone=centre.zone.key, before=today, days=PAST_DAYS
        )
        past = past_of(rows, hours, before=today)
        return Known(
            today=today,
            hours=hours,
            past=past,
            held_s=await read_mean_hold_s(pool, centre.id, before=today, days=HELD_DAYS),
            comes=await share_that_comes(pool, centre.id, before=today),
            truth=await asyncio.to_thread(walk_back, past.days)
            if len(past.days) >= _LEAST_DAYS
            else None,
        )

    async def _booked(self, day: date) -> tuple[BookedVisit, ...]:
        return tuple(await read_booked(self._queue.pool, self._queue.centre.id, day=day))

    def _credit_s(self, day: date) -> dict[Priority, float]:
        credits_ = self._configuration().body_on(day).credit_s()
        return {priority: float(credit) for priority, credit in credits_.items()}

    async def _day(
        self, day: date, windows: tuple[PlannedWindow, ...], booked: tuple[BookedVisit, ...]
    ) -> "DayToCome | None":
        known = await self.known()
        forecast = self._forecast(known, day)
        if forecast is None or not windows:
            return None
        learned = await self._learned_lately()
        zone = self._queue.centre.zone
        starts = slot_starts(day, forecast.opens_slot, len(forecast.slots), zone)
        return await asyncio.to_thread(
            _day_to_come,
            forecast=forecast,
            arrivals=planned(forecast, served_mix(known.past.mix, windows), zone),
            hours=hour_spans(forecast, starts),
            windows=windows,
            learned=learned,
            priors={e.code: float(e.target_s) for e in self._configuration().services},
            target=self.target(day),
            held_s=known.held_s,
            booked=tuple(
                Booked(e.queue, "plain", e.at.timestamp(), e.service, comes=known.comes)
                for e in booked
            ),
            credit_s=self._credit_s(day),
        )

    async def _learned_lately(self) -> "Learned | None":
        """Return one copy for all days: it is large, and a few minutes change nothing."""
        now_s = self._queue.clock.monotonic()
        if self._learned is None or now_s - self._learned[0] >= KEPT_S:
            still = await self._still()
            self._learned = None if still is None else (now_s, still[1])
        return None if self._learned is None else self._learned[1]

    async def _windows(self, day: date) -> tuple[PlannedWindow, ...]:
        pool, centre = self._queue.pool, self._queue.centre
        first = self._configuration().priority_first_on(day)
        if first is None:
            _, profiles = await read_places(pool, centre.id)
            first = frozenset(each.code for each in profiles if each.priority_first)
        return tuple(
            PlannedWindow(each.number, each.queues, each.lanes, each.profile in first)
            for each in await read_windows(pool, centre.id)
            if each.queues
        )


def hour_spans(forecast: DayForecast, starts: Sequence[float]) -> tuple[HourSpan, ...]:
    """Return the hours of the clock of a day whose half hours begin so (and end with the last)."""
    slots: dict[int, list[int]] = {}
    for each in range(len(forecast.slots)):
        slots.setdefault((forecast.opens_slot + each) // 2, []).append(each)
    return tuple(
        HourSpan(hour, starts[mine[0]], starts[mine[-1] + 1]) for hour, mine in slots.items()
    )


def _day_to_come(
    *,
    forecast: DayForecast,
    arrivals: PlannedArrivals,
    hours: tuple[HourSpan, ...],
    windows: tuple[PlannedWindow, ...],
    learned: "Learned | None",
    priors: dict[str, float],
    target: Target,
    held_s: float | None,
    booked: tuple[Booked, ...],
    credit_s: dict[Priority, float],
) -> "DayToCome":
    # numpy is loaded with these, and only where a plan is made.
    from queue_server.estimate.learned import Learned
    from queue_server.planning.day_plan import DayToCome, in_order

    # Each day turns what was learned to itself, and is asked again while others are.
    known = Learned(priors) if learned is None else learned.copy()
    known.turn_to(hours[0].begins)
    return DayToCome(
        forecast=forecast,
        arrivals=arrivals,
        hours=hours,
        windows=in_order(windows),
        learned=known,
        target=target,
        held_s=held_s,
        booked=booked,
        credit_s=credit_s,
    )


def _plan(day: "DayToCome") -> DayPlan:
    from queue_server.planning.day_plan import plan_day

    plan = plan_day(day)
    give_back()
    return plan


def _simulate(day: "DayToCome", windows: tuple[int, ...]) -> SimulatedDay:
    from queue_server.planning.day_plan import simulate

    return simulate(day, windows)
