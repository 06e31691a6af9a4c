"""A scanner that types into the browser, in a real Chromium under an Arabic layout."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from core_services.link.citizen_frames import CheckIn, Found, Look
from core_services.link.vocabulary import WaitRange
from kiosk.steps import ScannerChanged
from tests.browser.test_kiosk_page import MEASURE, assert_good, height, step
from tests.browser.test_kiosk_page import kiosk as kiosk
from tests.browser.test_kiosk_page import printer as printer
from tests.browser.test_kiosk_page import server as server
from tests.browser.test_kiosk_page import shell as shell
from tests.drivers.programs import program
from tests.support.desk_page import hand, open_desk, press
from tests.support.desk_site import DeskSite
from tests.support.desk_site import site as site
from tests.support.eventually import eventually
from tests.support.kiosk import hall
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import RunningKiosk
from tests.support.pages import KIOSK, look_at, scrolls_sideways
from tests.support.wedge import type_in_one_breath, type_like_a_scanner

TOKEN = "7K2M4QXA5D3F6G7H"
SMALL: ViewportSize = {"width": 1024, "height": 768}
SLIP = f"HTTPS://DAWR.EXAMPLE/T/{TOKEN}"


@pytest.fixture
async def screen(page: Page, kiosk: RunningKiosk) -> Page:
    await page.set_viewport_size(KIOSK)
    await page.goto(kiosk.url)
    await expect(page.locator("[data-touch=take]")).to_be_enabled()
    return page


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_slip_typed_by_a_scanner_shows_its_place_at_the_kiosk(
    screen: Page, server: KioskServer, language: str
) -> None:
    server.slips[TOKEN] = Found(
        key="",
        label="142",
        display_label="١٤٢",
        stage="far",
        ahead=12,
        wait=WaitRange(low_s=1200, likely_s=1500, high_s=1800),
        service_ar="رخصة بناء جديدة",
        service_en="New building licence",
    )
    if language == "en":
        await screen.locator("[data-touch=language]").click()
    await type_like_a_scanner(screen, SLIP)
    await step(screen, "standing")
    await expect(screen.locator(".turn__number")).to_have_text("١٤٢" if language == "ar" else "142")
    heading = screen.locator("h1")
    await expect(heading).to_be_focused()
    await expect(heading).to_have_css("box-shadow", "none")
    await expect(heading).to_have_css("outline-style", "none")
    await assert_good(screen, f"standing-{language}")
    assert await height(screen) == (1920, 1920)
    (frame,) = server.frames(Look)
    assert isinstance(frame, Look)
    assert frame.token == TOKEN


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_first_page_asks_for_slips_where_there_is_a_scanner_and_still_fits(
    screen: Page, server: KioskServer, kiosk: RunningKiosk, language: str
) -> None:
    await server.show(hall(2, appointments=True))
    kiosk.kiosk._tell(ScannerChanged(True))
    if language == "en":
        await screen.locator("[data-touch=language]").click()
    await expect(screen.locator(".scan-here")).to_contain_text(
        "قرّب ورقتك من القارئ" if language == "ar" else "Hold your slip before the scanner"
    )
    await assert_good(screen, f"home-scanner-{language}")
    assert await height(screen) == (1920, 1920)


@pytest.mark.parametrize("size", [KIOSK, SMALL], ids=["standing", "small"])
@pytest.mark.parametrize(
    "wait", [(0, 0, 300), (1800, 2100, 2400), (4200, 5400, 7200)], ids=["soon", "middle", "long"]
)
@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_first_page_with_a_scanner_fits_whatever_the_wait_on_every_screen(
    screen: Page,
    server: KioskServer,
    kiosk: RunningKiosk,
    language: str,
    wait: tuple[int, int, int],
    size: ViewportSize,
) -> None:
    await screen.set_viewport_size(size)
    low_s, likely_s, high_s = wait
    await server.show(
        hall(
            2,
            appointments=True,
            waiting=158,
            windows_open=9,
            wait=WaitRange(low_s=low_s, likely_s=likely_s, high_s=high_s),
        )
    )
    kiosk.kiosk._tell(ScannerChanged(True))
    if language == "en":
        await screen.locator("[data-touch=language]").click()
    await expect(screen.locator(".scan-here")).to_be_visible()
    await expect(screen.locator(".facts")).to_contain_text("١٥٨" if language == "ar" else "158")
    name = f"home-scanner-{language}-{low_s}-{size['width']}"
    if size == KIOSK:
        await assert_good(screen, name)
    else:  # a small glass has no room for the distances of a large one
        await look_at(screen, f"kiosk-{name}")
        assert (await screen.evaluate(MEASURE))["cut"] == []
    assert await height(screen) == (size["height"], size["height"])


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_pad_for_the_card_masks_what_is_typed_and_speaks_no_digit(
    screen: Page, server: KioskServer, language: str
) -> None:
    await server.show(hall(2, asks_national_id=True))
    if language == "en":
        await screen.locator("[data-touch=language]").click()
    await expect(screen.locator(".take__more")).to_contain_text(
        "يُطلب رقمك القومي" if language == "ar" else "asked for first"
    )
    await screen.wait_for_timeout(550)  # two touches within half a second are one
    await screen.locator("[data-touch=take]").click()
    await step(screen, "idpad")
    for count, digit in enumerate("29801011301234", 1):
        await screen.locator(f"[data-touch='digit:{digit}']").click(delay=0)
        await expect(screen.locator(".pad__cell").nth(count - 1)).not_to_be_empty()
        if count == 6:
            await assert_good(screen, f"idpad-amid-{language}")
        await screen.wait_for_timeout(260)  # a quarter of a second is a double touch
    cells = "".join(await screen.locator(".pad__cell").all_inner_texts())
    assert cells == "•" * 10 + ("١٢٣٤" if language == "ar" else "1234")
    spoken = await screen.locator(".pad__cells").get_attribute("aria-label")
    assert spoken == ("أرقام كُتبت: ١٤ من ١٤" if language == "ar" else "Digits typed: 14 of 14")
    await assert_good(screen, f"idpad-{language}")
    assert await height(screen) == (1920, 1920)
    await screen.locator("[data-touch=id-done]").click()
    await step(screen, "number")


async def test_digits_that_cannot_be_are_told_on_the_pad(screen: Page, server: KioskServer) -> None:
    await server.show(hall(2, asks_national_id=True))
    await screen.locator("[data-touch=take]").click()
    await screen.locator("[data-touch='digit:1']").click()
    await expect(screen.locator(".note--alarm")).to_contain_text("يبدأ الرقم القومي بـ ٢ أو ٣")
    await expect(screen.locator("[data-touch='digit:2']")).to_be_disabled()
    await assert_good(screen, "idpad-fault-ar")
    assert await height(screen) == (1920, 1920)


async def test_without_an_end_a_silence_ends_the_code(screen: Page, server: KioskServer) -> None:
    await server.show(hall(2, appointments=True))
    await type_like_a_scanner(screen, "47298381", end=None)
    await step(screen, "notice")
    (frame,) = server.frames(CheckIn)
    assert isinstance(frame, CheckIn)
    assert frame.code == "47298381"


async def test_what_is_not_ours_is_told_at_the_kiosk_in_a_page_that_fits(screen: Page) -> None:
    await type_like_a_scanner(screen, "6221031491016", end="Tab")
    await step(screen, "notice")
    await assert_good(screen, "scan-foreign-ar")


async def test_a_scan_at_a_window_presses_no_key_of_the_desk(site: DeskSite, page: Page) -> None:
    ticket = await site.issue(3)
    await open_desk(site, page)
    await type_in_one_breath(page, f"https://dawr.example/t/{ticket.token.lower()}")
    await expect(page.locator("[data-scanned]")).to_contain_text("الورقة للرقم ١٠٣")
    await expect(page.locator("#call-label")).to_have_value("103")
    await expect(hand(page, "idle")).to_be_visible()
    assert await site.acts_on("101") == ["issue"]
    assert (await site.window()).state == "open"


async def test_digits_of_a_scan_call_nobody_either(site: DeskSite, page: Page) -> None:
    await site.issue(3)
    await open_desk(site, page)
    await type_in_one_breath(page, "47298381")
    await expect(page.locator(".desk__notice")).to_contain_text("هذا الكود ليس لرقم ولا لموعد")
    await expect(hand(page, "idle")).to_be_visible()
    assert await site.acts_on("101") == ["issue"]


async def test_hands_work_the_desk_as_before(site: DeskSite, page: Page) -> None:
    await site.issue(2)
    await open_desk(site, page)
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    await press(page, "1")
    await expect(page.locator(".hand__time")).to_contain_text("عدد مرات النداء ٢")


async def test_a_scan_into_a_field_that_is_typed_in_stays_what_it_is(
    site: DeskSite, page: Page
) -> None:
    await site.issue(1)
    await open_desk(site, page)
    await page.locator("#act-call").click()
    field = page.locator("#call-label")
    await expect(field).to_be_focused()
    await type_like_a_scanner(page, "101", end=None)
    await expect(field).to_have_value("101")
    assert await page.locator("[data-scanned]").count() == 0


FIELDS = """
async (gapMs) => {
  const { listenForScans } = await import("/static/scan_keys.js");
  document.body.innerHTML = '<input id="asks" data-scans><input id="plain">';
  window.scans = [];
  window.heard = [];
  document.addEventListener("keydown", (event) => window.heard.push(event.code));
  listenForScans((text) => window.scans.push(text), gapMs);
}
"""


async def test_a_field_that_asks_for_scans_gives_them_and_takes_what_a_hand_types(
    screen: Page, kiosk: RunningKiosk
) -> None:
    await screen.goto(f"{kiosk.url}/healthz")
    await screen.evaluate(FIELDS, 300)
    await screen.locator("#asks").focus()
    await type_like_a_scanner(screen, SLIP)

    async def is_scanned() -> bool:
        return bool(await screen.evaluate("window.scans.length"))

    await eventually(is_scanned)
    assert await screen.evaluate("window.scans") == [SLIP]
    assert await screen.locator("#asks").input_value() == ""
    await screen.keyboard.type("abc", delay=400)
    await expect(screen.locator("#asks")).to_have_value("abc")
    await screen.locator("#plain").focus()
    await type_like_a_scanner(screen, "12345678", end=None)
    await expect(screen.locator("#plain")).to_have_value("12345678")
    assert await screen.evaluate("window.scans.length") == 1


async def test_keys_slower_than_a_scanner_are_a_hand(screen: Page, kiosk: RunningKiosk) -> None:
    await screen.goto(f"{kiosk.url}/healthz")
    await screen.evaluate(FIELDS, 50)
    for digit in "12345678":
        await screen.keyboard.press(digit)
        await screen.wait_for_timeout(90)
    assert await screen.evaluate("window.scans") == []
    assert await screen.evaluate("window.heard") == [f"Digit{digit}" for digit in "12345678"]


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_virtual_scanners_page_fits_a_phone_however_long_its_codes(
    page: Page, language: str
) -> None:
    await page.set_viewport_size({"width": 390, "height": 800})
    async with program("scanner", "--listen=127.0.0.1:0") as running:
        await page.goto(f"{running.http}/?lang={language}")
        await page.locator("#text").fill(SLIP * 2)
        await page.locator(".scan").click()
        await expect(page.locator("#recent button")).to_have_text(SLIP * 2)
        assert not await scrolls_sideways(page)
        # «٣٤ أكواد» would be wrong, and «١ أكواد» too.
        await expect(page.locator(".line", has=page.locator("#sent"))).to_have_text(
            "أكواد أُرسلت: ٠" if language == "ar" else "Codes sent: 0"
        )
