"""«عندي موعد» in a real Chromium: the tile, the pad, the number, a wrong code; all measured."""

from datetime import UTC, datetime

import pytest
from playwright.async_api import Page, expect

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
from tests.browser.test_kiosk_page import server as server
from tests.browser.test_kiosk_page import shell as shell
from tests.support.kiosk import hall
from tests.support.kiosk_server import KioskServer

HALF_PAST_SEVEN = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
"""9:30 in Cairo."""


async def type_code(page: Page, code: str) -> None:
    await touch(page, "code")
    await step(page, "code")
    for place, digit in enumerate(code):
        await expect(page.locator(".pad__cell").nth(place)).to_have_text("")
        await button(page, f"digit:{digit}").tap()
    await expect(button(page, "check-in")).to_be_enabled()


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_code_is_typed_and_becomes_a_number(
    screen: Page, server: KioskServer, language: str
) -> None:
    server.appointments["47298381"] = HALF_PAST_SEVEN
    await expect(button(screen, "code")).to_have_count(0)
    await server.show(hall(2, appointments=True))
    if language == "en":
        await touch(screen, "language")
    await expect(button(screen, "code")).to_be_enabled()
    await assert_good(screen, f"home-appointments-{language}")
    assert await height(screen) == (1920, 1920)
    await type_code(screen, "47298381")
    cells = await screen.locator(".pad__cell").all_inner_texts()
    assert "".join(cells) == ("٤٧٢٩٨٣٨١" if language == "ar" else "47298381")
    boxes = [await cell.bounding_box() for cell in await screen.locator(".pad__cell").all()]
    places = [box["x"] for box in boxes if box is not None]
    assert places == sorted(places), "a code is typed as numbers are written, from the left"
    await assert_good(screen, f"code-{language}")
    assert await height(screen) == (1920, 1920)
    await touch(screen, "check-in")
    await step(screen, "number")
    await expect(screen.locator(".turn__appointment")).to_contain_text(
        "٩:٣٠ ص" if language == "ar" else "9:30 am"
    )
    await expect(button(screen, "finish")).to_be_visible()
    await assert_good(screen, f"number-appointment-{language}")
    assert await height(screen) == (1920, 1920)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_wrong_code_is_told_and_leads_back(
    screen: Page, server: KioskServer, language: str
) -> None:
    await server.show(hall(2, appointments=True))
    if language == "en":
        await touch(screen, "language")
    await type_code(screen, "47298381")
    await touch(screen, "check-in")
    await step(screen, "notice")
    await assert_good(screen, f"code-unknown-{language}")
    await touch(screen, "home")
    await step(screen, "home")


async def test_whoever_comes_outside_the_time_is_told_on_a_page_that_still_fits(
    screen: Page, server: KioskServer
) -> None:
    server.appointments["47298381"] = HALF_PAST_SEVEN
    server.is_in_time = False
    await server.show(hall(2, appointments=True, morning=True))
    await touch(screen, "language")
    await assert_good(screen, "home-morning-appointments-en")
    await type_code(screen, "47298381")
    await touch(screen, "check-in")
    await step(screen, "number")
    await expect(screen.locator(".turn__appointment")).to_have_count(2)
    await expect(button(screen, "finish")).to_be_visible()
    await assert_good(screen, "number-appointment-missed-en")
    assert await height(screen) == (1920, 1920)
