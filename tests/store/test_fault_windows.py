"""One machine, several windows: one fault with the alarm and the standstill of each of them."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from core_services.audit.verify import verify
from core_services.database.migrations import migrate
from core_services.database.pool import Pool
from core_services.devices.register import add_device
from queue_server.faults import store_reading
from queue_server.faults.model import Fault, Place, Report, Reported
from queue_server.maintenance.store_downtime import read_stops
from queue_server.tickets import windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import FaultIsOpen
from queue_server.tickets.model import Actor
from queue_server.tickets.window_alarms import AlarmEnd, WindowAlarm
from tests.store.test_faults import HODA, do, events, report
from tests.support.backups import empty_database
from tests.support.clock import ManualClock
from tests.support.database import Servers
from tests.support.queue import KEY, OTHER, STAFF, make_centre, open_windows

Spans = dict[int | None, list[tuple[int, int]]]


@pytest.fixture
async def machine(queue: Queue) -> UUID:
    """The workstation that serves windows 4 and 5."""
    made = await add_device(
        queue.pool, centre_id=1, kind="workstation", name="W4", actor=KEY, at=queue.clock.now()
    )
    await open_windows(queue, 4, actor=STAFF)
    await open_windows(queue, 5, actor=OTHER)
    return made.device.id


async def printer(
    queue: Queue, machine: UUID, window: int | None, actor: Actor = STAFF, *, stops: bool = True
) -> Reported:
    return await report(queue, Report("printer", Place(machine, window), stops_work=stops), actor)


async def alarms(queue: Queue) -> dict[int, WindowAlarm]:
    return {each.window: each for each in await windows.open_alarms(queue)}


async def close(queue: Queue, window: int, why: AlarmEnd) -> None:
    alarm = (await alarms(queue))[window]
    await windows.close_alarm(queue, alarm.id, why=why, actor=HODA, any_window=True)


async def now(pool: Pool, fault: Fault) -> Fault:
    return await store_reading.read_fault(pool, 1, fault.id)


async def stood(queue: Queue, began: datetime) -> Spans:
    """Return, as the reports read them, the seconds in which windows stood still (None: itself)."""
    end = queue.clock.now() + timedelta(seconds=1)
    spans: Spans = {}
    for _, window, stop in await read_stops(queue.pool, 1, start=began, end=end):
        span = ((stop.began - began).seconds, (min(stop.ended, end) - began).seconds)
        spans.setdefault(window, []).append(span)
    return {window: sorted(each) for window, each in spans.items()}


async def test_two_windows_of_one_machine_are_one_fault_that_moves_both_alarms(
    queue: Queue, pool: Pool, clock: ManualClock, machine: UUID
) -> None:
    began = clock.now()
    first = await printer(queue, machine, 4)
    await clock.advance(60)
    second = await printer(queue, machine, 5, OTHER)
    fault = second.fault
    assert (fault.id, second.is_joined, fault.reports) == (first.fault.id, True, 2)
    opened = await alarms(queue)
    assert {each.number: each.alarm_id for each in fault.windows} == {
        4: opened[4].id,
        5: opened[5].id,
    }
    await windows.accept_alarm(queue, opened[5].id, actor=HODA, any_window=True)
    assert (await now(pool, fault)).accepted_by == HODA.id
    assert {each.accepted_by for each in (await alarms(queue)).values()} == {HODA.id}
    await do(queue, fault, "accept", by=KEY.id, hands_over=True)
    assert {each.accepted_by for each in (await alarms(queue)).values()} == {KEY.id}
    await clock.advance(60)
    await do(queue, fault, "mend", "بُدّل السلك")
    assert await alarms(queue) == {}
    await clock.advance(60)
    await do(queue, fault, "reopen")
    assert sorted(await alarms(queue)) == [4, 5]
    await clock.advance(60)
    await do(queue, fault, "dismiss")
    assert await alarms(queue) == {}
    assert await stood(queue, began) == {}  # what was no fault counts nowhere
    await do(queue, fault, "reopen")
    assert await stood(queue, began) == {
        4: [(0, 120), (180, 240), (240, 241)],
        5: [(60, 120), (180, 240), (240, 241)],
    }
    assert (await verify(pool, 1)).is_whole


async def test_windows_that_press_at_one_moment_come_into_one_fault_and_end_it_once(
    queue: Queue, pool: Pool, machine: UUID
) -> None:
    told = await asyncio.gather(printer(queue, machine, 4), printer(queue, machine, 5, OTHER))
    fault = await now(pool, told[0].fault)
    assert {each.fault.id for each in told} == {fault.id}
    assert {each.number for each in fault.standing} == {4, 5} == set(await alarms(queue))
    await asyncio.gather(close(queue, 4, "handled"), close(queue, 5, "handled"))
    assert (await now(pool, fault)).state == "mended"
    assert (await events(pool))[2:] == ["window_left", "mended"]
    assert await pool.fetchval("SELECT count(*) FROM fault_stop WHERE ended_at IS NULL") == 0


async def test_a_window_whose_alarm_is_closed_leaves_and_the_last_one_ends_the_fault(
    queue: Queue, pool: Pool, clock: ManualClock, machine: UUID
) -> None:
    began = clock.now()
    fault = (await printer(queue, machine, 4)).fault
    await printer(queue, machine, 5, OTHER, stops=False)
    await do(queue, fault, "accept")
    await clock.advance(60)
    await close(queue, 4, "handled")
    fault = await now(pool, fault)
    assert (fault.state, [each.number for each in fault.standing]) == ("accepted", [5])
    assert (fault.window, fault.stops_work) == (5, False)
    assert await stood(queue, began) == {4: [(0, 60)]}
    await clock.advance(60)
    again = await printer(queue, machine, 4)  # it stands still once more; he is there already
    assert (again.fault.id, again.is_joined) == (fault.id, True)
    assert again.alarm is not None
    assert again.alarm.accepted_by == HODA.id
    await clock.advance(60)
    await close(queue, 5, "handled")
    assert (await now(pool, fault)).is_open
    await close(queue, 4, "handled")
    fault = await now(pool, fault)
    assert (fault.state, fault.stops_work, fault.ended_by) == ("mended", True, HODA.id)
    assert await stood(queue, began) == {4: [(0, 60), (120, 180)]}
    assert (await events(pool))[2:] == [
        "accepted", "window_left", "joined", "window_left", "mended",
    ]  # fmt: skip
    await clock.advance(60)
    fault = await do(queue, fault, "reopen")  # of those that had it at its end
    assert sorted(await alarms(queue)) == [4]
    assert (await stood(queue, began))[4][-1] == (240, 241)
    assert (await verify(pool, 1)).is_whole


@pytest.mark.parametrize("last", ["false_alarm", "handled"])
async def test_a_window_for_which_it_was_none_counts_nowhere_and_takes_no_other_with_it(
    queue: Queue, pool: Pool, clock: ManualClock, machine: UUID, last: AlarmEnd
) -> None:
    began = clock.now()
    fault = (await printer(queue, machine, 4)).fault
    await printer(queue, machine, 5, OTHER)
    await clock.advance(60)
    ends: list[tuple[int, AlarmEnd]] = [(4, "handled"), (5, "false_alarm")]
    for window, why in ends if last == "false_alarm" else reversed(ends):
        await close(queue, window, why)
    fault = await now(pool, fault)
    assert (fault.state, fault.stops_work) == ("mended", True)
    assert (await stood(queue, began))[4] == [(0, 60)]
    assert (await stood(queue, began)).get(5, [(0, 0)]) == [(0, 0)]


async def test_what_was_reported_of_the_machine_itself_outlasts_its_windows(
    queue: Queue, pool: Pool, machine: UUID
) -> None:
    fault = (await printer(queue, machine, None)).fault
    joined = await printer(queue, machine, 5, OTHER)
    assert (joined.fault.id, joined.fault.window) == (fault.id, 5)
    await close(queue, 5, "handled")
    fault = await now(pool, fault)
    assert (fault.state, fault.standing, fault.stops_work) == ("reported", (), True)
    await do(queue, fault, "mend", "تم")
    windows_first = (await printer(queue, machine, 4)).fault
    await printer(queue, machine, None)
    await close(queue, 4, "withdrawn")
    assert (await now(pool, windows_first)).state == "reported"


async def test_a_machine_that_is_known_later_makes_two_windows_one_fault(
    queue: Queue, machine: UUID
) -> None:
    first = await report(queue, Report("printer", Place(None, 4)))
    await report(queue, Report("printer", Place(machine, 4)))
    third = await printer(queue, machine, 5, OTHER)
    assert (third.fault.id, third.fault.device_id) == (first.fault.id, machine)


async def test_a_fault_is_not_opened_again_beside_one_of_any_of_its_windows(
    queue: Queue, machine: UUID
) -> None:
    fault = (await printer(queue, machine, 4)).fault
    await printer(queue, machine, 5, OTHER)
    await do(queue, fault, "mend", "تم")
    await report(queue, Report("printer", Place(None, 5)), OTHER)
    with pytest.raises(FaultIsOpen):
        await do(queue, fault, "reopen")
    assert sorted(await alarms(queue)) == [5]


WRITTEN_BEFORE = """
INSERT INTO device (centre_id, id, kind, name, token_hash, created_at)
VALUES (1, '01930000-0000-7000-8000-0000000000d1', 'workstation', 'W4', sha256('x'), now());
INSERT INTO window_alarm (centre_id, id, kind, window_number, category, raised_at, raised_by)
SELECT 1, ('01930000-0000-7000-8000-0000000000a' || n)::uuid, 'fault', n, 'printer',
       '2026-11-22 07:00Z', gen_random_uuid() FROM generate_series(4, 6) n;
INSERT INTO fault (centre_id, id, kind, device_id, window_number, stops_work, state, reported_at,
       reported_by, reports, alarm_id, last_at)
VALUES (1, '01930000-0000-7000-8000-0000000000f1', 'printer',
        '01930000-0000-7000-8000-0000000000d1', 4, true, 'reported', '2026-11-22 07:00Z',
        gen_random_uuid(), 2, '01930000-0000-7000-8000-0000000000a4', '2026-11-22 07:05Z');
INSERT INTO fault_stop VALUES (1, '01930000-0000-7000-8000-0000000000f1', '2026-11-22 07:00Z');
INSERT INTO fault_event (centre_id, revision, fault_id, at, event, actor_kind, actor_id)
SELECT 1, revision + 1, '01930000-0000-7000-8000-0000000000f1', '2026-11-22 07:05Z', 'joined',
       'staff', gen_random_uuid() FROM centre_head WHERE centre_id = 1;
INSERT INTO fault_report (centre_id, revision, fault_id, window_number, diagnosis)
SELECT 1, max(revision), '01930000-0000-7000-8000-0000000000f1', 5, '{}' FROM fault_event;
"""


async def test_faults_of_before_keep_their_window_its_alarm_and_its_standstill(
    postgres_servers: Servers,
) -> None:
    async with empty_database(await postgres_servers.server("embedded")) as database:
        await migrate(database.owner_dsn, up_to=38)
        await make_centre(database.owner_dsn)
        owner = await asyncpg.connect(database.owner_dsn)
        try:
            await owner.execute(WRITTEN_BEFORE)
            await migrate(database.owner_dsn)
            rows = await owner.fetch("SELECT window_number, alarm_id FROM fault_window ORDER BY 1")
            stops = await owner.fetch("SELECT window_number FROM fault_stop")
        finally:
            await owner.close()
    # Window 6 had never reported it: its alarm stands by itself.
    assert [(row[0], str(row[1])[-2:]) for row in rows] == [(4, "a4"), (5, "a5")]
    assert [row[0] for row in stops] == [4]
