"""The desk in a real Chromium: every act by one key and by the mouse, each press once."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from core_services.l10n import fold_arabic
from queue_server.tickets.model import Actor
from tests.support.desk_page import hand, is_ready, open_desk, press, sign_in
from tests.support.desk_site import DeskSite
from tests.support.desk_site import site as site
from tests.support.pages import axe, look_at

PRESS_ELSEWHERE = """
([code, key]) => document.body.dispatchEvent(
  new KeyboardEvent("keydown", { code, key, bubbles: true, cancelable: true }))
"""


async def test_a_morning_goes_by_the_numeric_pad_alone(site: DeskSite, page: Page) -> None:
    await site.issue(4)
    await sign_in(site, page)
    await press(page, "NumpadEnter")
    await expect(page.locator(".desk-top__window")).to_have_text("شباك ٥")
    await press(page, "NumpadEnter")
    await expect(page.locator(".hand__number")).to_have_text("١٠١")
    await press(page, "Numpad1")
    await expect(page.locator(".hand__time")).to_contain_text("عدد مرات النداء ٢")
    await press(page, "Numpad2")
    await expect(hand(page, "idle")).to_be_visible()
    await press(page, "NumpadEnter")
    await expect(page.locator(".hand__number")).to_have_text("١٠٢")
    await press(page, "NumpadEnter")
    await expect(hand(page, "serving")).to_be_visible()
    await press(page, "NumpadEnter")
    await expect(page.locator(".hand__number")).to_have_text("١٠٣")
    await press(page, "NumpadEnter")
    await expect(hand(page, "serving")).to_be_visible()
    await press(page, "Numpad5")
    await press(page, "NumpadEnter")
    await expect(hand(page, "idle")).to_be_visible()
    await press(page, "Numpad8")
    await press(page, "Numpad1")
    await expect(page.locator(".hand__word")).to_have_text("صلاة")
    await press(page, "NumpadEnter")
    await expect(hand(page, "idle")).to_be_visible()
    await press(page, "NumpadSubtract")
    await expect(hand(page, "choice")).to_be_visible()
    assert await site.acts_on("101") == ["issue", "call", "recall", "no_show"]
    assert await site.acts_on("102") == ["issue", "call", "start", "finish"]
    assert await site.acts_on("103") == ["issue", "call", "start", "finish"]
    assert await site.acts_on("104") == ["issue"]
    assert (await site.window()).state == "closed"


@pytest.mark.parametrize(
    ("code", "key"), [("Digit1", "١"), ("Numpad1", "End"), ("Digit1", "&"), ("Numpad1", "1")]
)
async def test_a_key_is_its_place_whatever_the_layout_and_num_lock(
    site: DeskSite, page: Page, code: str, key: str
) -> None:
    await site.issue()
    await open_desk(site, page)
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    await is_ready(page)
    await page.evaluate(PRESS_ELSEWHERE, [code, key])
    await expect(page.locator(".hand__time")).to_contain_text("عدد مرات النداء ٢")


async def test_keys_of_acts_that_are_not_offered_do_nothing(site: DeskSite, page: Page) -> None:
    await site.issue()
    await open_desk(site, page)
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    for key in ("3", "5", "0", "-", "+", "*", "a"):
        await press(page, key)
    for key in ("Control+1", "Alt+1"):
        await press(page, key)
    await expect(hand(page, "called")).to_be_visible()
    assert await site.acts_on("101") == ["issue", "call"]


@pytest.mark.parametrize("state", ["choice", "idle", "paused"])
@pytest.mark.parametrize(
    ("code", "key"), [("Slash", "/"), ("NumpadDivide", "/"), ("Slash", "ظ"), ("Quote", "'")]
)
async def test_no_key_opens_the_browsers_search_in_the_page(
    site: DeskSite, page: Page, state: str, code: str, key: str
) -> None:
    if state == "choice":
        await sign_in(site, page)
    else:
        await open_desk(site, page)
    if state == "paused":
        await press(page, "Numpad8")
        await press(page, "Numpad1")
    await expect(hand(page, state)).to_be_visible()
    await is_ready(page)
    is_left_to_the_browser = await page.evaluate(
        """([code, key, repeat]) => document.body.dispatchEvent(new KeyboardEvent(
             "keydown", { code, key, repeat, bubbles: true, cancelable: true }))""",
        [code, key, state == "idle"],
    )
    assert not is_left_to_the_browser


async def test_the_mouse_does_everything_and_leaves_the_keys_to_the_desk(
    site: DeskSite, page: Page
) -> None:
    await site.issue(2)
    await sign_in(site, page)
    await page.get_by_role("button", name="شباك ٧").click()
    await page.get_by_role("button", name="نداء التالي").click()
    await expect(page.locator(".hand__number")).to_have_text("١٠١")
    await page.get_by_role("button", name="إعادة النداء").click()
    await expect(page.locator(".hand__time")).to_contain_text("عدد مرات النداء ٢")
    await press(page, "Enter")
    await expect(hand(page, "serving")).to_be_visible()
    await page.locator("#act-finish").click()
    await page.locator("#finish-done").click()
    await expect(hand(page, "idle")).to_be_visible()
    await page.get_by_text("استراحة / صلاة").click()
    await page.get_by_role("button", name="عطل فني").click()
    await expect(hand(page, "paused")).to_be_visible()
    await page.get_by_role("button", name="إغلاق الشباك").click()
    await expect(hand(page, "choice")).to_be_visible()
    assert await site.acts_on("101") == ["issue", "call", "recall", "start", "finish"]


async def test_two_quick_presses_are_one(site: DeskSite, page: Page) -> None:
    await site.issue(3)
    await open_desk(site, page)
    await is_ready(page)
    await page.evaluate(
        f"(key) => {{ for (let n = 0; n < 3; n += 1) ({PRESS_ELSEWHERE})(key); }}",
        ["Enter", "Enter"],
    )
    await expect(hand(page, "called")).to_be_visible()
    await is_ready(page)
    await page.locator("#act-recall").dblclick()
    await expect(page.locator(".hand__time")).to_contain_text("عدد مرات النداء ٢")
    assert await site.acts_on("101") == ["issue", "call", "recall"]


async def test_a_key_held_down_is_one_press(site: DeskSite, page: Page) -> None:
    await site.issue(3)
    await open_desk(site, page)
    await is_ready(page)
    for _ in range(5):
        await page.keyboard.down("Enter")
        await asyncio.sleep(0.15)
    await page.keyboard.up("Enter")
    await expect(hand(page, "called")).to_be_visible()
    assert await site.acts_on("101") == ["issue", "call"]


async def test_whoever_moves_with_tab_presses_what_has_the_focus(
    site: DeskSite, page: Page
) -> None:
    await site.issue(2)
    await open_desk(site, page)
    await press(page, "NumpadEnter")
    await expect(hand(page, "called")).to_be_visible()
    await is_ready(page)
    while await page.evaluate("document.activeElement.id") != "act-recall":
        await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".hand__time")).to_contain_text("عدد مرات النداء ٢")
    await expect(page.locator("#act-recall")).to_be_focused()
    await press(page, "NumpadEnter")
    await expect(hand(page, "serving")).to_be_visible()
    await expect(page.locator("[data-part=hand]")).to_be_focused()


async def test_a_service_is_found_by_a_part_of_its_name_and_set_with_enter(
    site: DeskSite, page: Page
) -> None:
    await site.issue(service=None)
    await open_desk(site, page)
    await press(page, "Enter")
    await expect(page.locator("#file-title")).to_have_text("لم تُحدَّد الخدمة بعد")
    await press(page, "NumpadDivide")
    await expect(page.locator("#services-search")).to_be_focused()
    await page.keyboard.type("رخصه محل")
    names = page.locator("[data-service]:visible .strong")
    assert "تجديد رخصة محل" in await names.all_text_contents()
    await page.keyboard.type(" تجديد")
    await expect(names).to_have_count(1)
    await page.keyboard.press("Enter")
    await expect(page.locator("#file-title")).to_have_text("تجديد رخصة محل")
    await expect(hand(page, "serving")).to_be_visible()
    ticket = await site.in_hand()
    assert (ticket.state, ticket.service) == ("serving", "shop-renewal")


async def test_typing_in_the_list_of_services_presses_nothing(site: DeskSite, page: Page) -> None:
    await site.issue(service=None)
    await open_desk(site, page)
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    await press(page, "Slash")
    await page.keyboard.type("1258/-")
    await expect(page.locator("#services-none")).to_be_visible()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Escape")
    await expect(page.locator("#services")).to_be_hidden()
    assert await site.acts_on("101") == ["issue", "call"]
    await press(page, "Slash")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    chosen = page.locator("[aria-selected=true]")
    await expect(chosen).to_have_attribute("data-service", "land-survey")
    await expect(page.locator("#services-search")).to_have_attribute(
        "aria-activedescendant", "service-land-survey"
    )
    await page.locator("[data-service=fence]").click()
    await expect(page.locator("#file-title")).to_have_text("ترخيص تسوير أرض")


async def test_words_are_folded_in_the_browser_as_on_the_server(site: DeskSite, page: Page) -> None:
    await sign_in(site, page)
    script = await page.locator("script[type=module]").get_attribute("src")
    assert script is not None
    texts = [
        "رُخصَة مَحَلّ",
        "إسكان أُسرة آيل ٱلسقوط",
        "مبنى على أملاك الدولة",
        "نموذج ٨ و۹ و7",
        "شـــهادة",
        "New BUILDING",
        "مسؤول شئون",
        "ﻻ ﷲ",
        "",
    ]
    folded = await page.evaluate(
        "async ([address, texts]) => { const { folded } = await import(address);"
        " return texts.map((text) => folded(text).join(' ')); }",
        [script.replace("desk.js", "fold.js"), texts],
    )
    assert folded == [fold_arabic(text) for text in texts]


async def test_a_press_on_an_old_picture_is_refused_in_place_and_shows_what_is_so(
    site: DeskSite, page: Page
) -> None:
    await site.issue(2)
    await open_desk(site, page)
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    await is_ready(page)
    old = await (await page.request.get(site.url("/desk/view"))).text()
    await page.route("**/desk/view", lambda route: route.fulfill(body=old))
    await site.act(await site.in_hand(), "no_show")
    await press(page, "Numpad1")
    notice = page.locator(".desk__notice .note")
    await expect(notice).to_have_text("الرقم ١٠١ حالته الآن: لم يحضر. ما أمامك محدَّث.")
    await expect(hand(page, "idle")).to_be_visible()
    await page.unroute("**/desk/view")
    await press(page, "Enter")
    await expect(page.locator(".hand__number")).to_have_text("١٠٢")
    await expect(notice).to_have_count(0)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_number_goes_to_a_person_by_the_digit_of_the_window_where_they_sit(
    site: DeskSite, page: Page, language: str
) -> None:
    suad = await site.add_staff("suad", "clerk", "سعاد عبد الله", "Suad Abdallah")
    await site.open(6, Actor("staff", suad.id), "سعاد عبد الله")
    await site.issue()
    await open_desk(site, page, language)
    await press(page, "NumpadEnter")
    await press(page, "NumpadEnter")
    await expect(hand(page, "serving")).to_be_visible()
    await press(page, "Numpad4")
    targets = page.locator("#menu-transfer .menu__target:visible")
    in_step_one = await targets.all_inner_texts()
    await press(page, "NumpadDecimal")
    await expect(targets).to_have_count(1)
    await expect(targets.first).to_contain_text("سعاد" if language == "ar" else "Suad")
    await look_at(page, f"desk-transfer-people-{language}")
    assert await axe(page) == []
    await press(page, "NumpadDecimal")
    assert await targets.all_inner_texts() == in_step_one
    await press(page, "NumpadDecimal")
    await press(page, "Numpad6")
    await press(page, "Numpad2")
    await expect(hand(page, "idle")).to_be_visible()
    ticket = await site.labelled("101")
    assert (ticket.state, ticket.lane) == ("waiting", f"staff:{suad.id}")


async def test_a_transfer_half_chosen_outlives_a_reload_and_no_other_number_has_it(
    site: DeskSite, page: Page
) -> None:
    await site.open(6)
    await site.issue(2)
    await open_desk(site, page)
    await press(page, "Enter")
    await press(page, "Enter")
    await expect(hand(page, "serving")).to_be_visible()
    await press(page, "Numpad4")
    await press(page, "Numpad6")
    await expect(page.locator("#menu-transfer [data-step='2']")).to_be_visible()
    await page.reload()
    await is_ready(page)
    await expect(page.locator("#menu-transfer [data-step='2']")).to_be_visible()
    await expect(page.locator("#menu-transfer [data-chosen]")).to_contain_text("شباك ٦")
    await page.goto(site.url("/rules"))
    await site.act(await site.in_hand(), "finish", site.clerk)
    await site.call(5, site.clerk)
    await page.goto(site.url("/desk"))
    await is_ready(page)
    await expect(page.locator("details.menu[open]")).to_have_count(0)
    await press(page, "Enter")
    await expect(hand(page, "serving")).to_be_visible()
    await press(page, "Numpad4")
    await press(page, "Numpad6")
    await page.reload()
    await press(page, "Numpad1")
    await expect(hand(page, "idle")).to_be_visible()
    assert (await site.labelled("102")).lane == "window:6"


async def test_the_list_of_services_outlives_a_reload_with_what_is_typed(
    site: DeskSite, page: Page
) -> None:
    await site.issue()
    await open_desk(site, page)
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    await press(page, "NumpadDivide")
    await page.keyboard.type("تصالح")
    await page.reload()
    await expect(page.locator("#services")).to_be_visible()
    await expect(page.locator("#services-search")).to_have_value("تصالح")
    await page.locator("#services-search").press("Enter")
    await expect(hand(page, "serving")).to_be_visible()
    assert (await site.labelled("101")).service is not None
