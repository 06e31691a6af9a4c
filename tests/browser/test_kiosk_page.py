"""The kiosk in a real Chromium: touched, mirrored, measured, left alone, cut off."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Page, expect

from core_services.clock import SystemClock
from core_services.link.citizen_frames import Issue
from core_services.link.hall_frames import Down
from kiosk.shell import Shell, load_shell
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.kiosk import hall, services
from tests.support.kiosk_server import MORNING, KioskServer, kiosk_server
from tests.support.kiosk_site import (
    RunningKiosk,
    VirtualPrinter,
    running_kiosk,
    virtual_printer,
)
from tests.support.pages import DESK, KIOSK, axe, look_at, scrolls_sideways

MEASURE = r"""
() => {
  const parse = (value) => (value.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((part) => part / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const groundOf = (element) => {
    for (let node = element; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("[hidden], :disabled, [inert], .for-ears")) continue;
    const [one, other] = [light(parse(getComputedStyle(element).color)), light(groundOf(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 7) faint.push([node.data.trim().slice(0, 30), ratio.toFixed(1)]);
  }
  const buttons = [...document.querySelectorAll("button")]
    .filter((button) => getComputedStyle(button).visibility !== "hidden")
    .filter((button) => button.getClientRects().length && !button.closest("[inert]"))
    .map((button) => ({ name: button.dataset.touch, box: button.getBoundingClientRect() }));
  const small = buttons
    .filter(({ box }) => box.width < 80 || box.height < 80)
    .map(({ name, box }) => [name, box.width, box.height]);
  const near = [];
  buttons.forEach((one, index) => buttons.slice(index + 1).forEach((other) => {
    const x = Math.max(one.box.left, other.box.left) - Math.min(one.box.right, other.box.right);
    const y = Math.max(one.box.top, other.box.top) - Math.min(one.box.bottom, other.box.bottom);
    if (Math.max(x, y) < 20) near.push([one.name, other.name, x, y]);
  }));
  const cut = [...document.querySelectorAll("#glass *")]
    .filter((element) => element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0)
    .filter((element) => !element.closest(".for-ears, svg"))
    .map((element) => [element.className, element.scrollWidth, element.clientWidth]);
  return { faint, small, near, cut };
}
"""
"""Text under 7:1, targets under 80 px, gaps under 20 px, boxes narrower than what is in them."""


class Morning(SystemClock):
    """The machine's clock for durations; the wall shows 9:14 in Cairo."""

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 7, 14, tzinfo=UTC)


@pytest.fixture(scope="session")
def shell(font: Path) -> Shell:
    return load_shell(font)


@pytest.fixture
async def server() -> AsyncIterator[KioskServer]:
    async with kiosk_server() as started:
        yield started


@pytest.fixture
async def printer() -> AsyncIterator[VirtualPrinter]:
    async with virtual_printer() as standing:
        yield standing


@pytest.fixture
async def kiosk(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> AsyncIterator[RunningKiosk]:
    async with running_kiosk(
        server.url, tmp_path, Morning(), shell, printer=printer.url
    ) as running:

        async def printer_is_ready() -> bool:
            return running.kiosk.machines.printer == "ready"

        await eventually(printer_is_ready)
        yield running


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": KIOSK, "has_touch": True}


@pytest.fixture
async def screen(page: Page, kiosk: RunningKiosk) -> Page:
    await page.goto(kiosk.url)
    await expect(button(page, "take")).to_be_enabled()
    return page


def button(page: Page, name: str) -> Any:
    return page.locator(f'[data-touch="{name}"]')


async def touch(page: Page, *names: str) -> None:
    """Touch buttons one after another, with a citizen's pauses."""
    for name in names:
        await page.wait_for_timeout(550)
        await button(page, name).tap()


async def step(page: Page, name: str) -> None:
    await expect(page.locator("#glass")).to_have_attribute("data-step", name)


async def height(page: Page) -> tuple[int, int]:
    whole: int = await page.evaluate("document.documentElement.scrollHeight")
    visible: int = await page.evaluate("innerHeight")
    return whole, visible


async def assert_good(page: Page, name: str) -> None:
    """Leave a picture, and hold the page to every rule that can be measured."""
    await look_at(page, f"kiosk-{name}")
    measured = await page.evaluate(MEASURE)
    assert measured == {"faint": [], "small": [], "near": [], "cut": []}
    assert await axe(page) == []
    assert not await scrolls_sideways(page)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_every_step_is_legible_touchable_and_fits(
    screen: Page, server: KioskServer, printer: VirtualPrinter, language: str
) -> None:
    server.public_url = "https://q.kfs.example.eg"
    if language == "en":
        await touch(screen, "language")
    await expect(screen.locator("html")).to_have_attribute("lang", language)
    await expect(screen.locator("html")).to_have_attribute(
        "dir", "rtl" if language == "ar" else "ltr"
    )
    await assert_good(screen, f"home-{language}")
    assert await height(screen) == (1920, 1920)
    await touch(screen, "services")
    await step(screen, "groups")
    await assert_good(screen, f"groups-{language}")
    assert await height(screen) == (1920, 1920)
    await touch(screen, "group:0")
    await step(screen, "services")
    await assert_good(screen, f"services-{language}")
    await touch(screen, "next", "service:109")
    await step(screen, "card")
    await assert_good(screen, f"card-{language}")
    assert await height(screen) == (1920, 1920)
    await touch(screen, "back", "service:110")
    await expect(screen.locator(".papers__usual")).to_be_visible()
    await assert_good(screen, f"card-free-{language}")
    assert await height(screen) == (1920, 1920)
    server.answers_issue = False
    await touch(screen, "take:age65")
    await step(screen, "issuing")
    await assert_good(screen, f"issuing-{language}")
    server.answers_issue = True
    server.cut()
    await expect(button(screen, "finish")).to_be_visible()
    await assert_good(screen, f"number-printed-{language}")
    assert await height(screen) == (1920, 1920)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_every_trouble_is_legible_touchable_and_fits(
    screen: Page, server: KioskServer, printer: VirtualPrinter, kiosk: RunningKiosk, language: str
) -> None:
    async def speak() -> None:
        if language == "en":
            await touch(screen, "language")

    server.public_url = "https://q.kfs.example.eg"
    printer.change(paper="out")
    await expect(screen.locator(".why-not")).to_be_visible()
    await speak()
    await assert_good(screen, f"home-no-paper-{language}")
    assert await height(screen) == (1920, 1920)
    await touch(screen, "take:infant")
    await expect(button(screen, "kept")).to_be_visible()
    server.settles = False
    await touch(screen, "help")
    asked = "جارٍ إبلاغ الموظفين…" if language == "ar" else "The staff are being told…"
    await expect(button(screen, "help")).to_have_text(asked)
    await look_at(screen, f"kiosk-help-asked-{language}")
    await expect(screen.locator(".foot .note--alarm")).to_be_visible()
    await assert_good(screen, f"help-not-sent-{language}")
    server.settles = True
    await touch(screen, "help")
    await expect(screen.locator(".foot__help--said")).to_be_visible()
    await assert_good(screen, f"number-not-printed-{language}")
    await touch(screen, "kept")
    await expect(button(screen, "finish")).to_be_visible()
    await assert_good(screen, f"number-kept-{language}")
    await touch(screen, "finish")
    await speak()
    server.refuses_issue = 409
    await touch(screen, "take")
    await step(screen, "notice")
    await assert_good(screen, f"notice-{language}")
    await touch(screen, "home")
    await server.show(hall(2, issuing=False))
    await expect(button(screen, "take")).to_be_disabled()
    await assert_good(screen, f"home-stopped-{language}")
    await server.stop()
    await expect(screen.locator(".facts")).to_have_count(0)
    await touch(screen, "help")
    await expect(screen.locator(".foot .note")).to_be_visible()
    await assert_good(screen, f"home-cut-off-{language}")
    assert await height(screen) == (1920, 1920)


CLOSED = {
    "issuing": False,
    "state": "closed",
    "closed_ar": "توقّف حجز الأرقام اليوم، ومن معه رقم ستُقضى خدمته. "
    "الحجز القادم: الأحد ٢٩/١١/٢٠٢٦ الساعة ٨:٠٠ ص.",
    "closed_en": "No more numbers are given today. Whoever holds a number will be served. "
    "Numbers are given again on Sunday 29/11/2026 from 8:00 am.",
}


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_closed_centre_says_when_numbers_are_given_again_before_one_is_taken(
    screen: Page, server: KioskServer, printer: VirtualPrinter, language: str
) -> None:
    await server.show(hall(2, **CLOSED, appointments=True))
    await expect(button(screen, "take")).to_be_disabled()
    if language == "en":
        await touch(screen, "language")
    await expect(screen.locator(".priorities")).to_have_count(0)  # there is no number to put first
    words = CLOSED[f"closed_{language}"]
    await expect(screen.locator(".why-not")).to_have_text(str(words))
    await assert_good(screen, f"home-closed-{language}")
    assert await height(screen) == (1920, 1920)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_in_the_morning_there_is_one_big_button_alone(
    screen: Page, server: KioskServer, printer: VirtualPrinter, language: str
) -> None:
    await server.show(hall(2, morning=True))
    await expect(button(screen, "services")).to_have_count(0)
    if language == "en":
        await touch(screen, "language")
    await expect(screen.locator("html")).to_have_attribute("lang", language)
    await expect(screen.locator("[data-touch^='take']")).to_have_count(1)
    box = await button(screen, "take").bounding_box()
    assert box is not None
    assert box["height"] > 700
    await assert_good(screen, f"home-morning-{language}")
    assert await height(screen) == (1920, 1920)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_how_many_requests_is_asked_on_the_card_and_one_touch_still_takes_a_number(
    screen: Page, server: KioskServer, printer: VirtualPrinter, language: str
) -> None:
    await server.show(hall(2, appointments=True))
    if language == "en":
        await touch(screen, "language")
    await touch(screen, "services", "group:0", "next", "service:109")
    await step(screen, "card")
    one, several, more = (button(screen, f"requests:{name}") for name in ("one", "several", "more"))
    await expect(one).to_have_attribute("aria-pressed", "true")
    await more.focus()
    await screen.wait_for_timeout(550)
    await screen.keyboard.press("Enter")
    await expect(more).to_have_attribute("aria-pressed", "true")
    await expect(more).to_be_focused()
    await expect(screen.locator(".requests__more")).to_be_visible()
    await assert_good(screen, f"card-more-{language}")
    assert await height(screen) == (1920, 1920)
    await touch(screen, "requests:several")
    await expect(several).to_have_attribute("aria-pressed", "true")
    await expect(one).to_have_attribute("aria-pressed", "false")
    await expect(screen.locator(".requests__more")).to_have_count(0)
    await assert_good(screen, f"card-several-{language}")
    await touch(screen, "take")
    await expect(button(screen, "finish")).to_be_visible()
    await expect(screen.locator(".turn__requests bdi")).to_have_text(
        "٣" if language == "ar" else "3"
    )
    await assert_good(screen, f"number-several-{language}")
    assert await height(screen) == (1920, 1920)
    await touch(screen, "finish")
    if language == "en":
        await touch(screen, "language")
    server.requests_at_most = 1
    await touch(screen, "services", "group:0", "service:101", "requests:several", "take")
    await step(screen, "notice")
    await assert_good(screen, f"notice-too-many-{language}")


async def test_the_home_page_does_not_scroll_on_a_lying_screen(
    screen: Page, server: KioskServer, printer: VirtualPrinter
) -> None:
    await screen.set_viewport_size(DESK)
    await assert_good(screen, "lying-home-ar")
    assert await height(screen) == (768, 768)
    await touch(screen, "services")
    await step(screen, "groups")
    await assert_good(screen, "lying-groups-ar")
    await touch(screen, "group:0", "service:101")
    await step(screen, "card")
    await touch(screen, "requests:more")
    await assert_good(screen, "lying-card-ar")
    await touch(screen, "take")
    await expect(button(screen, "finish")).to_be_visible()
    await assert_good(screen, "lying-number-ar")
    assert await height(screen) == (768, 768)
    await touch(screen, "finish", "language")
    await expect(screen.locator("html")).to_have_attribute("lang", "en")
    await assert_good(screen, "lying-home-en")
    assert await height(screen) == (768, 768)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_text_of_twice_the_size_makes_a_longer_page_and_cuts_nothing(
    screen: Page, server: KioskServer, language: str
) -> None:
    if language == "en":
        await touch(screen, "language")
    await screen.evaluate("document.documentElement.style.setProperty('--root-size', '60px')")
    for names, name in (
        ((), "home"),
        (("services",), "groups"),
        (("group:0",), "services"),
        (("service:101",), "card"),
        (("take",), "number"),
    ):
        await touch(screen, *names)
        await step(screen, name)
        await look_at(screen, f"kiosk-twice-{name}-{language}")
        assert not await scrolls_sideways(screen)
        assert (await screen.evaluate(MEASURE))["cut"] == []
        await expect(button(screen, "help")).to_be_visible()


async def test_a_touch_gives_a_number_and_a_slip(
    screen: Page, server: KioskServer, printer: VirtualPrinter
) -> None:
    await touch(screen, "take")
    await expect(screen.locator(".follow")).to_have_count(0)
    await look_at(screen, "kiosk-number-without-code-ar")
    await expect(screen.locator(".turn__number")).to_have_text("١٤٢")
    await expect(screen.locator(".turn__other")).to_have_text("142")
    await expect(screen.locator(".paper")).to_contain_text("خُذ ورقتك")
    await server.until(lambda: server.words() == ["done"])
    assert len(printer.slips) == 1


async def test_three_quick_taps_are_one_ticket(screen: Page, server: KioskServer) -> None:
    box = await button(screen, "take").bounding_box()
    for _ in range(3):
        await screen.touchscreen.tap(box["x"] + 200, box["y"] + 200)
    await step(screen, "number")
    await server.until(lambda: server.words() == ["done"])
    assert len(server.frames(Issue)) == 1


async def test_a_finger_that_slides_off_a_button_takes_nothing(
    screen: Page, server: KioskServer
) -> None:
    await button(screen, "take").hover()
    await screen.mouse.down()
    await button(screen, "services").hover()
    await screen.mouse.up()
    await touch(screen, "services")
    await step(screen, "groups")
    assert server.frames(Issue) == []


async def test_a_touch_counts_although_the_page_was_drawn_anew_under_the_finger(
    screen: Page, server: KioskServer
) -> None:
    await button(screen, "take").hover()
    await screen.mouse.down()
    await server.show(hall(2, waiting=31, services=None))
    await expect(screen.locator(".fact").first).to_contain_text("٣١")
    await screen.mouse.up()
    await step(screen, "number")


async def test_keys_touch_too_and_focus_follows_the_step(screen: Page) -> None:
    await button(screen, "services").focus()
    await screen.keyboard.press("Enter")
    await step(screen, "groups")
    await expect(screen.locator("h1")).to_be_focused()
    await screen.wait_for_timeout(550)
    await screen.keyboard.press("Tab")
    await expect(button(screen, "group:0")).to_be_focused()
    await screen.keyboard.press("Space")
    await step(screen, "services")


async def test_a_reload_returns_to_where_the_citizen_was(screen: Page) -> None:
    await touch(screen, "language", "services", "group:1", "service:202")
    await step(screen, "card")
    await screen.reload()
    await step(screen, "card")
    await expect(screen.locator("h1")).to_have_text("Adding floors to a building")
    await touch(screen, "back")
    await step(screen, "services")


async def test_an_idle_screen_asks_and_then_wipes_the_citizen(
    page: Page, server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    clock = ManualClock(start=MORNING)
    async with running_kiosk(server.url, tmp_path, clock, shell) as running:
        await page.goto(running.url)
        await expect(button(page, "take")).to_be_enabled()
        for name in ("language", "services", "group:1", "service:202"):
            await button(page, name).tap()
            await expect(button(page, name)).to_have_count(1 if name == "language" else 0)
            await clock.advance(1)
        await step(page, "card")
        await clock.advance(45)
        await expect(page.locator(".ask")).to_be_visible()
        await expect(page.locator(".ask__title")).to_be_focused()
        await look_at(page, "kiosk-asking-en")
        assert await axe(page) == []
        await button(page, "more-time").tap()
        await expect(page.locator(".ask")).to_have_count(0)
        await step(page, "card")
        await clock.advance(45)
        await expect(page.locator(".ask")).to_be_visible()
        await button(page, "language").tap()
        await expect(page.locator("html")).to_have_attribute("lang", "ar")
        await clock.advance(45)
        await look_at(page, "kiosk-asking-ar")
        await clock.advance(30)
        await step(page, "home")
        assert "تعلية مبنى قائم" not in await page.content()


async def test_a_page_whose_agent_is_away_says_so_and_comes_back_by_itself(
    page: Page, server: KioskServer, shell: Shell, tmp_path: Path
) -> None:
    async with running_kiosk(server.url, tmp_path, Morning(), shell) as running:
        await page.goto(running.url)
        await expect(button(page, "take")).to_be_enabled()
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await expect(page.locator("#cut")).to_be_visible()
    await look_at(page, "kiosk-agent-away")
    await page.reload()
    await expect(page.locator("h1")).to_contain_text("الجهاز متوقف مؤقتًا")
    await look_at(page, "kiosk-closed")
    async with running_kiosk(server.url, tmp_path, Morning(), shell, port=running.port):
        await expect(button(page, "take")).to_be_enabled(timeout=10_000)


async def test_two_pages_show_the_same(
    screen: Page, context: BrowserContext, kiosk: RunningKiosk
) -> None:
    async with AsyncExitStack() as stack:
        other = await context.new_page()
        stack.push_async_callback(other.close)
        await other.goto(kiosk.url)
        await touch(screen, "services")
        await step(other, "groups")


async def test_the_english_page_is_the_mirror_of_the_arabic_one(screen: Page) -> None:
    async def centre_of(selector: str) -> float:
        box = await screen.locator(selector).bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2

    arabic = [await centre_of(".head__language"), await centre_of(".fact >> nth=0")]
    await touch(screen, "language")
    await expect(screen.locator("html")).to_have_attribute("dir", "ltr")
    english = [await centre_of(".head__language"), await centre_of(".fact >> nth=0")]
    for one, other in zip(arabic, english, strict=True):
        assert abs(one + other - 1080) < 40


def some_down(*, payment: bool = True) -> dict[str, object]:
    """Return a hall's changes: the building licences and one other service are down."""
    since = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
    system = Down(reason="ministry_system", since=since, expected=MORNING + timedelta(hours=1))
    officer = Down(reason="no_officer", since=since)
    cards = [
        card.model_copy(
            update={
                "down": system
                if card.group_en == "Building licences"
                else officer
                if card.code == "302"
                else None
            }
        )
        for card in services()
    ]
    return {"services": cards, "payment_down": officer if payment else None}


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_what_is_down_is_said_before_a_number_and_can_be_waited_for(
    screen: Page, server: KioskServer, printer: VirtualPrinter, language: str
) -> None:
    await server.show(hall(2, **some_down()))
    if language == "en":
        await touch(screen, "language")
    await expect(screen.locator(".downs p")).to_have_count(2)
    await assert_good(screen, f"down-home-{language}")
    assert await height(screen) == (1920, 1920)
    await touch(screen, "services")
    await expect(screen.locator(".tile--down")).to_have_count(1)
    await assert_good(screen, f"down-groups-{language}")
    await touch(screen, "group:0")
    words = (
        "متوقفة الآن – سيستم الوزارة" if language == "ar" else "Down now – the ministry's system"
    )
    await expect(button(screen, "service:101")).to_contain_text(words)
    await assert_good(screen, f"down-services-{language}")
    await touch(screen, "service:101")
    take = "خُذ رقمًا وانتظر" if language == "ar" else "Take a number and wait"
    await expect(button(screen, "take")).to_contain_text(take)
    await expect(screen.locator(".downs")).to_contain_text("١٠:١٤" if language == "ar" else "10:14")
    await assert_good(screen, f"down-card-{language}")
    assert await height(screen) == (1920, 1920)
    await touch(screen, "take")
    await expect(button(screen, "finish")).to_be_visible()


async def test_the_home_page_with_outages_does_not_scroll_on_a_lying_screen(
    screen: Page, server: KioskServer, printer: VirtualPrinter
) -> None:
    await server.show(hall(2, **some_down()))
    await screen.set_viewport_size(DESK)
    await expect(screen.locator(".downs p")).to_have_count(2)
    await assert_good(screen, "lying-down-home-ar")
    assert await height(screen) == (768, 768)
    await touch(screen, "services", "group:0", "service:101")
    await assert_good(screen, "lying-down-card-ar")


async def test_a_kiosk_that_is_cut_off_keeps_what_is_down(
    screen: Page, server: KioskServer, printer: VirtualPrinter
) -> None:
    await server.show(hall(2, **some_down(payment=False)))
    await expect(screen.locator(".downs p")).to_have_count(1)
    await server.stop()
    await expect(screen.locator(".facts")).to_have_count(0)
    await expect(screen.locator(".downs p")).to_have_count(1)
    await touch(screen, "services", "group:0", "service:101")
    await expect(screen.locator(".downs")).to_be_visible()
