"""Pages about windows in a real browser: the citizen's face of each, and the supervisor's page."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from queue_server.tickets import windows
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD

TABLET: ViewportSize = {"width": 1280, "height": 800}
UPRIGHT: ViewportSize = {"width": 600, "height": 960}
HALL: ViewportSize = {"width": 1366, "height": 768}


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_windows_face_follows_its_window_and_is_looked_at(
    scene: HallScene, page: Page, language: str
) -> None:
    async def look(state: str) -> None:
        await expect(page.locator(f".glass--{state}")).to_be_visible(timeout=4000)
        await page.evaluate("Promise.all(document.getAnimations().map((each) => each.finished))")
        await look_at(page, f"face-{state}-{language}")
        assert not await scrolls_sideways(page)
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert await axe(page) == []

    site = scene.site
    await page.set_viewport_size(TABLET)
    await page.goto(site.url(f"/windows/5/face?lang={language}"))
    await page.evaluate("window.isTheSame = true")
    await look("closed")
    actor = await scene.seat(5)
    await look("open")
    await site.issue(2)
    ticket = await site.call(5, actor)
    await look("called")
    number = page.locator(".glass__label")
    await expect(number).to_have_text("١٠١" if language == "ar" else "101")
    box = await number.bounding_box()
    assert box is not None
    assert box["height"] > 0.5 * TABLET["height"], "it is read from three metres"
    await site.act(ticket, "start", actor)
    await look("serving")
    await site.act(ticket, "finish", actor)
    await site.pause(5, "prayer", actor)
    await look("prayer")
    await page.set_viewport_size(UPRIGHT)
    assert not await scrolls_sideways(page)
    assert await page.evaluate("window.isTheSame")


async def test_a_face_says_that_it_is_old_after_fifteen_seconds_of_silence(
    scene: HallScene, page: Page
) -> None:
    actor = await scene.seat(5)
    await scene.site.issue()
    await scene.site.call(5, actor)
    await page.clock.install()
    await page.set_viewport_size(TABLET)
    await page.goto(scene.site.url("/windows/5/face"))
    await expect(page.locator(".glass--called")).to_be_visible()
    await page.route("**/face/now*", lambda route: route.abort())
    stale = page.locator("#stale")
    await page.clock.run_for(14_000)
    await expect(stale).to_be_hidden()
    await page.clock.run_for(3_000)
    await expect(stale).to_have_text("الشاشة متوقفة مؤقتًا، تابع النداء الصوتي.")
    await look_at(page, "face-stale-ar")
    await page.unroute("**/face/now*")
    await page.clock.run_for(6_000)
    await expect(stale).to_be_hidden()


async def test_a_face_keeps_its_tablet_awake_and_bears_a_browser_that_refuses(
    scene: HallScene, page: Page
) -> None:
    await page.add_init_script(
        "window.asked = [];"
        "navigator.wakeLock.request = async (kind) => {"
        "  window.asked.push(kind); throw new DOMException('', 'NotAllowedError'); };"
    )
    await page.goto(scene.site.url("/windows/5/face"))
    await page.wait_for_function("window.asked.length === 1")
    assert await page.evaluate("window.asked") == ["screen"]
    await scene.seat(5)
    await expect(page.locator(".glass--open")).to_be_visible()


async def enter(page: Page, scene: HallScene, language: str) -> None:
    await page.set_viewport_size(HALL)
    await page.goto(scene.site.url(f"/sign-in?lang={language}"))
    await page.locator("#username").fill("hoda")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("#now")).to_be_visible()


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_alarms_of_desks_stand_first_and_the_page_of_windows_is_in_order(
    scene: HallScene, page: Page, language: str
) -> None:
    queue = scene.site.queue
    await scene.morning()
    await scene.machine("K1")
    await scene.ask_help("K1")
    hand = scene.staff[7]
    await windows.hand_over(queue, 7, offers=True, actor=hand)
    await enter(page, scene, language)
    await windows.raise_alarm(queue, 5, "emergency", actor=scene.staff[5], is_silent=True)
    await windows.raise_alarm(queue, 6, "supervisor", actor=scene.staff[6])
    await windows.raise_alarm(queue, 4, "fault", category="printer", actor=scene.staff[4])
    await windows.send_message(
        queue, "أحتاج ورق طباعة", toward="supervisor", window=4, actor=scene.staff[4]
    )
    await expect(page.locator(".alarm").first).to_have_class("alarm alarm--grave alarm--emergency")
    await expect(page.locator(".alarm")).to_have_count(5)
    await page.get_by_role(
        "button", name="أنا قادم" if language == "ar" else "I am coming"
    ).first.click()
    await expect(page.locator(".alarm--emergency .tick")).to_be_visible()
    await look_at(page, f"supervisor-desk-alarms-{language}")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []
    await windows.send_message(
        queue, "الصلاة بعد عشر دقائق.", toward="window", window=None, actor=scene.supervisor
    )
    [message, *_] = await windows.last_messages(queue, limit=1)
    for window in (4, 5):
        await windows.mark_read(queue, message.id, window=window, actor=scene.staff[window])
    await windows.write_reply(queue, 5, "كان المواطن يبحث عن ورقه", actor=scene.staff[5])
    await page.goto(scene.site.url("/supervisor/windows"))
    await look_at(page, f"supervisor-windows-{language}")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []
    await page.evaluate("document.getElementById('counts-title').scrollIntoView()")
    await look_at(page, f"supervisor-counts-{language}")


async def test_the_page_of_windows_renews_itself_and_leaves_what_is_typed_and_chosen(
    scene: HallScene, page: Page
) -> None:
    queue = scene.site.queue
    await scene.morning()
    await enter(page, scene, "ar")
    await page.goto(scene.site.url("/supervisor/windows"))
    await page.locator("#message-text").fill("الصلاة بعد")
    profile = page.locator("#profile-3")
    await profile.select_option(index=1)
    chosen = await profile.input_value()
    await scene.site.open(9)
    await expect(page.locator("#staff-9")).to_be_visible()
    await windows.send_message(
        queue, "أحتاج ورق طباعة", toward="supervisor", window=4, actor=scene.staff[4]
    )
    await expect(page.locator("#sent")).to_contain_text("أحتاج ورق طباعة")
    await windows.set_profile(queue, 9, profile=chosen, actor=scene.supervisor)
    await expect(page.locator("#profile-9")).to_have_value(chosen)
    await expect(profile).to_have_value(chosen)
    await expect(page.locator("#message-text")).to_have_value("الصلاة بعد")
    await expect(page.locator("#stale")).to_be_hidden()
