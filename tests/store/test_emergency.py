"""The emergency book in the database: its numbers, and visits recorded as the paper tells them."""

import asyncio
from datetime import date, datetime, timedelta

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from queue_server.tickets import emergency
from queue_server.tickets.acts import Queue
from queue_server.tickets.emergency import Noted
from queue_server.tickets.errors import (
    LabelTaken,
    NumberNotPrinted,
    UnknownService,
    UnknownWindow,
)
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.supervision import day_report
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import KEY, STAFF, open_queue, open_windows

SYSTEM = Actor("system")


def claim(key: str) -> Claim:
    return Claim("staff:1", "POST", "/reception/book", key, key.encode().ljust(32))


@pytest.fixture
async def today(queue: Queue, clock: ManualClock) -> date:
    """A day whose book is printed, three hours after the power went."""
    day = queue.today()[0]
    await emergency.print_book(queue, for_day=day, count=100, actor=STAFF)
    await clock.advance(3 * 3600)
    return day


def served(day: date, number: int, at: datetime, minutes: int = 10, window: int = 5) -> Noted:
    """A number that came two hours ago and was served so many minutes later, for five minutes."""
    came = at - timedelta(hours=2)
    return Noted(
        day=day,
        number=number,
        arrived_at=came,
        outcome="served",
        service="reconciliation",
        window=window,
        started_at=came + timedelta(minutes=minutes),
        finished_at=came + timedelta(minutes=minutes + 5),
    )


async def test_each_book_goes_on_where_the_one_before_it_ended(queue: Queue) -> None:
    day = queue.today()[0]
    books = [
        await emergency.print_book(queue, for_day=day, count=count, actor=actor)
        for count, actor in ((100, STAFF), (50, SYSTEM), (100, STAFF))
    ]
    assert [(each.number, each.first, each.last) for each in books] == [
        (1, 101, 200),
        (2, 201, 250),
        (3, 251, 350),
    ]
    assert [each.printed_by for each in books] == [STAFF.id, None, STAFF.id]
    assert await emergency.batches(queue, limit=2) == (books[2], books[1])
    assert await emergency.batch(queue, 4) is None


async def test_books_printed_at_once_share_no_number(
    database: Database, pool: Pool, queue: Queue, clock: ManualClock
) -> None:
    day = queue.today()[0]
    async with open_queue(pool, database.app_dsn, clock) as other, asyncio.TaskGroup() as tasks:
        made = [
            tasks.create_task(emergency.print_book(each, for_day=day, count=100, actor=STAFF))
            for each in (queue, other) * 4
        ]
    firsts = sorted(each.result().first for each in made)
    assert firsts == list(range(101, 901, 100))


async def test_the_numbers_begin_again_after_the_last_of_four_digits(queue: Queue) -> None:
    day = queue.today()[0]
    for nth in range(9):
        last = await emergency.print_book(
            queue, for_day=day + timedelta(days=nth), count=1000, actor=STAFF
        )
    assert (last.first, last.last) == (8101, 9100)
    again = await emergency.print_book(
        queue, for_day=day + timedelta(days=9), count=1000, actor=STAFF
    )
    assert (again.number, again.first, again.last) == (10, 101, 1100)


async def test_a_printed_book_is_an_event_of_the_chain(queue: Queue, pool: Pool) -> None:
    await emergency.print_book(queue, for_day=queue.today()[0], count=100, actor=STAFF)
    row = await pool.fetchrow("SELECT event, actor_id, detail FROM emergency_event")
    assert row is not None
    assert (row["event"], row["actor_id"]) == ("printed", STAFF.id)
    assert row["detail"] == {
        "for_day": queue.today()[0].isoformat(),
        "first": 101,
        "last": 200,
    }
    verdict = await verify(pool, 1)
    assert verdict.is_whole
    assert verdict.revision == 1


async def test_a_served_number_is_recorded_at_the_times_of_the_paper(
    queue: Queue, pool: Pool, clock: ManualClock, today: date
) -> None:
    line = served(today, 103, clock.now())
    ticket = await emergency.key_in(queue, line, actor=STAFF, claim=claim("one"))
    assert (ticket.label, ticket.state, ticket.channel) == ("T103", "finished", "emergency")
    assert (ticket.window, ticket.service, ticket.paper) == (5, "reconciliation", "printed")
    assert (ticket.arrived_at, ticket.issued_at) == (line.arrived_at, line.arrived_at)
    assert (ticket.started_at, ticket.finished_at) == (line.started_at, line.finished_at)
    events = await queue.events(ticket.id)
    assert [(event.event, event.at) for event in events] == [
        ("issue", line.arrived_at),
        ("call", line.started_at),
        ("start", line.started_at),
        ("finish", line.finished_at),
    ]
    rows = await pool.fetch("SELECT detail FROM ticket_event ORDER BY revision")
    assert {row["detail"]["recorded"] for row in rows} == {True}
    told = {datetime.fromisoformat(row["detail"]["reported_at"]) for row in rows}
    assert told == {clock.now()}
    assert (await verify(pool, 1)).is_whole


async def test_a_recorded_visit_counts_in_the_days_figures_and_stands_on_no_screen(
    queue: Queue, pool: Pool, clock: ManualClock, today: date
) -> None:
    line = served(today, 103, clock.now(), minutes=20)
    await emergency.key_in(queue, line, actor=STAFF, claim=claim("one"))
    hall = await queue.hall()
    assert hall.calls == ()
    assert hall.waiting == 0
    report = await day_report(queue, today)
    assert (report.counts.issued, report.counts.finished) == (1, 1)
    assert report.waits == (), "a pen's times are no wait that anybody measured"


async def test_who_waits_gets_the_place_that_their_arrival_gives(
    queue: Queue, clock: ManualClock, today: date
) -> None:
    printed = await emergency.key_in(
        queue,
        Noted(today, 104, clock.now() - timedelta(hours=1), "waiting", service="reconciliation"),
        actor=STAFF,
        claim=claim("late"),
    )
    earlier = await emergency.key_in(
        queue,
        Noted(today, 103, clock.now() - timedelta(hours=2), "waiting", service="reconciliation"),
        actor=STAFF,
        claim=claim("early"),
    )
    assert (printed.state, earlier.state) == ("waiting", "waiting")
    await open_windows(queue, 5, 6)
    called = [await queue.call_next(window, actor=KEY, own_only=False) for window in (5, 6)]
    assert [each and each.label for each in called] == ["T103", "T104"]


async def test_who_left_is_cancelled_at_the_moment_of_keying(
    queue: Queue, clock: ManualClock, today: date
) -> None:
    line = Noted(today, 105, clock.now() - timedelta(hours=2), "left")
    ticket = await emergency.key_in(queue, line, actor=STAFF, claim=claim("left"))
    assert (ticket.state, ticket.window) == ("cancelled", None)
    issue, cancel = await queue.events(ticket.id)
    assert (issue.at, cancel.at, cancel.reason) == (line.arrived_at, clock.now(), "left")


async def test_a_number_is_keyed_in_once_and_the_second_time_names_the_first(
    queue: Queue, clock: ManualClock, today: date
) -> None:
    line = served(today, 103, clock.now())
    first = await emergency.key_in(queue, line, actor=STAFF, claim=claim("one"))
    for another in (
        line,
        Noted(today, 103, clock.now(), "waiting"),
        Noted(today, 103, clock.now(), "left"),
    ):
        with pytest.raises(LabelTaken) as refused:
            await emergency.key_in(queue, another, actor=STAFF, claim=claim(another.outcome))
        assert refused.value.ticket == str(first.id)
        assert (refused.value.label, refused.value.state) == ("T103", "finished")
    assert len(await queue.tickets()) == 1


async def test_the_same_press_sent_again_is_the_same_ticket(
    queue: Queue, clock: ManualClock, today: date
) -> None:
    for number, outcome in ((103, "served"), (104, "waiting"), (105, "left")):
        line = served(today, number, clock.now())
        if outcome != "served":
            line = Noted(today, number, line.arrived_at, outcome)  # type: ignore[arg-type]
        twice = [
            (await emergency.key_in(queue, line, actor=STAFF, claim=claim(outcome))).id
            for _ in range(2)
        ]
        assert len(set(twice)) == 1, outcome
    assert len(await queue.tickets()) == 3


async def test_a_book_printed_yesterday_is_used_today_and_its_slips_once(
    queue: Queue, clock: ManualClock, today: date
) -> None:
    first = await emergency.key_in(
        queue, served(today, 103, clock.now()), actor=STAFF, claim=claim("one")
    )
    await clock.advance(24 * 3600)
    tomorrow = queue.today()[0]
    assert tomorrow == today + timedelta(days=1)
    with pytest.raises(LabelTaken) as refused:
        await emergency.key_in(
            queue, served(tomorrow, 103, clock.now()), actor=STAFF, claim=claim("two")
        )
    assert refused.value.ticket == str(first.id)
    later = await emergency.key_in(
        queue, served(tomorrow, 104, clock.now()), actor=STAFF, claim=claim("three")
    )
    assert later.business_day == tomorrow
    [book] = await emergency.batches(queue, limit=5)
    assert book.used == 2


async def test_what_no_book_has_or_the_centre_has_not_is_refused_and_leaves_nothing(
    queue: Queue, clock: ManualClock, today: date
) -> None:
    at = clock.now()
    with pytest.raises(NumberNotPrinted):
        await emergency.key_in(queue, served(today, 201, at), actor=STAFF, claim=claim("a"))
    with pytest.raises(UnknownWindow):
        await emergency.key_in(
            queue, served(today, 103, at, window=100), actor=STAFF, claim=claim("b")
        )
    unknown = Noted(today, 103, at, "left", service="no-such")
    with pytest.raises(UnknownService):
        await emergency.key_in(queue, unknown, actor=STAFF, claim=claim("c"))
    assert await queue.tickets() == ()


async def test_the_times_on_paper_teach_the_pace_and_the_walks_nothing(
    queue: Queue, pool: Pool, clock: ManualClock, today: date
) -> None:
    await open_windows(queue, 5)
    await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    called = await queue.call_next(5, actor=KEY, own_only=False)
    assert called is not None
    await clock.advance(40)
    await queue.act(called.id, "start", actor=KEY, any_window=True)
    await clock.advance(200)
    await queue.act(called.id, "finish", actor=KEY, any_window=True)
    for number in range(101, 104):
        noted = served(today, number, clock.now(), minutes=5)
        await emergency.key_in(queue, noted, actor=STAFF, claim=claim(f"{number}"))
    row = await pool.fetchrow("SELECT recent_s FROM queue_pace WHERE queue = 'U'")
    assert row is not None
    assert row["recent_s"] == [200]
    walks = await pool.fetchrow(
        "SELECT sum(n) AS n, sum(sum_us) AS us FROM duration_rollup WHERE measure = 'walk'"
    )
    assert walks is not None
    assert (walks["n"], walks["us"]) == (1, 40_000_000)
