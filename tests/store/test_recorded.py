"""What windows served on paper while the server was dead, written down afterwards."""

from datetime import datetime
from uuid import uuid4

import pytest

from core_services.audit.verify import verify
from core_services.calendar import day_bounds
from core_services.database.pool import Pool
from queue_server.figures.days import work_out
from queue_server.figures.rollup import Rollup
from queue_server.tickets import emergency, windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.emergency import Noted, Outcome
from queue_server.tickets.errors import LabelNotGiven, LabelTaken
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Claim, Ticket
from queue_server.tickets.supervision import day_report
from tests.support.clock import ManualClock
from tests.support.cut_off import MINUTE, CutOff, a_cut_off_kiosk, events_of
from tests.support.queue import KEY, STAFF, open_windows


@pytest.fixture
async def kiosk(queue: Queue) -> CutOff:
    return await a_cut_off_kiosk(queue)


@pytest.fixture
def now(clock: ManualClock) -> datetime:
    return clock.now()


async def write_down(
    queue: Queue, series: str, number: int, came: datetime, outcome: Outcome = "served"
) -> Ticket:
    """Key in that a slip was served at window 5 ten minutes after it came, for five minutes."""
    key = f"{series}{number}-{uuid4()}"
    is_served = outcome == "served"
    return await emergency.key_in(
        queue,
        Noted(
            day=queue.today()[0],
            series=series,
            number=number,
            arrived_at=came,
            outcome=outcome,
            service="collection",
            window=5 if is_served else None,
            started_at=came + 10 * MINUTE if is_served else None,
            finished_at=came + 15 * MINUTE if is_served else None,
        ),
        actor=STAFF,
        claim=Claim("staff:1", "POST", "/reception/book", key, key.encode().ljust(32)),
    )


async def test_a_slip_that_nobody_heard_of_is_written_down_and_its_kiosks_word_merges(
    queue: Queue, pool: Pool, kiosk: CutOff, now: datetime
) -> None:
    came = now - 60 * MINUTE
    ticket = await write_down(queue, "K", 101, came)
    assert (ticket.label, ticket.state, ticket.channel) == ("K101", "finished", "adopted")
    merged = await kiosk.deliver(101, came + MINUTE, priority="infant")
    assert (merged.id, merged.state, merged.service) == (ticket.id, "finished", "collection")
    assert (merged.priority, merged.finished_at) == ("infant", came + 15 * MINUTE)
    left = await write_down(queue, "K", 102, came, "left")
    assert left.state == "cancelled"
    assert (await kiosk.deliver(102, came)).id == left.id
    waits = await write_down(queue, "K", 103, came, "waiting")
    assert (waits.state, waits.arrived_at) == ("waiting", came)
    assert (await kiosk.deliver(103, came - MINUTE)).rank_at == came
    keyed_in = await emergency.keyed_in(queue, day=queue.today()[0], limit=5)
    assert sorted(each.label for each in keyed_in) == ["K101", "K102", "K103"]
    assert (await queue.hall()).waiting == 1
    assert (await verify(pool, 1)).is_whole


async def test_a_number_that_its_kiosk_delivered_before_is_ended_as_the_paper_says(
    queue: Queue, pool: Pool, kiosk: CutOff, now: datetime
) -> None:
    await open_windows(queue, 5)
    came = now - 60 * MINUTE
    ticket = await kiosk.deliver(101, came)
    ended = await write_down(queue, "K", 101, came)
    assert (ended.id, ended.state, ended.window) == (ticket.id, "finished", 5)
    assert (ended.started_at, ended.finished_at) == (came + 10 * MINUTE, came + 15 * MINUTE)
    assert ended.service == "reconciliation"
    assert await events_of(pool, ticket) == [
        ("issue", "unconfirmed", now),
        ("confirm", "waiting", now),
        ("call", "called", came + 10 * MINUTE),
        ("start", "serving", came + 10 * MINUTE),
        ("finish", "finished", came + 15 * MINUTE),
    ]
    hall = await queue.hall()
    assert (hall.waiting, hall.calls) == (0, ())
    assert (await verify(pool, 1)).is_whole


@pytest.mark.parametrize("outcome", ["served", "left"])
async def test_a_printed_number_of_before_the_death_leaves_the_line(
    queue: Queue, pool: Pool, clock: ManualClock, outcome: Outcome
) -> None:
    await open_windows(queue, 6)
    came = clock.now()
    ticket = await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    await clock.advance(3600)
    ended = await write_down(queue, "", 101, came, outcome)
    assert ended.id == ticket.id
    assert ended.state == ("finished" if outcome == "served" else "cancelled")
    assert (await queue.hall()).waiting == 0
    waits = await pool.fetchval("SELECT count(*) FROM duration_rollup WHERE measure = 'wait'")
    assert waits == 0
    assert await pool.fetchval("SELECT count(*) FROM queue_pace") == 0
    assert all(count.served == 0 for count in await windows.counts_of_day(queue))
    assert (await day_report(queue)).waits == ()


async def test_nobody_seems_to_wait_at_a_window_that_served_them_on_paper(
    queue: Queue, clock: ManualClock
) -> None:
    came = clock.now()
    await queue.issue(IssueRequest(KEY, "api"))
    await clock.advance(3600)
    await write_down(queue, "", 101, came)
    await open_windows(queue, 5, actor=STAFF)
    await clock.advance(1800)
    assert [count.idle_s for count in await windows.counts_of_day(queue)] == [0]


async def test_a_number_that_missed_a_call_from_the_screens_was_served_all_the_same(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    came = clock.now()
    ticket = await queue.issue(IssueRequest(KEY, "api"))
    await clock.advance(3600)
    await queue.call_next(5, actor=KEY, own_only=False)
    await queue.act(ticket.id, "no_show", actor=KEY, any_window=True)
    ended = await write_down(queue, "", 101, came)
    assert (ended.state, ended.service) == ("finished", "collection")
    assert (await queue.hall()).waiting == 0
    assert (await verify(pool, 1)).is_whole


async def test_a_number_that_has_come_further_is_told_of(queue: Queue, clock: ManualClock) -> None:
    came = clock.now()
    await queue.issue(IssueRequest(KEY, "api"))
    await clock.advance(3600)
    await write_down(queue, "", 101, came)
    for outcome in ("served", "left", "waiting"):
        with pytest.raises(LabelTaken):
            await write_down(queue, "", 101, came, outcome)
    with pytest.raises(LabelNotGiven):
        await write_down(queue, "", 902, came)


async def test_figures_of_a_day_agree_after_its_numbers_came_late(
    queue: Queue, kiosk: CutOff, clock: ManualClock, now: datetime
) -> None:
    day = queue.today()[0]
    await queue.issue(IssueRequest(KEY, "api"))
    await write_down(queue, "", 101, now - 20 * MINUTE)
    await write_down(queue, "K", 105, now - 60 * MINUTE)
    await kiosk.deliver(101, now - 30 * MINUTE)
    rollup = Rollup(queue, lambda: 300, process_id=uuid4())
    _, ends = day_bounds(day, queue.centre.zone, queue.centre.cut_over)
    await clock.advance((ends - now).total_seconds() + 3600)
    await queue.keep_house()
    await rollup.look()
    for number, mark in ((102, "printed"), (105, "printed"), (106, "failed")):
        await kiosk.deliver(number, now + MINUTE, day=day, mark=mark)
    await clock.advance(120)
    await rollup.look()
    assert (await rollup.compare(day, repairs=False)).is_true
    whole = (await work_out(queue, day, target_s=300)).figures["all", "", -1].counted
    assert (whole.came, whole.served, whole.lapsed, whole.void) == (4, 2, 2, 1)
    assert whole.marked == 3
