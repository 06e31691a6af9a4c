"""The page of the workstations, and a workstation's own page, in a real browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page

from core_services.devices.model import Attached
from core_services.people.sealing import ensure_keys
from kiosk.station.screen import StationShell, load_station_shell
from queue_server.tickets import emergency
from queue_server.work import WorkOrders
from tests.browser.test_supervisor_page import enter
from tests.server.test_supervisor_work import A4, MODEM, RECEIPT, say, station
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.kiosk_server import KioskServer, kiosk_server
from tests.support.kiosk_site import virtual_printer
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.station_devices import devices, virtual_documents
from tests.support.station_site import running_station
from tests.support.work import order_page, order_receipt

OUT = Attached("a4", "page_printer", "not_ready", reason="media-empty", paper="out")
SCANNER = Attached("desk", "scanner", "ready", window=5)


@pytest.fixture(scope="session")
def station_shell(font: Path) -> StationShell:
    return load_station_shell(font)


@pytest.fixture
async def server() -> AsyncIterator[KioskServer]:
    async with kiosk_server() as started:
        yield started


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_devices_doubts_and_orders_are_understood_on_a_desk_and_on_a_phone(
    scene: HallScene, page: Page, language: str
) -> None:
    queue = scene.site.queue
    keys, _ = ensure_keys(scene.site.settings.person_keys, at=scene.site.clock.now())
    work = WorkOrders(queue, keys)
    await emergency.print_book(
        queue, for_day=queue.today()[0], count=100, actor=scene.supervisor, claim=None
    )
    first = await station(scene, (RECEIPT, OUT, SCANNER, MODEM))
    await order_receipt(work, queue, first)
    await say(scene, work, first, "done")
    scene.site.clock.jump(1)
    await order_page(work, queue, first)
    await say(scene, work, first, "unknown")
    await station(scene, (A4,), "W2")
    await station(scene, (RECEIPT, OUT, SCANNER, MODEM))
    await page.set_viewport_size(DESK)
    await enter(page, scene, language)
    await look_at(page, f"supervisor-attached-{language}")
    assert await axe(page) == []
    for size, name in ((DESK, "desk"), (PHONE, "phone")):
        await page.set_viewport_size(size)
        await page.goto(scene.site.url(f"/supervisor/work?lang={language}"))
        await look_at(page, f"work-{name}-{language}")
        assert not await scrolls_sideways(page)
        assert await axe(page) == []


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_workstations_own_page_says_what_to_do(
    server: KioskServer, station_shell: StationShell, page: Page, tmp_path: Path, language: str
) -> None:
    async with virtual_printer() as printer:
        printer.change(paper="out")
        printers = {"receipt": printer.url, "wall": "tcp://127.0.0.1:9"}
        async with running_station(server.url, tmp_path, printers, shell=station_shell) as running:
            await running.until("receipt", "not_ready")
            await page.set_viewport_size(DESK)
            await page.goto(f"{running.url}/?lang={language}")
            await page.locator("#device-receipt .tag--alarm").wait_for()
            await look_at(page, f"station-{language}")
            assert await axe(page) == []
            printer.change(paper="ok")
            await page.locator("#device-receipt .tag--good").wait_for(timeout=15_000)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_trial_scan_is_looked_at_on_the_workstations_page_and_put_away(
    server: KioskServer, station_shell: StationShell, page: Page, tmp_path: Path, language: str
) -> None:
    async with virtual_documents() as documents:
        documents.change(pages=3, blank=2)
        attached = devices(tmp_path, documents=documents.url)
        async with running_station(
            server.url, tmp_path, {}, more=attached, shell=station_shell
        ) as running:
            await running.until("adf", "ready")
            await page.set_viewport_size(DESK)
            await page.goto(f"{running.url}/?lang={language}")
            await page.locator("[data-try]").click()
            await page.locator(".trial__picture").nth(2).wait_for()
            assert await page.locator(".trial .tag--warn").count() == 1
            is_drawn = "pictures => pictures.every(each => each.naturalWidth > 100)"
            assert await page.locator(".trial__picture").evaluate_all(is_drawn)
            assert await axe(page) == []
            for size, name in ((DESK, "desk"), (PHONE, "phone")):
                await page.set_viewport_size(size)
                await look_at(page, f"station-trial-{name}-{language}")
                assert not await scrolls_sideways(page)
            await page.locator("[data-close]").click()
            await page.locator("#trial").wait_for(state="hidden")
            assert await page.locator(".trial__picture").count() == 0
