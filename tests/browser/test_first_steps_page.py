"""The guided page of a new centre's first machines in a real browser."""

import pytest
from playwright.async_api import Page, expect

from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_machines_are_seen_to_come_without_a_reload(
    scene: HallScene, page: Page, language: str
) -> None:
    await scene.site.add_staff("admin", "admin", "سامي رشاد", "Sami Rashad")
    await page.set_viewport_size(DESK)
    await page.goto(scene.site.url(f"/sign-in?next=/admin/first-steps?new&lang={language}"))
    await page.fill("#username", "admin")
    await page.fill("#password", PASSWORD)
    await page.locator("form button[type=submit]").last.click()
    await expect(page.locator(".setup__stage--done")).to_have_count(0)
    await page.locator("form[action='/admin/first-steps/pair'] button").first.click()
    await expect(page.locator("#code")).to_be_visible()
    await scene.machine("K1")
    await scene.machine("D1", "display")
    await expect(page.locator(".setup__stage--done")).to_have_count(3, timeout=20_000)
    for size, name in ((DESK, "desk"), (PHONE, "phone")):
        await page.set_viewport_size(size)
        await look_at(page, f"first-steps-{name}-{language}")
        assert not await scrolls_sideways(page)
    assert await axe(page) == []
