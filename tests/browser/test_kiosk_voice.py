"""«اسمع» in a real Chromium: heard when asked, ended by any touch, begun anew, never a code."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, expect

from drivers.clock import SystemClock
from drivers.voices.espeak import Espeak
from drivers.voices.sound import read_wav
from drivers.voices.voice import Voice
from kiosk.shell import Shell, load_shell
from tests.browser.test_kiosk_page import Morning, assert_good, button, height, step, touch
from tests.support.eventually import eventually
from tests.support.kiosk import hall
from tests.support.kiosk_server import KioskServer, kiosk_server
from tests.support.kiosk_site import RunningKiosk, running_kiosk
from tests.support.pages import KIOSK
from tests.support.sounds import speech_program

LISTEN = """
window.sounds = [];
const Real = window.Audio;
window.Audio = function (url) {
  const audio = new Real(url);
  sounds.push(audio);
  return audio;
};
"""


@pytest.fixture(scope="session")
def shell(font: Path) -> Shell:
    return load_shell(font)


@pytest.fixture
async def server() -> AsyncIterator[KioskServer]:
    async with kiosk_server() as started:
        yield started


@pytest.fixture
async def kiosk(server: KioskServer, shell: Shell, tmp_path: Path) -> AsyncIterator[RunningKiosk]:
    voice = Voice(clips=None, engine=Espeak(SystemClock()))
    async with running_kiosk(server.url, tmp_path, Morning(), shell, voice=voice) as running:
        yield running


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": KIOSK, "has_touch": True}


@pytest.fixture
async def screen(page: Page, kiosk: RunningKiosk) -> Page:
    await page.add_init_script(LISTEN)
    await page.goto(kiosk.url)
    await expect(button(page, "take")).to_be_enabled()
    return page


async def sounding(page: Page) -> list[bool]:
    """Say of every sound that was begun whether it is heard now."""
    playing: list[bool] = await page.evaluate(
        "sounds.map((one) => !one.paused && !one.ended && one.readyState > 2)"
    )
    return playing


async def until_sounding(page: Page, *playing: bool) -> None:
    async def is_so() -> bool:
        return await sounding(page) == list(playing)

    await eventually(is_so)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_page_is_heard_when_asked_and_any_touch_ends_it(
    screen: Page, language: str
) -> None:
    if language == "en":
        await touch(screen, "language")
        await expect(screen.locator("html")).to_have_attribute("lang", "en")
    listen = screen.locator("[data-listen]")
    await expect(listen).to_have_text("اسمع" if language == "ar" else "Listen")
    assert await sounding(screen) == []
    await listen.tap()
    await until_sounding(screen, True)
    await assert_good(screen, f"listen-{language}")
    assert await height(screen) == (1920, 1920)
    await listen.tap()
    await until_sounding(screen, False, True)
    await screen.locator(".head__centre").tap()
    await until_sounding(screen, False, False)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_number_is_said_and_leaving_its_page_ends_it(
    screen: Page, kiosk: RunningKiosk, language: str
) -> None:
    if language == "en":
        await touch(screen, "language")
    await touch(screen, "take")
    await step(screen, "number")
    listen = screen.locator("[data-listen]")
    await listen.tap()
    await until_sounding(screen, True)
    await assert_good(screen, f"listen-number-{language}")
    assert await height(screen) == (1920, 1920)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{kiosk.url}/say.wav") as answer,
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert read_wav(await answer.read()).duration_s > 4
    await touch(screen, "kept", "finish")
    await step(screen, "home")
    await until_sounding(screen, False)


async def test_a_code_that_is_typed_is_never_said(
    screen: Page, server: KioskServer, kiosk: RunningKiosk
) -> None:
    await server.send(hall(2, appointments=True))
    await touch(screen, "code")
    await step(screen, "code")
    await touch(screen, "digit:5")
    await expect(screen.locator("[data-listen]")).to_have_count(0)
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{kiosk.url}/say.wav") as answer,
    ):
        assert answer.status == 404


async def test_a_voice_that_fails_leaves_the_page_as_it_was(
    page: Page, server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    voice = Voice(clips=None, engine=Espeak(SystemClock(), speech_program(tmp_path, "sys.exit(1)")))
    async with running_kiosk(server.url, tmp_path, Morning(), shell, voice=voice) as running:
        await page.add_init_script(LISTEN)
        await page.goto(running.url)
        async with page.expect_response("**/say.wav*") as response:
            await page.locator("[data-listen]").tap()
        assert (await response.value).status == 503
        await touch(page, "take")
        await step(page, "number")


async def test_without_a_voice_nothing_offers_to_speak(
    page: Page, server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    async with running_kiosk(server.url, tmp_path, Morning(), shell) as running:
        await page.goto(running.url)
        await expect(button(page, "take")).to_be_enabled()
        await expect(page.locator("[data-listen]")).to_have_count(0)
