"""The paper of the kiosks as a supervisor sees it, on a desk and on a phone."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.browser.test_supervisor_page import enter
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways

ROLL = {"left_m": 61.2, "used_m": 18.8, "slips": 150, "slips_left": 488, "check": "good"}


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_metres_slips_and_white_paper_are_read_at_a_glance(
    scene: HallScene, page: Page, language: str, size: ViewportSize
) -> None:
    await scene.machine("K1", jobs={"done": 131}, roll=ROLL)
    low = ROLL | {"left_m": 5.9, "slips_left": 47, "check": "unchecked"}
    await scene.machine("K2", jobs={"done": 131}, roll=low)
    white = {"printer": "not_ready", "detail": "roll_blank"}
    await scene.machine("K3", **white, roll=ROLL | {"check": "blank"})  # type: ignore[arg-type]
    await page.set_viewport_size(size)
    await enter(page, scene, language)
    await expect(page.locator("#device-K3 .tag--alarm")).to_have_count(2)
    await expect(page.locator("#device-K2 .tag--warn")).to_have_count(1)
    assert await axe(page) == []
    assert not await scrolls_sideways(page)
    await look_at(page, f"supervisor-rolls-alarms-{size['width']}-{language}")
    await page.locator("#devices-title").evaluate("title => title.scrollIntoView()")
    await look_at(page, f"supervisor-rolls-{size['width']}-{language}")
