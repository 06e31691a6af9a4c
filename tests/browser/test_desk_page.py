"""The desk in a real Chromium: it follows the hall, outlives reloads and restarts, and looks right.

Every picture is left in `test-output/screens/desk-*.png`, in both languages.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from playwright.async_api import BrowserContext, Page, expect

from queue_server.tickets import windows
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor
from tests.support.desk_page import clock_s, hand, is_ready, open_desk, press, sign_in
from tests.support.desk_site import RECEPTION, DeskSite
from tests.support.desk_site import site as site
from tests.support.pages import DESK, axe, look_at, scrolls_sideways

LANGUAGES = ["ar", "en"]


async def a_morning(site: DeskSite) -> None:
    """Let Mona serve 37 people; then 13 wait, three windows call and one is at prayer."""
    await site.open(5, site.clerk, "منى السيد")
    await site.issue(37)
    for number in range(37):
        if number == 33:
            await site.act(await site.call(5, site.clerk), "no_show")
        else:
            await site.serve(5, 300 + (number * 7) % 20, site.clerk)
    people = {
        1: ("karim", "كريم فؤاد", "Karim Fouad"),
        2: ("soad", "سعاد عبد الله", "Soad Abdallah"),
        3: ("ahmed", "أحمد مصطفى", "Ahmed Mostafa"),
        6: ("naglaa", "نجلاء حسن", "Naglaa Hassan"),
    }
    await site.issue(4)
    for window, (username, arabic, english) in people.items():
        person = await site.add_staff(username, "clerk", arabic, english)
        actor = Actor("staff", person.id)
        await site.open(window, actor, arabic)
        if window == 6:
            await site.pause(window, "prayer", actor)
        else:
            await site.call(window, actor)
    await site.issue(12, service=None)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_state_is_in_order_and_looked_at(
    site: DeskSite, page: Page, language: str
) -> None:
    async def look(name: str) -> None:
        await look_at(page, f"desk-{name}-{language}")
        assert not await scrolls_sideways(page)
        assert await page.evaluate("document.documentElement.scrollHeight") == DESK["height"]
        fits = "(e) => e.scrollWidth <= e.clientWidth && e.scrollHeight <= e.clientHeight"
        assert await page.locator("[data-part=acts]").evaluate(fits)
        for menu in await page.locator("details[open] > .menu__list").all():
            assert await menu.evaluate(fits)
        assert await axe(page) == []

    async def look_at_menu(key: str, name: str) -> None:
        await press(page, key)
        await expect(page.locator("details.menu[open]")).to_be_visible()
        await look(name)
        await page.keyboard.press("Escape")

    await a_morning(site)
    await site.queue.issue(
        IssueRequest(
            RECEPTION, "reception", priority="age65", needs=("cannot_hear", "more_time"), requests=2
        )
    )
    await sign_in(site, page, language=language)
    await expect(hand(page, "idle")).to_be_visible()
    await look("idle")
    await look_at_menu("NumpadMultiply", "call-menu")
    await look_at_menu("Numpad8", "pause-menu")
    site.clock.jump(23 * 60)
    await press(page, "NumpadEnter")
    await expect(hand(page, "called")).to_be_visible()
    site.clock.jump(18)
    await page.reload()
    await look("called")
    await site.show(await site.in_hand())
    await press(page, "NumpadEnter")
    await expect(hand(page, "serving")).to_be_visible()
    await look("serving-unknown")
    await press(page, "NumpadDivide")
    await page.keyboard.type("تصالح" if language == "ar" else "reconc")
    await look("services")
    await page.keyboard.press("Enter")
    await expect(page.locator(".papers")).to_be_visible()
    await look_at_menu("Numpad3", "park-menu")
    await press(page, "Numpad4")
    await look("transfer-menu")
    await press(page, "Numpad3")
    await look("transfer-reasons")
    await page.keyboard.press("Escape")
    boss = Actor("staff", UUID(int=77))
    await windows.send_message(
        site.queue, "الصلاة بعد عشر دقائق.", toward="window", window=5, actor=boss
    )
    karim = (await site.window(1)).opened_by
    assert karim is not None
    await windows.raise_alarm(site.queue, 1, "emergency", actor=karim)
    site.clock.jump(192)
    await page.reload()
    await is_ready(page)
    await expect(page.locator(".said__line")).to_have_count(2)
    await look("serving")
    site.clock.jump(120)
    await page.reload()
    await is_ready(page)
    await expect(page.locator(".bar--alarm")).to_be_visible()
    await look("serving-over")
    await press(page, "Numpad5")
    await look("finish-menu")
    await press(page, "Numpad1")
    await expect(hand(page, "idle")).to_be_visible()
    while await site.queue.line_for(5):
        await site.serve(5, 10, site.clerk)
    await expect(page.locator(".hall__line")).to_have_count(0)
    await press(page, "NumpadEnter")
    await expect(page.locator(".desk__notice .note")).to_be_visible()
    await look("nobody")
    await look_at_menu("Numpad6", "return-menu")
    await press(page, "8")
    await press(page, "1")
    await expect(hand(page, "paused")).to_be_visible()
    site.clock.jump(250)
    await page.reload()
    await is_ready(page)
    await look("paused")
    await press(page, "-")
    await expect(hand(page, "choice")).to_be_visible()
    await is_ready(page)
    await look("choice")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_server_that_is_away_is_told_and_stops_the_buttons_until_it_is_back(
    site: DeskSite, page: Page, language: str
) -> None:
    await site.issue(3)
    await open_desk(site, page, language)
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    await site.stop()
    cut = page.locator("#cut")
    await expect(cut).to_be_visible()
    await expect(page.locator("#enter")).to_be_disabled()
    await expect(cut).to_contain_text(re.compile(r"٧:3|٧:٣|7:3"))
    before = await clock_s(page)
    await page.keyboard.press("Enter")
    await page.keyboard.press("Slash")
    await asyncio.sleep(1.1)
    assert await clock_s(page) > before
    await look_at(page, f"desk-cut-{language}")
    assert await axe(page) == []
    await site.start()
    await expect(cut).to_be_hidden(timeout=15_000)
    await expect(hand(page, "called")).to_be_visible()
    await press(page, "Enter")
    await expect(hand(page, "serving")).to_be_visible()
    assert await site.acts_on("101") == ["issue", "call", "start"]
    await site.issue()
    await expect(page.locator(".hall__line > li")).to_have_count(3)


async def test_the_desk_follows_the_hall_and_other_tabs(
    site: DeskSite, page: Page, context: BrowserContext
) -> None:
    await open_desk(site, page)
    await expect(page.locator(".hand__ask")).to_contain_text("لا أحد")
    await site.issue(2)
    await expect(page.locator(".hall__line > li")).to_have_text(["١٠١", "١٠٢"])
    other = await context.new_page()
    await other.goto(site.url("/desk"))
    await press(other, "Enter")
    await expect(hand(other, "called")).to_be_visible()
    await expect(page.locator(".hand__number")).to_have_text("١٠١")
    await expect(page).to_have_title(re.compile("١٠١"))


async def test_a_reload_and_another_browser_show_the_ticket_in_hand_and_its_clock(
    site: DeskSite,
    page: Page,
    new_context: Callable[..., Awaitable[BrowserContext]],
) -> None:
    await site.issue()
    await open_desk(site, page)
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    await press(page, "Enter")
    await expect(hand(page, "serving")).to_be_visible()
    site.clock.jump(192)
    await page.reload()
    await is_ready(page)
    assert 192 <= await clock_s(page) <= 205
    context = await new_context()
    again = await context.new_page()
    await sign_in(site, again)
    await expect(again.locator(".hand__number")).to_have_text("١٠١")
    assert 192 <= await clock_s(again) <= 215


async def test_the_clock_is_the_servers_and_colours_follow_the_target(
    site: DeskSite, page: Page
) -> None:
    await page.add_init_script("Date.now = () => 0;")
    await site.issue(service="enquiry")
    await open_desk(site, page)
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    await press(page, "Enter")
    await expect(hand(page, "serving")).to_be_visible()
    await expect(page.locator("[data-over]")).to_be_hidden()
    site.clock.jump(55)
    await site.issue()
    await expect(page.locator(".bar--warn")).to_be_visible(timeout=10_000)
    await expect(page.locator(".bar--alarm")).to_be_visible(timeout=20_000)
    await expect(page.locator("[data-over]")).to_be_visible()
    assert 60 <= await clock_s(page) <= 75


async def test_what_the_clerk_holds_stays_while_the_hall_changes(
    site: DeskSite, page: Page
) -> None:
    await site.issue()
    await open_desk(site, page)
    await press(page, "Numpad8")
    await expect(page.locator("#pause-prayer")).to_be_visible()
    await page.locator("#pause-break").focus()
    await site.issue()
    await expect(page.locator(".hall__line > li")).to_have_count(2)
    await expect(page.locator("#pause-break")).to_be_visible()
    await expect(page.locator("#pause-break")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.locator("#enter").focus()
    await site.issue()
    await expect(page.locator(".hall__line > li")).to_have_count(3)
    await expect(page.locator("#enter")).to_be_focused()
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    await expect(page.locator("#enter")).to_be_focused()


async def test_a_choice_meant_for_one_ticket_never_reaches_another(
    site: DeskSite, page: Page
) -> None:
    await site.issue(2, service=None)
    await open_desk(site, page)
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    await press(page, "Slash")
    await expect(page.locator("#services")).to_be_visible()
    await site.act(await site.in_hand(), "no_show")
    await expect(page.locator("#services")).to_be_hidden()
    await expect(hand(page, "idle")).to_be_visible()


async def test_a_window_closed_elsewhere_leads_back_to_the_choice(
    site: DeskSite, page: Page
) -> None:
    await open_desk(site, page)
    await site.queue.act_on_window(
        5, "close", actor=Actor("staff", UUID(int=9)), actor_name="هدى", any_window=True
    )
    await expect(hand(page, "choice")).to_be_visible()
    await site.open(5)
    await expect(page.locator(".hand__ask")).to_contain_text("كريم فؤاد")
    await expect(page.locator("#enter")).to_have_count(0)
    await site.open(7, Actor("staff", UUID(int=7)), "سعاد عبد الله")
    await expect(page.locator(".window-tile--taken")).to_contain_text(["سعاد عبد الله"])


async def test_an_ended_sign_in_leads_to_the_sign_in_page(site: DeskSite, page: Page) -> None:
    await open_desk(site, page)
    await page.context.clear_cookies(name="shubbak_session")
    await press(page, "Enter")
    await expect(page).to_have_url(re.compile("/sign-in"))
    assert (await site.window()).state == "open"


@pytest.mark.parametrize("state", ["choice", "idle", "called"])
async def test_text_twice_as_large_scrolls_one_way_only(
    site: DeskSite, page: Page, state: str
) -> None:
    await site.issue(9)
    if state == "choice":
        await site.add_staff("suad", "clerk", "سعاد عبد الله", "Suad Abdallah")
        await sign_in(site, page, "suad", language="en")
        await expect(page.locator(".hand__word")).to_have_text("Choose one")
    else:
        await open_desk(site, page)
    if state == "called":
        await press(page, "Enter")
        await expect(hand(page, "called")).to_be_visible()
    await page.set_viewport_size({"width": 683, "height": 384})
    await look_at(page, f"desk-large-text-{state}")
    assert not await scrolls_sideways(page)
    await page.set_viewport_size({"width": 320, "height": 568})
    assert not await scrolls_sideways(page)
    assert await axe(page) == []


async def test_long_labels_and_papers_stay_in_their_places(site: DeskSite, page: Page) -> None:
    await site.queue.pool.execute(
        "INSERT INTO label_counter (centre_id, business_day, series, last_number)"
        " VALUES (1, $1, '', 1041)",
        site.queue.today()[0],
    )
    await site.issue(service="building-storeys")
    await open_desk(site, page)
    await press(page, "Enter")
    await expect(page.locator(".hand__number")).to_have_text("١٠٤٢")
    await press(page, "Enter")
    await expect(hand(page, "serving")).to_be_visible()
    await look_at(page, "desk-long-ar")
    assert not await scrolls_sideways(page)
    for narrow in (".hand", ".hand__number", ".file", ".acts"):
        wide = "(e) => e.scrollWidth > e.clientWidth"
        assert not await page.locator(narrow).evaluate(wide), narrow
    assert not await page.locator(".file").evaluate("(e) => e.scrollHeight > e.clientHeight")


async def test_the_desk_is_whole_in_forced_colours(site: DeskSite, page: Page) -> None:
    await site.issue(3)
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    await open_desk(site, page)
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    await look_at(page, "desk-forced-colours-ar")
    width = "(e) => getComputedStyle(e).borderInlineStartWidth"
    assert await page.locator("#act-recall").evaluate(width) == "2px"


async def test_places_never_move_from_state_to_state(site: DeskSite, page: Page) -> None:
    await site.issue(2)
    await open_desk(site, page)
    boxes = []
    for key in ("Enter", "Enter", "Numpad5", "Enter"):
        places = [
            await page.locator(f"[data-part={name}]").bounding_box()
            for name in ("top", "hand", "acts", "file", "hall")
        ]
        boxes.append((places, await page.locator("#enter").bounding_box()))
        stamp = await page.locator("[data-part=hand]").get_attribute("data-stamp")
        await press(page, key)
        if key == "Numpad5":
            await press(page, "Numpad1")
        await expect(page.locator("[data-part=hand]")).not_to_have_attribute(
            "data-stamp", stamp or ""
        )
    assert all(box == boxes[0] for box in boxes)
