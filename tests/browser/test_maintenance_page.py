"""The technician's pages on a phone and on a desk, and the swap by scanning two labels."""

from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.async_api import Page

from queue_server.faults.model import Place as FaultPlace
from queue_server.faults.model import Report
from queue_server.maintenance.maintenance import Maintenance
from queue_server.maintenance.model import Equipment, EquipmentKind, Limit, NewPlan, Place, Step
from queue_server.maintenance.planning import Plans
from queue_server.web.keys import FAULTS
from tests.browser.test_supervisor_page import enter
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, axe, look_at, scrolls_sideways
from tests.support.wedge import type_like_a_scanner

TECHNICIANS_PHONE = {"width": 390, "height": 844}
STEPS = (
    Step("أطفئ الجهاز وافصل الكهرباء", "Switch it off and unplug it"),
    Step("نظّف رأس الطباعة بالكحول الأيزوبروبيلي", "Clean the head with isopropyl alcohol"),
    Step("اطبع ورقة تجربة وانظر إليها", "Print a trial slip and look at it"),
)


async def furnished(scene: HallScene) -> tuple[Maintenance, dict[str, Equipment]]:
    """Enter what a small centre has: two kiosks, spares, a scanner, what is under way and done."""
    queue, hoda = scene.site.queue, scene.supervisor
    care, plans = Maintenance(queue), Plans(queue)
    await scene.machine("K1")
    await scene.machine("K2")
    pieces: dict[str, Equipment] = {}
    entries: tuple[tuple[EquipmentKind, str, Place], ...] = (
        ("printer", "Xprinter XP-Q80A", Place("machine", device="K1")),
        ("printer", "Xprinter XP-Q80A", Place("machine", device="K2")),
        ("printer", "Xprinter XP-Q80A", Place("shelf")),
        ("scanner", "Newland HR22", Place("window", window=5)),
        ("ups", "APC BX1600MI", Place("room", room="غرفة الخادم")),
    )
    for kind, model, place in entries:
        made = await care.add(uuid4(), kind=kind, model=model, place=place, actor=hoda)
        pieces[made.label] = made
    await plans.make(
        uuid4(),
        NewPlan(
            "تنظيف رأس الطباعة",
            "Clean the print head",
            kind="printer",
            every=3,
            unit="day",
            limits=(Limit(50_000, "slips"), Limit(5, "rolls")),
            steps=STEPS,
        ),
        actor=hoda,
    )
    await plans.make(
        uuid4(),
        NewPlan("تجربة البطارية", "Try the battery", kind="ups", every=12, unit="day"),
        actor=hoda,
    )
    scene.site.clock.jump(timedelta(days=3).total_seconds())
    await plans.look()
    scene.site.clock.jump(timedelta(days=4).total_seconds())
    orders = {each.label: each for each in await care.orders()}
    await care.act(orders["PRN-002"].id, "start", actor=hoda)
    fault = await care.open_order(
        uuid4(), "SCN-001", title="لا يقرأ الأكواد", stops_work=True, actor=hoda
    )
    old = await care.open_order(uuid4(), "UPS-001", title="تغيير مروحة", actor=hoda)
    await care.act(old.id, "start", actor=hoda)
    await care.act(old.id, "finish", done_text="غُيّرت المروحة", minutes=25, actor=hoda)
    assert fault.state == "open"
    return care, pieces


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_technician_sees_what_is_to_be_done_on_a_phone_and_on_a_desk(
    scene: HallScene, page: Page, language: str
) -> None:
    care, _ = await furnished(scene)
    await enter(page, scene, language)
    [in_work] = [each for each in await care.orders() if each.state == "in_work"]
    addresses = {
        "list": f"/supervisor/maintenance?lang={language}",
        "order": f"/supervisor/maintenance/orders/{in_work.id}?lang={language}",
        "piece": f"/supervisor/maintenance/equipment/PRN-001?lang={language}",
    }
    for name, address in addresses.items():
        await page.set_viewport_size(TECHNICIANS_PHONE)  # type: ignore[arg-type]
        await page.goto(scene.site.url(address))
        await look_at(page, f"maintenance-{name}-phone-{language}")
        assert not await scrolls_sideways(page)
        assert await axe(page) == []
    await page.set_viewport_size(DESK)
    await page.goto(scene.site.url(addresses["list"]))
    await page.click("summary:has-text('خطة'), summary:has-text('Make a plan')")
    await look_at(page, f"maintenance-list-desk-{language}")
    assert await axe(page) == []
    await page.set_viewport_size(TECHNICIANS_PHONE)  # type: ignore[arg-type]
    await page.click("details:has(#add-model) summary")
    await page.fill("#add-model", "Xprinter XP-Q80A")
    await page.fill("#add-label", "PRN-001")
    async with page.expect_navigation():
        await page.click("details:has(#add-model) button")
    await look_at(page, f"maintenance-taken-phone-{language}")
    assert await page.input_value("#add-label") == "PRN-001"
    assert await page.evaluate("document.activeElement.className") == "summary"
    await page.locator("#add-label").scroll_into_view_if_needed()
    await look_at(page, f"maintenance-taken-field-phone-{language}")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_report_of_availability_is_read_on_a_desk_and_on_a_phone(
    scene: HallScene, page: Page, language: str
) -> None:
    care, _ = await furnished(scene)
    await scene.seat(5)
    [fault] = [each for each in await care.orders() if each.label == "SCN-001"]
    scene.site.clock.jump(timedelta(hours=2, minutes=10).total_seconds())
    await care.act(fault.id, "start", actor=scene.supervisor)
    await scene.machine("K1", paper="out")
    scene.site.clock.jump(timedelta(minutes=25).total_seconds())
    await care.act(fault.id, "finish", done_text="غُيّر الكابل", minutes=20, actor=scene.supervisor)
    await scene.machine("K1")
    await enter(page, scene, language)
    await page.set_viewport_size(DESK)
    await page.goto(scene.site.url(f"/supervisor/reports/availability?lang={language}"))
    await look_at(page, f"availability-desk-{language}")
    await page.locator(".reports__scroll").scroll_into_view_if_needed()
    await look_at(page, f"availability-table-{language}")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []
    await page.set_viewport_size(TECHNICIANS_PHONE)  # type: ignore[arg-type]
    await page.locator(".reports__scroll").evaluate("each => each.scrollIntoView()")
    await look_at(page, f"availability-phone-{language}")
    assert not await scrolls_sideways(page)


async def test_two_scans_and_one_press_put_the_spare_in_its_place(
    scene: HallScene, page: Page
) -> None:
    care, _ = await furnished(scene)
    kiosk = await scene.machine("K1")
    report = Report("printer", FaultPlace(kiosk.id), stops_work=True)
    faults = scene.site.client.app[FAULTS]
    fault = (await faults.report(report, actor=scene.supervisor)).fault
    await enter(page, scene, "ar")
    await page.set_viewport_size(TECHNICIANS_PHONE)  # type: ignore[arg-type]
    await page.goto(scene.site.url(f"/supervisor/maintenance/faults/{fault.id}"))
    await look_at(page, "maintenance-fault-phone-ar")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []
    await page.goto(scene.site.url("/supervisor/maintenance/swap"))
    async with page.expect_navigation(url="**code=PRN-001**"):
        await type_like_a_scanner(page, "PRN-001")
    async with page.expect_navigation(url="**code=PRN-003**"):
        await type_like_a_scanner(page, "PRN-003")
    await page.fill("#swap-note", "لا تقطع الورق")
    await look_at(page, "maintenance-swap-ready-ar")
    assert await axe(page) == []
    async with page.expect_navigation(url="**said=swapped**"):
        await page.click("main button[type=submit]")
    await look_at(page, "maintenance-swapped-ar")
    assert (await care.find("PRN-003")).place == Place("machine", device="K1")
    assert (await care.find("PRN-001")).place == Place("repair")
    assert (await faults.one(fault.id)).state == "mended"
