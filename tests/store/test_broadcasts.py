"""Messages to the hall: sent and ended once, told by every process, gone at their time."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from core_services.audit.verify import verify
from core_services.database.errors import DatabaseGone
from core_services.database.pool import Pool
from core_services.devices.register import add_device
from queue_server.broadcasts.broadcasts import Broadcasts
from queue_server.broadcasts.errors import UnknownBroadcast
from queue_server.broadcasts.model import GLASSES, Broadcast, Wording
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor, Claim
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.queue import OTHER, STAFF

QUIET = Wording("notice", "برجاء الهدوء.", "Quiet please.", ("board", "phone"))
LEAVE = Wording("emergency", "اخرجوا بهدوء.", "", GLASSES, "leave-hall", calls_go_on=False)


class Process:
    """A server process, and what it told its screens."""

    def __init__(self, queue: Queue) -> None:
        self.told: list[tuple[str, ...]] = []
        self.broadcasts = Broadcasts(queue, on_change=self._tell)

    def _tell(self, shown: tuple[Broadcast, ...]) -> None:
        self.told.append(tuple(each.text_ar for each in shown))


async def events(pool: Pool) -> list[tuple[str, str]]:
    rows = await pool.fetch("SELECT event, kind FROM broadcast_event ORDER BY revision")
    return [(row["event"], row["kind"]) for row in rows]


async def test_a_message_is_sent_once_for_its_key_and_ended_once(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    ours = Process(queue)
    claim = Claim("staff", "POST", "/supervisor/broadcast", "k", b"x" * 32)
    sent = await ours.broadcasts.send(QUIET, actor=STAFF, claim=claim)
    again = await ours.broadcasts.send(QUIET, actor=STAFF, claim=claim)
    assert again.id == sent.id
    assert [each.id for each in await ours.broadcasts.now()] == [sent.id]
    await clock.advance(60)
    ended = await ours.broadcasts.end(sent.id, actor=OTHER)
    assert (ended.ended_at, ended.ended_by) == (clock.now(), OTHER.id)
    assert (await ours.broadcasts.end(sent.id, actor=STAFF)).ended_by == OTHER.id
    assert ours.told == [("برجاء الهدوء.",), ()]
    assert await events(pool) == [("sent", "notice"), ("ended", "notice")]
    assert (await verify(pool, 1)).is_whole


async def test_every_process_tells_what_any_of_them_was_told(queue: Queue) -> None:
    ours, other = Process(queue), Process(queue)
    await ours.broadcasts.send(LEAVE, actor=STAFF)
    await other.broadcasts.look()
    assert other.told == ours.told == [("اخرجوا بهدوء.",)]
    restarted = Process(queue)
    await restarted.broadcasts.look()
    assert restarted.told == ours.told


async def test_a_message_begins_and_ends_by_itself(queue: Queue, clock: ManualClock) -> None:
    ours, now = Process(queue), clock.now()
    later = replace(
        QUIET, starts_at=now + timedelta(minutes=5), ends_at=now + timedelta(minutes=25)
    )
    sent = await ours.broadcasts.send(later, actor=STAFF)
    assert ours.told == []
    assert [each.id for each in await ours.broadcasts.open()] == [sent.id]
    for _ in range(3):
        await clock.advance(300)
        await ours.broadcasts.look()
    assert ours.told == [("برجاء الهدوء.",)]
    await clock.advance(600)
    await ours.broadcasts.look()
    assert ours.told[-1] == ()
    assert await ours.broadcasts.open() == ()


async def test_a_new_emergency_takes_the_place_of_the_one_before(queue: Queue, pool: Pool) -> None:
    ours = Process(queue)
    first = await ours.broadcasts.send(LEAVE, actor=STAFF)
    await ours.broadcasts.send(QUIET, actor=STAFF)
    await ours.broadcasts.send(replace(LEAVE, text_ar="ابقوا بالداخل."), actor=OTHER)
    assert ours.told[-1] == ("ابقوا بالداخل.", "برجاء الهدوء.")
    assert (await ours.broadcasts.one(first.id)).ended_by == OTHER.id
    assert await events(pool) == [
        ("sent", "emergency"),
        ("sent", "notice"),
        ("ended", "emergency"),
        ("sent", "emergency"),
    ]


async def test_a_glass_says_once_that_it_stands_there(queue: Queue, clock: ManualClock) -> None:
    ours = Process(queue)
    sent = await ours.broadcasts.send(LEAVE, actor=STAFF)
    new = await add_device(
        queue.pool,
        centre_id=1,
        kind="display",
        name="D1",
        actor=Actor("system"),
        at=clock.now(),
    )
    assert await ours.broadcasts.note_shown(new.device, sent.id)
    await clock.advance(5)
    assert not await ours.broadcasts.note_shown(new.device, sent.id)
    assert not await ours.broadcasts.note_shown(new.device, uuid4())
    [delivery] = await ours.broadcasts.deliveries([sent.id])
    assert (delivery.device_id, delivery.shown_at) == (new.device.id, sent.sent_at)


async def test_what_was_never_sent_cannot_be_ended(queue: Queue) -> None:
    with pytest.raises(UnknownBroadcast):
        await Process(queue).broadcasts.end(uuid4(), actor=STAFF)


async def test_the_last_messages_are_read_in_parts(queue: Queue, clock: ManualClock) -> None:
    ours = Process(queue)
    for n in range(5):
        await ours.broadcasts.send(replace(QUIET, text_ar=f"رسالة {n}"), actor=STAFF)
        await clock.advance(1)
    first = await ours.broadcasts.last(limit=3)
    rest = await ours.broadcasts.last(before=first[-1].id, limit=3)
    assert [each.text_ar[-1] for each in (*first, *rest)] == ["4", "3", "2", "1", "0"]


class Slow(Broadcasts):
    """A process whose first reading is long on its way."""

    reads = 0
    is_over: asyncio.Event

    async def now(self) -> tuple[Broadcast, ...]:
        found = await Broadcasts.now(self)
        self.reads += 1
        if self.reads == 1:
            await self.is_over.wait()
        return found


async def test_an_older_reading_takes_no_message_down(queue: Queue, pool: Pool) -> None:
    told: list[int] = []
    ours = Slow(queue, on_change=lambda shown: told.append(len(shown)))
    ours.is_over = asyncio.Event()

    async def has_read() -> bool:
        return ours.reads == 1

    async def is_kept() -> bool:
        return bool(await pool.fetchval("SELECT count(*) FROM broadcast"))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(ours.look())
        await eventually(has_read)
        sending = tasks.create_task(ours.send(LEAVE, actor=STAFF))
        await eventually(is_kept)
        ours.is_over.set()
    assert told == [1]
    assert [each.id for each in ours.shown] == [sending.result().id]


class Blind(Broadcasts):
    """A process whose database goes once it has kept what it was told."""

    async def now(self) -> tuple[Broadcast, ...]:
        raise DatabaseGone("it went")


async def test_whoever_sent_a_message_that_is_kept_is_told_so(queue: Queue) -> None:
    ours = Blind(queue, on_change=lambda shown: None)
    sent = await ours.send(LEAVE, actor=STAFF)
    assert (await ours.end(sent.id, actor=STAFF)).ended_by == STAFF.id
    with pytest.raises(DatabaseGone):
        await ours.look()
