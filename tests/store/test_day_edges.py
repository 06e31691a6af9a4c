"""Clocks at the edges of a day: midnight, the cut-over, both changes of Cairo, 29 February."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core_services.database.pool import Pool
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Ticket
from queue_server.tickets.supervision import day_report
from tests.support.clock import ManualClock
from tests.support.queue import KEY, open_windows
from tests.support.recomputed import recomputed


async def stand_at(clock: ManualClock, at: datetime) -> None:
    """Let the time come that far; the clock of the tests begins on 22 November 2026."""
    await clock.advance((at - clock.now()).total_seconds())


async def issue(queue: Queue) -> Ticket:
    return await queue.issue(IssueRequest(KEY, "api"))


EDGES = {
    "an ordinary midnight": (datetime(2026, 12, 1, 22, 0, tzinfo=UTC), date(2026, 12, 1)),
    "the April Friday without 00:00": (
        datetime(2027, 4, 29, 22, 0, tzinfo=UTC),
        date(2027, 4, 29),
    ),
    "the October Thursday whose 23:00 comes twice": (
        datetime(2027, 10, 28, 20, 0, tzinfo=UTC),
        date(2027, 10, 28),
    ),
    "the second 23:00 of that Thursday": (
        datetime(2027, 10, 28, 21, 0, tzinfo=UTC),
        date(2027, 10, 28),
    ),
    "the night to 29 February": (datetime(2028, 2, 28, 22, 0, tzinfo=UTC), date(2028, 2, 28)),
    "the night to 1 March": (datetime(2028, 2, 29, 22, 0, tzinfo=UTC), date(2028, 2, 29)),
    "the night to the new year": (datetime(2026, 12, 31, 22, 0, tzinfo=UTC), date(2026, 12, 31)),
}
"""Moments at which the wall clock jumps or the date turns, and the business day that goes on."""


@pytest.mark.parametrize("edge", sorted(EDGES))
async def test_a_line_goes_on_over_the_edge_as_if_there_were_none(
    queue: Queue, clock: ManualClock, pool: Pool, edge: str
) -> None:
    at, day = EDGES[edge]
    await stand_at(clock, at - timedelta(minutes=20))
    await open_windows(queue, 5, 6)
    tickets = []
    for _ in range(4):
        tickets.append(await issue(queue))
        await clock.advance(600)
    assert clock.now() == at + timedelta(minutes=20)
    assert [each.label for each in tickets] == ["101", "102", "103", "104"]
    assert {each.business_day for each in tickets} == {day}
    called = await queue.call_next(5, actor=KEY, own_only=False)
    assert called is not None
    assert called.id == tickets[0].id
    await queue.act(called.id, "start", actor=KEY, any_window=True)
    parked = await journeys.park(
        queue, called.id, actor=KEY, any_window=True, reason="copy", minutes=30
    )
    assert parked.parked_until == clock.now() + timedelta(minutes=30)
    await clock.advance(1800)
    await queue.keep_house()
    assert (await queue.ticket(called.id)).state == "waiting"
    report = await day_report(queue, day)
    [everybody] = [each for each in report.waits if each.queue is None]
    assert everybody.mean_s == 2400
    assert {
        us
        for line, each in (await recomputed(pool)).durations_us.items()
        for us in each
        if line.measure == "wait"
    } == {2_400_000_000}


@pytest.mark.parametrize(
    "local_day",
    [
        date(2026, 12, 1),
        date(2027, 4, 29),
        date(2027, 10, 28),
        date(2028, 2, 28),
        date(2028, 2, 29),
    ],
)
async def test_the_day_turns_at_three_by_the_wall_clock_and_not_before(
    queue: Queue, clock: ManualClock, local_day: date
) -> None:
    zone = queue.centre.zone
    three = datetime.combine(local_day + timedelta(days=1), queue.centre.cut_over, zone)
    await stand_at(clock, three.astimezone(UTC) - timedelta(seconds=1))
    await open_windows(queue, 5)
    last = await issue(queue)
    held = await issue(queue)
    await queue.call_next(5, actor=KEY, own_only=False)
    assert last.business_day == local_day
    await clock.advance(1)
    first = await issue(queue)
    assert (first.business_day, first.label) == (local_day + timedelta(days=1), "101")
    await queue.keep_house()
    assert [(await queue.ticket(each.id)).state for each in (last, held, first)] == [
        "called",
        "lapsed",
        "waiting",
    ]
    ended = await queue.act(last.id, "no_show", actor=KEY, any_window=True)
    assert ended.business_day == local_day


@pytest.mark.parametrize(
    ("from_day", "to_day"),
    [
        (date(2028, 2, 28), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 3, 1)),
        (date(2027, 4, 29), date(2027, 5, 2)),
        (date(2027, 10, 28), date(2027, 10, 31)),
        (date(2026, 12, 31), date(2027, 1, 3)),
    ],
)
async def test_numbers_are_kept_over_leap_days_changes_of_the_clock_and_years(
    queue: Queue, clock: ManualClock, from_day: date, to_day: date
) -> None:
    await stand_at(clock, datetime(from_day.year, from_day.month, from_day.day, 10, tzinfo=UTC))
    kept = await issue(queue)
    assert await journeys.carry_over(queue, to_day, actor=KEY) == 1
    await stand_at(clock, datetime(to_day.year, to_day.month, to_day.day, 7, tzinfo=UTC))
    await queue.keep_house()
    await open_windows(queue, 5)
    await issue(queue)
    called = await queue.call_next(5, actor=KEY, own_only=False)
    assert called is not None
    assert (called.label, called.business_day, called.token) == (kept.label, to_day, kept.token)


async def test_an_undo_is_measured_in_real_seconds_when_an_hour_comes_twice(
    queue: Queue, clock: ManualClock
) -> None:
    """At 23:59:50 the wall clock goes back to 23:00: ten seconds later is ten seconds later."""
    await stand_at(clock, datetime(2027, 10, 28, 20, 59, 50, tzinfo=UTC))
    await open_windows(queue, 5)
    await issue(queue)
    called = await queue.call_next(5, actor=KEY, own_only=False)
    assert called is not None
    await clock.advance(20)
    assert (await journeys.undo(queue, called.id, actor=KEY, any_window=True)).state == "waiting"
