"""Figures that are kept are those of the events, and are made anew when one comes late."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import uuid4

import asyncpg

from core_services.database.pool import Pool
from queue_server.figures import store_figures
from queue_server.figures.aggregate import Key
from queue_server.figures.days import differences, work_out
from queue_server.figures.histogram import quantile_us
from queue_server.figures.reading import FiguresReading
from queue_server.figures.report import Named, notes_of, report_sheet
from queue_server.figures.rollup import TRIES_AGAIN_AFTER, Rollup
from queue_server.policy.body import OpeningHours, PolicyBody, Span, Targets, Week
from queue_server.policy.present import read_held
from queue_server.policy.versions import bring_into_force
from queue_server.tickets import emergency
from queue_server.tickets.acts import Queue
from queue_server.tickets.emergency import Noted
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Claim
from queue_server.tickets.opening import Hours
from queue_server.web.supervisor.chart_week import week_hours
from tests.store.test_policy_to_come import publish
from tests.store.test_window_counts import a_day
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.figures import refuse_figures_of, take_all_figures
from tests.support.queue import KEY, STAFF


def rollup_of(queue: Queue) -> Rollup:
    return Rollup(queue, lambda: 300, process_id=uuid4())


async def test_a_day_is_kept_once_it_is_over_and_is_what_its_events_say(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    day, _ = queue.today()
    await a_day(queue, clock, Random(5), 150)
    rollup = rollup_of(queue)
    await rollup.look()
    assert not await store_figures.read_kept_days(pool, 1, first=day, last=day), "it still lasts"
    await clock.advance(86400)
    await queue.keep_house()
    await rollup.look()
    kept = await store_figures.read_day(pool, 1, day=day)
    made = await work_out(queue, day, target_s=300)
    assert differences(kept, made.figures) == []
    whole = kept["all", "", -1]
    issued = await pool.fetchval("SELECT count(*) FROM ticket WHERE business_day = $1", day)
    assert whole.counted.came == issued > 20
    assert whole.wait.n > 10
    exact = await pool.fetchrow(
        """
        SELECT sum(s)::float8 AS sum, max(s) AS max,
               percentile_cont(ARRAY[0.5, 0.8, 0.9, 0.95]) WITHIN GROUP (ORDER BY s) AS quantiles
          FROM (SELECT extract(epoch FROM min(c.at) - min(i.at))::float8 AS s
                  FROM ticket_event i JOIN ticket_event c USING (centre_id, ticket_id)
                 WHERE i.event = 'issue' AND c.event = 'call' GROUP BY ticket_id) w
        """
    )
    assert exact is not None
    assert whole.wait.sum_us == round(exact["sum"] * 1e6)
    assert whole.wait.exact_us == tuple(round(s * 1e6) for s in exact["quantiles"])
    for p, s in zip((0.5, 0.8, 0.9, 0.95), exact["quantiles"], strict=True):
        assert abs((quantile_us(whole.wait.counts, p) or 0) / 1e6 - s) <= max(0.02 * s, 0.5)


async def test_a_visit_keyed_in_later_makes_its_day_again_and_is_left_out_of_waits(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    day, start = queue.today()
    await emergency.print_book(queue, for_day=day, count=50, actor=STAFF)
    await queue.issue(IssueRequest(KEY, "api"))
    await clock.advance(86400)
    await queue.keep_house()
    rollup = rollup_of(queue)
    await rollup.look()
    before = (await store_figures.read_day(pool, 1, day=day))["all", "", -1]
    assert (before.counted.came, before.counted.lapsed) == (1, 1)
    noted = Noted(
        day,
        101,
        arrived_at=start,
        outcome="served",
        window=3,
        started_at=start + timedelta(minutes=9),
        finished_at=start + timedelta(minutes=12),
    )
    claim = Claim("staff:1", "POST", "/reception/book", "n", b"n" * 32)
    await emergency.key_in(queue, noted, actor=STAFF, claim=claim)
    await rollup_of(queue).look()
    after = (await store_figures.read_day(pool, 1, day=day))["all", "", -1]
    assert (after.counted.came, after.counted.served, after.counted.recorded) == (2, 1, 1)
    assert (after.wait.n, after.walk.n, after.service.n) == (0, 0, 0)
    compared = await rollup.compare(day, repairs=False)
    assert compared.is_true


async def test_a_figure_that_somebody_changed_is_told_and_made_right(
    queue: Queue, database: Database, clock: ManualClock
) -> None:
    day, _ = queue.today()
    await queue.issue(IssueRequest(KEY, "api"))
    await clock.advance(86400)
    await queue.keep_house()
    rollup = rollup_of(queue)
    await rollup.look()
    owner = await asyncpg.connect(database.owner_dsn)
    await owner.execute("UPDATE day_figure SET served = 7 WHERE slice = 'all'")
    await owner.close()
    told = await rollup.compare(day, repairs=True)
    assert told.differences == ((("all", "", -1), "served", 7, 0),)
    assert (await rollup.compare(day, repairs=False)).is_true


async def test_a_day_that_cannot_be_worked_out_holds_up_no_other_and_is_tried_again(
    queue: Queue, pool: Pool, database: Database, clock: ManualClock
) -> None:
    days = []
    for _ in range(3):
        days.append(queue.today()[0])
        await queue.issue(IssueRequest(KEY, "api"))
        await clock.advance(86400)
        await queue.keep_house()
    await refuse_figures_of(database, days[0])
    rollup = rollup_of(queue)
    reading = FiguresReading(queue, lambda: 300, failed=lambda: rollup.failed)
    assert await rollup.look() == 2
    assert await rollup.look() == 0, "it is not tried at every look"
    told = await reading.ranged(days[0], days[2], "all")
    assert (told.days, told.missing, told.failed) == (3, 1, (days[0],))
    [note] = notes_of(told, "hour", "ar")
    assert note.startswith("تعذر حساب أرقام: ")
    await take_all_figures(database)
    await clock.advance(TRIES_AGAIN_AFTER.total_seconds())
    assert await rollup.look() == 1
    assert not rollup.failed
    assert (await reading.ranged(days[0], days[2], "all")).whole.counted.came == 3


async def test_hours_after_midnight_stand_after_the_evening_of_their_day(
    queue: Queue, clock: ManualClock
) -> None:
    day, _ = queue.today()
    zone = queue.centre.zone
    for at in (time(9, 30), time(23, 30), time(0, 30)):
        moment = datetime.combine(day + timedelta(days=at.hour < 3), at, tzinfo=zone)
        await clock.advance((moment - clock.now()).total_seconds())
        await queue.issue(IssueRequest(KEY, "api"))
    assert queue.today()[0] == day
    reading = FiguresReading(queue, lambda: 300)

    async def told() -> list[list[object]]:
        ranged = await reading.ranged(day, day, "hour")
        named = Named("", {}, "")
        sheet = report_sheet(ranged, "hour", named, title="", language="ar")
        hours = await reading.hours(day, day)
        return [
            [line.hour for line in ranged.lines],
            [row[0] for row in sheet.rows],
            [each.hour for each in hours],
            [each.hour for each in week_hours(hours, queue.centre.cut_over)],
        ]

    assert await told() == [[9, 23, 0]] * 4
    await clock.advance(86400)
    await queue.keep_house()
    assert await rollup_of(queue).look() == 1
    assert await told() == [[9, 23, 0]] * 4


async def test_one_process_at_a_time_makes_figures_and_another_takes_over_from_a_dead_one(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    one, other = uuid4(), uuid4()
    at = clock.now()
    until = at + timedelta(minutes=5)
    claim = store_figures.claim_work
    assert await claim(pool, 1, process_id=one, at=at, until=until) == 0
    assert await claim(pool, 1, process_id=other, at=at, until=until) is None
    assert await claim(pool, 1, process_id=other, at=until, until=until) == 0
    await store_figures.leave_work(pool, 1, process_id=other, seen=5)
    assert await claim(pool, 1, process_id=one, at=at, until=until) == 5


async def test_a_week_that_was_added_up_once_is_added_up_anew_when_one_of_its_days_changes(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    first, start = queue.today()
    await emergency.print_book(queue, for_day=first, count=50, actor=STAFF)
    for _ in range(5):
        await queue.issue(IssueRequest(KEY, "api"))
        await clock.advance(86_400)
        await queue.keep_house()
    rollup, reading = rollup_of(queue), FiguresReading(queue, lambda: 300)
    assert await rollup.look() == 5
    last, _ = queue.today()
    told = await reading.ranged(first, last, "queue")
    assert (told.whole.counted.came, told.days, told.missing) == (5, 5, 0)
    assert await pool.fetchval("SELECT count(*) FROM range_figure") == 2
    assert await reading.ranged(first, last, "queue") == told
    noted = Noted(
        first,
        101,
        arrived_at=start,
        outcome="served",
        window=3,
        started_at=start,
        finished_at=start,
    )
    claim = Claim("staff:1", "POST", "/reception/book", "n", b"n" * 32)
    await emergency.key_in(queue, noted, actor=STAFF, claim=claim)
    assert await rollup.look() == 1
    assert (await reading.ranged(first, last, "queue")).whole.counted.came == 6
    await reading.warm()


async def test_a_day_is_worked_out_by_the_policy_that_held_on_it(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    day, _ = queue.today()
    now = [PolicyBody()]

    async def held(of: date) -> PolicyBody:
        return await read_held(pool, queue.centre, of)

    async def hours_then(of: date) -> Hours | None:
        return (await held(of)).opening_hours()

    async def target_then(of: date) -> int:
        return (await held(of)).wait_target_s

    queue = replace(queue, hours=lambda: now[0].opening_hours(), hours_then=hours_then)
    short = OpeningHours(applies=True, week=Week(saturday=Span(opens=time(9), closes=time(10))))
    later = PolicyBody(targets=Targets(wait_minutes=5), hours=short)
    await publish(queue, now[0])
    await publish(queue, later, holds_from=day + timedelta(days=1))
    await a_day(queue, clock, Random(5), 60)
    lived = await work_out(queue, day, target_s=1800)
    await clock.advance(86400)
    await queue.keep_house()
    assert await bring_into_force(queue) == 2
    now[0] = later
    rollup = Rollup(
        queue, lambda: now[0].wait_target_s, process_id=uuid4(), target_then=target_then
    )
    await rollup.look()
    kept = await store_figures.read_kept_days(pool, 1, first=day, last=day)
    assert kept[day].target_s == 1800
    made = await store_figures.read_day(pool, 1, day=day)
    whole: Key = ("all", "", -1)
    assert made[whole].counted.idle_s == lived.figures[whole].counted.idle_s > 0
    assert (await rollup.compare(day, repairs=False)).is_true
