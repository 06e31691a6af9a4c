"""What a draft would have done to a day: who gains, who loses, against the policy that holds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import astuple, dataclass, replace
from datetime import date, datetime, time, timedelta

from core_services.calendar import day_bounds
from queue_server.policy import store_days
from queue_server.policy.body import PolicyBody
from queue_server.policy.model import DayFigures
from queue_server.policy.simulated import simulated_day
from queue_server.tickets.acts import Queue
from queue_server.tickets.comparison import Change, compare
from queue_server.tickets.model import Service
from queue_server.tickets.replay import Arrival, Rules, Shift, replay

DAYS_OFFERED = 30
DAYS_REMEMBERED = timedelta(days=120)
"""The days offered lie within so long, wherever a centre works as others do."""
PREVIEWS_KEPT = 16
_SIMULATED_FROM = time(9)


@dataclass(frozen=True, slots=True)
class Preview:
    """One day under two policies."""

    day: date | None
    """None: a simulated day."""
    changes: tuple[Change, ...]
    windows: int
    unserved_now: int
    unserved_then: int


def rules_of(body: PolicyBody) -> Rules:
    """Return what a body says of the order."""
    return Rules(
        credit_s=body.credit_s(),
        priority_first=frozenset(body.first.profiles),
        return_credit_s=body.returns.credit_minutes * 60,
        early_grace_s=body.appointments.early_grace_minutes * 60,
        late_grace_s=body.appointments.late_grace_minutes * 60,
    )


async def days_to_replay(queue: Queue) -> list[DayFigures]:
    """Return the past days that may be lived again, the latest first."""
    return await store_days.read_days(
        queue.pool, queue.centre.id, before=queue.today()[0], limit=DAYS_OFFERED
    )


class Previews:
    """Previews of one centre; of a day whose figures are kept each is worked out once.

    What is kept is asked for by all that it depends on: the day as far as it has been read, the
    windows as they serve now, and both policies.
    """

    def __init__(self, queue: Queue, made: Callable[[date, date], Awaitable[Mapping[date, int]]]):
        """`made` tells up to which event each day was read whose figures are kept."""
        self._queue = queue
        self._made = made
        self._lock = asyncio.Lock()
        self._days: tuple[object, list[DayFigures]] | None = None
        self._kept: dict[object, Preview] = {}

    async def days(self) -> list[DayFigures]:
        """Return the past days that may be lived again, the latest first."""
        today = self._queue.today()[0]
        made = await self._made(today - DAYS_REMEMBERED, today)
        known = today, tuple(sorted(made.items()))
        async with self._lock:
            if self._days is None or self._days[0] != known:
                self._days = known, await days_to_replay(self._queue)
            return self._days[1]

    async def preview(
        self,
        *,
        now: PolicyBody,
        then: PolicyBody,
        day: date | None,
        services: tuple[Service, ...],
    ) -> Preview:
        """Live that day, or a simulated one, under both policies."""
        queue = self._queue
        upto = None if day is None else (await self._made(day, day)).get(day)
        asked = (
            queue.today()[0] if day is None else day,
            upto,
            services if day is None else (),
            await store_days.read_windows(queue.pool, queue.centre.id),
            _known_by(rules_of(now)),
            _known_by(rules_of(then)),
        )
        async with self._lock:
            found = self._kept.get(asked)
            if found is None:
                found = await preview(queue, now=now, then=then, day=day, services=services)
                if day is None or upto is not None:
                    while len(self._kept) >= PREVIEWS_KEPT:
                        del self._kept[next(iter(self._kept))]
                    self._kept[asked] = found
            return found


def _known_by(rules: Rules) -> object:
    """Return what two rules of one meaning have in common, to be found again by."""
    return frozenset(rules.credit_s.items()), astuple(replace(rules, credit_s={}))[1:]


async def preview(
    queue: Queue,
    *,
    now: PolicyBody,
    then: PolicyBody,
    day: date | None,
    services: tuple[Service, ...],
) -> Preview:
    """Live that day, or a simulated one, under both policies."""
    centre, pool = queue.centre, queue.pool
    if day is None:
        windows = await store_days.read_windows(pool, centre.id)
        today = queue.today()[0]
        opens = datetime.combine(today, _SIMULATED_FROM, tzinfo=centre.zone)
        arrivals, shifts = simulated_day(windows, services, opens)
    else:
        begins, ends = day_bounds(day, centre.zone, centre.cut_over)
        arrivals = await store_days.read_arrivals(pool, centre.id, day=day)
        shifts = await store_days.read_shifts(pool, centre.id, begins=begins, ends=ends)
    return await asyncio.to_thread(_compared, day, now, then, arrivals, shifts)


def _compared(
    day: date | None,
    now: PolicyBody,
    then: PolicyBody,
    arrivals: tuple[Arrival, ...],
    shifts: tuple[Shift, ...],
) -> Preview:
    before = replay(rules_of(now), arrivals, shifts)
    after = replay(rules_of(then), arrivals, shifts)
    return Preview(
        day=day,
        changes=compare(arrivals, before, after),
        windows=len({each.window for each in shifts}),
        unserved_now=len(arrivals) - len({each.arrival.id for each in before}),
        unserved_then=len(arrivals) - len({each.arrival.id for each in after}),
    )
