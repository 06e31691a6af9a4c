"""Statistics kept with each commit are those that the events give when all is counted again."""

import random
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from statistics import mean, quantiles
from typing import Final

import pytest

from core_services.database.pool import Pool
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Channel, PaperMark, Priority, Ticket
from queue_server.tickets.store_journeys import Destination
from queue_server.tickets.store_metrics import event_counts, histograms, paper_counts
from queue_server.tickets.supervision import day_report
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import KEY, next_time, open_queue, open_windows
from tests.support.recomputed import Line, recomputed

WINDOWS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 9)


class Day:
    """A day of nine windows that goes as a dice decides, always the same for the same seed.

    With `strays` people are parked, sent elsewhere, come back, and acts are undone.
    """

    def __init__(
        self, queues: list[Queue], clock: ManualClock, seed: int, *, strays: bool = True
    ) -> None:
        self._strays = strays
        self._queues = queues
        self._clock = clock
        self._dice = random.Random(seed)
        self._hands: dict[int, Ticket] = {}

    @property
    def queue(self) -> Queue:
        """The server process that has the next command."""
        return self._dice.choice(self._queues)

    async def live(self, steps: int) -> None:
        """Let citizens come and windows work for so many steps of up to two minutes."""
        for _ in range(steps):
            await self._clock.advance(self._dice.choice((0.0, 0.000_001, 0.5, 17.123_457, 119.9)))
            if self._dice.random() < 0.45:
                await self.somebody_comes()
            else:
                await self.a_window_works(self._dice.choice(WINDOWS))

    async def somebody_comes(self) -> None:
        priority: Priority = self._dice.choice(("none", "none", "none", "age65", "infant"))
        service = self._dice.choice((None, None, "collection"))
        channel: Channel = self._dice.choice(("api", "kiosk"))
        ticket = await self.queue.issue(
            IssueRequest(
                KEY,
                channel,
                priority=priority,
                service=service,
                requests=self._dice.choice((1, 1, 2, 3)),
            )
        )
        if channel == "kiosk":
            mark: PaperMark = self._dice.choice(("printed", "kept", "unknown", "failed"))
            ticket = await self.queue.mark_paper(ticket.id, mark, actor=KEY)
        if ticket.state == "waiting" and self._dice.random() < 0.05:
            await self.queue.act(ticket.id, "cancel", actor=KEY, any_window=True)

    async def a_window_works(self, window: int) -> None:
        hand = self._hands.pop(window, None)
        if hand is not None and self._dice.random() < 0.5:
            await self.goes_on(window, hand)
            return
        called = await self.queue.call_next(window, actor=KEY, own_only=False, finish=True)
        if called is not None:
            self._hands[window] = called

    async def goes_on(self, window: int, hand: Ticket) -> None:
        queue = self.queue
        if self._strays and self._dice.random() < 0.3:
            await self.goes_another_way(window, hand)
        elif hand.state == "called" and self._dice.random() < 0.2:
            await queue.act(hand.id, "no_show", actor=KEY, any_window=True)
            if self._strays and not hand.returns and self._dice.random() < 0.5:
                await journeys.return_ticket(queue, hand.id, actor=KEY, in_time_only=True)
        elif hand.state == "called":
            self._hands[window] = await queue.act(hand.id, "start", actor=KEY, any_window=True)
        else:
            await queue.act(hand.id, "finish", actor=KEY, any_window=True)
            if self._strays and self._dice.random() < 0.2:
                self._hands[window] = await journeys.undo(
                    queue, hand.id, actor=KEY, any_window=True
                )

    async def goes_another_way(self, window: int, hand: Ticket) -> None:
        """Transfer or park what is in hand, and serve somebody without a number meanwhile."""
        queue = self.queue
        if hand.state == "serving":
            await journeys.park(queue, hand.id, actor=KEY, any_window=True, reason="copy")
            if self._dice.random() < 0.7:
                await journeys.resume(queue, hand.id, actor=KEY, any_window=True)
        else:
            to = self._dice.choice(
                (Destination(queue="X"), Destination(queue="U"), Destination(window=3))
            )
            await journeys.transfer(
                queue, hand.id, to, actor=KEY, any_window=True, reason="another window"
            )
        if self._dice.random() < 0.5:
            self._hands[window] = await journeys.walk_direct(
                queue, window, service=None, actor=KEY, any_window=True
            )


async def check(pool: Pool) -> None:
    """Compare every stored statistic with the events."""
    told = await recomputed(pool)
    assert await event_counts(pool, 1) == dict(told.counts)
    stored = {
        Line(each.measure, each.queue, each.priority): each for each in await histograms(pool, 1)
    }
    assert set(stored) == set(told.durations_us)
    for line, durations in told.durations_us.items():
        assert min(durations) >= 0, line
        assert stored[line].sum_us == sum(durations), line
        assert stored[line].total == len(durations), line
        assert dict(stored[line].counts) == told.buckets(line), line
    assert await paper_counts(pool, 1) == dict(told.paper)
    lines = await pool.fetch(
        "SELECT queue, sum(in_line)::integer AS in_line, sum(in_common)::integer AS in_common,"
        " sum(requests)::integer AS requests FROM queue_line GROUP BY queue ORDER BY queue"
    )
    counted = await pool.fetch(
        "SELECT queue, count(*) FILTER (WHERE is_common_lane(lane))::integer AS in_common,"
        " coalesce(sum(requests) FILTER (WHERE is_common_lane(lane)), 0)::integer AS requests"
        " FROM ticket WHERE state IN ('unconfirmed', 'waiting') GROUP BY queue ORDER BY queue"
    )
    of_line = {row["queue"]: (row["in_common"], row["requests"]) for row in lines}
    of_tickets = {row["queue"]: (row["in_common"], row["requests"]) for row in counted}
    assert of_line == dict.fromkeys(of_line, (0, 0)) | of_tickets
    assert {row["queue"]: row["in_line"] for row in lines} == dict(told.in_line)
    paces = await pool.fetch("SELECT queue, recent_s, mean_s FROM queue_pace")
    assert {row["queue"]: row["recent_s"] for row in paces} == {
        queue: services[-50:] for queue, services in told.services_s.items()
    }
    for row in paces:
        recent = told.services_s[row["queue"]][-50:]
        assert abs(row["mean_s"] - sum(recent) / len(recent)) <= 0.5


@pytest.mark.parametrize("seed", [1, 2026])
async def test_a_whole_day_counted_again_from_its_events_gives_the_stored_statistics(
    pool: Pool, queue: Queue, clock: ManualClock, seed: int
) -> None:
    await open_windows(queue, *WINDOWS)
    await Day([queue], clock, seed).live(500)
    await check(pool)


async def test_the_supervisors_figures_of_a_day_are_those_of_the_rollups_and_of_the_events(
    pool: Pool, queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, *WINDOWS)
    await Day([queue], clock, 42, strays=False).live(500)
    told = await recomputed(pool)
    report = await day_report(queue)
    waits: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
    for line, durations in told.durations_us.items():
        if line.measure == "wait":
            for place in ((line.queue, line.priority), (line.queue, None), (None, None)):
                waits[place] += durations
    assert {(each.queue, each.priority) for each in report.waits} == set(waits)
    for each in report.waits:
        seconds = [us / 1_000_000 for us in waits[each.queue, each.priority]]
        assert each.people == len(seconds)
        assert each.mean_s == pytest.approx(mean(seconds), abs=1e-5)
        tenths = quantiles(seconds, n=10, method="inclusive")
        assert each.p50_s == pytest.approx(tenths[4], abs=1e-5)
        assert each.p90_s == pytest.approx(tenths[8], abs=1e-5)
    acts = Counter[str]()
    for (_, event), count in told.counts.items():
        acts[event] += count
    counts = report.counts
    assert (counts.issued, counts.called, counts.finished) == (
        acts["issue"],
        acts["call"],
        acts["finish"],
    )
    assert (counts.no_show, counts.cancelled) == (acts["no_show"], acts["cancel"])
    assert sum(each.issued for each in report.half_hours) == acts["issue"]
    assert sum(each.called for each in report.half_hours) == acts["call"]
    assert sum(report.wait_bands.values()) == acts["call"]


async def test_two_processes_whose_clocks_differ_by_seconds_count_the_same(
    database: Database, pool: Pool, queue: Queue, clock: ManualClock
) -> None:
    late = Lagging(clock, timedelta(seconds=7.5))
    async with open_queue(pool, database.app_dsn, late) as other:
        await open_windows(queue, *WINDOWS)
        await Day([queue, other], clock, 7).live(500)
    await check(pool)


async def test_a_visit_that_begins_and_ends_with_the_next_call_lasts_nothing_in_every_count(
    database: Database, pool: Pool, queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    first = await queue.issue(IssueRequest(KEY, "api"))
    await queue.call_next(5, actor=KEY, own_only=False)
    await clock.advance(60)
    await queue.issue(IssueRequest(KEY, "api"))
    late = Lagging(clock, timedelta(seconds=30))
    async with open_queue(pool, database.app_dsn, late) as other:
        assert await other.call_next(5, actor=KEY, own_only=False, finish=True) is not None
    ended = await queue.ticket(first.id)
    assert ended.started_at == ended.finished_at == clock.now()
    assert [event.at for event in await queue.events(first.id)][-2:] == [clock.now()] * 2
    await check(pool)


async def pace_of(pool: Pool, queue: str = "U") -> list[int]:
    """Return the durations that the pace of a line is made of."""
    row = await pool.fetchrow("SELECT recent_s FROM queue_pace WHERE queue = $1", queue)
    return [] if row is None else list(row["recent_s"])


async def test_the_pace_is_learnt_only_from_services_that_were_begun_and_ended_in_time(
    pool: Pool, queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5)

    async def serve(seconds: float | None) -> None:
        """Serve the next one for so long; None: the next call both begins and ends it."""
        await queue.issue(IssueRequest(KEY, "api"))
        called = await queue.call_next(5, actor=KEY, own_only=False, finish=True)
        assert called is not None
        if seconds is None:
            await clock.advance(400)
            await queue.call_next(5, actor=KEY, own_only=False, finish=True)
            return
        await queue.act(called.id, "start", actor=KEY, any_window=True)
        await clock.advance(seconds)
        await queue.act(called.id, "finish", actor=KEY, any_window=True)

    for seconds in (None, 240.0, None, 7200.0, 7200.000_001, 360.0):
        await serve(seconds)
    assert await pace_of(pool) == [240, 7200, 360]
    await clock.advance((next_time(queue, 3, 0) - clock.now()).total_seconds() - 60)
    await serve(59)
    await clock.advance((next_time(queue, 3, 0) - clock.now()).total_seconds() - 60)
    await serve(61)
    await serve(300)
    assert await pace_of(pool) == [240, 7200, 360, 59, 300]
    await clock.advance((next_time(queue, 18, 0) - clock.now()).total_seconds())
    await serve(16 * 3600)
    assert await pace_of(pool) == [240, 7200, 360, 59, 300]
    await check(pool)


async def test_what_a_late_clock_records_is_never_earlier_than_what_was_recorded_before(
    database: Database, pool: Pool, queue: Queue, clock: ManualClock
) -> None:
    ticket = await queue.issue(IssueRequest(KEY, "kiosk"))
    await open_windows(queue, 5)
    late = Lagging(clock, timedelta(minutes=3))
    async with open_queue(pool, database.app_dsn, late) as other:
        await other.mark_paper(ticket.id, "printed", actor=KEY)
        await other.call_next(5, actor=KEY, own_only=False)
        await other.act(ticket.id, "start", actor=KEY, any_window=True)
        await other.act(ticket.id, "finish", actor=KEY, any_window=True)
        paused = await other.act_on_window(
            5, "pause", actor=KEY, actor_name="Mona", any_window=True
        )
    assert paused.state_since == clock.now()
    for table in (
        "SELECT at FROM ticket_event ORDER BY revision",
        "SELECT at FROM window_event ORDER BY revision",
    ):
        assert {row["at"] for row in await pool.fetch(table)} == {clock.now()}


class Lagging:
    """The clock of a machine that is late by a fixed time."""

    def __init__(self, clock: ManualClock, by: timedelta) -> None:
        self._clock = clock
        self._by = by

    def now(self) -> datetime:
        return self._clock.now() - self._by

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
