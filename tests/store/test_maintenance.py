"""The register, the swap and orders on a real database: each act once, whoever else presses."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from core_services.database.errors import ConstraintBroken
from core_services.devices.model import Beat, Device, DeviceKind
from core_services.devices.register import add_device, revoke_device
from core_services.devices.store_presence import note_beat
from queue_server.maintenance.errors import UnknownEquipment
from queue_server.maintenance.lifecycle import TRANSITIONS
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import (
    Equipment,
    EquipmentKind,
    Limit,
    NewPlan,
    Place,
    Step,
    Swap,
)
from queue_server.maintenance.planning import Plans
from queue_server.maintenance.texts import MOST_STEPS, STEP_LENGTH
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import CannotMaintain, UnknownMachine, UnknownWindow
from queue_server.tickets.model import Actor
from tests.support.clock import ManualClock
from tests.support.queue import KEY

HODA, SAMY = Actor("staff", uuid4()), Actor("staff", uuid4())
SHELF = Place("shelf")
PROCESS = uuid4()


@pytest.fixture
def care(queue: Queue) -> Maintenance:
    return Maintenance(queue)


@pytest.fixture
def plans(queue: Queue) -> Plans:
    return Plans(queue)


async def machine(queue: Queue, name: str = "K1", kind: DeviceKind = "kiosk") -> Device:
    made = await add_device(
        queue.pool, centre_id=1, kind=kind, name=name, actor=KEY, at=queue.clock.now()
    )
    return made.device


async def piece(
    care: Maintenance,
    place: Place = SHELF,
    kind: EquipmentKind = "printer",
    *,
    label: str = "",
    serial: str = "",
) -> Equipment:
    return await care.add(
        uuid4(), kind=kind, model="XP-80", label=label, serial=serial, place=place, actor=HODA
    )


async def tells(queue: Queue, device: Device, done: int, used_m: float, journal: str = "j") -> None:
    roll = {"loaded_at": "2026-11-22T06:00:00Z", "used_m": used_m, "left_m": 9.0, "slips": done}
    beat = Beat(version="1", journal_id=journal, printer="ready", jobs={"done": done}, roll=roll)
    await note_beat(queue.pool, device, beat, process_id=PROCESS, at=queue.clock.now())


async def refused(act: object) -> str:
    with pytest.raises(CannotMaintain) as refusal:
        await act  # type: ignore[misc]
    return refusal.value.state


async def test_a_piece_is_entered_once_under_a_label_of_its_own(care: Maintenance) -> None:
    press = uuid4()
    made = await asyncio.gather(
        *(
            care.add(press, kind="printer", model=" XP-80\n", place=SHELF, actor=HODA)
            for _ in range(4)
        )
    )
    assert {each.label for each in made} == {"PRN-001"}
    assert (await piece(care)).label == "PRN-002"
    assert (await piece(care, label="gov 4411")).label == "GOV-4411"
    assert [each.label for each in await care.all()] == ["GOV-4411", "PRN-001", "PRN-002"]
    assert (await care.find("prn_٠٠١")).model == "XP-80"


async def test_what_cannot_stand_in_the_register_is_refused_and_nothing_is_kept(
    queue: Queue, care: Maintenance
) -> None:
    await machine(queue)
    await piece(care, label="PRN-001", serial="S1")
    new = {"kind": "printer", "place": SHELF, "actor": HODA}
    for fields, why in (
        ({"model": "", "place": SHELF}, "lacks-model"),
        ({"model": "X", "label": "كود"}, "bad-label"),
        ({"model": "X", "label": "PRN-001"}, "label-taken"),
        ({"model": "X", "serial": "S1"}, "serial-taken"),
        ({"model": "X", "place": Place("machine")}, "bad-place"),
        ({"model": "X", "place": Place("shelf", window=5)}, "bad-place"),
        ({"model": "X", "place": Place("room", room=" \u200f ")}, "bad-place"),
    ):
        assert await refused(care.add(uuid4(), **(new | fields))) == why  # type: ignore[arg-type]
    with pytest.raises(UnknownWindow):
        await piece(care, Place("window", window=300))
    with pytest.raises(UnknownMachine):
        await piece(care, Place("machine", device="K9"))
    await piece(care, Place("machine", device="K1"))
    assert await refused(piece(care, Place("machine", device="K1"))) == "place-taken"
    assert (await piece(care, Place("machine", device="K1"), "scanner")).label == "SCN-001"
    assert len(await care.all()) == 3


async def test_a_spare_takes_the_place_of_a_broken_piece_in_one_commit(
    queue: Queue, care: Maintenance, clock: ManualClock
) -> None:
    await machine(queue)
    old = await piece(care, Place("machine", device="K1"))
    spare = await piece(care)
    await clock.advance(60)
    done = await care.swap(uuid4(), broken=old.label, spare=spare.label, actor=SAMY)
    assert (done.broken.place, done.spare.place) == (Place("repair"), old.place)
    assert (done.broken.in_use_since, done.spare.in_use_since) == (None, clock.now())
    order = await care.order(done.order_id)
    assert (order.label, order.origin, order.state) == (old.label, "swap", "open")
    events = [each.event for each in await care.history([old.id, spare.id, order.id])]
    assert sorted(events) == ["added", "added", "open", "swapped_in", "swapped_out"]
    await care.move(old.label, Place("window", window=5), actor=SAMY)
    again = await care.swap(
        uuid4(), broken=old.label, spare=(await piece(care)).label, note="لا تقطع", actor=SAMY
    )
    assert again.order_id == order.id  # its title is taken: what is wrong now stands in the history
    assert (await care.history([old.id]))[0].detail["note"] == "لا تقطع"


async def test_a_press_that_comes_twice_is_one_swap_and_of_two_technicians_one_wins(
    queue: Queue, care: Maintenance
) -> None:
    await machine(queue)
    old = await piece(care, Place("machine", device="K1"))
    spares = [await piece(care), await piece(care)]
    press = uuid4()
    answers: list[Swap | BaseException] = await asyncio.gather(
        *(care.swap(press, broken=old.label, spare=spares[0].label, actor=HODA) for _ in range(3)),
        care.swap(uuid4(), broken=old.label, spare=spares[1].label, actor=SAMY),
        return_exceptions=True,
    )
    won = [each for each in answers if isinstance(each, Swap)]
    lost = [each.state for each in answers if isinstance(each, CannotMaintain)]
    assert sum(each.is_new for each in won) == 1
    assert lost in (["not-in-use"], ["not-in-use"] * 3)
    assert len({each.order_id for each in won}) == 1
    places = [each.place.kind for each in await care.all()]
    assert sorted(places) == ["machine", "repair", "shelf"]
    assert await queue.pool.fetchval("SELECT count(*) FROM equipment_swap") == 1
    assert await queue.pool.fetchval("SELECT count(*) FROM maintenance_order") == 1


async def test_a_swap_that_cannot_be_is_refused_with_the_label_that_forbids_it(
    queue: Queue, care: Maintenance
) -> None:
    await machine(queue)
    old = await piece(care, Place("machine", device="K1"))
    spare, scanner = await piece(care), await piece(care, kind="scanner")
    at_window = await piece(care, Place("window", window=5))
    scrap = await piece(care)
    await care.move(scrap.label, Place("scrapped"), actor=HODA)
    for broken, other, why, label in (
        (old, old, "same-piece", old),
        (old, scanner, "other-kind", scanner),
        (old, scrap, "scrapped", scrap),
        (old, at_window, "not-a-spare", at_window),
        (spare, spare, "same-piece", spare),
        (scrap, spare, "scrapped", scrap),
    ):
        with pytest.raises(CannotMaintain) as refusal:
            await care.swap(uuid4(), broken=broken.label, spare=other.label, actor=HODA)
        assert (refusal.value.state, refusal.value.label) == (why, label.label)
    for unknown in ("PRN-099", "٧", "<script>"):
        with pytest.raises(UnknownEquipment):
            await care.swap(uuid4(), broken=old.label, spare=unknown, actor=HODA)
    assert (await care.find(old.label)).place == old.place
    assert await refused(care.move(scrap.label, SHELF, actor=HODA)) == "scrapped"
    assert await refused(care.move(spare.label, SHELF, actor=HODA)) == "stands-so"


async def test_each_printer_counts_what_it_printed_itself(
    queue: Queue, care: Maintenance, plans: Plans, clock: ManualClock
) -> None:
    kiosk = await machine(queue)
    old = await piece(care, Place("machine", device="K1"))
    spare = await piece(care)
    await tells(queue, kiosk, 10, 1.0)
    await plans.look()
    await tells(queue, kiosk, 40, 4.0)
    await asyncio.gather(plans.look(), plans.look(), plans.look())
    assert (await care.find(old.label)).counts.slips == 30
    await tells(queue, kiosk, 45, 4.5)
    await care.swap(uuid4(), broken=old.label, spare=spare.label, actor=HODA)
    await tells(queue, kiosk, 52, 5.5)
    await plans.look()
    await tells(queue, kiosk, 3, 0.5, journal="a new disk")
    await plans.look()
    counts = [(await care.find(each.label)).counts for each in (old, spare)]
    assert [(each.slips, round(each.metres, 3)) for each in counts] == [(35, 3.5), (10, 1.5)]
    await care.swap(uuid4(), broken=spare.label, spare=(await piece(care)).label, actor=HODA)
    await clock.advance(3600)
    assert (await care.find(old.label)).counts.slips == 35


async def test_a_round_counts_from_what_was_printed_when_the_last_one_ended(
    queue: Queue, care: Maintenance, plans: Plans
) -> None:
    kiosk = await machine(queue)
    printer = await piece(care, Place("machine", device="K1"))
    plan = NewPlan("تنظيف", label=printer.label, limits=(Limit(50, "slips"),))
    await plans.make(uuid4(), plan, actor=HODA)
    await tells(queue, kiosk, 0, 0.0)
    await plans.look()
    await tells(queue, kiosk, 60, 6.0)
    assert await plans.look() == 1
    [order] = await care.orders()
    await care.act(order.id, "start", actor=HODA)
    await tells(queue, kiosk, 95, 9.5)  # told, and not counted yet
    await care.act(order.id, "finish", done_text="نُظّفت", actor=HODA)
    await tells(queue, kiosk, 144, 14.4)
    assert await plans.look() == 0
    await tells(queue, kiosk, 145, 14.5)
    assert await plans.look() == 1


async def test_a_kiosk_without_a_printer_adds_nothing_to_the_one_that_is_written_down_in_it(
    queue: Queue, care: Maintenance, plans: Plans, clock: ManualClock
) -> None:
    kiosk = await machine(queue)
    printer = await piece(care, Place("machine", device="K1"))
    await tells(queue, kiosk, 10, 1.0)
    await plans.look()
    await tells(queue, kiosk, 40, 4.0)
    await plans.look()
    for days in range(2):  # its settings name no printer for a while
        await clock.advance(days * 86_400)
        beat = Beat(version="1", journal_id="j", printer="absent")
        await note_beat(queue.pool, kiosk, beat, process_id=PROCESS, at=clock.now())
        await plans.look()
    await tells(queue, kiosk, 2, 4.2)
    await plans.look()
    counts = (await care.find(printer.label)).counts
    assert (counts.slips, round(counts.metres, 3), counts.rolls) == (32, 3.2, 0)


async def test_the_steps_of_an_order_are_lines_of_a_length_and_a_number_that_can_be_ticked(
    care: Maintenance,
) -> None:
    one = await piece(care)
    steps = [
        Step("خطوة\u202e\nأولى"),
        Step("\u200f"),
        *(Step("س" * 500, "s" * 500) for _ in "x" * 99),
    ]
    order = await care.open_order(uuid4(), one.label, title="x", steps=steps, actor=HODA)
    assert order.steps[0] == Step("خطوة أولى")
    assert len(order.steps) == MOST_STEPS
    assert order.steps[1] == Step("س" * STEP_LENGTH, "s" * STEP_LENGTH)


async def test_a_plan_opens_one_order_when_it_is_due_whichever_process_looks(
    queue: Queue, care: Maintenance, plans: Plans, clock: ManualClock
) -> None:
    kiosk = await machine(queue)
    printer = await piece(care, Place("machine", device="K1"))
    await piece(care)
    steps = (Step("افصل الكهرباء"), Step("نظّف الرأس بالكحول"))
    plan = NewPlan(
        "تنظيف رأس الطباعة",
        "Clean the head",
        kind="printer",
        every=30,
        unit="day",
        limits=(Limit(50, "slips"), Limit(5, "rolls")),
        steps=steps,
    )
    await plans.make(uuid4(), plan, actor=HODA)
    assert await plans.look() == 0
    await clock.advance(timedelta(days=24).total_seconds())
    [soon] = await plans.soon()
    assert (soon.equipment.label, soon.due.is_due) == (printer.label, False)
    await clock.advance(timedelta(days=6).total_seconds())
    opened = await asyncio.gather(*(plans.look() for _ in range(3)))
    assert sorted(opened) == [0, 0, 1]
    [order] = await care.orders()
    assert (order.label, order.origin, order.due_on) == (printer.label, "plan", care.today)
    assert order.steps == steps
    await clock.advance(timedelta(days=90).total_seconds())
    assert (await plans.look(), await care.overdue()) == (0, 1)
    await care.act(order.id, "start", actor=SAMY)
    assert await refused(care.act(order.id, "finish", actor=SAMY)) == "lacks-done"
    done = await care.act(order.id, "finish", steps_done=[0, 1], minutes=15, actor=SAMY)
    assert (done.state, done.ended_by, [each.is_done for each in done.steps]) == (
        "done",
        SAMY.id,
        [True, True],
    )
    assert (await plans.look(), await care.overdue()) == (0, 0)
    await tells(queue, kiosk, 0, 0.0)
    await plans.look()
    await tells(queue, kiosk, 50, 5.0)
    assert await plans.look() == 1
    assert len([each for each in await care.orders() if each.state == "open"]) == 1


async def test_a_plan_asks_nothing_of_what_is_not_in_use_and_ends(
    queue: Queue, care: Maintenance, plans: Plans, clock: ManualClock
) -> None:
    one = await piece(care, Place("room", room="غرفة الخادم"), "ups")
    plan_id = uuid4()
    plan = NewPlan("تجربة البطارية", label=one.label, every=1, unit="month")
    for _ in range(2):
        made = await plans.make(plan_id, plan, actor=HODA)
    assert made.equipment_label == one.label
    await care.move(one.label, Place("repair"), actor=HODA)
    await clock.advance(timedelta(days=40).total_seconds())
    assert await plans.look() == 0
    await care.move(one.label, Place("room", room="غرفة الخادم"), actor=HODA)
    assert await plans.look() == 0
    await plans.end(plan_id, actor=HODA)
    await clock.advance(timedelta(days=40).total_seconds())
    assert await plans.look() == 0
    assert (await plans.find(plan_id)).ended_at is not None


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (NewPlan("", kind="ups", every=1, unit="day"), "lacks-title"),
        (NewPlan("خطة", kind="ups"), "lacks-measure"),
        (NewPlan("خطة", kind="ups", every=1), "lacks-measure"),
        (NewPlan("خطة", kind="ups", every=0, unit="day"), "lacks-measure"),
        (NewPlan("خطة", kind="ups", limits=(Limit(0, "slips"),)), "lacks-measure"),
        (NewPlan("خطة", kind="ups", limits=(Limit(5, "slips"),) * 2), "lacks-measure"),
        (NewPlan("خطة", every=1, unit="day"), "lacks-measure"),
        (NewPlan("خطة", kind="ups", limits=(Limit(5, "slips"),)), "not-counted"),
        (NewPlan("خطة", label="UPS-001", limits=(Limit(5, "rolls"),)), "not-counted"),
        (NewPlan("خطة", kind="ups", label="UPS-001", every=1, unit="day"), "lacks-measure"),
    ],
)
async def test_a_plan_without_its_measure_is_refused(
    care: Maintenance, plans: Plans, plan: NewPlan, why: str
) -> None:
    await piece(care, kind="ups")
    assert await refused(plans.make(uuid4(), plan, actor=HODA)) == why
    assert await plans.all() == ()


async def test_of_two_technicians_one_starts_an_order_and_one_finishes_it(
    queue: Queue, care: Maintenance
) -> None:
    one = await piece(care, Place("window", window=5))
    order_id = uuid4()
    for _ in range(2):
        await care.open_order(order_id, one.label, title="لا تطبع", stops_work=True, actor=HODA)
    for what in ("start", "finish"):
        answers = await asyncio.gather(
            *(care.act(order_id, what, done_text="نُظّفت", actor=each) for each in (HODA, SAMY)),
            return_exceptions=True,
        )
        [lost] = [each for each in answers if isinstance(each, CannotMaintain)]
        assert lost.state == "state"
    assert await refused(care.act(order_id, "cancel", actor=HODA)) == "state"
    events = await queue.pool.fetch(
        "SELECT event, from_state, to_state FROM maintenance_event WHERE subject = 'order'"
        " ORDER BY revision"
    )
    assert [tuple(each) for each in events] == [
        ("open", "none", "open"),
        ("start", "open", "in_work"),
        ("finish", "in_work", "done"),
    ]


async def test_a_scrapped_piece_leaves_no_order_and_no_plan_and_takes_none(
    care: Maintenance, plans: Plans
) -> None:
    one = await piece(care, Place("window", window=5))
    own = NewPlan("خطة", label=one.label, every=1, unit="month")
    made = await plans.make(uuid4(), own, actor=HODA)
    of_kind = await plans.make(
        uuid4(), NewPlan("خطة", kind="printer", every=1, unit="month"), actor=HODA
    )
    order = await care.open_order(uuid4(), one.label, title="لا تطبع", actor=HODA)
    await care.move(one.label, Place("scrapped"), actor=HODA)
    assert (await care.order(order.id)).state == "cancelled"
    assert await refused(care.open_order(uuid4(), one.label, title="x", actor=HODA)) == "scrapped"
    assert (await plans.find(made.id)).ended_at is not None
    assert (await plans.find(of_kind.id)).ended_at is None
    assert await refused(plans.make(uuid4(), own, actor=HODA)) == "scrapped"


async def test_an_order_is_not_opened_twice_for_one_fault(queue: Queue, care: Maintenance) -> None:
    one, fault = await piece(care), uuid4()
    await queue.pool.execute(
        "INSERT INTO fault (centre_id, id, kind, stops_work, state, reported_at, reported_by,"
        " last_at) VALUES (1, $1, 'printer', true, 'reported', $2, $3, $2)",
        fault,
        queue.clock.now(),
        HODA.id,
    )
    first = await care.open_order(uuid4(), one.label, title="x", fault_id=fault, actor=HODA)
    again = care.open_order(uuid4(), one.label, title="x", fault_id=fault, actor=HODA)
    assert await refused(again) == "has-order"
    await care.act(first.id, "cancel", actor=HODA)
    other = await care.open_order(uuid4(), one.label, title="x", fault_id=fault, actor=HODA)
    assert (other.origin, other.number) == ("fault", first.number + 1)
    await care.act(other.id, "start", actor=HODA)
    await care.act(other.id, "finish", done_text="نُظّفت", actor=HODA)  # and it was not mended
    third = await care.open_order(uuid4(), one.label, title="x", fault_id=fault, actor=HODA)
    assert third.state == "open"


async def test_a_label_is_changed_when_its_sticker_is_worn_off(care: Maintenance) -> None:
    one = await piece(care)
    new = await care.change(one.label, to_label="PRN-900", model="XP-80", serial="S", actor=HODA)
    assert (new.id, new.label, new.serial) == (one.id, "PRN-900", "S")
    with pytest.raises(UnknownEquipment):
        await care.find(one.label)
    [changed, added] = await care.history([one.id])
    assert (changed.event, changed.detail["label_before"]) == ("changed", one.label)
    assert added.event == "added"
    await care.change("PRN-900", to_label="GOV-4411", model="XP-80", serial="", actor=HODA)
    assert (await piece(care)).label == "PRN-901"  # the old sticker may still be read somewhere


async def test_the_database_knows_the_transitions_of_the_table_and_no_other(queue: Queue) -> None:
    states = ("none", "open", "in_work", "done", "cancelled")
    kept = set()
    for event in ("open", "start", "finish", "cancel"):
        for before in states:
            for after in states:
                if await _is_taken(queue, event, before, after):
                    kept.add((event, before, after))
    assert kept == TRANSITIONS


class TakeBack(Exception):
    """Leaves no event behind."""


async def _is_taken(queue: Queue, event: str, before: str, after: str) -> bool:
    refusal = None
    try:
        async with queue.pool.transaction() as connection:
            await connection.execute(
                "INSERT INTO maintenance_event (centre_id, revision, at, subject, subject_id,"
                " event, from_state, to_state, actor_kind) SELECT 1, revision + 1, now(), 'order',"
                " $1, $2, $3, $4, 'system' FROM centre_head WHERE centre_id = 1",
                UUID(int=1),
                event,
                before,
                after,
            )
            raise TakeBack
    except ConstraintBroken as broken:
        refusal = broken.constraint
    except TakeBack:
        pass
    assert refusal in (None, "maintenance_transition_is_known")
    return refusal is None


async def test_a_printer_that_moves_to_another_kiosk_takes_its_count_along(
    queue: Queue, care: Maintenance, plans: Plans
) -> None:
    first, second = await machine(queue), await machine(queue, "K2")
    await tells(queue, first, 100, 10.0)
    await tells(queue, second, 500, 50.0)
    printer = await piece(care, Place("machine", device="K1"))
    await tells(queue, first, 107, 10.7)
    await care.move(printer.label, Place("machine", device="K2"), actor=HODA)
    await tells(queue, second, 505, 50.5)
    await tells(queue, first, 900, 90.0)
    await plans.look()
    moved = await care.find(printer.label)
    assert (moved.counts.slips, round(moved.counts.metres, 3)) == (12, 1.2)
    assert moved.in_use_since == printer.in_use_since


async def test_a_piece_whose_machine_is_revoked_is_shown_until_somebody_says_where_it_is(
    queue: Queue, care: Maintenance
) -> None:
    kiosk = await machine(queue)
    printer = await piece(care, Place("machine", device="K1"))
    await revoke_device(
        queue.pool, centre_id=1, device_id=kiosk.id, actor=KEY, at=queue.clock.now()
    )
    assert (await care.find(printer.label)).is_stranded
    await machine(queue)  # another, of the same name: the piece may be in it
    moved = await care.move(printer.label, printer.place, actor=HODA)
    assert (moved.is_stranded, moved.place) == (False, printer.place)


async def test_a_machine_that_was_revoked_takes_no_equipment(
    queue: Queue, care: Maintenance
) -> None:
    kiosk = await machine(queue)
    await revoke_device(
        queue.pool, centre_id=1, device_id=kiosk.id, actor=KEY, at=queue.clock.now()
    )
    with pytest.raises(UnknownMachine):
        await piece(care, Place("machine", device="K1"))
