"""The technician's forms: what is wrong stands at its field, and what was typed stays in them."""

from collections.abc import Mapping
from uuid import uuid4

import pytest

from core_services.devices.register import revoke_device
from queue_server.faults.model import Place as FaultPlace
from queue_server.faults.model import Report
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import Place
from queue_server.web.keys import FAULTS
from queue_server.web.supervisor.maintenance_form import LONGEST
from tests.server.test_supervisor_maintenance import PATH, entered, send
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Seen
from tests.support.queue import KEY

SAID = {
    "ar": {80: "٨٠ حرفًا", 60: "٦٠ حرفًا", 120: "١٢٠ حرفًا", 160: "١٦٠ حرفًا", 300: "٣٠٠ حرف"}
    | {500: "٥٠٠ حرف"},
    "en": {length: f"at most {length} letters" for length in (60, 80, 120, 160, 300, 500)},
}


def at_field(seen: Seen, form: str, name: str) -> str:
    """Return what stands at a field as wrong, and see that the summary leads there."""
    assert seen.status in (409, 422), (seen.status, seen.words())
    field = seen.find("p", id=f"{form}-{name}-error")
    links = [each for each in seen.all("a") if each.get("href") == f"#{form}-{name}"]
    said = " ".join("".join(field.itertext()).split())
    assert ["".join(each.itertext()).strip() for each in links] == [said]
    return said


def stands_in(seen: Seen, form: str, name: str) -> str:
    """Return what a field holds."""
    [field] = [each for each in seen.all("*") if each.get("id") == f"{form}-{name}"]
    assert field.get("aria-invalid") == "true"
    if field.tag == "textarea":
        return "".join(field.itertext())
    return field.get("value", "")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_what_is_too_long_is_told_at_its_field_and_stays_there_and_nothing_is_kept(
    scene: HallScene, language: str
) -> None:
    care = Maintenance(scene.site.queue)
    hoda = await scene.site.sign_in("hoda", language)
    kiosk = await scene.machine("K1")
    actor = scene.supervisor
    old = await care.add(
        uuid4(), kind="printer", model="X", place=Place("machine", device="K1"), actor=actor
    )
    spare = await care.add(uuid4(), kind="printer", model="X", place=Place("shelf"), actor=actor)
    order = await care.open_order(uuid4(), old.label, title="x", actor=actor)
    await care.act(order.id, "start", actor=actor)
    report = Report("printer", FaultPlace(kiosk.id))
    fault = (await scene.site.client.app[FAULTS].report(report, actor=actor)).fault
    piece, at = f"{PATH}/equipment/{old.label}", f"{PATH}/orders/{order.id}"
    swap = f"{PATH}/swap?broken={old.label}&spare={spare.label}"
    add = {"kind": "printer", "model": "X", "place": "room", "room": "x"}
    plan = {"title_ar": "x", "of": "printer", "every": "3", "unit": "day"}
    before = await kept(scene)
    forms: tuple[tuple[str, str, str, Mapping[str, str], tuple[str, ...]], ...] = (
        (PATH, f"{PATH}/equipment", "add", add, ("model", "serial", "room")),
        (PATH, f"{PATH}/plans", "plan", plan, ("title_ar", "title_en")),
        (piece, f"{piece}/move", "move", {"place": "room"}, ("room",)),
        (piece, f"{piece}/change", "change", {}, ("model", "serial")),
        (piece, f"{piece}/order", "order", {"title": "x"}, ("title",)),
        (at, f"{at}/finish", "finish", {"done_text": "x"}, ("done_text", "parts")),
        (at, f"{at}/cancel", "cancel", {}, ("done_text",)),
        (swap, f"{PATH}/swap", "swap", {}, ("note",)),
        (f"{PATH}/faults/{fault.id}", f"{PATH}/faults/{fault.id}/order", "order",
         {"label": old.label}, ("title",)),
    )  # fmt: skip
    for address, action, form, fields, names in forms:
        page = await hoda.get(address)
        for name in names:
            [field] = [each for each in page.all("*") if each.get("id") == f"{form}-{name}"]
            assert field.get("maxlength") == str(LONGEST[name])
            typed = "س" * (LONGEST[name] + 1)
            seen = await send(hoda, page, action, **{**fields, name: typed})
            assert SAID[language][LONGEST[name]] in at_field(seen, form, name)
            assert stands_in(seen, form, name) == typed
            for other in set(fields) & {"title_ar", "title", "model"} - {name}:
                assert seen.find("input", id=f"{form}-{other}").get("value") == fields[other]
    assert await kept(scene) == before


async def kept(scene: HallScene) -> int:
    found: int = await scene.site.queue.pool.fetchval("SELECT count(*) FROM maintenance_event")
    return found


async def test_every_mistake_of_a_form_is_told_at_once_and_its_choices_stay(
    scene: HallScene,
) -> None:
    hoda = await scene.site.sign_in("hoda")
    await entered(hoda, kind="ups")
    lines = "\n".join(f"خطوة {nth}" for nth in range(31))
    fields = {
        "title_ar": " ", "of": "UPS-001", "every": "قريبًا", "unit": "month",
        "every_slips": "0", "every_metres": "5", "every_rolls": "5", "steps": lines,
        "stops_work": "yes",
    }  # fmt: skip
    seen = await send(hoda, await hoda.get(PATH), f"{PATH}/plans", **fields)
    for name, said in (
        ("title_ar", "اكتب العمل المطلوب"),
        ("every", "عددًا صحيحًا من ١ إلى ١٠٠٠"),
        ("every_slips", "عددًا صحيحًا"),
        ("steps", "٣٠ خطوة على الأكثر"),
    ):
        assert said in at_field(seen, "plan", name)
    links = [each.get("href") for each in seen.find("div", class_="summary").iter("a")]
    assert links == ["#plan-title_ar", "#plan-every", "#plan-every_slips", "#plan-steps"]
    assert stands_in(seen, "plan", "steps") == lines
    chosen = [each.get("value") for each in seen.all("option") if each.get("selected") is not None]
    assert {"UPS-001", "month"} <= set(chosen)
    [box] = [each for each in seen.find("form", action=f"{PATH}/plans").iter("input")
             if each.get("name") == "stops_work"]  # fmt: skip
    assert box.get("checked") is not None
    three = {"title_ar": "x", "of": "printer", "every_slips": "1", "every_metres": "2"}
    seen = await send(hoda, seen, f"{PATH}/plans", **(three | {"every_rolls": "3", "every": ""}))
    assert "عدّادان على الأكثر" in at_field(seen, "plan", "every_rolls")
    lacking = await send(hoda, seen, f"{PATH}/plans", **(three | {"steps": "| Unplug it"}))
    assert "بالعربية" in at_field(lacking, "plan", "steps")
    long = await send(hoda, seen, f"{PATH}/plans", **(three | {"steps": "س" * 161}))
    assert "١٦٠ حرفًا على الأكثر في كل خطوة" in at_field(long, "plan", "steps")


async def test_what_the_register_refuses_is_told_at_its_field(scene: HallScene) -> None:
    hoda, care = await scene.site.sign_in("hoda"), Maintenance(scene.site.queue)
    first, second = await entered(hoda), await entered(hoda)
    here = f"{PATH}/equipment/{first}"
    page = await hoda.get(here)
    taken = await send(hoda, page, f"{here}/change", label=second, model="XP-90")
    assert taken.status == 409
    assert "لمعدّة أخرى" in at_field(taken, "change", "label")
    assert stands_in(taken, "change", "label") == second
    assert taken.find("input", id="change-model").get("value") == "XP-90"
    gone = await send(hoda, page, f"{here}/move", place="machine:K9")
    assert "K9" in at_field(gone, "move", "place")
    assert (await care.find(first)).place == Place("shelf")
    order = await care.open_order(uuid4(), first, title="x", actor=scene.supervisor)
    at = f"{PATH}/orders/{order.id}"
    await care.act(order.id, "start", actor=scene.supervisor)
    begun = await hoda.get(at)
    assert "اكتب السبب" in at_field(await send(hoda, begun, f"{at}/cancel"), "cancel", "done_text")
    minutes = await send(hoda, begun, f"{at}/finish", done_text="نُظّفت", minutes="ساعة")
    assert "١٠" in at_field(minutes, "finish", "minutes")
    assert "نُظّفت" in "".join(minutes.find("textarea", id="finish-done_text").itertext())
    await care.act(order.id, "cancel", done_text="لا حاجة إليه", actor=scene.supervisor)
    late = await send(hoda, begun, f"{at}/finish", done_text="غُيّر السير كله")
    assert late.status == 409
    for words in ("تغيّر الوضع", "لم يُحفظ ما كتبته: غُيّر السير كله", "سبب الإلغاء: لا حاجة إليه"):
        assert words in late.words(), late.words()


async def test_of_two_who_change_a_piece_at_once_neither_undoes_what_the_other_wrote(
    scene: HallScene,
) -> None:
    hoda, care = await scene.site.sign_in("hoda"), Maintenance(scene.site.queue)
    label = await entered(hoda)
    here = f"{PATH}/equipment/{label}"
    seen_by_both = await hoda.get(here)
    shown = {"label": label, "model": "XP-80", "serial": ""}
    await send(hoda, seen_by_both, f"{here}/change", **(shown | {"serial": "S-1"}))
    await send(hoda, seen_by_both, f"{here}/change", **(shown | {"model": "XP-90"}))
    piece = await care.find(label)
    assert (piece.model, piece.serial) == ("XP-90", "S-1")
    taken = await send(hoda, await hoda.get(here), f"{here}/change", label="x", serial="")
    cleared = await send(hoda, taken, f"{here}/change", label=label, serial="")
    assert (cleared.status, (await care.find(label)).serial) == (200, None)


async def test_a_piece_in_a_machine_that_was_revoked_is_not_swapped_and_the_page_says_why(
    scene: HallScene,
) -> None:
    hoda, kiosk = await scene.site.sign_in("hoda"), await scene.machine("K1")
    broken, spare = await entered(hoda, "machine:K1"), await entered(hoda)
    ready = await hoda.get(f"{PATH}/swap?broken={broken}&spare={spare}")
    queue = scene.site.queue
    await revoke_device(
        queue.pool, centre_id=1, device_id=kiosk.id, actor=KEY, at=queue.clock.now()
    )
    seen = await send(hoda, ready, f"{PATH}/swap", note="لا تقطع الورق")
    assert (seen.status, "جهاز عامل اسمه K1" in seen.words()) == (409, True)
    assert seen.find("input", id="swap-note").get("value") == "لا تقطع الورق"
    assert (await Maintenance(queue).find(spare)).place == Place("shelf")
