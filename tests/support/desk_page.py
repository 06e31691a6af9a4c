"""The desk in a real browser: signing in, and keys that are pressed when the page is ready."""

from playwright.async_api import Locator, Page, expect

from tests.support.desk_site import DeskSite
from tests.support.site import PASSWORD


async def sign_in(site: DeskSite, page: Page, username: str = "mona", language: str = "ar") -> None:
    """Sign in at the keyboard; the desk is what comes first."""
    await page.goto(site.url(f"/sign-in?lang={language}"))
    await page.locator("#username").fill(username)
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await is_ready(page)


async def open_desk(site: DeskSite, page: Page, language: str = "ar") -> None:
    """Sign Mona in, her window 5 open."""
    await site.open(5, site.clerk, "منى السيد")
    await sign_in(site, page, language=language)
    await expect(hand(page, "idle")).to_be_visible()


async def is_ready(page: Page) -> None:
    """Wait until the page's script runs and takes the next press."""
    await expect(page.locator("html.has-script #main:not([aria-busy=true])")).to_be_attached()


async def press(page: Page, key: str) -> None:
    """Press a place of the keyboard, such as Numpad1, as soon as the desk takes it.

    It has done what it does when this returns.
    """
    await is_ready(page)
    await page.keyboard.press(key)
    await all_keys_given(page)


async def all_keys_given(page: Page) -> None:
    """Wait until the page is sure that a hand typed and no scanner, a moment after each key."""
    await expect(page.locator("html:not([data-keys-held])")).to_be_attached()


def hand(page: Page, state: str) -> Locator:
    """Return the panel of what is in hand, in that state alone."""
    return page.locator(f".hand--{state}")


async def clock_s(page: Page) -> int:
    """Return what the panel's clock says, in seconds."""
    minutes, seconds = (await page.locator(".hand__clock").inner_text()).split(":")
    return int(minutes) * 60 + int(seconds)
