"""The supervisor's charts in a real browser: read in both languages, renewed under one's hands."""

from playwright.async_api import Page, expect

from core_services.l10n import Language, digits
from tests.browser.test_supervisor_page import enter
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.past_days import live_days

PATH = "/supervisor/charts"
LANGUAGES: tuple[Language, ...] = ("ar", "en")


async def test_charts_are_read_in_every_size_and_stay_open_while_they_are_renewed(
    scene: HallScene, page: Page
) -> None:
    await live_days(scene.site, 2)
    await scene.morning()
    await enter(page, scene)
    for language in LANGUAGES:
        await page.emulate_media(media="screen", forced_colors="none")
        await page.set_viewport_size({"width": DESK["width"], "height": 2500})
        await page.goto(scene.site.url(f"{PATH}?lang={language}"))
        await expect(page.locator("svg.plot")).to_have_count(7)
        await look_at(page, f"charts-desk-{language}")
        assert not await scrolls_sideways(page)
        assert await axe(page) == []
        await renewed(scene, page, language)
        await page.set_viewport_size(PHONE)
        await page.locator("#hall-question").scroll_into_view_if_needed()
        await look_at(page, f"charts-phone-{language}")
        assert not await scrolls_sideways(page)
        await page.set_viewport_size({"width": DESK["width"], "height": 1600})
        await page.emulate_media(forced_colors="active")
        await look_at(page, f"charts-forced-{language}")
        await page.emulate_media(forced_colors="none", media="print")
        await look_at(page, f"charts-print-{language}")


async def renewed(scene: HallScene, page: Page, language: Language) -> None:
    """Let twenty minutes pass: an open table stays open, the focus where it was."""
    await page.locator("#waits-table > summary").click()
    await page.locator("#hall-table > summary").focus()
    before = await page.locator("#hall-table tbody tr").count()
    scene.site.clock.jump(1200)
    await scene.site.issue(3)
    async with page.expect_response(f"**{PATH}/day?**"):
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(page.locator("#hall-table tbody tr")).to_have_count(before + 4)
    await expect(page.locator("#waits-table")).to_have_attribute("open", "")
    await expect(page.locator("#hall-table > summary")).to_be_focused()
    waiting = sum(queue.waiting for queue in (await scene.site.queue.hall()).queues)
    last = page.locator("#hall-table tbody tr").last.locator("td").last
    await expect(last).to_have_text(digits(str(waiting), language))
