"""Availability on a real database: worked out from what is recorded, each moment once."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from core_services.devices.model import Beat, Device, DeviceKind
from core_services.devices.register import add_device, revoke_device
from core_services.devices.store_errands import set_out_of_service
from core_services.devices.store_presence import note_beat
from queue_server.alarms import store as alarms
from queue_server.alarms.judging import Changes
from queue_server.alarms.model import Finding
from queue_server.maintenance.availability import Availability
from queue_server.maintenance.downtime import Standstill
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import Place
from queue_server.store_centre import record
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor
from tests.support.clock import ManualClock
from tests.support.queue import KEY, open_windows

HODA = Actor("staff", uuid4())
PROCESS = uuid4()


@pytest.fixture
def availability(queue: Queue) -> Availability:
    return Availability(queue)


@pytest.fixture
def care(queue: Queue) -> Maintenance:
    return Maintenance(queue)


async def machine(queue: Queue, name: str, kind: DeviceKind = "kiosk") -> Device:
    made = await add_device(
        queue.pool, centre_id=1, kind=kind, name=name, actor=KEY, at=queue.clock.now()
    )
    await beat(queue, made.device)
    return made.device


async def beat(queue: Queue, device: Device) -> None:
    await note_beat(queue.pool, device, Beat(version="1"), process_id=PROCESS, at=queue.clock.now())


async def minutes(
    queue: Queue, clock: ManualClock, n: int, *heard: Device, silent: bool = False
) -> None:
    """Let so many minutes pass, in which these machines speak every five seconds."""
    for _ in range(n * 12):
        await clock.advance(5)
        if not silent:
            for device in heard:
                await beat(queue, device)


async def alarm(queue: Queue, kind: str, subject: str) -> None:
    raised = Changes(raised=(Finding(kind, subject),))
    await alarms.record(queue.pool, 1, raised, at=queue.clock.now())


async def over(queue: Queue, kind: str) -> None:
    opened = [each for each in await alarms.read_open(queue.pool, 1) if each.kind == kind]
    await alarms.record(queue.pool, 1, Changes(cleared=tuple(opened)), at=queue.clock.now())


async def duty(queue: Queue, device: Device, words: tuple[str, str] | None) -> None:
    async with queue.pool.transaction() as connection:
        await connection.execute("SELECT lock_centre(1)")
        await set_out_of_service(
            connection,
            centre_id=1,
            errand_id=uuid4(),
            device_id=device.id,
            words=words,
            actor=HODA,
            at=queue.clock.now(),
        )


async def fault(
    queue: Queue, began: datetime, ended: datetime | None, *, state: str = "mended", **at: object
) -> None:
    """Write down a fault that stopped work, as its reporting does."""
    fault_id = uuid4()
    await queue.pool.execute(
        "INSERT INTO fault (centre_id, id, kind, device_id, window_number, stops_work, state,"
        " reported_at, reported_by, mended_at, dismissed_at, ended_by, last_at) VALUES (1, $1,"
        " 'computer', $2, $3, true, $4, $5, $6::uuid,"
        " CASE WHEN $4 = 'mended' THEN $7::timestamptz END,"
        " CASE WHEN $4 = 'not_fault' THEN $7::timestamptz END,"
        " CASE WHEN $4 IN ('mended', 'not_fault') THEN $6::uuid END, $7::timestamptz)",
        fault_id,
        at.get("device"),
        at.get("window"),
        state,
        began,
        HODA.id,
        ended or began,
    )
    if "window" in at:
        await queue.pool.execute(
            "INSERT INTO fault_window (centre_id, fault_id, window_number, reported_at)"
            " VALUES (1, $1, $2, $3)",
            fault_id,
            at["window"],
            began,
        )
    await queue.pool.execute(
        "INSERT INTO fault_stop (centre_id, fault_id, window_number, began_at, ended_at)"
        " VALUES (1, $1, $2, $3, $4)",
        fault_id,
        at.get("window"),
        began,
        ended,
    )


async def today(availability: Availability) -> dict[str, Standstill]:
    day = availability.queue.today()[0]
    return {each.name: each for each in await availability.of(day, day)}


async def test_a_silence_counts_from_the_last_word_to_the_next_and_goes_on_until_now(
    queue: Queue, availability: Availability, clock: ManualClock
) -> None:
    kiosk, screen = await machine(queue, "K1"), await machine(queue, "D1", "display")
    await minutes(queue, clock, 2, kiosk, screen)
    await minutes(queue, clock, 5, kiosk)
    found = await today(availability)
    assert found["K1"].down_s == {}
    assert found["K1"].available == 1.0
    assert found["D1"].down_s == {"away": 5 * 60}
    await beat(queue, screen)
    await minutes(queue, clock, 3, kiosk, screen)
    found = await today(availability)
    assert (found["D1"].down_s, found["D1"].open_s) == ({"away": 300}, 600)
    assert found["D1"].available == 0.5


async def test_what_stands_at_once_counts_once_under_the_gravest(
    queue: Queue, availability: Availability, clock: ManualClock
) -> None:
    kiosk = await machine(queue, "K1")
    await alarm(queue, "paper-out", "K1")
    await minutes(queue, clock, 2, kiosk)
    await duty(queue, kiosk, ("خارج الخدمة", ""))
    await minutes(queue, clock, 3, kiosk)
    await over(queue, "paper-out")
    await duty(queue, kiosk, None)
    await alarm(queue, "screen-dark", "K1/glass")
    await minutes(queue, clock, 1, kiosk)
    await over(queue, "screen-dark")
    await minutes(queue, clock, 4, kiosk)
    now = clock.now()
    await fault(queue, now - timedelta(minutes=7), now - timedelta(minutes=6), device=kiosk.id)
    await fault(queue, now - timedelta(minutes=4), now, state="not_fault", device=kiosk.id)
    told = (await today(availability))["K1"]
    assert told.down_s == {"printer": 120, "fault": 60, "out_of_service": 120, "screen": 60}
    assert told.open_s == 600


async def test_maintenance_stops_its_machine_until_a_spare_stands_there(
    queue: Queue, availability: Availability, care: Maintenance, clock: ManualClock
) -> None:
    kiosk = await machine(queue, "K1")
    place = Place("machine", device="K1")
    labels = [
        (await care.add(uuid4(), kind="printer", model="X", place=each, actor=HODA)).label
        for each in (place, Place("shelf"))
    ]
    order = await care.open_order(uuid4(), labels[0], title="لا تطبع", stops_work=True, actor=HODA)
    await minutes(queue, clock, 1, kiosk)
    assert (await today(availability))["K1"].down_s == {}
    await care.act(order.id, "start", actor=HODA)
    await minutes(queue, clock, 4, kiosk)
    assert (await today(availability))["K1"].down_s == {"maintenance": 240}
    done = await care.swap(uuid4(), broken=labels[0], spare=labels[1], actor=HODA)
    assert done.order_id == order.id
    await minutes(queue, clock, 5, kiosk)
    await care.act(order.id, "finish", done_text="غُيّر القاطع", minutes=30, actor=HODA)
    told = (await today(availability))["K1"]
    assert (told.down_s, told.orders_done, told.work_minutes) == ({"maintenance": 240}, 1, 30)


async def test_a_window_is_closed_for_a_fault_only_while_it_is_not_open(
    queue: Queue, availability: Availability, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    await clock.advance(600)
    began = clock.now()
    await clock.advance(300)
    await queue.act_on_window(5, "close", actor=KEY, actor_name="", any_window=True)
    await clock.advance(900)
    await open_windows(queue, 5)
    workstation = await machine(queue, "W5", "workstation")
    await fault(queue, began, clock.now(), window=5, device=workstation.id)
    await minutes(queue, clock, 10, workstation)
    found = await today(availability)
    assert found["W5"].down_s == {}  # it was not there yet
    told = found["5"]
    assert told.down_s == {"fault": 1200}
    assert told.closed_for_fault_s == 900
    assert (await today(availability))["6"].closed_for_fault_s == 0


async def test_a_machine_counts_from_its_first_word_until_it_is_revoked(
    queue: Queue, availability: Availability, clock: ManualClock
) -> None:
    made = await add_device(
        queue.pool, centre_id=1, kind="kiosk", name="K1", actor=KEY, at=clock.now()
    )
    await clock.advance(3600)
    assert "K1" not in await today(availability)
    await beat(queue, made.device)
    await minutes(queue, clock, 2, made.device)
    await revoke_device(
        queue.pool, centre_id=1, device_id=made.device.id, actor=KEY, at=clock.now()
    )
    await clock.advance(3600)
    told = (await today(availability))["K1"]
    assert (told.open_s, told.down_s) == (120, {})


async def test_of_two_machines_of_one_name_each_has_its_own_alarms(
    queue: Queue, availability: Availability, clock: ManualClock
) -> None:
    for darkness in (3, 1):
        kiosk = await machine(queue, "K1")
        await minutes(queue, clock, 2, kiosk)
        await alarm(queue, "screen-dark", "K1/glass")
        await minutes(queue, clock, darkness, kiosk)
        await over(queue, "screen-dark")
        await minutes(queue, clock, 1, kiosk)
        await revoke_device(queue.pool, centre_id=1, device_id=kiosk.id, actor=KEY, at=clock.now())
    day = queue.today()[0]
    found = [each for each in await availability.of(day, day) if each.name == "K1"]
    assert [(each.open_s, each.down_s) for each in found] == [
        (360, {"screen": 180}),
        (240, {"screen": 60}),
    ]


async def test_work_on_what_is_elsewhere_has_its_row_and_no_hours(
    availability: Availability, care: Maintenance
) -> None:
    ups = await care.add(
        uuid4(), kind="ups", model="X", place=Place("room", room="المخزن"), actor=HODA
    )
    order = await care.open_order(uuid4(), ups.label, title="تجربة", actor=HODA)
    await care.act(order.id, "start", actor=HODA)
    await care.act(order.id, "finish", done_text="سليمة", minutes=5, actor=HODA)
    told = (await today(availability))[""]
    assert (told.kind, told.open_s, told.orders_done, told.work_minutes) == ("elsewhere", 0, 1, 5)


async def test_days_to_come_and_days_before_anything_have_nothing(
    queue: Queue, availability: Availability
) -> None:
    day = queue.today()[0]
    assert await availability.of(day + timedelta(days=1), day + timedelta(days=9)) == ()
    before = await availability.of(day - timedelta(days=9), day - timedelta(days=8))
    assert all(each.kind == "window" and not each.down_s for each in before)


async def test_a_window_counts_since_the_centre_was_made_or_its_past_begins(
    queue: Queue, availability: Availability, clock: ManualClock
) -> None:
    async with queue.pool.transaction() as connection:
        await connection.execute("SELECT lock_centre(1)")
        made_at = clock.now() + timedelta(minutes=2)
        await record(
            connection, centre_id=1, event="loaded", actor=KEY, at=made_at, detail={"windows": 2}
        )
    await clock.advance(300)
    day = queue.today()[0]
    assert (await today(availability))["1"].open_s == 180
    week = await availability.of(day - timedelta(days=7), day)
    assert {each.open_s for each in week if each.kind == "window"} == {180}
    before = await availability.of(day - timedelta(days=7), day - timedelta(days=1))
    assert {each.available for each in before if each.kind == "window"} == {None}
