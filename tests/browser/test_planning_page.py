"""Planning and suggested moves in a real browser: read in both languages, moved by hand."""

import re

from playwright.async_api import Page, expect

from queue_server.web.keys import MOVES
from tests.browser.test_supervisor_page import NewContext, enter
from tests.support.eventually import eventually
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.planned_hall import live_weeks


async def settled(scene: HallScene) -> None:
    """Wait until the server has learned of the weeks before and suggests something."""
    moves = scene.site.client.app[MOVES]

    async def are_said() -> bool:
        return bool(await moves.read())

    await eventually(are_said, within_s=30)


async def test_moves_and_a_day_to_come_are_read_and_windows_are_moved_by_hand(
    scene: HallScene, page: Page
) -> None:
    """One hall for both languages: its weeks take a while to be remembered."""
    await live_weeks(scene.site)
    await enter(page, scene)
    await settled(scene)
    for language, opening in (("en", "Opening window 4 until"), ("ar", "فتح شباك ٤ حتى")):
        await page.set_viewport_size(DESK)
        await page.goto(scene.site.url(f"/supervisor?lang={language}"))
        first = page.locator(".move").first
        await expect(first.locator(".move__what")).to_contain_text(opening)
        await look_at(page, f"moves-desk-{language}")
        assert await axe(page) == []
        await page.goto(scene.site.url("/supervisor/planning"))
        await page.set_viewport_size({"width": DESK["width"], "height": 1900})
        await look_at(page, f"planning-desk-{language}")
        assert not await scrolls_sideways(page)
        assert await axe(page) == []

    rows = page.locator(".planning__table tbody tr")
    ten = rows.filter(has=page.locator("th", has_text="١٠:٠٠")).last
    before = await ten.locator(".planning__wait").inner_text()
    async with page.expect_response(re.compile("/supervisor/planning/waits")):
        await page.locator("#w10-slider").fill("3")
    await expect(page.locator("#w10")).to_have_value("٣")
    await expect(page.locator("#waits")).not_to_have_attribute("aria-busy", "true")
    assert await ten.locator(".planning__wait").inner_text() != before
    await expect(page).to_have_url(re.compile("w10="))
    async with page.expect_response(re.compile("/supervisor/planning/waits")):
        await page.locator("#all").fill("٧")
    await expect(page.locator("#w9-slider")).to_have_value("7")
    await expect(rows.first.locator("td").nth(1)).to_have_text("٧")
    await page.locator("#recommended").click()
    await expect(page.locator("#w10")).not_to_have_value("٣")

    await page.set_viewport_size(PHONE)
    await look_at(page, "planning-phone-ar")
    assert not await scrolls_sideways(page)


async def test_without_scripts_the_numbers_are_typed_and_sent(
    scene: HallScene, page: Page, new_context: NewContext
) -> None:
    await live_weeks(scene.site, days=8)
    plain = await new_context(java_script_enabled=False)
    page = await plain.new_page()
    await enter(page, scene)
    await page.goto(scene.site.url("/supervisor/planning"))
    await page.locator("#w9").fill("٥")
    await page.locator("#show").click()
    await expect(page.locator("#w9")).to_have_value("٥")
    row = page.locator(".planning__table tbody tr").nth(1)
    await expect(row.locator("td").nth(1)).to_have_text("٥")
