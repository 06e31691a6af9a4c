"""Signs that one hand takes many numbers, in a real browser: the alarms, and the page of all."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.support.citizens import OLD
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.patterns import one_card, quick_row
from tests.support.site import PASSWORD


async def enter(page: Page, scene: HallScene, language: str) -> None:
    """Sign Hoda in; the hall is what comes first."""
    await page.goto(scene.site.url(f"/sign-in?lang={language}"))
    await page.locator("#username").fill("hoda")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/supervisor")


async def a_week_of_signs(scene: HallScene) -> None:
    """Let one card be shown again and again, another one too, and one hand empty a kiosk."""
    await scene.seat(5)
    await quick_row(scene)
    await one_card(scene)
    await one_card(scene, 5, national_id=OLD)


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_signs_are_read_at_a_glance_and_lead_to_their_numbers(
    scene: HallScene, page: Page, language: str, size: ViewportSize
) -> None:
    await a_week_of_signs(scene)
    await page.set_viewport_size(size)
    await enter(page, scene, language)
    name = f"{size['width']}-{language}"
    await expect(
        page.locator(".alarm", has=page.locator("form[action='/supervisor/patterns/seen']"))
    ).to_have_count(3)
    await look_at(page, f"patterns-alarms-{name}")
    assert await axe(page) == []
    assert not await scrolls_sideways(page)
    await page.goto(scene.site.url("/supervisor/patterns"))
    await expect(page.locator("table.patterns tbody tr")).to_have_count(3)
    await look_at(page, f"patterns-page-{name}")
    assert await axe(page) == []
    assert not await scrolls_sideways(page)


async def test_one_press_notes_who_looked_and_the_alarm_is_gone(
    scene: HallScene, page: Page
) -> None:
    await scene.seat(5)
    await one_card(scene)
    await enter(page, scene, "ar")
    await page.get_by_role("button", name="تابعتُه").click()
    await expect(page.locator(".notice")).to_contain_text("سُجّلت متابعتك")
    await expect(page.locator("form[action='/supervisor/patterns/seen']")).to_have_count(0)
    await page.get_by_text("صفحات أخرى").click()
    await page.get_by_role("link", name="مؤشرات للمتابعة").click()
    await expect(page.locator("table.patterns")).to_contain_text("هدى منصور")
    await look_at(page, "patterns-page-seen-ar")
    assert await axe(page) == []
