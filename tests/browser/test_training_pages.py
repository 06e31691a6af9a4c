"""A training centre in a real browser: the band has room of its own and hides nothing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from core_services.link.greeting_frames import CentreNames
from core_services.people.passwords import Passwords
from core_services.training import training_name
from tests.browser.test_kiosk_page import assert_good, height, touch
from tests.browser.test_kiosk_page import browser_context_args as browser_context_args
from tests.browser.test_kiosk_page import kiosk as kiosk
from tests.browser.test_kiosk_page import printer as printer
from tests.browser.test_kiosk_page import screen as screen
from tests.browser.test_kiosk_page import shell as shell
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.desk_site import DeskSite, desk_site
from tests.support.display import running_display
from tests.support.hall_server import KAFR_SAQR, board, call, hall_server
from tests.support.kiosk_server import KioskServer, kiosk_server
from tests.support.pages import BOARD, DESK, KIOSK, PHONE, axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD
from tests.support.training import mark

TRAINING: CentreNames = KAFR_SAQR.model_copy(
    update={
        "training": True,
        "name_ar": training_name(KAFR_SAQR.name_ar, "ar"),
        "name_en": training_name(KAFR_SAQR.name_en, "en"),
    }
)


@pytest.fixture
async def server() -> AsyncIterator[KioskServer]:
    async with kiosk_server() as started:
        started.centre = TRAINING
        yield started


@pytest.fixture
async def site(
    database: Database, passwords: Passwords, short_dir: Path
) -> AsyncIterator[DeskSite]:
    await mark(database.owner_dsn)
    async with desk_site(database, passwords, short_dir, training=True) as started:
        await started.issue(4)
        await started.open(5, started.clerk, "منى السيد")
        await started.call(5, started.clerk)
        yield started


_BAND = """
() => {
  const band = document.querySelector(".training");
  const next = document.querySelector("header") ?? document.querySelector("main");
  const range = document.createRange();
  range.selectNodeContents(band);
  const box = band.getBoundingClientRect();
  const middle = (rect) => (rect.top + rect.bottom) / 2;
  const letters = parseFloat(getComputedStyle(band).fontSize) / 2;
  return {
    top: box.top,
    bottom: box.bottom,
    below: next.getBoundingClientRect().top,
    lines: [...range.getClientRects()].map(
      (rect) => [middle(rect) - letters, middle(rect) + letters]),
  };
}
"""
"""Where the band stands, what begins below it, and each line of its words from the tops of its
letters to their feet; in one breath, since a glass may be drawn anew at any moment."""


async def band_is_clear(page: Page) -> None:
    """The band is seen whole, its words fit, and nothing of the page begins under it."""
    await expect(page.locator(".training")).to_be_visible()
    seen = await page.evaluate(_BAND)
    assert seen["top"] == 0
    assert seen["below"] >= seen["bottom"] - 1
    assert seen["lines"] != []
    assert all(seen["top"] <= line[0] and line[1] <= seen["bottom"] for line in seen["lines"]), seen


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_staff_see_the_band_on_every_screen_and_all_of_their_page(
    site: DeskSite, page: Page, language: str
) -> None:
    await page.set_viewport_size(DESK)
    await page.goto(site.url(f"/sign-in?lang={language}"))
    await page.fill("[name=username]", "mona")
    await page.fill("[name=password]", PASSWORD)
    await page.click("main button[type=submit]")
    await expect(page.locator(".hand__number")).to_be_visible()
    await band_is_clear(page)
    assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    await look_at(page, f"training-desk-{language}")
    assert await axe(page) == []
    await page.set_viewport_size(PHONE)
    for path in ("/rules", "/windows/5/face"):
        await page.goto(site.url(f"{path}?lang={language}"))
        await band_is_clear(page)
        assert not await scrolls_sideways(page)
        await look_at(page, f"training{path.replace('/', '-')}-{language}")
    await page.set_viewport_size(DESK)  # a face on a tablet at the window
    await band_is_clear(page)
    await look_at(page, f"training-face-tablet-{language}")


async def test_a_kiosk_for_training_says_so_and_still_fits(
    screen: Page, server: KioskServer
) -> None:
    await band_is_clear(screen)
    assert await height(screen) == (1920, 1920)
    await assert_good(screen, "training-kiosk-ar")
    await server.stop()
    await expect(screen.locator(".why-not")).to_be_visible()
    await touch(screen, "language")
    await expect(screen.locator(".training")).to_contain_text("not called")
    await band_is_clear(screen)
    await assert_good(screen, "training-kiosk-cut-off-en")


async def test_a_hall_screen_for_training_says_so_and_still_fits(
    page: Page, tmp_path: Path
) -> None:
    async with hall_server() as hall:
        hall.welcome = hall.welcome.model_copy(update={"centre": TRAINING})
        hall.board = board(200, *(call(142 - n, str(142 - n), 5, age_s=90 + n) for n in range(3)))
        async with running_display(hall.url, tmp_path, ManualClock()) as running:
            await page.set_viewport_size(BOARD)
            await page.goto(running.url)
            await expect(page.locator("#call-label")).to_have_text("١٤٢")
            await band_is_clear(page)
            assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
            await look_at(page, "training-board-ar")
            assert await axe(page) == []
            await page.set_viewport_size(KIOSK)  # a hall screen that stands
            await page.goto(f"{running.url}/?lang=en")
            await expect(page.locator("#call-label")).to_have_text("142")
            await band_is_clear(page)
            assert not await scrolls_sideways(page)
            assert await page.locator(".training").evaluate("(it) => it.scrollWidth <= innerWidth")
            await look_at(page, "training-board-en")
