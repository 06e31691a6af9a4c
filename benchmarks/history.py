"""A past for a centre: one day is lived by the queue's own commands, the others are copies of it.

A copy has all that the server leaves of a day: numbers, their events and those of the windows, with
revisions of their own. Its events go through the same triggers, so that chain, counts and rollups
are true of it as well. What is missing is variety (the days differ in their date alone) and what is
rare: nobody was told of a wait on a phone, and nothing was wrong.
"""

import asyncio
import heapq
import itertools
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from secrets import token_urlsafe
from typing import Final, Literal
from uuid import UUID, uuid4

from benchmarks.centre import BenchCentre, Superuser
from benchmarks.days import queue_of
from benchmarks.processes import BenchmarkError
from core_services.calendar import day_bounds
from core_services.clock import SystemClock
from core_services.devices.register import find_device
from core_services.people.passwords import Passwords
from core_services.people.staff import create_staff, list_staff
from queue_server.administration import SYSTEM
from queue_server.demo.setup import CENTRE_ID
from queue_server.figures.reading import FiguresReading
from queue_server.figures.rollup import Rollup
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Centre, Priority

OPENS: Final = time(8, 30)
OPEN_FOR: Final = timedelta(hours=6)
CLOSED_ON: Final = frozenset({4, 5})
"""Friday and Saturday, as `date.weekday` counts."""
TARGET_S: Final = 1800
_HALF_HOURS: Final = (1.4, 1.6, 1.6, 1.5, 1.3, 1.1, 0.9, 0.8, 0.6, 0.5, 0.3, 0.2)
"""How people spread over the time in which numbers are given."""
SERVICES: Final = ("enquiry", "dues-payment", "licence-copy", "shop-renewal", "building-new")
_PRIORITIES: Final[tuple[Priority, ...]] = ("age65", "disability", "infant")

_What = Literal["come", "free", "start", "recall", "no_show", "finish", "back"]


class MovedClock:
    """Time is what it was set to last; nobody sleeps."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    at_s: float
    nth: int
    what: _What
    window: int = 0
    ticket: UUID | None = None


class LivedDay:
    """A day of the hall: people come, windows call, serve, wait for nobody in vain, and rest once.

    All lengths of time are parts of the day's, so that a short one has the shape of a long one.
    """

    def __init__(
        self,
        queue: Queue,
        clock: MovedClock,
        *,
        begins: datetime,
        ends: datetime,
        numbers: int,
        kiosk: UUID,
        clerks: Mapping[int, Actor],
        services: Sequence[str] = SERVICES,
        left: int = 0,
        seed: int = 1,
    ) -> None:
        """`clerks` sit at the windows; with `left`, about so many still wait in the end."""
        self._services = services
        self._queue, self._clock, self._kiosk, self._clerks = queue, clock, kiosk, clerks
        self._begins, self._left, self._numbers = begins, left, numbers
        self._length_s = (ends - begins).total_seconds()
        self._turn_s = 0.85 * len(clerks) * self._length_s / (numbers - left)
        """From one call to the next, on average."""
        self._chance = random.Random(seed)
        self._agenda: list[_Due] = []
        self._rested: set[int] = set()
        self._nth = 0

    async def live(self) -> None:
        """Live it to its end; the windows are closed then, unless people are left."""
        self._clock.at = self._begins
        for window in self._clerks:
            await self._turn(window, "open")
            self._add(0.1 * self._turn_s * window, "free", window)
        for moment_s in self._arrivals():
            self._add(moment_s, "come")
        while self._agenda and self._agenda[0].at_s <= self._length_s:
            due = heapq.heappop(self._agenda)
            self._clock.at = self._begins + timedelta(seconds=due.at_s)
            await self._do(due)
        if self._left:
            return
        while self._agenda:  # whoever is in hand is served to the end
            due = heapq.heappop(self._agenda)
            self._clock.at = self._begins + timedelta(seconds=due.at_s)
            if due.what != "free":
                await self._do(due)
        for window in self._clerks:
            await self._turn(window, "close")

    def _arrivals(self) -> list[float]:
        width_s = self._length_s * (1 if self._left else 0.85) / len(_HALF_HOURS)
        places = self._chance.choices(range(len(_HALF_HOURS)), _HALF_HOURS, k=self._numbers)
        return [(place + self._chance.random()) * width_s for place in places]

    async def _do(self, due: _Due) -> None:
        now_s, window, ticket, turn_s = due.at_s, due.window, due.ticket, self._turn_s
        match due.what:
            case "come":
                await self._come()
            case "free":
                await self._call(now_s, window)
            case "start":
                await self._act(window, ticket, "start")
                length_s = 0.75 * turn_s * self._chance.gammavariate(3, 1 / 3)
                self._add(now_s + length_s, "finish", window, ticket)
            case "recall":
                await self._act(window, ticket, "recall")
                self._add(now_s + 0.4 * turn_s, "no_show", window, ticket)
            case "no_show":
                await self._act(window, ticket, "no_show")
                self._add(now_s + 0.1 * turn_s, "free", window)
            case "finish":
                await self._act(window, ticket, "finish")
                self._add(now_s + 0.1 * turn_s, "free", window)
            case "back":
                await self._turn(window, "open")
                self._add(now_s, "free", window)

    async def _come(self) -> None:
        kiosk, chance = Actor("device", self._kiosk), self._chance
        asked = IssueRequest(
            actor=kiosk,
            channel="kiosk",
            device_id=self._kiosk,
            service=chance.choice(self._services),
            priority=chance.choice(_PRIORITIES) if chance.random() < 0.08 else "none",
        )
        ticket = await self._queue.issue(asked)
        await self._queue.mark_paper(ticket.id, "printed", actor=kiosk)

    async def _call(self, now_s: float, window: int) -> None:
        if window not in self._rested and now_s > self._length_s * (0.25 + 0.05 * window):
            self._rested.add(window)
            await self._turn(window, "pause")
            self._add(now_s + 0.03 * self._length_s, "back", window)
            return
        ticket = await self._queue.call_next(window, actor=self._clerks[window], own_only=True)
        if ticket is None:
            self._add(now_s + 0.2 * self._turn_s, "free", window)
        elif self._chance.random() < 0.05:
            self._add(now_s + 0.4 * self._turn_s, "recall", window, ticket.id)
        else:
            walk_s = 0.15 * self._turn_s * self._chance.uniform(0.3, 1.7)
            self._add(now_s + walk_s, "start", window, ticket.id)

    async def _act(
        self, window: int, ticket: UUID | None, act: Literal["start", "recall", "no_show", "finish"]
    ) -> None:
        if ticket is None:
            raise BenchmarkError(f"window {window} has nobody to {act}")
        await self._queue.act(
            ticket,
            act,
            actor=self._clerks[window],
            any_window=act in ("recall", "no_show"),  # no limit of the policy binds here
            window=window,
            outcome="served" if act == "finish" else None,
        )

    async def _turn(self, window: int, act: Literal["open", "pause", "close"]) -> None:
        await self._queue.act_on_window(
            window,
            act,
            actor=self._clerks[window],
            actor_name="",
            any_window=False,
            beyond_rota=True,
            reason="break" if act == "pause" else None,
        )

    def _add(self, at_s: float, what: _What, window: int = 0, ticket: UUID | None = None) -> None:
        self._nth += 1
        heapq.heappush(self._agenda, _Due(at_s, self._nth, what, window, ticket))


async def live_past(
    centre: BenchCentre, *, days: int, numbers: int, say: Callable[[str], None]
) -> tuple[date, ...]:
    """Let a centre have so many working days of so many numbers behind it, with their figures.

    Returns the days, the first one first. Raises BenchmarkError where a copy is not what it should
    be.
    """
    past = working_days(centre.today, days)
    say(f"living {past[0]} with {numbers:,} numbers")
    zone = centre.centre.zone
    begins = datetime.combine(past[0], OPENS, zone)
    async with past_queue(centre.app_dsn, centre.centre, begins) as (queue, clock):
        clerks = await clerks_of(queue)
        day = LivedDay(
            queue,
            clock,
            begins=begins,
            ends=begins + OPEN_FOR,
            numbers=numbers,
            kiosk=await kiosk_of(queue),
            clerks=clerks,
        )
        await day.live()
        clock.at = datetime.combine(past[0] + timedelta(days=1), time(12), zone)
        await queue.keep_house()
        say(f"copying it to {days - 1} days")
        await copy_day(centre.sql, centre.centre, past[0], past[1:])
        await centre.rest()
        say("adding the days up")
        clock.at = datetime.combine(centre.today, time(12), zone)
        rollup = Rollup(queue, lambda: TARGET_S, process_id=uuid4())
        while await rollup.look():
            pass
        await FiguresReading(queue, lambda: TARGET_S).warm()
        for each in (past[0], past[-1]):
            if not (await rollup.compare(each, repairs=False)).is_true:
                raise BenchmarkError(f"the figures of {each} are not what its events say")
    return past


async def live_today(centre: BenchCentre, *, numbers: int, waiting: int) -> None:
    """Live today until now, as a day of so many numbers of which some still wait."""
    now = SystemClock().now()
    start, _ = day_bounds(centre.today, centre.centre.zone, centre.centre.cut_over)
    begins = max(start, now - OPEN_FOR)
    async with past_queue(centre.app_dsn, centre.centre, begins) as (queue, clock):
        day = LivedDay(
            queue,
            clock,
            begins=begins,
            ends=now,
            numbers=numbers,
            left=waiting,
            kiosk=await kiosk_of(queue),
            clerks=await clerks_of(queue),
            seed=2,
        )
        await day.live()


def working_days(today: date, count: int) -> tuple[date, ...]:
    """Return the last working days before today, the first one first."""
    before = (today - timedelta(days=nth) for nth in itertools.count(1))
    open_days = (day for day in before if day.weekday() not in CLOSED_ON)
    return tuple(reversed(tuple(itertools.islice(open_days, count))))


@asynccontextmanager
async def past_queue(
    dsn: str, centre: Centre, at: datetime
) -> AsyncIterator[tuple[Queue, MovedClock]]:
    """Run the queue in this process on a clock that is moved; its commits wait for no disk."""
    clock = MovedClock(at)
    unhurried = f"{dsn}{'&' if '?' in dsn else '?'}synchronous_commit=off"
    async with queue_of(unhurried, centre, connections=2, clock=clock) as queue:
        yield queue, clock


async def kiosk_of(queue: Queue) -> UUID:
    """Return the demonstration's kiosk."""
    return (await find_device(queue.pool, centre_id=CENTRE_ID, name="K1")).id


async def clerks_of(queue: Queue) -> dict[int, Actor]:
    """Return who sits at windows 1 to 9; they are taken on the first time."""
    known = {each.username: each.id for each in await list_staff(queue.pool, centre_id=CENTRE_ID)}
    passwords = Passwords()
    try:
        for window in range(1, 10):
            name = f"window{window}"
            if name not in known:
                staff = await create_staff(
                    queue.pool,
                    passwords,
                    centre_id=CENTRE_ID,
                    username=name,
                    password=token_urlsafe(12),
                    role="clerk",
                    name_ar=f"موظف الشباك {window}",
                    name_en=f"Clerk of window {window}",
                    default_window=window,
                    actor=SYSTEM,
                    at=queue.clock.now(),
                )
                known[name] = staff.id
    finally:
        passwords.close()
    return {window: Actor("staff", known[f"window{window}"]) for window in range(1, 10)}


async def copy_day(sql: Superuser, centre: Centre, day: date, to: Sequence[date]) -> None:
    """Give other days the numbers and events of one, in their order; each is one transaction.

    `to` lies after `day`, the first one first. The events of each day go through their triggers in
    the order in which they came, as few statements as that allows.
    """
    await sql.execute(_PREPARE)
    start, end = day_bounds(day, centre.zone, centre.cut_over)
    await sql.execute(_NOTE_EVENTS, CENTRE_ID, day, start, end)
    await sql.execute("ANALYZE lived_event")
    runs = await sql.fetch(
        "SELECT run, source, count(*) AS n FROM lived_event GROUP BY 1, 2 ORDER BY 1"
    )
    for each in to:
        shift = (each - day).days
        async with sql.transaction():
            await sql.execute("SELECT lock_centre($1)", CENTRE_ID)
            head = await sql.fetchval(
                "SELECT revision FROM centre_head WHERE centre_id = $1", CENTRE_ID
            )
            zone = centre.zone.key
            await sql.execute(_COPY_COUNTERS, CENTRE_ID, day, shift)
            await sql.execute(_COPY_TICKETS, CENTRE_ID, day, shift, head, zone)
            for run in runs:
                copy = _COPY_WINDOWS if run["source"] == "window" else _COPY_ACTS
                told = await sql.execute(copy, CENTRE_ID, run["run"], shift, head, zone)
                if told != f"INSERT 0 {run['n']}":
                    raise BenchmarkError(f"{each}: {told} where {run['n']} events were lived")
    await sql.execute("DROP TABLE lived_event")


_PREPARE: Final = """
CREATE OR REPLACE FUNCTION pg_temp.moved(at timestamptz, days integer, zone text)
RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT ((at AT TIME ZONE zone) + make_interval(days => days)) AT TIME ZONE zone
$$;
CREATE OR REPLACE FUNCTION pg_temp.renamed(id uuid, days integer) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$  -- a UUID of version 7 begins with its milliseconds
    SELECT overlay(replace(id::text, '-', '') PLACING lpad(to_hex(
               ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint
               + days * 86400000::bigint), 12, '0') FROM 1 FOR 12)::uuid
$$;
CREATE TEMP TABLE lived_event (nth bigint PRIMARY KEY, run bigint, source text, revision bigint);
"""

_NOTE_EVENTS: Final = """
INSERT INTO lived_event
SELECT nth, sum((source <> before)::integer) OVER (ORDER BY nth), source, revision
  FROM (SELECT row_number() OVER told AS nth, source, revision,
               lag(source, 1, source) OVER told AS before
          FROM (SELECT e.revision, 'ticket' AS source
                  FROM ticket t
                  JOIN ticket_event e ON e.centre_id = t.centre_id AND e.ticket_id = t.id
                 WHERE t.centre_id = $1 AND t.business_day = $2
                UNION ALL
                SELECT revision, 'window' FROM window_event
                 WHERE centre_id = $1 AND at >= $3 AND at < $4) e
        WINDOW told AS (ORDER BY revision)) e
"""

_COPY_COUNTERS: Final = """
INSERT INTO label_counter
SELECT centre_id, business_day + $3::integer, series, last_number
  FROM label_counter WHERE centre_id = $1 AND business_day = $2
"""

_COPY_TICKETS: Final = """
INSERT INTO ticket
SELECT made.*
  FROM ticket t
  LEFT JOIN lived_event said ON said.revision = t.revision
  LEFT JOIN lived_event called ON called.revision = t.call_revision
 CROSS JOIN LATERAL jsonb_populate_record(t, jsonb_build_object(
       'id', pg_temp.renamed(t.id, $3), 'business_day', t.business_day + $3::integer,
       'token', translate(left(md5(t.token || $3), 16), '0189', 'ghij'),
       'revision', $4 + said.nth, 'call_revision', $4 + called.nth,
       'rank_at', pg_temp.moved(t.rank_at, $3, $5),
       'issued_at', pg_temp.moved(t.issued_at, $3, $5),
       'called_at', pg_temp.moved(t.called_at, $3, $5),
       'started_at', pg_temp.moved(t.started_at, $3, $5),
       'finished_at', pg_temp.moved(t.finished_at, $3, $5),
       'last_at', pg_temp.moved(t.last_at, $3, $5),
       'arrived_at', pg_temp.moved(t.arrived_at, $3, $5),
       'waiting_since', pg_temp.moved(t.waiting_since, $3, $5))) made
 WHERE t.centre_id = $1 AND t.business_day = $2
"""

_COPY_ACTS: Final = """
INSERT INTO ticket_event
SELECT made.*
  FROM lived_event lived
  JOIN ticket_event e ON e.centre_id = $1 AND e.revision = lived.revision
 CROSS JOIN LATERAL jsonb_populate_record(e, jsonb_build_object(
       'revision', $4 + lived.nth, 'ticket_id', pg_temp.renamed(e.ticket_id, $3),
       'at', pg_temp.moved(e.at, $3, $5))) made
 WHERE lived.run = $2
 ORDER BY lived.nth
"""

_COPY_WINDOWS: Final = """
INSERT INTO window_event
SELECT made.*
  FROM lived_event lived
  JOIN window_event e ON e.centre_id = $1 AND e.revision = lived.revision
 CROSS JOIN LATERAL jsonb_populate_record(e, jsonb_build_object(
       'revision', $4 + lived.nth, 'at', pg_temp.moved(e.at, $3, $5))) made
 WHERE lived.run = $2
 ORDER BY lived.nth
"""
