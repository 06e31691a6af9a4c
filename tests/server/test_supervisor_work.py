"""The workstations on the supervisor's pages: devices, orders, and what to do in doubt."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from core_services.devices.model import Attached, Beat, Device
from core_services.devices.store_presence import note_beat, open_commands
from core_services.devices.work import WorkOrder
from core_services.link.answer_frames import Settled
from core_services.link.work_frames import Outcome, OutcomeState, Work
from core_services.people.sealing import ensure_keys
from queue_server.tickets import emergency
from queue_server.work import WorkOrders
from tests.server.test_supervisor_machines import alarms, machine
from tests.support.hall_scene import PROCESS, HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor
from tests.support.work import order_page

RECEIPT = Attached(
    "receipt", "receipt_printer", "ready", paper="ok", cover="closed", width_dots=576
)
A4 = Attached("a4", "page_printer", "ready", paper="ok")
MODEM = Attached("modem", "modem", "ready")
PATH = "/supervisor/work"


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    return await scene.site.sign_in("hoda")


@pytest.fixture
def work(scene: HallScene) -> WorkOrders:
    keys, _ = ensure_keys(scene.site.settings.person_keys, at=scene.site.clock.now())
    return WorkOrders(scene.site.queue, keys)


async def station(
    scene: HallScene, attached: Sequence[Attached] = (RECEIPT, A4, MODEM), name: str = "W1"
) -> Device:
    """Let a workstation speak of its devices now."""
    device = await scene.machine(name, "workstation")
    slips = next((each for each in attached if each.kind == "receipt_printer"), None)
    beat = Beat(
        version="0.1.0",
        printer=None if slips is None else slips.state,
        paper=None if slips is None else slips.paper,
        attached=tuple(attached),
    )
    scene.site.clock.jump(0.1)
    await note_beat(scene.pool, device, beat, process_id=PROCESS, at=scene.site.clock.now())
    return device


def order_of(seen: Seen, action: str) -> dict[str, str]:
    """Return the hidden fields of a form."""
    form = seen.find("form", action=action)
    return {each.get("name", ""): each.get("value", "") for each in form.iter("input")}


async def only(work: WorkOrders) -> WorkOrder:
    [order] = await work.latest(limit=9)
    return order


async def say(scene: HallScene, work: WorkOrders, device: Device, state: OutcomeState) -> None:
    order = (await work.latest(limit=1))[0]
    answer = await work.outcome(device, Outcome(job=str(order.id), state=state))
    assert isinstance(answer, Settled)


async def test_each_device_of_a_workstation_is_told_by_its_last_word(
    scene: HallScene, hoda: Visitor
) -> None:
    out = Attached("a4", "page_printer", "not_ready", paper="out")
    await station(scene, (RECEIPT, out, Attached("desk", "scanner", "absent", window=5)))
    seen = await hoda.get("/supervisor")
    assert "W1" in machine(seen, "W1")
    words = seen.words("tr", class_="devices__attached")
    assert words == "طابعة إيصالات receipt جاهزة طابعة A4 a4 لا ورق قارئ أكواد desk لا يعمل"
    assert alarms(seen) == [
        "نفد ورق طابعة A4 بالجهاز W1.",
        "عطل في قارئ أكواد بالجهاز W1.",
    ]
    english = await hoda.get("/supervisor?lang=en")
    assert alarms(english) == [
        "A4 printer of W1: out of paper.",
        "Code scanner of W1: does not work.",
    ]


async def test_a_trial_receipt_as_wide_as_its_printer_is_ordered_once(
    scene: HallScene, hoda: Visitor, work: WorkOrders
) -> None:
    device = await station(scene, (Attached("narrow", "receipt_printer", "ready", width_dots=384),))
    seen = await hoda.get(PATH)
    fields = order_of(seen, f"{PATH}/trial")
    for said in ("أُرسل الطلب", "سبق إرسال هذا الطلب"):
        assert said in (await hoda.post(f"{PATH}/trial", fields)).words()
    order = await only(work)
    assert (order.kind, order.attached, order.device_id) == ("receipt", "narrow", device.id)
    document = await work.document(device, order.id)
    assert document is not None
    assert document.content.startswith(b"\x89PNG")
    width = int.from_bytes(document.content[16:20], "big")
    assert (document.media_type, width) == ("image/png", 384)


async def test_an_emergency_book_is_printed_on_a_chosen_workstation(
    scene: HallScene, hoda: Visitor, work: WorkOrders
) -> None:
    queue = scene.site.queue
    device = await station(scene)
    await emergency.print_book(
        queue, for_day=queue.today()[0], count=10, actor=scene.supervisor, claim=None
    )
    fields = order_of(await hoda.get(PATH), f"{PATH}/book")
    told = await hoda.post(f"{PATH}/book", fields | {"book": "1", "target": f"{device.id}/a4"})
    assert "دفتر الطوارئ" in told.words()
    order = await only(work)
    assert (order.kind, order.attached, order.state) == ("page", "a4", "ordered")
    document = await work.document(device, order.id)
    assert document is not None
    assert document.content.startswith(b"%PDF")
    assert (
        await hoda.post(f"{PATH}/book", fields | {"book": "99", "target": f"{device.id}/a4"})
    ).status == 404


async def test_a_trial_message_keeps_its_phone_sealed_and_out_of_the_page(
    scene: HallScene, hoda: Visitor, work: WorkOrders
) -> None:
    await station(scene)
    fields = order_of(await hoda.get(PATH), f"{PATH}/message")
    wrong = await hoda.post(f"{PATH}/message", fields | {"phone": "12345"})
    assert "اكتب رقم موبايل مصريًا" in wrong.words()
    told = await hoda.post(f"{PATH}/message", fields | {"phone": "٠١٠١٢٣٤٥٦٧٨"})
    assert "رسالة تجربة" in told.words()
    assert "1012345678" not in told.text
    [command] = await open_commands(scene.pool, centre_id=1)
    frame = await work.frame_of(command)
    assert isinstance(frame, Work)
    assert frame.message is not None
    assert frame.message.to == "+201012345678"
    assert len(frame.message.text) <= 70


async def test_a_doubtful_order_raises_an_alarm_until_a_person_settles_it(
    scene: HallScene, hoda: Visitor, work: WorkOrders
) -> None:
    device = await station(scene)
    await order_page(work, scene.site.queue, device)
    assert alarms(await hoda.get("/supervisor")) == []
    await say(scene, work, device, "unknown")
    assert alarms(await hoda.get("/supervisor")) == [
        "طلبات طباعة أو رسائل لم تتم أو لم يتأكد تنفيذها: ١"
    ]
    order = await only(work)
    told = await hoda.post(
        f"{PATH}/{order.id}/printed", order_of(await hoda.get(PATH), f"{PATH}/{order.id}/printed")
    )
    assert "سُجّل أنه تم." in told.words()
    assert alarms(await hoda.get("/supervisor")) == []
    assert (await only(work)).confirmed_by == "staff"


async def test_a_doubtful_paper_is_printed_again_on_the_machine_that_is_chosen(
    scene: HallScene, hoda: Visitor, work: WorkOrders
) -> None:
    device = await station(scene)
    other = await station(scene, (A4,), "W2")
    await order_page(work, scene.site.queue, device)
    await say(scene, work, device, "unknown")
    order = await only(work)
    seen = await hoda.get(PATH)
    assert "إعادة الطباعة بعلامة «إعادة طباعة»" in seen.words()
    fields = order_of(seen, f"{PATH}/{order.id}/repeat") | {"target": f"{other.id}/a4"}
    scene.site.clock.jump(1)
    await hoda.post(f"{PATH}/{order.id}/repeat", fields)
    latest, first = await work.latest(limit=9)
    assert (first.state, latest.device_id, latest.copy_of) == ("closed", other.id, order.id)
    assert latest.ordered_by == scene.hoda.id
    again = await hoda.post(f"{PATH}/{order.id}/repeat", fields)
    assert "لم يتم" in again.words()


async def test_what_failed_can_be_closed_and_a_target_that_does_not_fit_is_refused(
    scene: HallScene, hoda: Visitor, work: WorkOrders
) -> None:
    device = await station(scene)
    await order_page(work, scene.site.queue, device)
    await say(scene, work, device, "failed")
    order = await only(work)
    fields = order_of(await hoda.get(PATH), f"{PATH}/{order.id}/repeat")
    for target in (f"{device.id}/receipt", f"{device.id}/a5", f"{UUID(int=7)}/a4", "nonsense"):
        told = await hoda.post(f"{PATH}/{order.id}/repeat", fields | {"target": target})
        assert "اختر جهازًا موجودًا" in told.words()
    await hoda.post(f"{PATH}/{order.id}/close", fields)
    assert (await only(work)).state == "closed"


async def test_a_clerk_and_reception_do_not_order_work(scene: HallScene) -> None:
    mona = await scene.site.sign_in("mona")
    assert (await mona.get(PATH)).status == 403


async def test_reception_can_let_its_slips_come_out_of_a_workstation(scene: HallScene) -> None:
    await scene.site.add_staff("sara", "receptionist", "سارة علي", "Sara Ali")
    sara = await scene.site.sign_in("sara")
    device = await station(scene)
    await station(scene, (A4,), "W2")
    seen = await sara.get("/reception")
    assert "W1 جاهزة" in seen.words()
    assert "W2" not in seen.words()
    fields = order_of(seen, "/reception/issue")
    await sara.post("/reception/issue", fields)
    [command] = await open_commands(scene.pool, centre_id=1)
    assert (command.device_id, command.kind) == (device.id, "reprint")
