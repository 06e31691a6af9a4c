"""The book of alarms: an entry for each time, by whichever process, and who has seen it."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from core_services.devices.model import Beat
from core_services.devices.register import add_device
from core_services.devices.store_presence import list_devices, note_beat
from queue_server.alarms.book import MACHINES_RETURN, AlarmBook
from queue_server.alarms.errors import UnknownEpisode
from queue_server.alarms.model import Finding
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Claim
from queue_server.web.supervisor.alarms import alarms
from queue_server.web.supervisor.devices import device_rows
from queue_server.web.supervisor.room import LOOK_EVERY_S, Room
from queue_server.web.supervisor.watch import DeviceWatch
from tests.support.clock import ManualClock
from tests.support.queue import KEY, OTHER, STAFF, open_windows

PROCESS = uuid4()
PAPER = Finding("paper-out", "K1", is_grave=True, facts={"device": "K1"})
WAIT = Finding("wait-over", "unified", level=0, facts={"waiting": 40})


async def events(pool: Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch("SELECT event, subject FROM alarm_event ORDER BY revision")
    return [(row["event"], row["subject"]) for row in rows]


async def look(book: AlarmBook, clock: ManualClock, *findings: Finding, seconds: float) -> None:
    """Look at the beginning of some seconds and at their end."""
    await book.enter(findings)
    await clock.advance(seconds)
    await book.enter(findings)


async def test_an_alarm_is_entered_once_seen_once_and_cleared_once(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    book = AlarmBook(queue)
    await look(book, clock, PAPER, seconds=2)
    [entered] = await book.open()
    assert (entered.kind, entered.subject, entered.is_grave) == ("paper-out", "K1", True)
    assert entered.facts == {"device": "K1"}
    claim = Claim("staff", "POST", "/x", "k", b"x" * 32)
    await clock.advance(30)
    for _ in range(2):
        seen = await book.acknowledge(entered.id, actor=STAFF, claim=claim)
    assert (await book.acknowledge(entered.id, actor=OTHER)).acknowledged_by == STAFF.id
    assert seen.is_quiet
    await look(book, clock, seconds=10)
    assert await book.open() == ()
    assert not (await book.acknowledge(entered.id, actor=OTHER)).is_open
    assert [event for event, _ in await events(pool)] == ["raised", "acknowledged", "cleared"]
    [over] = await book.of_day(queue.today()[0], limit=10)
    assert over.seconds(clock.now()) == 40
    assert (await verify(pool, 1)).is_whole


async def test_two_processes_that_see_the_same_enter_it_once(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    first, second = AlarmBook(queue), AlarmBook(queue)
    for book in (first, second):
        await book.enter([PAPER])
    await clock.advance(3)
    for book in (first, second):
        await book.enter([PAPER])
    await clock.advance(1)
    for book in (first, second):
        await book.enter([])
    await clock.advance(10)
    for book in (first, second):
        await book.enter([])
    assert await events(pool) == [("raised", "K1"), ("cleared", "K1")]


async def test_what_grows_worse_asks_for_a_person_again(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    book = AlarmBook(queue)
    await look(book, clock, WAIT, seconds=5)
    [entered] = await book.open()
    await book.acknowledge(entered.id, actor=STAFF)
    await look(book, clock, WAIT, seconds=5)
    assert (await book.open())[0].is_quiet
    await book.enter([replace(WAIT, level=1, facts={"waiting": 60})])
    [worse] = await book.open()
    assert (worse.is_quiet, worse.level, worse.facts) == (False, 1, {"waiting": 60})
    assert worse.worse_at == clock.now()
    assert [event for event, _ in await events(pool)] == ["raised", "acknowledged", "worse"]


async def test_whoever_took_it_up_in_its_own_way_has_seen_it(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    book = AlarmBook(queue)
    fault = Finding("fault", str(uuid4()), facts={"window": 5, "category": "printer"})
    await book.enter([fault])
    assert not (await book.open())[0].is_quiet
    await clock.advance(20)
    await book.enter([replace(fault, seen_by=STAFF.id)])
    [entered] = await book.open()
    assert (entered.acknowledged_by, entered.acknowledged_at) == (STAFF.id, clock.now())


async def test_machines_that_return_to_a_server_that_just_started_are_no_alarm(
    queue: Queue, clock: ManualClock
) -> None:
    silent, book = Finding("device-down", "D1", is_grave=True), AlarmBook(queue)
    await look(book, clock, silent, seconds=MACHINES_RETURN.total_seconds() - 1)
    assert await book.open() == ()
    await clock.advance(1)
    await book.enter([silent])
    assert [each.subject for each in await book.open()] == ["D1"]


@pytest.mark.parametrize("looks", [1, 2])
@pytest.mark.parametrize("after_s", [0.02, 0.5, 0.98])
async def test_a_machine_that_fell_silent_is_in_the_book_within_ten_seconds(
    queue: Queue, clock: ManualClock, looks: int, after_s: float
) -> None:
    pool = queue.pool
    added = await add_device(
        pool, centre_id=1, kind="kiosk", name="K1", actor=Actor("system"), at=clock.now()
    )

    async def findings() -> list[Finding]:
        at = clock.now()
        rows = device_rows(await list_devices(pool, centre_id=1, at=at), at=at)
        found = alarms(at=at, tiles=(), queues=(), devices=rows, help_calls=())
        return [each.finding for each in found]

    async def speak() -> datetime:
        await note_beat(pool, added.device, Beat("0.1.0"), process_id=PROCESS, at=clock.now())
        return clock.now()

    book = AlarmBook(queue)
    watch = DeviceWatch(pool, clock, centre_id=1, on_change=lambda: None)
    room = Room(findings, book, watch)
    await speak()
    for nth in range(40 + looks):
        await room.look()
        await clock.advance(LOOK_EVERY_S)
        if nth % 5 == 0:
            await speak()
    assert await book.open() == ()
    await room.look()
    await clock.advance(after_s)
    heard_at = await speak()
    await clock.advance(LOOK_EVERY_S - after_s)
    while not (found := await book.open()):
        await room.look()
        await clock.advance(LOOK_EVERY_S)
    assert (found[0].kind, found[0].subject) == ("device-down", "K1")
    assert 9 < (found[0].raised_at - heard_at).total_seconds() < 10


async def test_an_alarm_that_never_was_cannot_be_seen(queue: Queue) -> None:
    with pytest.raises(UnknownEpisode):
        await AlarmBook(queue).acknowledge(uuid4(), actor=STAFF)


async def test_a_day_is_read_in_parts_the_newest_first(queue: Queue, clock: ManualClock) -> None:
    book = AlarmBook(queue)
    for n in range(5):
        await book.enter([Finding("help", f"call {n}")])
        await clock.advance(1)
        await book.enter([])
    day = queue.today()[0]
    first = await book.of_day(day, limit=3)
    rest = await book.of_day(day, before=first[-1].id, limit=3)
    assert [each.subject for each in (*first, *rest)] == [f"call {n}" for n in (4, 3, 2, 1, 0)]
    assert await book.of_day(day - timedelta(days=1), limit=3) == ()


async def test_those_in_line_beyond_the_target_are_counted_by_line(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    for _ in range(3):
        await queue.issue(IssueRequest(actor=KEY, channel="api"))
        await clock.advance(600)
    await queue.call_next(5, actor=STAFF, own_only=True)
    assert await AlarmBook(queue).waiting_longer(900) == {"U": 1}
    assert await AlarmBook(queue).waiting_longer(3600) == {}
