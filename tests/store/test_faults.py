"""Faults on a real database: each reported once, joined, taken up, mended; with their alarms."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import get_args
from uuid import UUID, uuid4

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from core_services.devices.register import add_device
from queue_server.faults import store, store_reading
from queue_server.faults.lifecycle import TRANSITIONS, is_done
from queue_server.faults.model import Fault, FaultAct, FaultState, Place, Report, Reported
from queue_server.tickets import windows
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    FaultActNotAllowed,
    FaultIsOpen,
    UnknownFault,
    UnknownWindow,
    WindowOfAnother,
)
from queue_server.tickets.model import Actor, Claim
from queue_server.tickets.window_alarms import AlarmEnd
from tests.support.clock import ManualClock
from tests.support.queue import KEY, OTHER, STAFF, open_windows

HODA = Actor("staff", uuid4())
PRINTER = Report("printer", Place(), words="لا تطبع")


async def report(
    queue: Queue,
    what: Report = PRINTER,
    actor: Actor = STAFF,
    *,
    own: bool = False,
    claim: Claim | None = None,
) -> Reported:
    return await store.report(
        queue.pool,
        1,
        at=queue.clock.now(),
        report=what,
        actor=actor,
        own_window_only=own,
        claim=claim,
    )


async def do(
    queue: Queue,
    fault: Fault,
    act: FaultAct,
    words: str = "",
    *,
    actor: Actor = HODA,
    by: UUID | None = None,
    hands_over: bool = False,
) -> Fault:
    return await store.act(
        queue.pool,
        1,
        fault.id,
        act,
        at=queue.clock.now(),
        words=words,
        by=by,
        hands_over=hands_over,
        actor=actor,
        claim=None,
    )


async def events(pool: Pool) -> list[str]:
    rows = await pool.fetch("SELECT event FROM fault_event ORDER BY revision")
    return [row["event"] for row in rows]


async def kiosk(queue: Queue, name: str = "K1") -> UUID:
    made = await add_device(
        queue.pool, centre_id=1, kind="kiosk", name=name, actor=KEY, at=queue.clock.now()
    )
    return made.device.id


async def test_a_fault_has_its_clock_from_report_to_mending(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    fault = (await report(queue)).fault
    assert (fault.state, fault.reports, fault.reported_by) == ("reported", 1, STAFF.id)
    await clock.advance(120)
    fault = await do(queue, fault, "accept")
    assert (fault.state, fault.accepted_by, fault.until_accepted_s) == ("accepted", HODA.id, 120)
    await clock.advance(60)
    await do(queue, fault, "note", "الرول معكوس")
    await clock.advance(420)
    fault = await do(queue, fault, "mend", "رُكّب الرول من جديد")
    assert (fault.state, fault.until_mended_s, fault.ended_by) == ("mended", 600, HODA.id)
    await clock.advance(1000)
    assert fault.open_s(clock.now()) == 600
    steps = await store_reading.read_steps(pool, 1, fault.id)
    assert [(each.event, each.words) for each in steps] == [
        ("reported", "لا تطبع"),
        ("accepted", None),
        ("noted", "الرول معكوس"),
        ("mended", "رُكّب الرول من جديد"),
    ]
    assert (await verify(pool, 1)).is_whole


async def test_what_two_clerks_report_is_one_fault_and_counted(queue: Queue, pool: Pool) -> None:
    device = await kiosk(queue)
    other = await kiosk(queue, "K2")
    first = await report(queue, Report("kiosk", Place(device)))
    again = await report(queue, Report("kiosk", Place(device), stops_work=True), OTHER)
    assert (again.fault.id, again.is_joined, again.fault.reports) == (first.fault.id, True, 2)
    assert again.fault.stops_work
    assert (await report(queue, Report("printer", Place(device)))).fault.id != first.fault.id
    assert (await report(queue, Report("kiosk", Place(other)))).fault.id != first.fault.id
    assert (await report(queue, Report("kiosk", Place()))).fault.id != first.fault.id
    assert await events(pool) == ["reported", "joined", "reported", "reported", "reported"]
    by_other = await store_reading.faults_reported_by(
        pool, 1, OTHER.id or UUID(int=0), since=queue.clock.now() - timedelta(days=1), limit=9
    )
    assert [each.id for each in by_other] == [first.fault.id]


async def test_many_clerks_at_one_moment_report_one_fault(queue: Queue, pool: Pool) -> None:
    device = await kiosk(queue)
    clerks = [Actor("staff", uuid4()) for _ in range(9)]
    told = await asyncio.gather(
        *(report(queue, Report("network", Place(device), stops_work=True), each) for each in clerks)
    )
    assert len({each.fault.id for each in told}) == 1
    assert sorted(each.fault.reports for each in told) == list(range(1, 10))
    assert sum(not each.is_joined for each in told) == 1
    assert await pool.fetchval("SELECT count(*) FROM fault_stop") == 1
    assert (await verify(pool, 1)).is_whole


async def test_of_two_supervisors_the_first_has_it_until_it_is_handed_over(
    queue: Queue, clock: ManualClock
) -> None:
    fault = (await report(queue)).fault
    both = await asyncio.gather(*(do(queue, fault, "accept", actor=each) for each in (HODA, OTHER)))
    assert len({each.accepted_by for each in both}) == 1
    await clock.advance(30)
    handed = await do(queue, fault, "accept", by=STAFF.id, hands_over=True)
    assert (handed.accepted_by, handed.accepted_at) == (STAFF.id, both[0].accepted_at)
    ended = await asyncio.gather(
        do(queue, fault, "mend", "بُدّل السلك"), do(queue, fault, "mend", "شُدّ السلك", actor=OTHER)
    )
    assert len({each.ended_by for each in ended}) == 1
    steps = await store_reading.read_steps(queue.pool, 1, fault.id)  # nothing written is lost
    assert [each.event for each in steps[-2:]] == ["mended", "noted"]
    assert {each.words for each in steps[-2:]} == {"بُدّل السلك", "شُدّ السلك"}


async def test_one_press_sent_twice_is_one_report(queue: Queue, pool: Pool) -> None:
    claim = Claim("staff", "POST", "/fault", "k", b"x" * 32)
    told = [await report(queue, claim=claim) for _ in range(3)]
    assert {(each.fault.id, each.fault.reports, each.is_joined) for each in told} == {
        (told[0].fault.id, 1, False)
    }
    assert await events(pool) == ["reported"]


@pytest.mark.parametrize("act", get_args(FaultAct))
@pytest.mark.parametrize("state", get_args(FaultState))
async def test_only_what_the_life_table_allows_is_done(
    queue: Queue, state: FaultState, act: FaultAct
) -> None:
    fault = (await report(queue)).fault
    ways: dict[FaultState, FaultAct] = {
        "accepted": "accept",
        "mended": "mend",
        "not_fault": "dismiss",
    }
    if state in ways:
        fault = await do(queue, fault, ways[state])
    assert fault.state == state
    if (state, act) in TRANSITIONS:
        assert (await do(queue, fault, act, "كلمة")).state == TRANSITIONS[state, act]
    elif is_done(act, state):
        assert await do(queue, fault, act) == fault
    else:
        with pytest.raises(FaultActNotAllowed) as refused:
            await do(queue, fault, act)
        assert refused.value.state == state
        assert "reopen" in refused.value.allowed


async def test_work_stands_still_from_the_report_to_the_mending_and_not_between(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    began = clock.now()
    fault = (await report(queue, Report("network", Place(), stops_work=True))).fault
    await clock.advance(300)
    await do(queue, fault, "mend", "أُعيد تشغيل الراوتر")
    await clock.advance(600)
    fault = await do(queue, fault, "reopen", "انقطعت مرة أخرى")
    assert (fault.state, fault.accepted_by, fault.mended_at) == ("reported", None, None)
    await clock.advance(100)
    await do(queue, fault, "mend", "بُدّل السلك")
    rows = await pool.fetch("SELECT began_at, ended_at FROM fault_stop ORDER BY began_at")
    assert [
        ((row["began_at"] - began).seconds, (row["ended_at"] - began).seconds) for row in rows
    ] == [(0, 300), (900, 1000)]


async def test_a_fault_is_not_opened_again_beside_the_same_one(queue: Queue) -> None:
    fault = (await report(queue)).fault
    await do(queue, fault, "dismiss")
    newer = await report(queue)
    assert not newer.is_joined
    with pytest.raises(FaultIsOpen):
        await do(queue, fault, "reopen")
    await do(queue, newer.fault, "mend", "تم")
    assert (await do(queue, fault, "reopen")).state == "reported"
    with pytest.raises(UnknownFault):
        await do(queue, replace(fault, id=uuid4()), "accept")


async def test_a_windows_fault_and_its_alarm_go_together(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    told = await report(queue, Report("printer", Place(window=5)), own=True)
    assert told.alarm is not None
    assert (told.alarm.kind, told.alarm.category, told.alarm.window) == ("fault", "printer", 5)
    assert told.fault.alarm_id == told.alarm.id
    await clock.advance(5)
    await windows.accept_alarm(queue, told.alarm.id, actor=HODA, any_window=True)
    fault = await store_reading.read_fault(pool, 1, told.fault.id)
    assert (fault.state, fault.accepted_by, fault.until_accepted_s) == ("accepted", HODA.id, 5)
    await do(queue, fault, "mend", "وُضع رول")
    assert await windows.open_alarms(queue) == ()
    why = await pool.fetchval("SELECT closed_why FROM window_alarm WHERE id = $1", told.alarm.id)
    assert why == "handled"
    fault = await do(queue, fault, "reopen")
    [again] = await windows.open_alarms(queue)
    assert fault.alarm_id == again.id != told.alarm.id
    await do(queue, fault, "accept")
    assert (await windows.open_alarms(queue))[0].accepted_by == HODA.id
    assert (await verify(pool, 1)).is_whole


@pytest.mark.parametrize(
    ("why", "state"),
    [
        ("handled", "mended"),
        ("other", "mended"),
        ("false_alarm", "not_fault"),
        ("withdrawn", "not_fault"),
    ],
)
async def test_a_window_alarm_that_is_closed_ends_its_fault(
    queue: Queue, pool: Pool, why: AlarmEnd, state: FaultState
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    told = await report(queue, Report("power", Place(window=5), stops_work=True))
    assert told.alarm is not None
    await windows.close_alarm(queue, told.alarm.id, why=why, actor=STAFF, any_window=False)
    fault = await store_reading.read_fault(pool, 1, told.fault.id)
    assert (fault.state, fault.ended_by) == (state, STAFF.id)
    assert await pool.fetchval("SELECT ended_at IS NOT NULL FROM fault_stop")
    assert await events(pool) == ["reported", "mended" if state == "mended" else "dismissed"]


async def test_a_workstation_known_later_joins_the_fault_of_its_window(queue: Queue) -> None:
    await open_windows(queue, 5, actor=STAFF)
    first = await report(queue, Report("computer", Place(window=5)))
    device = await kiosk(queue, "W5")
    again = await report(queue, Report("computer", Place(device, 5)), OTHER)
    assert (again.fault.id, again.is_joined) == (first.fault.id, True)


async def test_a_report_of_a_machine_and_its_window_joins_the_fault_that_has_the_alarm(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    device = await kiosk(queue)
    of_machine = await report(queue, Report("printer", Place(device)))
    await clock.advance(5)
    of_window = await report(queue, Report("printer", Place(None, 1)))
    await clock.advance(5)
    both = await report(queue, Report("printer", Place(device, 1)), OTHER)
    assert (both.fault.id, both.is_joined, both.fault.reports) == (of_window.fault.id, True, 2)
    assert both.alarm == of_window.alarm
    assert (await store_reading.read_fault(pool, 1, of_machine.fault.id)).alarm_id is None
    await do(queue, both.fault, "mend", "أُصلحت")
    again = await report(queue, Report("printer", Place(device, 1)))
    assert again.fault.id == of_machine.fault.id


async def test_a_desk_reports_of_its_own_window_alone(queue: Queue) -> None:
    await open_windows(queue, 5, actor=STAFF)
    with pytest.raises(WindowOfAnother):
        await report(queue, Report("printer", Place(window=5)), OTHER, own=True)
    with pytest.raises(UnknownWindow):
        await report(queue, Report("printer", Place(window=100)))
    assert await windows.open_alarms(queue) == ()


async def test_words_are_forgotten_in_time_and_the_steps_stay(
    queue: Queue, pool: Pool, clock: ManualClock
) -> None:
    fault = (await report(queue)).fault
    await clock.advance(timedelta(days=365).total_seconds())
    await do(queue, fault, "mend", "تم")
    assert await store_reading.forget_words(pool, 1, before=clock.now()) == 1
    steps = await store_reading.read_steps(pool, 1, fault.id)
    assert [(each.event, each.words) for each in steps] == [("reported", None), ("mended", "تم")]
    assert (await verify(pool, 1)).is_whole
