"""The question after a new roll in a real Chromium, in both languages."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from kiosk.shell import Shell
from kiosk.steps import Patience
from tests.browser.test_kiosk_page import (
    Morning,
    assert_good,
    button,
    height,
    step,
    touch,
)
from tests.browser.test_kiosk_page import printer as printer
from tests.browser.test_kiosk_page import server as server
from tests.browser.test_kiosk_page import shell as shell
from tests.support.eventually import eventually
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import RunningKiosk, VirtualPrinter, running_kiosk
from tests.support.pages import KIOSK


@pytest.fixture
async def kiosk(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> AsyncIterator[RunningKiosk]:
    async with running_kiosk(
        server.url,
        tmp_path,
        Morning(),
        shell,
        printer=printer.url,
        patience=Patience(roll_answer_s=60.0),
    ) as running:
        yield running


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": KIOSK, "has_touch": True}


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_new_roll_is_asked_about_and_white_paper_explained(
    page: Page, kiosk: RunningKiosk, printer: VirtualPrinter, language: str
) -> None:
    async def printer_is(state: str) -> None:
        async def so() -> bool:
            return kiosk.kiosk.machines.printer == state

        await eventually(so)

    await page.goto(kiosk.url)
    await printer_is("ready")
    printer.change(paper="out")
    await printer_is("not_ready")
    printer.change(paper="ok")
    await step(page, "roll")
    if language == "en":
        await touch(page, "language")
    await expect(page.locator("html")).to_have_attribute("lang", language)
    asked = "هل الرقم ظاهر على الورقة؟" if language == "ar" else "Can the number be read"
    await expect(page.locator("h1")).to_contain_text(asked)
    await assert_good(page, f"roll-asked-{language}")
    assert await height(page) == (1920, 1920)
    await touch(page, "roll:no")
    await expect(button(page, "roll:read")).to_be_visible()
    await expect(page.locator(".roll__steps li")).to_have_count(4)
    await assert_good(page, f"roll-blank-{language}")
    assert await height(page) == (1920, 1920)
    await touch(page, "roll:read")
    await step(page, "home")
    await expect(page.locator(".why-not")).to_be_visible()
