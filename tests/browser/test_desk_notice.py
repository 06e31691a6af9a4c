"""What the desk says of a number that no one here gave: every word and its button are seen."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.support.desk_page import is_ready, open_desk
from tests.support.desk_site import DeskSite
from tests.support.desk_site import site as site
from tests.support.pages import axe, look_at, scrolls_sideways

SIZES: list[ViewportSize] = [{"width": 1366, "height": 768}, {"width": 1024, "height": 768}]
IS_SEEN = """
(e) => {
  const box = e.getBoundingClientRect();
  const places = [[box.left + 8, box.top + 4], [box.right - 8, box.bottom - 4]];
  const above = [...document.querySelectorAll(".hand p")];
  const others = above.map((each) => each.getBoundingClientRect());
  return places.every(([x, y]) => e.contains(document.elementFromPoint(x, y)))
    && others.every((other) => other.height === 0 || other.bottom <= box.top);
}
"""
"""Its first and its last line are not cut, and it covers nothing that stands above it."""


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_an_unknown_slip_is_told_whole_with_its_button(
    site: DeskSite, page: Page, language: str
) -> None:
    await open_desk(site, page, language)
    for size in SIZES:
        await page.set_viewport_size(size)
        await page.reload()
        await is_ready(page)
        menu = page.locator("details", has=page.locator("#call-label"))
        await menu.locator("summary").click()
        await page.fill("#call-label", "K105")
        await page.keyboard.press("Enter")
        await menu.locator("button[value=other]").click()
        await expect(page.locator("#act-adopt")).to_be_visible()
        await look_at(page, f"desk-unknown-{size['width']}-{language}")
        assert await page.locator(".desk__notice .note").evaluate(IS_SEEN)
        assert await page.locator("#act-adopt").evaluate(IS_SEEN)
        assert not await scrolls_sideways(page)
        assert await axe(page) == []
