"""The supervisor's charts in a real browser: read in both languages, renewed under one's hands."""

import pytest
from playwright.async_api import Page, expect

from core_services.l10n import digits
from tests.browser.test_supervisor_page import enter
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.past_days import live_days


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_charts_are_read_in_every_size_and_stay_open_while_they_are_renewed(
    scene: HallScene, page: Page, language: str
) -> None:
    await live_days(scene.site, 5)
    await scene.morning()
    await enter(page, scene, language)
    await page.goto(scene.site.url("/supervisor/charts"))
    await expect(page.locator("svg.plot")).to_have_count(7)
    await page.set_viewport_size({"width": DESK["width"], "height": 2500})
    await look_at(page, f"charts-desk-{language}")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []

    await page.locator("#waits-table > summary").click()
    await page.locator("#hall-table > summary").focus()
    before = await page.locator("#hall-table tbody tr").count()
    scene.site.clock.jump(1200)
    async with page.expect_response("**/supervisor/charts/day?**"):
        await scene.site.issue(3)
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(page.locator("#hall-table tbody tr")).to_have_count(before + 4)
    await expect(page.locator("#waits-table")).to_have_attribute("open", "")
    await expect(page.locator("#hall-table > summary")).to_be_focused()
    last = page.locator("#hall-table tbody tr").last
    waiting = sum(queue.waiting for queue in (await scene.site.queue.hall()).queues)
    await expect(last.locator("td").last).to_have_text(
        digits(str(waiting), "ar" if language == "ar" else "en")
    )

    await page.set_viewport_size(PHONE)
    await look_at(page, f"charts-phone-{language}")
    assert not await scrolls_sideways(page)
    await page.set_viewport_size({"width": DESK["width"], "height": 1600})
    await page.emulate_media(forced_colors="active")
    await look_at(page, f"charts-forced-{language}")
    await page.emulate_media(forced_colors="none", media="print")
    await look_at(page, f"charts-print-{language}")
