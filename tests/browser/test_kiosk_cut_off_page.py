"""A kiosk whose line is cut, in a real Chromium: the same touches, and words that keep calm."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from core_services.link.hall_frames import Down
from tests.browser.test_kiosk_page import (
    assert_good,
    button,
    height,
    step,
    touch,
)
from tests.browser.test_kiosk_page import browser_context_args as browser_context_args
from tests.browser.test_kiosk_page import kiosk as kiosk
from tests.browser.test_kiosk_page import printer as printer
from tests.browser.test_kiosk_page import screen as screen
from tests.browser.test_kiosk_page import shell as shell
from tests.support.kiosk import OWN_SERIES, hall, openings, services
from tests.support.kiosk_server import MORNING, KioskServer, kiosk_server


@pytest.fixture
async def server() -> AsyncIterator[KioskServer]:
    """A server that gives this disk a series and tells of a service that is down."""
    async with kiosk_server() as started:
        started.offline = OWN_SERIES
        cards = services()
        cards[0] = cards[0].model_copy(
            update={"down": Down(reason="ministry_system", since=MORNING)}
        )
        started.hall = hall(
            openings=openings(MORNING - timedelta(hours=1)), services=cards, appointments=True
        )
        yield started


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_without_a_line_the_same_touch_takes_a_number_and_says_what_is_so(
    screen: Page, server: KioskServer, language: str
) -> None:
    if language == "en":
        await touch(screen, "language")
    await server.stop()
    await expect(screen.locator(".cut-off")).to_be_visible()
    await assert_good(screen, f"home-cut-off-own-{language}")
    assert await height(screen) == (1920, 1920)
    await touch(screen, "services", "group:1", "service:203")
    await step(screen, "card")
    await touch(screen, "requests:several", "take:age65")
    await expect(button(screen, "finish")).to_be_visible()
    await expect(screen.locator(".turn__cut-off")).to_be_visible()
    await assert_good(screen, f"number-cut-off-own-{language}")
    assert await height(screen) == (1920, 1920)
