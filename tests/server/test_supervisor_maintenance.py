"""The technician's pages and the API of maintenance."""

from uuid import uuid4

import pytest

from core_services.devices.register import add_device
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import NewPlan, Place, Step
from queue_server.maintenance.planning import Plans
from queue_server.tickets.model import Actor
from tests.support.centre_server import CentreServer
from tests.support.eventually import eventually
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen, Visitor

PATH = "/supervisor/maintenance"


@pytest.fixture
async def hoda(scene: HallScene) -> Visitor:
    return await scene.site.sign_in("hoda")


@pytest.fixture
def care(scene: HallScene) -> Maintenance:
    return Maintenance(scene.site.queue)


async def send(visitor: Visitor, seen: Seen, action: str, **fields: str) -> Seen:
    """Fill the form with that action on a page that was seen, and send it."""
    form = seen.find("form", action=action)
    hidden = {each.get("name", ""): each.get("value", "") for each in form.iter("input")}
    boxes = [each.get("name", "") for each in form.iter("input") if each.get("type") == "checkbox"]
    for box in boxes:
        hidden.pop(box, None)
    return await visitor.post(action, hidden | fields)


async def entered(visitor: Visitor, place: str = "shelf", kind: str = "printer") -> str:
    """Enter a piece on the page and return its label."""
    seen = await send(
        visitor,
        await visitor.get(PATH),
        f"{PATH}/equipment",
        kind=kind,
        model="XP-80",
        place=place,
    )
    assert "سُجّلت" in seen.words(), seen.words()
    return seen.path.rpartition("/")[2].partition("?")[0]


async def test_a_technician_enters_pieces_and_swaps_a_broken_one_by_two_scans_and_a_press(
    scene: HallScene, hoda: Visitor, care: Maintenance
) -> None:
    await scene.machine("K1")
    broken, spare = await entered(hoda, "machine:K1"), await entered(hoda)
    await entered(hoda, kind="scanner")
    asked = await hoda.get(f"{PATH}/swap?code={broken.lower()}")
    assert "امسح ملصق احتياطية" in asked.words()
    assert spare in asked.words()
    ready = await hoda.get(f"{PATH}/swap?broken={broken}&code={spare}")
    assert "تحل الاحتياطية في هذا المكان: في الجهاز K1" in ready.words()
    for said in ("تم الاستبدال", "سبق تنفيذ هذا الاستبدال"):
        assert said in (await send(hoda, ready, f"{PATH}/swap", note="لا تقطع الورق")).words()
    assert (await care.find(spare)).place == Place("machine", device="K1")
    assert (await care.find(broken)).place == Place("repair")
    page = (await hoda.get(PATH)).words()
    for words in ("لا تقطع الورق", "خارجة للإصلاح", "احتياطية، على الرف"):
        assert words in page
    history = (await hoda.get(f"{PATH}/equipment/{broken}")).words()
    assert f"استُبدلت باحتياطية: خارجة للإصلاح {spare}" in history
    assert "هدى" in history


async def test_a_swap_that_cannot_be_is_told_in_clear_words(
    scene: HallScene, hoda: Visitor
) -> None:
    await scene.machine("K1")
    broken, spare = await entered(hoda, "machine:K1"), await entered(hoda)
    scanner = await entered(hoda, kind="scanner")
    for query, said in (
        ("code=PRN-777", "لا توجد معدّة بالملصق PRN-777"),
        ("code=؟؟؟؟؟", "لا توجد معدّة بالملصق"),
        (f"code={spare}", f"{spare} لا تعمل في أي مكان"),
        (f"broken={broken}&code={scanner}", f"{scanner} من نوع آخر"),
        (f"broken={broken}&code={broken}", "الملصقان واحد"),
        (f"broken={broken}&code=PRN-777", "لا توجد معدّة بالملصق PRN-777"),
    ):
        seen = await hoda.get(f"{PATH}/swap?{query}")
        assert said in seen.words(), (query, seen.words())
        assert not [each for each in seen.all("form") if each.get("method") == "post"][1:]
    english = (await hoda.get(f"{PATH}/swap?broken={broken}&code={scanner}&lang=en")).words()
    assert f"{scanner} is of another kind" in english


async def test_an_order_is_opened_begun_and_done_step_by_step(
    scene: HallScene, hoda: Visitor, care: Maintenance
) -> None:
    label = await entered(hoda, "window:5")
    here = f"{PATH}/equipment/{label}"
    opened = await send(
        hoda,
        await hoda.get(here),
        f"{here}/order",
        title="تنظيف رأس الطباعة",
        steps="افصل الكهرباء | Unplug it\n\nنظّف الرأس",
        stops_work="yes",
    )
    assert "فُتح أمر الصيانة" in opened.words()
    [order] = await care.orders()
    assert (order.stops_work, [each.en for each in order.steps]) == (True, ["Unplug it", ""])
    at = f"{PATH}/orders/{order.id}"
    begun = await send(hoda, opened, f"{at}/start")
    assert "بدأ العمل" in begun.words()
    assert "علّم على الخطوات" in (await send(hoda, begun, f"{at}/finish")).words()
    done = await send(hoda, begun, f"{at}/finish", **{"step-1": "yes", "minutes": "٢٠"})
    for words in ("تم التنفيذ وسُجّل", "لم تُعلَّم", "دقائق العمل ٢٠"):
        assert words in done.words(), done.words()
    again = await send(hoda, begun, f"{at}/finish", done_text="مرة ثانية")
    assert "تغيّر الوضع" in again.words()
    assert (await hoda.get(f"{PATH}/orders/{uuid4()}")).status == 404
    assert (await hoda.get(f"{PATH}/equipment/PRN-777")).status == 404


async def test_what_the_forms_lack_is_told_and_nothing_is_entered(
    hoda: Visitor, care: Maintenance
) -> None:
    page = await hoda.get(PATH)
    for fields, said in (
        ({"kind": "toaster", "model": "X", "place": "shelf"}, "اختر نوع المعدّة"),
        ({"kind": "printer", "model": " ", "place": "shelf"}, "اكتب الطراز"),
        ({"kind": "printer", "model": "X", "place": ""}, "اختر مكانها"),
        ({"kind": "printer", "model": "X", "place": "room"}, "اختر مكانها"),
        ({"kind": "printer", "model": "X", "place": "machine:K9"}, "جهاز عامل اسمه K9"),
        ({"kind": "printer", "model": "X", "place": "window:99999999"}, "شباك بهذا الرقم"),
        ({"kind": "printer", "model": "X", "place": "shelf", "label": "ا"}, "الملصق من ٦"),
    ):
        assert said in (await send(hoda, page, f"{PATH}/equipment", **fields)).words(), said
    plan = {"title_ar": "خطة", "of": "printer", "every": "", "every_slips": ""}
    assert "الخطة تحتاج" in (await send(hoda, page, f"{PATH}/plans", **plan)).words()
    assert await care.all() == ()


async def test_an_overdue_order_stands_first_and_is_an_alarm(
    scene: HallScene, hoda: Visitor, care: Maintenance
) -> None:
    label = await entered(hoda, "window:5")
    page = await hoda.get(PATH)
    fields = {
        "title_ar": "تنظيف",
        "title_en": "Clean",
        "of": label,
        "every": "٢",
        "unit": "day",
        "every_slips": "50000",
        "every_rolls": "٥",
    }
    assert "الخطة سارية" in (await send(hoda, page, f"{PATH}/plans", **fields)).words()
    plans = Plans(scene.site.queue)
    assert "كل يومين أو كل ٥٠٠٠٠ ورقة أو كل ٥ بكرات – أيها أسبق" in (await hoda.get(PATH)).words()
    assert "موعدها قريب ١" in (await hoda.get(PATH)).words()
    scene.site.clock.jump(2 * 86_400)
    hoda = await scene.site.sign_in("hoda")
    await plans.look()
    assert "متأخرة" not in (await hoda.get(PATH)).words()
    scene.site.clock.jump(4 * 86_400)
    hoda = await scene.site.sign_in("hoda")
    assert "متأخرة ١" in (await hoda.get(PATH)).words("section", class_="care__late")
    assert "أوامر صيانة متأخرة عن موعدها: ١" in (await hoda.get("/supervisor")).words()
    [plan] = await plans.all()
    ended = await send(hoda, await hoda.get(PATH), f"{PATH}/plans/{plan.id}/end")
    assert "انتهت الخطة" in ended.words()


async def test_a_server_that_was_off_opens_by_itself_what_became_due(
    scene: HallScene, care: Maintenance
) -> None:
    ups = await care.add(
        uuid4(), kind="ups", model="X", place=Place("room", room="x"), actor=scene.supervisor
    )
    plan = NewPlan("تجربة البطارية", label=ups.label, every=1, unit="month")
    await Plans(scene.site.queue).make(uuid4(), plan, actor=scene.supervisor)
    await scene.site.stop()
    scene.site.clock.jump(95 * 86_400)
    await scene.site.start()
    again = Maintenance(scene.site.queue)

    async def is_open() -> bool:
        return [each.state for each in await again.orders()] == ["open"]

    await eventually(is_open)
    [order] = await again.orders()
    assert order.due_on is not None
    assert (again.today - order.due_on).days > 60
    assert await again.overdue() == 1


async def test_labels_are_printed_for_whoever_cares_for_the_machines_alone(
    scene: HallScene, hoda: Visitor
) -> None:
    label = await entered(hoda)
    for path in (f"{PATH}/labels.pdf", f"{PATH}/labels.pdf?label={label}&lang=en"):
        answer = await hoda.client.get(path)
        assert (answer.status, answer.content_type) == (200, "application/pdf")
        assert (await answer.read()).startswith(b"%PDF-")
    for code in ("PRN-777", "x", ""):  # one label was asked for, so never those of all
        assert (await hoda.client.get(f"{PATH}/labels.pdf?label={code}")).status == 404
    mona = await scene.site.sign_in("mona")
    for path in (PATH, f"{PATH}/labels.pdf", f"{PATH}/equipment/{label}", f"{PATH}/swap"):
        assert (await mona.client.get(path)).status == 403


async def test_a_scan_leads_to_its_piece(hoda: Visitor) -> None:
    label = await entered(hoda)
    seen = await hoda.get(f"{PATH}/scan?code={label.replace('-', ' ').lower()}")
    assert seen.path == f"{PATH}/equipment/{label}"
    for code, told in (("PRN-777", "PRN-777"), ("%E2%80%8F", "؟"), ("", "؟")):
        missed = await hoda.get(f"{PATH}/scan?code={code}")
        assert f"لا توجد معدّة بالملصق {told}" in missed.words()


async def test_a_program_does_all_that_the_pages_do(centre_server: CentreServer) -> None:
    server = centre_server
    await add_device(
        server.pool,
        centre_id=1,
        kind="kiosk",
        name="K1",
        actor=Actor("system"),
        at=server.clock.now(),
    )
    reader, program = await server.program("read"), await server.program("supervise")
    assert (await reader.get("/equipment")).status == 403
    new = {"kind": "printer", "model": "XP-80", "place": {"kind": "machine", "machine": "K1"}}
    made = await program.post("/equipment", new, Idempotency_Key="piece-1")
    again = await program.post("/equipment", new, Idempotency_Key="piece-1")
    assert (made.status, again.body) == (201, made.body), made.body
    taken = await program.post("/equipment", new)
    assert (taken.status, taken.body["state"]) == (409, "place-taken")
    spare = (await program.post("/equipment", new | {"place": {"kind": "shelf"}})).body
    pair = {"broken": made.body["label"], "spare": spare["label"]}
    swapped = await program.post("/maintenance/swaps", pair, Idempotency_Key="swap-1")
    assert swapped.status == 201, swapped.body
    assert swapped.body["spare"]["place"]["machine"] == "K1"
    assert (
        await program.post("/maintenance/swaps", pair, Idempotency_Key="swap-1")
    ).body == swapped.body
    refused = await program.post("/maintenance/swaps", pair)
    assert (refused.status, refused.body["state"]) == (409, "not-in-use")
    care = Maintenance(server.queue)
    await care.change(
        spare["label"], to_label="GOV-4411", model="XP-90", serial="", actor=Actor("system")
    )
    late = await program.post("/maintenance/swaps", pair, Idempotency_Key="swap-1")
    assert (late.status, late.body["spare"]["label"]) == (201, "GOV-4411")
    spare = late.body["spare"]
    order = swapped.body["order"]
    assert (await program.post(f"/maintenance/orders/{order}/start", {})).body["state"] == "in_work"
    lacking = await program.post(f"/maintenance/orders/{order}/finish", {})
    assert (lacking.status, lacking.body["state"]) == (409, "lacks-done")
    said = {"done": "غُيّر القاطع", "parts": "قاطع", "minutes": 40}
    done = await program.post(f"/maintenance/orders/{order}/finish", said)
    assert (done.body["state"], done.body["minutes"]) == ("done", 40)
    late = await program.post(f"/maintenance/orders/{order}/cancel", {"reason": "x"})
    assert (late.status, late.body["state"], late.body["allowed"]) == (409, "state", [])
    mine = await program.post(
        "/maintenance/orders", {"label": spare["label"], "title": "فحص", "due_on": "2026-12-01"}
    )
    assert mine.status == 201, mine.body
    assert mine.body["origin"] == "hand"
    plan = {
        "title_ar": "تنظيف",
        "kind": "printer",
        "every": 3,
        "unit": "month",
        "steps": ["افصل"],
        "limits": [{"count": 50_000, "counter": "slips"}, {"count": 5, "counter": "rolls"}],
    }
    planned = await program.post("/maintenance/plans", plan)
    assert (planned.status, planned.body["every"]) == (201, 3), planned.body
    assert planned.body["limits"] == plan["limits"]
    ended = await program.post(f"/maintenance/plans/{planned.body['id']}/end", {})
    assert ended.body["ended_at"] is not None
    listed = (await program.get("/maintenance/orders")).body["items"]
    assert [each["state"] for each in listed] == ["open", "done"]
    of_spare = (await program.get(f"/maintenance/orders?label={spare['label']}")).body["items"]
    assert [each["number"] for each in of_spare] == [mine.body["number"]]
    moved = await program.post(
        f"/equipment/{spare['label']}/move", {"place": {"kind": "room", "room": "المخزن"}}
    )
    assert moved.body["place"]["room"] == "المخزن"


async def test_steps_and_plans_read_from_a_form_are_what_was_written(scene: HallScene) -> None:
    plans = Plans(scene.site.queue)
    made = await plans.make(
        uuid4(),
        NewPlan("خطة", kind="ups", every=1, unit="month", steps=(Step("  ا\n"), Step(" "))),
        actor=Actor("system"),
    )
    assert made.steps == (Step("ا"),)
