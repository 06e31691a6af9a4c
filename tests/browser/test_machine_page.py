"""The page of one machine, and a kiosk that is out of service, in a real browser."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from core_services.link.errand_frames import Errand, OutOfService, PictureTaken
from core_services.link.work_frames import Outcome
from kiosk.shell import Shell
from queue_server.errands import Errands
from tests.browser.test_kiosk_page import assert_good, step
from tests.browser.test_supervisor_page import enter
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.kiosk_scene import CLOCK
from tests.support.kiosk_scene import server as server
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import running_kiosk
from tests.support.pages import DESK, KIOSK, PHONE, axe, look_at, scrolls_sideways
from tests.support.webp import WEBP, in_frame

OUT = OutOfService(
    text_ar="هذا الجهاز خارج الخدمة الآن. خذ رقمك من الجهاز المجاور أو من الاستقبال.",
    text_en="This machine is out of service. Please take your number at the next one.",
)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_machine_is_understood_and_told_what_to_do_on_a_desk_and_on_a_phone(
    scene: HallScene, page: Page, language: str
) -> None:
    queue = scene.site.queue
    errands = Errands(queue)
    roll = {"left_m": 35.4, "slips_left": 270, "check": "good"}
    kiosk = await scene.machine("K1", paper="near_end", jobs={"done": 101, "held": 2}, roll=roll)
    await page.set_viewport_size(DESK)
    await enter(page, scene, language)
    address = scene.site.url(f"/supervisor/machines/K1?lang={language}")
    await page.goto(address)
    await page.click("button[value=trial]")
    await page.click("button[value=picture]")
    await page.click("button[value=out]")
    for each in await errands.of_device(kiosk.id, limit=9):
        said = Outcome(job=str(each.id), state="failed", reason="paper_out")
        if each.kind == "trial":
            await errands.outcome(kiosk, said)
        if each.kind == "picture":
            taken = PictureTaken(job=str(each.id), webp=in_frame(WEBP))
            await errands.keep_picture(kiosk, taken)
    for size, name in ((DESK, "desk"), (PHONE, "phone")):
        await page.set_viewport_size(size)
        await page.goto(address)
        await look_at(page, f"machine-{name}-{language}")
        assert not await scrolls_sideways(page)
        assert await axe(page) == []


async def test_a_kiosk_out_of_service_is_read_from_afar(
    server: KioskServer, shell: Shell, page: Page, tmp_path: Path
) -> None:
    async with running_kiosk(server.url, tmp_path, CLOCK, shell) as kiosk:
        await server.until(lambda: server.connections == 1)
        await page.set_viewport_size(KIOSK)
        await page.goto(kiosk.url)
        await server.send(Errand(job="duty-000001", do="duty", out_of_service=OUT))
        await step(page, "out")
        await assert_good(page, "kiosk-out")
