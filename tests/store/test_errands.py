"""Errands on a real database: each told by one process, states that last, what is too late."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from core_services.database.pool import Pool
from core_services.devices import store_errands
from core_services.devices.errands import FOR_NOW, STALE_AFTER
from core_services.devices.model import Device, DeviceCommand, DeviceKind, ErrandKind
from core_services.devices.register import (
    add_device,
    claim_commands,
    find_device,
    open_commands,
    revoke_device,
)
from core_services.ids import new_id
from core_services.link.answer_frames import Refused, Settled
from core_services.link.errand_frames import PictureTaken
from core_services.link.work_frames import Outcome
from queue_server.errands import Errands
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import CannotBeTold
from queue_server.tickets.model import Actor
from tests.support.clock import ManualClock
from tests.support.queue import KEY
from tests.support.webp import WEBP, in_frame

HODA = Actor("staff", uuid4())
HERE, THERE = uuid4(), uuid4()
OUT = ("خارج الخدمة", "Out of service")


@pytest.fixture
def errands(queue: Queue) -> Errands:
    return Errands(queue)


async def machine(queue: Queue, kind: DeviceKind = "kiosk", name: str = "K1") -> Device:
    made = await add_device(
        queue.pool, centre_id=1, kind=kind, name=name, actor=KEY, at=queue.clock.now()
    )
    return made.device


async def claimed(queue: Queue, device: Device) -> list[DeviceCommand]:
    return await claim_commands(queue.pool, device, process_id=HERE, at=queue.clock.now())


async def test_of_two_processes_one_takes_an_errand(queue: Queue, errands: Errands) -> None:
    kiosk = await machine(queue)
    for _ in range(12):
        await errands.order(uuid4(), kiosk, "restart", actor=HODA)
        at = queue.clock.now()
        both = await asyncio.gather(
            *(claim_commands(queue.pool, kiosk, process_id=each, at=at) for each in (HERE, THERE))
        )
        assert sorted(len(each) for each in both) == [0, 1]


async def test_an_errand_ordered_twice_by_one_press_is_one(queue: Queue, errands: Errands) -> None:
    kiosk, press = await machine(queue), uuid4()
    ordered = await asyncio.gather(
        *(errands.order(press, kiosk, "trial", actor=HODA) for _ in range(4))
    )
    assert sorted(ordered, key=str) == sorted([press, None, None, None], key=str)
    [row] = await errands.of_device(kiosk.id, limit=9)
    assert (row.ordered_by, row.ordered_at, row.is_open) == (HODA.id, queue.clock.now(), True)


async def test_the_newest_errand_of_a_kind_takes_the_place_of_an_open_one(
    queue: Queue, errands: Errands
) -> None:
    kiosk, until = await machine(queue), queue.clock.now() + timedelta(hours=1)
    for text in ("الأول", "الثاني"):
        await errands.show_notice(
            new_id(queue.clock.now()), kiosk, text_ar=text, until=until, actor=HODA
        )
    await errands.end_notice(new_id(queue.clock.now()), kiosk, actor=HODA)
    rows = await errands.of_device(kiosk.id, limit=9)
    assert [row.outcome for row in rows].count("withdrawn") == 2
    [open_one] = await open_commands(queue.pool, centre_id=1)
    frame = await errands.frame_of(kiosk, open_one)
    assert frame is not None
    assert frame.notice is None


async def test_out_of_service_is_an_event_and_a_state_that_a_machine_is_told_however_late(
    queue: Queue, errands: Errands, clock: ManualClock
) -> None:
    kiosk = await machine(queue)
    order, back = uuid4(), uuid4()
    for each, answer in ((order, order), (uuid4(), None)):
        given = await errands.put_out_of_service(
            each, kiosk, text_ar=f"  {OUT[0]}\n", text_en=OUT[1], actor=HODA
        )
        assert given == answer
    await clock.advance(STALE_AFTER.total_seconds() * 9)
    [command] = await claimed(queue, kiosk)
    frame = await errands.frame_of(kiosk, command)
    assert frame is not None
    assert frame.out_of_service is not None
    assert (frame.out_of_service.text_ar, frame.out_of_service.text_en) == OUT
    known = (await find_device(queue.pool, centre_id=1, name="K1")).out_of_service
    assert known is not None
    assert (known.by, known.text_ar) == (HODA.id, OUT[0])
    assert not await errands.gives_numbers(kiosk)
    assert await errands.put_into_service(back, kiosk, actor=HODA) == back
    assert await errands.put_into_service(uuid4(), kiosk, actor=HODA) is None
    assert await errands.gives_numbers(kiosk)
    events = await queue.pool.fetch("SELECT event, actor_id FROM device_event ORDER BY revision")
    assert [tuple(each) for each in events] == [
        ("added", KEY.id),
        ("put_out_of_service", HODA.id),
        ("put_into_service", HODA.id),
    ]


async def test_other_words_on_a_kiosk_out_of_service_leave_since_when_it_is(
    queue: Queue, errands: Errands, clock: ManualClock
) -> None:
    kiosk, began = await machine(queue), clock.now()
    await errands.put_out_of_service(uuid4(), kiosk, text_ar="نص", actor=HODA)
    await clock.advance(3600)
    assert await errands.put_out_of_service(uuid4(), kiosk, text_ar="نص آخر", actor=HODA)
    known = (await find_device(queue.pool, centre_id=1, name="K1")).out_of_service
    assert known is not None
    assert (known.since, known.text_ar) == (began, "نص آخر")


@pytest.mark.parametrize("kind", sorted(FOR_NOW))
async def test_what_was_for_a_quarter_of_an_hour_ago_is_told_no_more(
    queue: Queue, errands: Errands, clock: ManualClock, kind: ErrandKind
) -> None:
    kiosk, order = await machine(queue), uuid4()
    await errands.order(order, kiosk, kind, actor=HODA)
    [command] = await claimed(queue, kiosk)
    frame = await errands.frame_of(kiosk, command)
    assert frame is not None
    assert (frame.job, frame.do) == (str(order), kind)
    await clock.advance(STALE_AFTER.total_seconds())
    await errands.give_up_late()
    assert (await errands.of_device(kiosk.id, limit=1))[0].is_open
    await clock.advance(1)
    assert await errands.frame_of(kiosk, command) is None
    await errands.put_out_of_service(uuid4(), kiosk, text_ar="نص", actor=HODA)
    await errands.give_up_late()  # also of a machine that never comes back
    told = {each.kind: each.outcome for each in await errands.of_device(kiosk.id, limit=9)}
    assert told == {kind: "withdrawn", "duty": None}


async def test_a_late_word_of_a_machine_is_truer_than_that_it_was_given_up(
    queue: Queue, errands: Errands
) -> None:
    kiosk, order = await machine(queue), uuid4()
    await errands.order(order, kiosk, "restart", actor=HODA)
    await store_errands.settle_errand(
        queue.pool,
        kiosk,
        errand_id=order,
        outcome="withdrawn",
        reason=None,
        at=queue.clock.now(),
    )
    for _ in range(2):
        said = await errands.outcome(kiosk, Outcome(job=str(order), state="done"))
        assert said == Settled(about=str(order), state="done")
    await errands.outcome(kiosk, Outcome(job=str(order), state="failed", reason="busy"))
    known = await errands.find(order)
    assert known is not None
    assert (known.outcome, known.reason) == ("done", None)


async def test_a_held_slip_leaves_its_errand_open(queue: Queue, errands: Errands) -> None:
    kiosk, order = await machine(queue), uuid4()
    await errands.order(order, kiosk, "trial", actor=HODA)
    assert await errands.outcome(kiosk, Outcome(job=str(order), state="held")) is not None
    known = await errands.find(order)
    assert known is not None
    assert known.is_open


async def test_the_word_of_another_machine_is_none(queue: Queue, errands: Errands) -> None:
    kiosk, other, order = await machine(queue), await machine(queue, name="K2"), uuid4()
    await errands.order(order, kiosk, "picture", actor=HODA)
    assert await errands.outcome(other, Outcome(job=str(order), state="done")) is None
    assert await errands.outcome(kiosk, Outcome(job="no-errand", state="done")) is None
    taken = PictureTaken(job=str(order), webp=in_frame(WEBP))
    assert isinstance(await errands.keep_picture(other, taken), Refused)
    assert await errands.picture(kiosk.id) is None


async def test_the_last_picture_alone_is_kept_and_only_for_a_day(
    queue: Queue, errands: Errands, clock: ManualClock
) -> None:
    kiosk = await machine(queue)
    for content in (WEBP, WEBP + b"\0\0"):
        order = uuid4()
        await errands.order(order, kiosk, "picture", actor=HODA)
        frame = PictureTaken(job=str(order), webp=in_frame(content))
        for _ in range(2):
            assert await errands.keep_picture(kiosk, frame) == Settled(
                about=str(order), state="done"
            )
    kept = await errands.picture(kiosk.id)
    assert kept is not None
    assert (kept.content, kept.taken_at) == (WEBP + b"\0\0", queue.clock.now())
    await clock.advance(86_401)
    await errands.forget_pictures()
    assert await errands.picture(kiosk.id) is None


@pytest.mark.parametrize("content", [b"<html>", b"RIFF\0\0\0\0WAVE", WEBP + bytes(49_152)])
async def test_what_is_no_small_picture_is_refused(
    queue: Queue, errands: Errands, content: bytes
) -> None:
    kiosk, order = await machine(queue), uuid4()
    await errands.order(order, kiosk, "picture", actor=HODA)
    frame = PictureTaken.model_construct(job=str(order), webp=in_frame(content))
    assert isinstance(await errands.keep_picture(kiosk, frame), Refused)


async def test_a_machine_is_told_only_what_its_kind_does(queue: Queue, errands: Errands) -> None:
    display = await machine(queue, "display", "D1")
    station = await machine(queue, "workstation", "W1")
    soon = queue.clock.now() + timedelta(minutes=5)

    async def fault(text_ar: str = "نص", text_en: str = "", until: datetime = soon) -> str:
        with pytest.raises(CannotBeTold) as refused:
            await errands.show_notice(
                uuid4(), display, text_ar=text_ar, text_en=text_en, until=until, actor=HODA
            )
        return refused.value.state

    wrong: tuple[tuple[Device, ErrandKind], ...] = (
        (display, "trial"),
        (station, "picture"),
        (display, "duty"),
    )
    for device, kind in wrong:
        with pytest.raises(CannotBeTold):
            await errands.order(uuid4(), device, kind, actor=HODA)
    with pytest.raises(CannotBeTold):
        await errands.put_out_of_service(uuid4(), display, text_ar="نص", actor=HODA)
    assert await fault(" … ") == "lacks-text"
    assert await fault(text_en="x" * 161) == "too-long"
    assert await fault(until=queue.clock.now()) == "bad-end"
    assert await fault(until=soon + timedelta(days=7)) == "bad-end"


async def test_a_revoked_machine_is_told_nothing_more(
    pool: Pool, queue: Queue, errands: Errands
) -> None:
    kiosk, order = await machine(queue), uuid4()
    await errands.order(order, kiosk, "restart", actor=HODA)
    await revoke_device(pool, centre_id=1, device_id=kiosk.id, actor=KEY, at=queue.clock.now())
    known = await errands.find(order)
    assert known is not None
    assert known.outcome == "revoked"
    # A form of before: nobody would ever answer.
    until = queue.clock.now() + timedelta(hours=1)
    late = await errands.show_notice(uuid4(), kiosk, text_ar="نص", until=until, actor=HODA)
    assert late is None
    assert len(await errands.of_device(kiosk.id, limit=9)) == 1
