"""The supervisor's room in a real Chromium: messages to the hall, alarms, every glass."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from core_services.clock import SystemClock
from kiosk.shell import Shell
from queue_server.broadcasts.model import GLASSES, LINE_LENGTH, TEXT_LENGTH, Wording
from queue_server.web.keys import ALARM_BOOK, BROADCASTS
from tests.server.test_supervisor_alarms import nobody_serves
from tests.support.clock import ManualClock
from tests.support.display import running_display
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.hall_server import HallServer, board, call, hall_server
from tests.support.kiosk import hall
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import kiosk_server
from tests.support.kiosk_site import running_kiosk
from tests.support.pages import BOARD, KIOSK, PHONE, axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD
from tests.unit.test_emergency_screens import LEAVE, QUIET

ONE_WORD = QUIET.model_copy(update={"text_ar": "س" * LINE_LENGTH, "text_en": "W" * LINE_LENGTH})
LONGEST = LEAVE.model_copy(
    update={"text_ar": ("برجاء مغادرة الصالة بهدوء " * 10)[:TEXT_LENGTH], "calls_go_on": True}
)


async def enter(page: Page, scene: HallScene, path: str, language: str) -> None:
    await page.goto(scene.site.url(f"/sign-in?lang={language}"))
    await page.locator("#username").fill("hoda")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/supervisor")
    await page.goto(scene.site.url(path))


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_supervisor_speaks_to_the_hall_and_asks_twice_before_an_emergency(
    scene: HallScene, page: Page, language: str
) -> None:
    await enter(page, scene, "/supervisor/broadcast", language)
    await page.locator("button[value=prayer-now]").click()
    await expect(page.locator(".standing__one")).to_have_count(1)
    await expect(page.locator(".notice")).to_be_focused()
    await expect(page.locator("#emergency-send")).not_to_be_visible()
    await page.locator("#emergency-more summary").click()
    await look_at(page, f"broadcast-{language}")
    assert await axe(page) == []
    await page.locator("#emergency-send").click()
    await expect(page.locator(".standing__one--emergency")).to_have_count(1)
    await page.goto(scene.site.url("/supervisor"))
    await expect(page.locator(".emergency")).to_be_visible()
    await look_at(page, f"hall-emergency-{language}")
    assert await axe(page) == []
    await page.locator("#end-emergency").click()
    await expect(page.locator(".standing__one--emergency")).to_have_count(0)
    await page.set_viewport_size(PHONE)
    assert not await scrolls_sideways(page)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_an_alarm_is_seen_by_one_press_and_a_new_one_may_sound(
    scene: HallScene, page: Page, language: str
) -> None:
    entered = await nobody_serves(scene)
    await enter(page, scene, "/supervisor", language)
    toggle = page.locator("#sound-toggle")
    await toggle.click()
    await expect(toggle).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#sound-blocked")).to_be_hidden()
    await page.locator(f"#seen-{entered.id}").click()
    await expect(page.locator("#seen-alarms")).to_be_visible()
    await page.locator("#seen-alarms summary").click()
    await look_at(page, f"alarm-seen-{language}")
    assert await axe(page) == []
    await page.goto(scene.site.url("/supervisor/alarms"))
    await expect(page.locator(f"#alarm-{entered.id}")).to_be_visible()
    await look_at(page, f"alarms-{language}")
    assert await axe(page) == []
    await page.set_viewport_size(PHONE)
    assert not await scrolls_sideways(page)
    assert scene.site.client.app[ALARM_BOOK] is not None


async def test_face_phone_and_desk_say_the_emergency_and_nothing_covers_it(
    scene: HallScene, page: Page
) -> None:
    await scene.seat(5)
    ticket = await scene.site.issue()
    await scene.site.client.app[BROADCASTS].send(
        Wording("emergency", LEAVE.text_ar, LEAVE.text_en, GLASSES, "leave-hall"),
        actor=scene.supervisor,
    )
    for path, said, name in (
        ("/windows/5/face", ".glass__said", "face"),
        (f"/t/{ticket.token}", ".hall-says--emergency", "phone"),
    ):
        await page.set_viewport_size(PHONE if name == "phone" else {"width": 1024, "height": 768})
        await page.goto(scene.site.url(path))
        await expect(page.locator(said)).to_be_in_viewport(ratio=1)
        await look_at(page, f"emergency-{name}")
        assert await axe(page) == []


@pytest.fixture
async def server() -> AsyncIterator[HallServer]:
    async with hall_server() as started:
        yield started


FITS = """
(element) => element.scrollHeight <= element.clientHeight + 1
  && element.scrollWidth <= element.clientWidth + 1
"""


STAND_APART = """
() => {
  const places = [...document.querySelectorAll(".emergency > *")]
    .map((each) => each.getBoundingClientRect());
  return places[0].top >= 0 && places.at(-1).bottom <= innerHeight
    && places.every((each, at) => at === 0 || each.top >= places[at - 1].bottom)
    && document.documentElement.scrollHeight <= innerHeight;
}
"""
"""Whether the parts of the kiosk's emergency stand one below the other on one screen."""


@pytest.mark.parametrize("size", [BOARD, KIOSK], ids=["landscape", "portrait"])
async def test_an_emergency_covers_a_hall_screen_and_the_longest_text_fits(
    server: HallServer, page: Page, tmp_path: Path, size: dict[str, int]
) -> None:
    server.board = board(142, call(142, "142", 5, age_s=90), messages=(LONGEST, QUIET))
    await page.set_viewport_size({"width": size["width"], "height": size["height"]})
    async with running_display(server.url, tmp_path, ManualClock()) as running:
        await page.goto(running.url)
        await expect(page.locator("#emergency")).to_be_visible()
        await expect(page.locator("#emergency-call")).to_be_visible()
        await page.evaluate("document.fonts.ready.then(() => true)")
        assert await page.locator("#emergency-said").evaluate(FITS)
        box = await page.locator("#emergency").bounding_box()
        assert box is not None
        assert (box["width"], box["height"]) == (size["width"], size["height"])
        await look_at(page, f"emergency-board-{size['width']}")
        assert await axe(page) == []
        await server.send(board(143, messages=(QUIET,)))
        await expect(page.locator("#emergency")).to_be_hidden()
        await expect(page.locator("#news")).to_have_text(QUIET.text_ar)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_kiosk_shows_the_emergency_alone_and_messages_on_its_first_page(
    page: Page, shell: Shell, tmp_path: Path, language: str
) -> None:
    await page.set_viewport_size(KIOSK)
    async with (
        kiosk_server() as server,
        running_kiosk(server.url, tmp_path, SystemClock(), shell) as running,
    ):
        await server.show(hall(2, messages=[QUIET]))
        await page.goto(running.url)
        await expect(page.locator(".says")).to_have_text(QUIET.text_ar)
        if language == "en":
            await page.locator("[data-touch=language]").click()
        await server.show(hall(3, messages=[ONE_WORD]))
        await expect(page.locator(".says")).to_contain_text("س" if language == "ar" else "W")
        assert not await scrolls_sideways(page)
        await server.show(hall(4, messages=[LONGEST], issuing=False))
        await expect(page.locator(".emergency__said")).to_be_visible()
        assert await page.evaluate(STAND_APART)
        await expect(page.locator("button")).to_have_count(1)
        await look_at(page, f"emergency-kiosk-{language}")
        assert await axe(page) == []
