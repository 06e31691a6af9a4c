"""The supervisor's pages in a real browser: how they look, and that they renew themselves."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Page, ViewportSize, expect

from core_services.l10n import digits
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import BOARD, DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD

SMALL: ViewportSize = {"width": 320, "height": 568}
SIZES: dict[str, ViewportSize] = {"desk": DESK, "large": BOARD}

NewContext = Callable[..., Awaitable[BrowserContext]]


async def enter(page: Page, scene: HallScene, language: str = "ar") -> None:
    """Sign Hoda in; the hall is what comes first."""
    await page.goto(scene.site.url(f"/sign-in?lang={language}"))
    await page.locator("#username").fill("hoda")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/supervisor")


async def in_trouble(scene: HallScene) -> None:
    """Let a busy morning go wrong in every way that the page tells of."""
    site = scene.site
    await scene.morning()
    await scene.machine("D1", "display")
    await scene.machine("K1", jobs={"done": 131, "held": 1, "failed": 1})
    await scene.from_kiosk("K1", "held")
    await scene.from_kiosk("K1", "unknown")
    await scene.from_kiosk("K1", "failed", priority="age65")
    await scene.ask_help("K1")
    await scene.end_hand(1)
    await site.pause(1, "prayer", scene.staff[1])
    await scene.end_hand(8)
    site.clock.jump(150)
    await scene.machine("K1", jobs={"done": 131, "held": 1, "failed": 1})
    await scene.machine("K2", paper="out", printer="not_ready", jobs={"done": 64, "held": 2})


def tile(page: Page, window: int) -> str:
    return f"#window-{window}"


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("size", list(SIZES))
async def test_a_hall_in_trouble_is_understood_at_a_glance(
    scene: HallScene, page: Page, language: str, size: str
) -> None:
    await in_trouble(scene)
    await page.set_viewport_size(SIZES[size])
    await enter(page, scene, language)
    await look_at(page, f"supervisor-trouble-{size}-{language}")
    for what in (".alarm--help", ".alarm--slips", ".window--serving", ".window--called"):
        # In one go: the page renews itself meanwhile.
        bottom = await page.evaluate(
            "what => document.querySelector(what).getBoundingClientRect().bottom", what
        )
        assert 0 < bottom <= SIZES[size]["height"], what
    assert not await scrolls_sideways(page)
    assert await axe(page) == []
    await page.evaluate("document.getElementById('today').scrollIntoView()")
    await look_at(page, f"supervisor-day-{size}-{language}")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_hall_in_order_is_calm(scene: HallScene, page: Page, language: str) -> None:
    await scene.morning()
    for window in range(1, 9):
        if (await scene.site.window(window)).ticket is not None:
            await scene.start_hand(window)
    await scene.machine("K1", jobs={"done": 131})
    await scene.machine("D1", "display")
    await enter(page, scene, language)
    await expect(page.locator(".calm")).to_be_visible()
    await look_at(page, f"supervisor-calm-{language}")
    assert await axe(page) == []


CRAMPED = """
() => {
  const rows = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return new Set([...range.getClientRects()].map((row) => Math.round(row.top))).size;
  };
  const buttons = [...document.querySelectorAll("button")].filter((each) => each.checkVisibility());
  const broken = buttons
    .flatMap((each) => [...each.childNodes])
    .filter((each) => each.nodeType === Node.TEXT_NODE && /^\\s*\\S+\\s*$/.test(each.data))
    .filter((each) => rows(each) > 1)
    .map((each) => each.data);
  const head = document.querySelector(".masthead").getBoundingClientRect();
  return head.height > 0.3 * innerHeight ? [...broken, `head of ${head.height}`] : broken;
}
"""
"""Words of one button on several lines, and a head that leaves its page little room."""


@pytest.mark.parametrize("size", [PHONE, SMALL], ids=["phone", "small"])
async def test_every_page_fits_a_narrow_screen(
    scene: HallScene, page: Page, size: ViewportSize
) -> None:
    await in_trouble(scene)
    await page.set_viewport_size(size)
    await enter(page, scene)
    [slip, *_] = await scene.site.queue.tickets(paper=["held"])
    for path in (
        "/supervisor",
        "/supervisor/windows",
        "/supervisor/tickets",
        f"/supervisor/tickets/{slip.id}",
    ):
        await page.goto(scene.site.url(path))
        assert not await scrolls_sideways(page), path
        for width in (size["width"], 390, 600, 800):
            await page.set_viewport_size({"width": width, "height": size["height"]})
            assert await page.evaluate(CRAMPED) == [], (path, width)
        await page.set_viewport_size(size)
        assert await axe(page) == []
        name = "ticket" if "-" in path else path.rpartition("/")[2]
        await look_at(page, f"{name}-{size['width']}-ar")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_lists_and_a_ticket_are_in_order(
    scene: HallScene, page: Page, language: str
) -> None:
    await in_trouble(scene)
    await enter(page, scene, language)
    await page.goto(scene.site.url("/supervisor/tickets"))
    await look_at(page, f"supervisor-tickets-{language}")
    assert await axe(page) == []
    number = "٢٠" if language == "ar" else "20"
    label = await page.get_by_role("link", name=re.compile(number)).first.inner_text()
    await page.locator("#label").fill(label)
    await page.keyboard.press("Enter")
    await expect(page.locator(".tickets__label")).to_have_count(1)
    await page.locator(".tickets__label").click()
    await look_at(page, f"supervisor-ticket-{language}")
    assert await axe(page) == []


async def test_a_call_is_seen_without_a_reload(scene: HallScene, page: Page) -> None:
    await scene.seat(5)
    await enter(page, scene)
    await expect(page.locator(tile(page, 5))).to_contain_text("خالٍ")
    await page.evaluate("window.isTheSame = true")
    await scene.site.issue()
    await scene.site.call(5, scene.staff[5])
    await expect(page.locator(tile(page, 5))).to_contain_text("١٠١", timeout=3000)
    assert await page.evaluate("window.isTheSame")


async def test_a_machine_that_fails_is_an_alarm_within_ten_seconds(
    scene: HallScene, page: Page
) -> None:
    await scene.machine("K1")
    await enter(page, scene)
    await expect(page.locator(".calm")).to_be_visible()
    await expect(page).to_have_title(re.compile("^متابعة الصالة"))
    await scene.machine("K1", paper="out", printer="not_ready")
    await expect(page.locator(".alarm")).to_contain_text("نفد ورق الطابعة في K1.", timeout=10_000)
    await expect(page).to_have_title(re.compile(r"^\(١\) متابعة الصالة"))
    await expect(page.locator("#news")).to_have_text("تنبيه واحد")


async def test_a_menu_stays_open_and_the_focus_stays_when_the_page_renews(
    scene: HallScene, page: Page
) -> None:
    await scene.seat(5)
    await scene.seat(6)
    await enter(page, scene)
    await page.locator("#acts-5 > summary").click()
    await page.locator("#close-5").focus()
    await look_at(page, "supervisor-menu-ar")
    assert await axe(page) == []
    await scene.site.issue()
    await scene.site.call(6, scene.staff[6])
    await expect(page.locator(tile(page, 6))).to_contain_text("١٠١")
    await expect(page.locator("#close-5")).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(page.locator("#close-5")).to_be_hidden()
    await expect(page.locator("#acts-5 > summary")).to_be_focused()


async def test_no_button_of_an_open_menu_changes_until_it_is_closed(
    scene: HallScene, page: Page
) -> None:
    laila = await scene.site.add_staff("laila", "clerk", "ليلى نبيل", "Laila Nabil", 2)
    await enter(page, scene)
    await page.locator("#acts-2 > summary").click()
    await page.locator("#tile-staff-2").select_option(str(laila.id))
    give, staff = page.locator("#give-2"), page.locator("#tile-staff-2")
    before = await give.bounding_box()
    await expect(give).to_have_text("افتحه لـ")
    await scene.seat(2)
    await expect(page.locator(f"{tile(page, 2)} .window__state")).to_have_text("خالٍ")
    await expect(give).to_have_text("افتحه لـ")
    await expect(staff).to_have_value(str(laila.id))
    await expect(page.locator("#close-2")).to_have_count(0)
    assert await give.bounding_box() == before
    await look_at(page, "supervisor-menu-stays-ar")
    await give.click()
    await expect(page.locator(".notice")).to_contain_text("لم يتم: فتح موظف آخر شباك ٢")
    window = await scene.site.window(2)
    assert window.opened_by == scene.staff[2]
    await page.locator("#acts-2 > summary").click()
    await expect(page.locator("#close-2")).to_be_visible()
    await scene.site.queue.act_on_window(
        2, "close", actor=scene.staff[2], actor_name="", any_window=False
    )
    await expect(page.locator(f"{tile(page, 2)} .window__state")).to_have_text("مغلق")
    await expect(page.locator("#close-2")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.locator("#acts-2 > summary").click()
    await expect(page.locator("#give-2")).to_have_text("افتحه لـ")
    await expect(page.locator("#close-2")).to_have_count(0)


async def test_a_right_click_does_not_stop_the_page(scene: HallScene, page: Page) -> None:
    await scene.seat(5)
    await enter(page, scene)
    for kind, more in (
        ("pointerdown", "button: 2, buttons: 2"),  # its release goes to the browser's menu
        ("pointerdown", "button: 0, buttons: 1"),  # and this one ends beyond the page
        ("pointermove", "button: -1, buttons: 0"),
    ):
        await page.evaluate(
            f"document.body.dispatchEvent(new PointerEvent('{kind}',"
            f" {{ bubbles: true, isPrimary: true, {more} }}))"
        )
        if "buttons: 1" not in more:
            await scene.site.issue()
            ticket = await scene.site.call(5, scene.staff[5])
            await expect(page.locator(tile(page, 5))).to_contain_text(digits(ticket.label, "ar"))
            await scene.end_hand(5)
            await expect(page.locator(tile(page, 5))).to_contain_text("خالٍ")


async def test_a_page_that_a_press_holds_back_says_that_it_is_old(
    scene: HallScene, page: Page
) -> None:
    await enter(page, scene)
    stale = page.locator("#stale")
    await page.mouse.move(5, 5)
    await page.mouse.down()
    await expect(stale).to_be_visible(timeout=20_000)
    await page.mouse.up()
    await expect(stale).to_be_hidden()


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_visit_of_a_clerk_who_is_gone_is_ended_and_the_window_taken(
    scene: HallScene, page: Page, language: str
) -> None:
    await scene.seat(5)
    await scene.site.issue()
    ticket = await scene.site.call(5, scene.staff[5])
    await enter(page, scene, language)
    await page.goto(scene.site.url(f"/supervisor/tickets/{ticket.id}"))
    await look_at(page, f"supervisor-called-{language}")
    assert await axe(page) == []
    await scene.start_hand(5)
    await page.goto(scene.site.url("/supervisor"))
    await page.locator(f"{tile(page, 5)} a").click()
    await look_at(page, f"supervisor-serving-{language}")
    assert await axe(page) == []
    await page.locator("#reason-finish").select_option("clerk_gone")
    await page.locator(".ticket__end button").click()
    notice = page.locator(".notice")
    await expect(notice).to_be_visible()
    await look_at(page, f"supervisor-ended-{language}")
    await notice.get_by_role("link").click()
    await page.locator("#acts-5 > summary").click()
    await page.locator("#take-over-5").click()
    await expect(notice).to_be_visible()
    assert (await scene.site.window(5)).opened_by == scene.supervisor


async def test_a_close_that_lost_the_race_leads_to_the_number_in_hand(
    scene: HallScene, page: Page
) -> None:
    await scene.seat(5)
    await scene.site.issue()
    await enter(page, scene)
    await page.locator("#acts-5 > summary").click()
    await page.route("**/supervisor/now*", lambda route: route.abort())
    ticket = await scene.site.call(5, scene.staff[5])
    await page.locator("#close-5").click()
    notice = page.locator(".notice")
    await expect(notice).to_contain_text("شباك ٥ معه الرقم ١٠١")
    await look_at(page, "supervisor-busy-ar")
    await notice.get_by_role("link").click()
    await expect(page).to_have_url(scene.site.url(f"/supervisor/tickets/{ticket.id}"))


async def test_a_window_is_closed_with_two_presses_and_it_is_said_once(
    scene: HallScene, page: Page
) -> None:
    await scene.seat(5)
    await enter(page, scene)
    await page.locator("#acts-5 > summary").click()
    await page.locator("#close-5").click()
    notice = page.locator(".notice")
    await expect(notice).to_have_text("أُغلق شباك ٥.")
    await expect(notice).to_be_focused()
    await expect(page).to_have_url(scene.site.url("/supervisor"))
    await page.reload()
    await expect(notice).to_have_count(0)


async def test_a_slip_is_ordered_again_from_the_chosen_kiosk(scene: HallScene, page: Page) -> None:
    await scene.machine("K1", paper="out", printer="not_ready")
    await scene.machine("K2")
    ticket = await scene.from_kiosk("K1", "held")
    await enter(page, scene)
    await page.locator(f"#reprint-{ticket.id}").click()
    await expect(page.locator(".notice")).to_contain_text("من K2")
    await expect(page.locator(".slip")).to_contain_text("طُلبت إعادة طباعة الورقة من K2")


async def test_an_old_page_says_so_until_the_server_is_back(scene: HallScene, page: Page) -> None:
    await enter(page, scene)
    await scene.site.stop()
    stale = page.locator("#stale")
    await expect(stale).to_be_visible(timeout=20_000)
    await expect(stale).to_contain_text("هذه الصفحة ليست محدّثة: الخادم لا يستجيب.")
    await look_at(page, "supervisor-stale-ar")
    await scene.site.start()
    await expect(stale).to_be_hidden(timeout=20_000)


async def test_a_page_whose_sign_in_ended_leads_to_signing_in(scene: HallScene, page: Page) -> None:
    await enter(page, scene)
    await page.context.clear_cookies()
    stale = page.locator("#stale")
    await expect(stale).to_contain_text("انتهت مدة دخولك.", timeout=20_000)
    await stale.get_by_role("link").click()
    await expect(page).to_have_url(re.compile("/sign-in"))


async def test_everything_works_without_a_script(scene: HallScene, new_context: NewContext) -> None:
    await scene.seat(5)
    await scene.machine("K1")
    ticket = await scene.from_kiosk("K1", "failed")
    context = await new_context(java_script_enabled=False)
    page = await context.new_page()
    await enter(page, scene)
    await page.locator(f"#printed-{ticket.id}").click()
    await expect(page.locator(".notice")).to_contain_text("طُبعت")
    await page.locator("#acts-5 > summary").click()
    await page.locator("#take-over-5").click()
    await expect(page.locator(tile(page, 5))).to_contain_text("هدى منصور")
    await page.locator("#find").fill("١٠١")
    await page.keyboard.press("Enter")
    await page.locator(".tickets__label").click()
    await page.locator("#reason-cancel").select_option("left")
    await page.get_by_role("button", name="إلغاء الرقم").click()
    await expect(page.locator(".notice")).to_have_text("أُلغي الرقم ١٠١.")


async def test_the_page_is_whole_in_forced_colours_and_with_large_text(
    scene: HallScene, page: Page
) -> None:
    await in_trouble(scene)
    await enter(page, scene)
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    await look_at(page, "supervisor-forced-colours-ar")
    await page.emulate_media(forced_colors="none")
    await page.set_viewport_size({"width": 683, "height": 384})
    assert not await scrolls_sideways(page)


@pytest.mark.parametrize("reason", ["W" * 500, "\u202eحتى " + "ط" * 400, "a word " * 70])
@pytest.mark.parametrize("size", [*SIZES, "small"])
async def test_a_reason_of_any_length_stays_in_its_tile(
    scene: HallScene, page: Page, reason: str, size: str
) -> None:
    await scene.seat(5)
    await scene.site.pause(5, reason, scene.staff[5])
    await page.set_viewport_size({**SIZES, "small": SMALL}[size])
    await enter(page, scene)
    assert not await scrolls_sideways(page)
    outside, height = await page.evaluate(  # in one go: the page makes its tiles anew at any time
        """(selector) => {
          const tile = document.querySelector(selector);
          const [outer, inner] = [tile, tile.querySelector(".window__words")].map((each) =>
            each.getBoundingClientRect());
          return [Math.max(outer.left - inner.left, inner.right - outer.right), inner.height];
        }""",
        tile(page, 5),
    )
    assert outside <= 0
    assert 0 < height <= 100
