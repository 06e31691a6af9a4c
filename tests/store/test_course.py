"""A day's course, as charts show it, is what the events say: first calls that held, a full hall."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from core_services.database.pool import Pool
from queue_server.figures.days import lives_on
from queue_server.tickets import windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.course import course_of, levels, paces
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.journeys import undo
from queue_server.tickets.window_counts import whole_seconds
from tests.store.test_window_counts import a_day
from tests.support.clock import ManualClock
from tests.support.queue import KEY, STAFF

IN_LINE = ("unconfirmed", "waiting")
IN_HALL = (*IN_LINE, "called")


async def full_at(pool: Pool, at: datetime) -> tuple[int, int]:
    """Return who stood in line and who was in the hall at a moment, from each last state."""
    rows = await pool.fetch(
        "SELECT DISTINCT ON (ticket_id) to_state FROM ticket_event WHERE at <= $1"
        " ORDER BY ticket_id, revision DESC",
        at,
    )
    states = Counter(row["to_state"] for row in rows)
    return sum(states[each] for each in IN_LINE), sum(states[each] for each in IN_HALL)


async def test_a_course_is_what_the_events_say_at_every_moment_it_tells(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    await a_day(queue, clock, Random(20261129), 160)
    # A call that is taken back is none: the wait goes on until the next.
    await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    [one] = [each for each in (await queue.hall()).windows if each.number == 1]
    if one.ticket is not None:
        for act in ["start", "finish"] if one.ticket.state == "called" else ["finish"]:
            await queue.act(one.ticket.id, act, actor=STAFF, any_window=True, window=1)  # type: ignore[arg-type]
    elif one.state != "open":
        await queue.act_on_window(1, "open", actor=STAFF, actor_name="x", any_window=False)
    await windows.set_profile(queue, 1, profile="unified", actor=STAFF)
    called = await queue.call_next(1, actor=STAFF, own_only=True)
    assert called is not None
    await clock.advance(5)
    await undo(queue, called.id, actor=STAFF, any_window=True, window=1)
    await clock.advance(400)

    day, now = queue.today()
    course = await course_of(queue, day)
    told = levels(course, zone=UTC, now=now)
    assert (told[0].line, told[0].hall) == (0, 0)
    assert told[-1].at == now
    assert len(told) > 12
    for level in told:
        assert (level.line, level.hall) == await full_at(pool, level.at), level.at

    lives, _ = await lives_on(queue, day)
    measured = Counter(life.wait_us for life in lives)
    assert Counter(visit.wait_us for visit in course.visits) == measured
    assert len(measured) > 20
    rhythm = paces(course.visits, zone=UTC)
    assert sum(each.came for each in rhythm) == len(lives)
    assert sum(each.called for each in rhythm) == sum(bool(life.stays) for life in lives)


async def test_a_course_of_one_queue_or_service_is_its_part_of_the_whole(
    queue: Queue, clock: ManualClock
) -> None:
    await a_day(queue, clock, Random(5), 60)
    day, _ = queue.today()
    whole = await course_of(queue, day)
    parts = [
        await course_of(queue, day, of_service=service)
        for service in ("reconciliation", "collection")
    ]
    assert sorted(v.issued_us for part in parts for v in part.visits) == sorted(
        visit.issued_us for visit in whole.visits
    )
    of_queues = [await course_of(queue, day, of_queue=name) for name in await pool_queues(queue)]
    assert sum(len(part.visits) for part in of_queues) == len(whole.visits)
    assert (await course_of(queue, day, of_service="nothing")).visits == ()


async def pool_queues(queue: Queue) -> list[str]:
    rows = await queue.pool.fetch("SELECT code FROM queue")
    return [row["code"] for row in rows]


async def test_a_day_that_is_over_ends_with_the_last_act_not_with_numbers_that_lapse(
    queue: Queue, clock: ManualClock
) -> None:
    await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    day, last = queue.today()
    await clock.advance(86_400)
    await queue.keep_house()
    course = await course_of(queue, day)
    told = levels(course, zone=UTC, now=None)
    assert told[-1].at <= last + timedelta(seconds=1)
    assert (told[-1].line, told[-1].hall) == (1, 1)
    assert (await course_of(queue, queue.today()[0])).flows == ()


async def test_idle_spans_are_the_idle_seconds_that_are_counted(
    queue: Queue, clock: ManualClock
) -> None:
    await a_day(queue, clock, Random(20261122), 120)
    await clock.advance(300)
    counted: Counter[int] = Counter()
    for each in await windows.counts_of_day(queue):
        counted[each.window] += each.idle_s
    spans = await windows.idle_of_day(queue)
    assert set(spans) == set(counted)
    for window, found in spans.items():
        assert counted[window] == sum(
            whole_seconds(sum((end - start for start, end in of_one), timedelta()))
            for of_one in found
        )
        assert all(list(of_one) == sorted(of_one) for of_one in found)
    assert any(counted.values())
