"""The hall screen in a real Chromium: sizes, both directions, new calls, silence, accessibility."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from playwright.async_api import Page, expect

from core_services.link.board_frames import BoardCall
from core_services.link.message_frames import BoardMessage
from queue_server.tickets.closing import closing_sentences
from queue_server.tickets.gate import Gate
from tests.support.clock import ManualClock
from tests.support.display import Running, running_display
from tests.support.eventually import eventually
from tests.support.hall_server import PRAYER, HallServer, board, call, called, hall_server
from tests.support.pages import axe, look_at, scrolls_sideways, strict_html

CURRENT_DIGIT_PX, PREVIOUS_DIGIT_PX = 193, 73
"""At 1920 x 1080 on a 55-inch screen, for eyes 10 m away."""

USUAL = [
    call(142, "142", 5, age_s=90),
    call(141, "141", 2, age_s=100),
    call(140, "140", 8, age_s=120),
    call(139, "139", 1, age_s=150),
    call(138, "138", 7, age_s=170),
]
LETTERS = [
    call(160, "A-1001", 12, age_s=90, recall=1),
    call(159, "1042", 10, age_s=100),
    call(158, "J-1105", 3, age_s=120),
    call(157, "A-101", 9, age_s=150),
    call(156, "S-999", 7, age_s=170),
]
FOUR_DIGITS = [call(170, "1042", 10, age_s=90), *LETTERS[2:], *USUAL[:1]]

DIGIT_HEIGHT = """
(element) => {
  const style = getComputedStyle(element);
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const one = document.documentElement.lang === "ar" ? "١" : "1";
  const measured = pen.measureText(one);
  return measured.actualBoundingBoxAscent + measured.actualBoundingBoxDescent;
}
"""
TEXT_BOX = """
(element) => {
  const range = document.createRange();
  range.selectNodeContents(element);
  const box = range.getBoundingClientRect();
  return [box.left, box.right];
}
"""


@pytest.fixture
async def server() -> AsyncIterator[HallServer]:
    async with hall_server() as started:
        yield started


@pytest.fixture
async def running(server: HallServer, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Running]:
    async with running_display(server.url, tmp_path, clock) as started:
        yield started


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def open_board(
    page: Page, running: Running, language: str = "ar", *, width: int = 1920, height: int = 1080
) -> None:
    """Open the page and wait for its first face."""
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(f"{running.url}/?lang={language}")
    await expect(page.locator("#clock")).not_to_be_empty()
    await page.evaluate("document.fonts.ready.then(() => true)")


async def digit_height(page: Page, selector: str) -> float:
    height: float = await page.locator(selector).first.evaluate(DIGIT_HEIGHT)
    return height


async def assert_inside(page: Page, inner: str, outer: str) -> None:
    """Every inner text that is not empty lies between the edges of its outer box."""
    for element in await page.locator(inner).all():
        if not await element.text_content():
            continue
        left, right = await element.evaluate(TEXT_BOX)
        box = await element.evaluate(
            f"(e) => {{ const b = e.closest('{outer}').getBoundingClientRect();"
            " return [b.left, b.right]; }"
        )
        assert box[0] <= left
        assert right <= box[1]


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize(
    ("calls", "name"), [(USUAL, "usual"), (LETTERS, "letters"), (FOUR_DIGITS, "four-digits")]
)
async def test_numbers_are_large_enough_for_ten_metres_and_fit(
    page: Page,
    server: HallServer,
    running: Running,
    language: str,
    calls: list[BoardCall],
    name: str,
) -> None:
    server.board = board(200, *calls, messages=(PRAYER,))
    await open_board(page, running, language)
    await look_at(page, f"board-{name}-{language}")
    assert await digit_height(page, "#call-label") >= CURRENT_DIGIT_PX
    for row in range(4):
        height = await digit_height(page, f".calls__row >> nth={row} >> .calls__label")
        assert height >= PREVIOUS_DIGIT_PX
        window = await digit_height(page, f".calls__row >> nth={row} >> .calls__window")
        assert window >= PREVIOUS_DIGIT_PX
    assert await digit_height(page, "#call-window") >= PREVIOUS_DIGIT_PX
    await assert_inside(page, "#call-label", ".call")
    await assert_inside(page, "#call-window", ".call__window")
    await assert_inside(page, ".calls__label", "[role=cell]")
    await assert_inside(page, ".calls__window", "[role=cell]")
    assert not await scrolls_sideways(page)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_board_is_accessible(
    page: Page, server: HallServer, running: Running, language: str
) -> None:
    server.board = board(200, *LETTERS, messages=(PRAYER,))
    await open_board(page, running, language)
    assert await axe(page) == []
    root = page.locator("html")
    assert await root.get_attribute("lang") == language
    assert await root.get_attribute("dir") == {"ar": "rtl", "en": "ltr"}[language]


async def test_english_mirrors_arabic(page: Page, server: HallServer, running: Running) -> None:
    server.board = board(200, *USUAL)

    async def middle_of(selector: str) -> float:
        box = await page.locator(selector).bounding_box()
        assert box is not None
        return box["x"] + box["width"] / 2

    places = {}
    for language in ("ar", "en"):
        await open_board(page, running, language)
        places[language] = [await middle_of(each) for each in (".call", ".calls", "#clock")]
    call_ar, calls_ar, clock_ar = places["ar"]
    call_en, calls_en, clock_en = places["en"]
    assert call_ar > calls_ar
    assert call_en < calls_en
    assert call_ar + call_en == pytest.approx(1920, abs=2)
    assert calls_ar + calls_en == pytest.approx(1920, abs=2)
    assert clock_ar < 960 < clock_en


@pytest.mark.parametrize(
    ("width", "height"), [(1366, 768), (3840, 2160), (1080, 1920), (1024, 768), (2560, 1080)]
)
async def test_the_board_fills_other_screens(
    page: Page, server: HallServer, running: Running, width: int, height: int
) -> None:
    server.board = board(200, *LETTERS, messages=(PRAYER,))
    await open_board(page, running, width=width, height=height)
    await look_at(page, f"board-{width}x{height}")
    assert not await scrolls_sideways(page)
    edges: list[float] = await page.evaluate(
        "[...document.querySelectorAll('.head, .call, .calls__row, .foot')]"
        ".map((e) => e.getBoundingClientRect()).flatMap((b) => [b.left, b.top])"
    )
    assert min(edges) >= 0
    bottom = await page.evaluate("document.querySelector('.foot').getBoundingClientRect().bottom")
    assert bottom == pytest.approx(height, abs=1)
    for selector in ("#centre", "#wait", "#clock", "#news"):
        box = await page.locator(selector).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    await assert_inside(page, "#call-label", ".call")
    await assert_inside(page, ".calls__label", "[role=cell]")
    unit = min(width / 1920, height / 1080) if width > height else min(width / 1080, height / 1920)
    assert await digit_height(page, "#call-label") >= 0.9 * CURRENT_DIGIT_PX * unit


async def test_before_the_first_call_the_board_says_what_it_is_for(
    page: Page, running: Running, server: HallServer
) -> None:
    await server.until(lambda: server.connections == 1)
    await open_board(page, running)
    await look_at(page, "board-empty-ar")
    assert not await page.locator("#call-full").is_visible()
    words = await page.locator("#call-empty").inner_text()
    assert "عند النداء يظهر هنا رقم دورك ورقم الشباك." in words
    assert await axe(page) == []


async def test_a_new_call_pulses_twice_sounds_and_is_told_to_the_server(
    page: Page, server: HallServer, running: Running
) -> None:
    server.board = board(142, *USUAL)
    await open_board(page, running)
    await expect(page.locator("#call-label")).to_have_text("١٤٢")
    assert server.shown == []
    async with page.expect_request("**/static/chime.wav"):
        await server.send(called(call(143, "143", 4)))
    await expect(page.locator("#call-label")).to_have_text("١٤٣")
    timing = await page.locator("#call-full").evaluate(
        "(e) => { const t = e.getAnimations()[0].effect.getTiming();"
        " return [t.duration, t.iterations]; }"
    )
    assert timing == [1000, 2]
    await server.until(lambda: server.shown == [143])
    rows = await page.locator(".calls__label").all_text_contents()
    assert rows == ["١٤٢", "١٤١", "١٤٠", "١٣٩"]


async def test_eyes_that_want_rest_get_no_pulses(
    page: Page, server: HallServer, running: Running
) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await open_board(page, running)
    await server.until(lambda: server.connections == 1)
    await server.send(called(call(143, "143", 4)))
    await expect(page.locator("#call-label")).to_have_text("١٤٣")
    assert await page.locator("#call-full").evaluate("(e) => e.getAnimations().length") == 0


@pytest.mark.parametrize("place", [0, 1], ids=["stopped", "again"])
@pytest.mark.parametrize("language", ["ar", "en"])
async def test_that_no_numbers_are_given_and_when_they_are_again_stand_whole_on_the_line(
    page: Page, server: HallServer, running: Running, language: str, place: int
) -> None:
    zone = ZoneInfo("Africa/Cairo")
    at = datetime(2026, 11, 26, 16, tzinfo=zone)
    said = closing_sentences(Gate("closed", at + timedelta(days=2, hours=16), None), at, zone)
    words = BoardMessage(text_ar=said[place].ar, text_en=said[place].en)
    server.board = board(200, *USUAL, messages=(words,))
    await open_board(page, running, language)
    news = page.locator("#news")
    await expect(news).to_have_text(words.text_ar if language == "ar" else words.text_en)
    cut: bool = await news.evaluate("(e) => e.scrollWidth > e.clientWidth")
    assert not cut
    await look_at(page, f"board-closed-{place}-{language}")
    assert await axe(page) == []


async def test_a_long_name_and_long_news_stay_on_their_lines(
    page: Page, server: HallServer, running: Running
) -> None:
    long_news = PRAYER.model_copy(
        update={
            "text_ar": "السيستم متوقف في التراخيص، باقي الخدمات تعمل ودورك محفوظ. توقّف حجز الأرقام "
            "اليوم، ومن معه رقم ستُقضى خدمته. ومن لم يسمع النداء فليكلّم الاستقبال."
        }
    )
    assert server.welcome.centre is not None
    centre = server.welcome.centre.model_copy(
        update={"name_ar": "المركز التكنولوجي لخدمة المواطنين بالوحدة المحلية لمدينة كفر صقر"}
    )
    server.welcome = server.welcome.model_copy(update={"centre": centre})
    server.board = board(200, *USUAL, messages=(long_news,))
    await open_board(page, running)
    await look_at(page, "board-long-lines-ar")
    for selector in ("#centre", "#wait", "#news"):
        cut: bool = await page.locator(selector).evaluate("(e) => e.scrollWidth > e.clientWidth")
        assert not cut


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_silent_server_leaves_the_numbers_and_says_so(
    page: Page, server: HallServer, running: Running, clock: ManualClock, language: str
) -> None:
    server.board = board(142, *USUAL, messages=(PRAYER,))
    await open_board(page, running, language)
    assert not await page.locator("#stale").is_visible()
    await server.stop()
    await clock.advance(16)
    await page.wait_for_selector("#stale", state="visible")
    await look_at(page, f"board-stale-{language}")
    stale = await page.locator("#stale").inner_text()
    if language == "ar":
        assert stale == "الشاشة متوقفة مؤقتًا، تابع النداء الصوتي."
    assert await page.locator("#call-label").is_visible()
    assert not await page.locator("#wait").is_visible()
    assert not await page.locator("#news").is_visible()
    assert await axe(page) == []


async def test_a_page_whose_agent_died_says_so_and_comes_back_by_itself(
    page: Page, server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(142, *USUAL)
    await page.clock.install()
    async with running_display(server.url, tmp_path, clock) as running:
        await open_board(page, running)
    await page.clock.run_for(14_000)
    assert not await page.locator("#stale").is_visible()
    await page.clock.run_for(3_000)
    assert await page.locator("#stale").is_visible()
    assert not await page.locator("#clock").is_visible()
    assert await page.locator("#call-label").inner_text() == "١٤٢"
    server.board = board(143, call(143, "143", 4, age_s=80), *USUAL)
    async with running_display(server.url, tmp_path, clock, port=running.port):

        async def is_back() -> bool:
            await page.clock.run_for(500)
            return await page.locator("#call-label").inner_text() == "١٤٣"

        await eventually(is_back)
        assert not await page.locator("#stale").is_visible()
        assert await page.locator("#clock").is_visible()


async def test_a_browser_started_before_its_agent_shows_the_board_and_no_error(
    page: Page, server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    server.board = board(142, *USUAL)
    async with running_display(server.url, tmp_path, clock) as running:
        await open_board(page, running)
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await page.reload()
    assert await page.locator("h1").inner_text() == "شاشة النداء"
    family: str = await page.evaluate(
        "document.fonts.load('900 40px Shubbak').then((f) => f.length)"
    )
    assert family
    async with running_display(server.url, tmp_path, clock, port=running.port):
        await expect(page.locator("#call-label")).to_have_text("١٤٢")


async def test_a_page_older_than_its_agent_loads_itself_again(
    page: Page, server: HallServer, clock: ManualClock, tmp_path: Path
) -> None:
    async with running_display(server.url, tmp_path, clock) as running:
        await open_board(page, running)
    async with running_display(server.url, tmp_path, clock, port=running.port, version="newer"):
        await expect(page.locator("html")).to_have_attribute("data-version", "newer")


async def test_the_template_is_strict_html(server: HallServer, running: Running) -> None:
    async with aiohttp.ClientSession() as session:
        for language in ("ar", "en"):
            async with session.get(f"{running.url}/?lang={language}") as answer:
                strict_html(await answer.text())
