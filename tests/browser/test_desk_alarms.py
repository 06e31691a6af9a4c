"""The desk in a real Chromium: emergency, faults, messages, notes, hand-over, one's own day."""

import pytest
from playwright.async_api import Page, expect

from queue_server.tickets import windows
from queue_server.tickets.model import Actor
from tests.support.desk_page import hand, is_ready, open_desk, press, sign_in
from tests.support.desk_site import COLLEAGUE, DeskSite
from tests.support.desk_site import site as site
from tests.support.pages import axe, look_at, scrolls_sideways


async def hold(page: Page, key: str, seconds: float) -> None:
    """Hold a key by the page's own clock, which the test has installed."""
    await is_ready(page)
    await page.keyboard.down(key)
    await page.clock.run_for(int(seconds * 1000))
    await page.keyboard.up(key)


async def test_zero_held_for_a_second_is_an_emergency_and_let_go_before_it_is_nothing(
    site: DeskSite, page: Page
) -> None:
    hoda = await site.add_staff("hoda", "supervisor", "هدى منصور", "Hoda Mansour")
    await site.issue()
    await open_desk(site, page)
    await page.clock.install()
    await page.reload()
    await hold(page, "Numpad0", 0.4)
    await page.clock.run_for(800)
    assert await windows.open_alarms(site.queue) == ()
    await hold(page, "Numpad0", 1.2)
    said = page.locator(".said")
    await expect(said).to_contain_text("أُبلغ المشرف.")
    [alarm] = await windows.open_alarms(site.queue)
    assert (alarm.kind, alarm.is_silent, alarm.window) == ("emergency", True, 5)
    supervisor = Actor("staff", hoda.id)
    await windows.accept_alarm(site.queue, alarm.id, actor=supervisor, any_window=True)
    await expect(said).to_contain_text("هدى منصور في الطريق.")
    await press(page, "Enter")
    await expect(hand(page, "called")).to_be_visible()
    await page.reload()
    await is_ready(page)
    await expect(said).to_contain_text("هدى منصور في الطريق.")
    await page.locator("#act-emergency").click()
    await look_at(page, "desk-emergency-ar")
    assert await axe(page) == []
    await press(page, "Numpad3")
    await expect(said).to_be_empty()
    assert await windows.open_alarms(site.queue) == ()


async def test_a_colleagues_alarm_is_seen_unless_it_is_silent(site: DeskSite, page: Page) -> None:
    await site.open(3)
    await open_desk(site, page)
    silent = await windows.raise_alarm(site.queue, 3, "emergency", actor=COLLEAGUE, is_silent=True)
    await page.reload()
    await is_ready(page)
    await expect(page.locator(".said")).to_be_empty()
    await windows.raise_alarm(site.queue, 3, "emergency", actor=COLLEAGUE)
    await expect(page.locator(".said")).to_contain_text("طوارئ في شباك ٣.")
    await page.get_by_role("button", name="أنا قادم").click()
    await expect(page.locator(".said")).to_contain_text("منى السيد في الطريق.")
    [alarm] = await windows.open_alarms(site.queue)
    assert (alarm.id, alarm.accepted_by) == (silent.id, site.mona.id)


async def test_a_fault_is_two_keys_and_stands_until_it_is_over(site: DeskSite, page: Page) -> None:
    await site.issue()
    await open_desk(site, page)
    await press(page, "Enter")
    await press(page, "Numpad9")
    await look_at(page, "desk-report-ar")
    assert await axe(page) == []
    await press(page, "Numpad2")
    await expect(page.locator(".said")).to_contain_text("أُبلغ عن: الطابعة.")
    await press(page, "Numpad9")
    await press(page, "Numpad9")
    await expect(page.locator(".said__line")).to_have_count(2)
    kinds = [(each.kind, each.category) for each in await windows.open_alarms(site.queue)]
    assert kinds == [("fault", "printer"), ("supervisor", None)]
    await page.locator(".said").get_by_role("button", name="انتهى الأمر").first.click()
    await expect(page.locator(".said__line")).to_have_count(1)
    await press(page, "Enter")
    await expect(hand(page, "serving")).to_be_visible()


async def test_a_message_comes_without_taking_the_focus_and_a_short_zero_reads_it(
    site: DeskSite, page: Page
) -> None:
    hoda = await site.add_staff("hoda", "supervisor", "هدى منصور", "Hoda Mansour")
    boss = Actor("staff", hoda.id)
    await site.issue()
    await open_desk(site, page)
    await press(page, "Enter")
    await press(page, "NumpadDecimal")
    await expect(page.locator("#note-text")).to_be_focused()
    await page.keyboard.type("يراجع الأملاك 12")
    for text in ("الصلاة بعد عشر دقائق.", "كلّمني"):
        await windows.send_message(site.queue, text, toward="window", window=None, actor=boss)
    await expect(page.locator(".said")).to_contain_text("الصلاة بعد عشر دقائق.")
    await expect(page.locator("#note-text")).to_be_focused()
    await expect(page.locator("#note-text")).to_have_value("يراجع الأملاك 12")
    await page.keyboard.press("Escape")
    await press(page, "Numpad0")
    await expect(page.locator(".said")).to_contain_text("كلّمني")
    await press(page, "0")
    await expect(page.locator(".said")).to_be_empty()
    newest, oldest = await windows.last_messages(site.queue, limit=9)
    assert newest.read_at_windows == oldest.read_at_windows == (5,)
    await press(page, "Numpad9")
    await press(page, "NumpadDecimal")
    await page.keyboard.type("أحتاج ورق طباعة")
    await page.keyboard.press("Enter")
    await expect(page.locator(".desk__notice .note")).to_have_text("أُرسلت الرسالة إلى المشرف.")
    newest, *_ = await windows.last_messages(site.queue, limit=9)
    assert (newest.text, newest.toward, newest.window) == ("أحتاج ورق طباعة", "supervisor", 5)


async def test_a_half_typed_note_outlives_a_reload_and_is_kept_once(
    site: DeskSite, page: Page
) -> None:
    await site.issue()
    await open_desk(site, page)
    await press(page, "Enter")
    await press(page, "Enter")
    await expect(hand(page, "serving")).to_be_visible()
    await press(page, "Period")
    await page.keyboard.type("أحضر أصل العقد")
    await page.reload()
    await expect(page.locator("#note-text")).to_be_focused()
    await expect(page.locator("#note-text")).to_have_value("أحضر أصل العقد")
    await page.keyboard.press("Escape")
    await page.reload()
    await press(page, "Period")
    await expect(page.locator("#note-text")).to_have_value("أحضر أصل العقد")
    await look_at(page, "desk-note-ar")
    assert await axe(page) == []
    await page.keyboard.press("Enter")
    await expect(page.locator(".visit__note")).to_have_text("ملاحظة: أحضر أصل العقد")
    await press(page, "Period")
    await expect(page.locator("#note-text")).to_have_value("")
    await page.keyboard.type("ومعه صورة")
    await page.keyboard.press("Enter")
    await expect(page.locator(".visit__note")).to_have_count(2)
    notes = await windows.notes(site.queue, (await site.in_hand()).id)
    assert [note.text for note in notes] == ["أحضر أصل العقد", "ومعه صورة"]


async def test_a_window_is_handed_over_with_its_number_between_two_browsers(
    site: DeskSite, page: Page
) -> None:
    await site.add_staff("suad", "clerk", "سعاد عبد الله", "Suad Abdallah")
    await site.issue(2)
    await open_desk(site, page)
    await press(page, "Enter")
    await press(page, "Enter")
    await expect(hand(page, "serving")).to_be_visible()
    await press(page, "Numpad8")
    await look_at(page, "desk-hand-over-ar")
    await press(page, "Numpad9")
    await expect(page.locator(".desk__notice .note")).to_contain_text("من يفتح هذا الشباك")
    browser = page.context.browser
    assert browser is not None
    context = await browser.new_context()
    other = await context.new_page()
    await sign_in(site, other, "suad")
    await expect(hand(other, "choice")).to_be_visible()
    await press(other, "Numpad5")
    await expect(hand(other, "serving")).to_be_visible()
    await expect(other.locator(".hand__number")).to_have_text("١٠١")
    await expect(hand(page, "choice")).to_be_visible()
    await context.close()
    assert (await site.window()).opened_by_name == "سعاد عبد الله"


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_clerk_sees_the_own_day_as_it_goes_on_and_replies_to_it(
    site: DeskSite, page: Page, language: str
) -> None:
    await site.issue(2)
    await open_desk(site, page, language)
    site.clock.jump(300)
    await press(page, "Enter")
    await press(page, "Enter")
    await expect(hand(page, "serving")).to_be_visible()
    await page.clock.install()
    await page.goto(site.url("/desk/my-day"))
    await expect(page.locator("#counts-5-1 td").first).to_contain_text(
        "٠" if language == "ar" else "0"
    )
    await page.locator("#reply-5").fill("كان السيستم متوقفًا")
    await site.act(await site.in_hand(), "finish", site.clerk)
    await page.clock.run_for(60_000)
    await expect(page.locator("#counts-5-1 td").first).to_contain_text(
        "١" if language == "ar" else "1"
    )
    await expect(page.locator("#reply-5")).to_have_value("كان السيستم متوقفًا")
    await page.locator(".my-day__reply button").click()
    await expect(page.locator("main [role=status]").first).to_be_visible()
    await expect(page.locator("#reply-5")).to_have_value("كان السيستم متوقفًا")
    await look_at(page, f"my-day-{language}")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []
    [reply] = await windows.replies(site.queue)
    assert (reply.window, reply.written_by) == (5, site.mona.id)


async def test_the_key_right_after_a_menus_field_is_not_taken_as_typed(
    site: DeskSite, page: Page
) -> None:
    await site.issue()
    await open_desk(site, page)
    await press(page, "NumpadMultiply")
    await expect(page.locator("#call-label")).to_be_focused()
    await page.evaluate(
        """() => {
          const key = (code, key) => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { code, key, bubbles: true, cancelable: true }));
          key("Escape", "Escape");
          key("Numpad8", "8");
        }"""
    )
    await expect(page.locator("#pause[open]")).to_be_attached()
