"""The supervisor's reports and the day's situation in a real browser, in both languages."""

import pytest
from playwright.async_api import Page

from tests.browser.test_supervisor_page import enter
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways

BYS = ("day", "hour", "queue", "service", "priority", "window", "clerk")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_every_report_is_read_on_a_desk_and_on_a_phone(
    scene: HallScene, page: Page, language: str
) -> None:
    await scene.morning()
    await page.set_viewport_size(DESK)
    await enter(page, scene, language)
    for by in BYS:
        await page.goto(scene.site.url(f"/supervisor/reports?by={by}&lang={language}"))
        assert await page.locator(".reports__table tbody tr").count() > 0, by
        if by in ("hour", "window"):
            await look_at(page, f"reports-{by}-{language}")
            assert await axe(page) == []
    await page.set_viewport_size(PHONE)
    for by in ("service", "clerk"):
        await page.goto(scene.site.url(f"/supervisor/reports?by={by}&period=month&lang={language}"))
        await look_at(page, f"reports-{by}-phone-{language}")
        assert not await scrolls_sideways(page)
        assert await axe(page) == []


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_days_situation_is_made_seen_and_sent(
    scene: HallScene, page: Page, language: str
) -> None:
    await scene.morning()
    await page.set_viewport_size(DESK)
    await enter(page, scene, language)
    await page.goto(scene.site.url(f"/supervisor/daily?lang={language}"))
    await page.locator("main form button").click()
    picture = page.locator(".daily__picture")
    await picture.wait_for()
    size = await picture.evaluate("each => [each.naturalWidth, each.naturalHeight]")
    assert size == [1080, 1350]
    await look_at(page, f"daily-{language}")
    assert await axe(page) == []
    assert not await scrolls_sideways(page)
    text = await page.locator("#text").input_value()
    assert 100 < len(text) <= 900
