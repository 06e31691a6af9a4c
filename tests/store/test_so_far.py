"""Today as it was read so far is what reading all of it tells, however it was read."""

from dataclasses import replace
from datetime import time
from random import Random
from uuid import uuid4

import asyncpg

from core_services.database.pool import Pool
from queue_server.figures.days import WorkedOut, differences, work_out
from queue_server.tickets import journeys, windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.course import course_of
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.so_far import SoFar
from queue_server.tickets.supervision import day_report
from tests.store.test_window_counts import WINDOWS, a_day, until, with_hours
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.day_report import read_day_report
from tests.support.queue import KEY, STAFF

TARGET_S = 300


def anew(queue: Queue) -> Queue:
    """The same queue in a process that has read nothing yet."""
    return replace(queue, so_far=SoFar())


async def assert_told_alike(queue: Queue, before: WorkedOut | None = None) -> WorkedOut:
    """Assert that the queue tells of today what one tells that reads all of it now."""
    whole = anew(queue)
    day, _ = queue.today()
    assert (await queue.so_far.traces(queue)).of == (await whole.so_far.traces(whole)).of
    assert await day_report(queue) == await day_report(whole)
    assert await windows.counts_of_day(queue) == await windows.counts_of_day(whole)
    assert await windows.idle_of_day(queue) == await windows.idle_of_day(whole)
    course, other = await course_of(queue, day), await course_of(whole, day)
    assert (course.flows, course.last_s) == (other.flows, other.last_s)
    assert {*course.visits} == {*other.visits}
    made = await work_out(queue, day, target_s=TARGET_S, before=before)
    at_once = await work_out(whole, day, target_s=TARGET_S)
    assert (made.lives, made.revision) == (at_once.lives, at_once.revision)
    assert differences(made.figures, at_once.figures) == []
    return made


async def test_a_day_that_is_read_as_it_goes_is_the_day_that_is_read_at_once(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    day, _ = queue.today()
    chance, made = Random(11), None
    for _ in range(14):
        await a_day(queue, clock, chance, 12)
        made = await assert_told_alike(queue, made)
    assert made is not None
    assert len(made.lives) > 50
    assert sum(each.served for each in await windows.counts_of_day(queue)) > 10
    told, by_sql = await day_report(queue), await read_day_report(pool, 1, day=day)
    assert (told.counts, told.wait_bands) == (by_sql.counts, by_sql.wait_bands)


async def test_an_act_that_is_taken_back_after_it_was_read_counts_no_more(
    queue: Queue, clock: ManualClock
) -> None:
    await queue.act_on_window(1, "open", actor=STAFF, actor_name="x", any_window=False)
    ticket = await queue.issue(IssueRequest(KEY, "reception"))
    made = None
    for _ in range(2):  # the call is taken back, then the finish
        await queue.call_next(1, actor=STAFF, own_only=True)
        if made is not None:
            await queue.act(ticket.id, "start", actor=STAFF, any_window=False, window=1)
            await queue.act(ticket.id, "finish", actor=STAFF, any_window=False, window=1)
            made = await assert_told_alike(queue, made)
            [counts] = await windows.counts_of_day(queue)
            assert (counts.served, (await day_report(queue)).counts.finished) == (1, 1)
        made = await assert_told_alike(queue, made)
        await clock.advance(5)
        await journeys.undo(queue, ticket.id, actor=STAFF, any_window=False)
        made = await assert_told_alike(queue, made)
        [counts] = await windows.counts_of_day(queue)
        assert (counts.served, (await day_report(queue)).counts.finished) == (0, 0)
    assert counts.undos == 2
    assert (await day_report(queue)).counts.called == 1


async def test_a_day_is_read_again_from_its_beginning_where_it_is_walked_by_other_rules(
    queue: Queue, clock: ManualClock, database: Database
) -> None:
    await clock.advance(until(queue, 9))
    await a_day(queue, clock, Random(3), 40)
    await assert_told_alike(queue)
    shut = with_hours(queue, time(9, 10), time(9, 15))
    assert shut.so_far is queue.so_far
    await assert_told_alike(shut)
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        await owner.execute("DELETE FROM work_profile_queue WHERE profile = 'rare'")
        await assert_told_alike(queue)
        await owner.execute("UPDATE centre_head SET epoch = $1", uuid4())
    finally:
        await owner.close()
    await assert_told_alike(queue)
    await clock.advance(86400)
    await queue.keep_house()
    assert {each.served for each in await windows.counts_of_day(queue)} == {0}
    assert (await day_report(queue)).counts.issued == 0


async def test_whoever_has_not_looked_for_long_catches_up(queue: Queue, clock: ManualClock) -> None:
    for number, actor in WINDOWS.items():
        await queue.act_on_window(number, "open", actor=actor, actor_name="x", any_window=False)
    made = await assert_told_alike(queue)
    for _ in range(480):
        await queue.issue(IssueRequest(KEY, "api"))
    await clock.advance(90)
    made = await assert_told_alike(queue, made)
    assert len(made.lives) == 480
