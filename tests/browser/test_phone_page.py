"""A citizen's phone in a real browser: every state in both languages, live, without a script."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Page, ViewportSize, expect

from queue_server.tickets.model import Ticket
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import PHONE, axe, look_at, scrolls_sideways

SMALL: ViewportSize = {"width": 320, "height": 568}
ASIDE: ViewportSize = {"width": 740, "height": 360}

NewContext = Callable[..., Awaitable[BrowserContext]]
Reach = Callable[[HallScene], Awaitable[Ticket]]


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, object]) -> dict[str, object]:
    """A phone that people touch."""
    return {**browser_context_args, "viewport": PHONE, "has_touch": True, "is_mobile": True}


def address(scene: HallScene, ticket: Ticket, language: str = "ar") -> str:
    return scene.site.url(f"/t/{ticket.token.lower()}?lang={language}")


async def far(scene: HallScene) -> Ticket:
    for window in (4, 5):
        await scene.seat(window)
    return await scene.site.issue(24)


async def near(scene: HallScene) -> Ticket:
    await scene.seat(5)
    return await scene.site.issue(4)


async def held(scene: HallScene) -> Ticket:
    return await scene.site.issue(8)


async def called(scene: HallScene) -> Ticket:
    await scene.seat(5)
    await scene.site.issue()
    return await scene.site.call(5, scene.staff[5])


async def recalled(scene: HallScene) -> Ticket:
    return await scene.site.act(await called(scene), "recall", scene.staff[5])


async def serving(scene: HallScene) -> Ticket:
    return await scene.site.act(await called(scene), "start", scene.staff[5])


async def finished(scene: HallScene) -> Ticket:
    return await scene.site.act(await serving(scene), "finish", scene.staff[5])


async def no_show(scene: HallScene) -> Ticket:
    return await scene.site.act(await called(scene), "no_show", scene.staff[5])


async def cancelled(scene: HallScene) -> Ticket:
    return await scene.site.act(await held(scene), "cancel")


async def void(scene: HallScene) -> Ticket:
    return await scene.site.act(await held(scene), "void")


async def lapsed(scene: HallScene) -> Ticket:
    ticket = await held(scene)
    scene.site.clock.jump(24 * 3600)
    await scene.site.queue.keep_house()
    return ticket


STATES: tuple[Reach, ...] = (
    far,
    near,
    held,
    called,
    recalled,
    serving,
    finished,
    no_show,
    cancelled,
    void,
    lapsed,
)


@pytest.mark.parametrize("reach", STATES, ids=lambda reach: reach.__name__)
async def test_each_state_is_in_order_in_both_languages_and_on_small_phones(
    scene: HallScene, page: Page, reach: Reach
) -> None:
    ticket = await reach(scene)
    await page.emulate_media(reduced_motion="reduce")
    for language in ("ar", "en"):
        await page.set_viewport_size(PHONE)
        await page.goto(address(scene, ticket, language))
        assert await page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
        await look_at(page, f"phone-{reach.__name__}-{language}")
        assert await axe(page) == []
        for size in (SMALL, ASIDE):
            await page.set_viewport_size(size)
            assert not await scrolls_sideways(page), size


async def test_a_long_label_fits_the_smallest_phone(scene: HallScene, page: Page) -> None:
    await scene.pool.execute("UPDATE label_counter SET last_number = 1041")
    ticket = await scene.site.issue()
    await scene.pool.execute("UPDATE label_counter SET last_number = 1041")
    ticket = await scene.site.issue()
    assert ticket.label == "1042"
    await page.set_viewport_size(SMALL)
    await page.goto(address(scene, ticket))
    await look_at(page, "phone-long-label-ar")
    assert not await scrolls_sideways(page)


async def test_an_unknown_address_is_friendly(scene: HallScene, page: Page) -> None:
    for language in ("ar", "en"):
        await page.goto(scene.site.url(f"/t/aaaaaaaaaaaaaaaa?lang={language}"))
        await look_at(page, f"phone-unknown-{language}")
        assert await axe(page) == []


async def test_the_call_comes_by_itself(scene: HallScene, page: Page) -> None:
    await scene.seat(5)
    ticket = await scene.site.issue(2)
    await page.add_init_script(
        "window.shaken = []; navigator.vibrate = (pattern) => shaken.push(pattern);"
    )
    await page.goto(address(scene, ticket))
    await expect(page).to_have_title(re.compile("^١٠٢ · قبلك ١ – "))
    await page.tap("h1")
    await page.evaluate("window.isTheSame = true")
    await scene.site.serve(5, 60, scene.staff[5])
    await expect(page).to_have_title(re.compile("^١٠٢ · قبلك ٠ – "), timeout=10_000)
    await scene.site.call(5, scene.staff[5])
    await expect(page).to_have_title(re.compile("^دورك الآن: شباك ٥ – "), timeout=10_000)
    await expect(page.locator(".turn__number")).to_have_text("٥")
    await expect(page.get_by_role("status")).to_contain_text("توجّه إلى شباك ٥ الآن")
    assert await page.evaluate("window.shaken.length") == 1
    await scene.site.act(ticket, "recall", scene.staff[5])
    await expect(page.locator(".turn__again")).to_have_text("نداء ثانٍ", timeout=10_000)
    assert await page.evaluate("window.shaken.length") == 2
    await scene.site.act(ticket, "start", scene.staff[5])
    await scene.site.act(ticket, "finish", scene.staff[5])
    await expect(page.locator(".do")).to_contain_text("انتهت خدمتك", timeout=10_000)
    assert await page.evaluate("window.isTheSame")
    assert await page.context.cookies() == []


async def test_a_page_that_hears_nothing_says_so_and_recovers(scene: HallScene, page: Page) -> None:
    await page.clock.install()
    ticket = await held(scene)
    await page.goto(address(scene, ticket))
    await expect(page.locator("[data-foot]")).to_be_visible()
    await scene.site.stop()
    await page.clock.run_for(60_000)
    stale = page.locator("#stale")
    await expect(stale).to_be_visible()
    await expect(page.locator("[data-foot]")).to_be_hidden()
    await look_at(page, "phone-stale-ar")
    assert await axe(page) == []
    await scene.site.start()
    await page.clock.run_for(20_000)
    await expect(stale).to_be_hidden()


async def test_without_a_script_the_page_is_the_same_and_asks_again(
    scene: HallScene, new_context: NewContext
) -> None:
    ticket = await near(scene)
    context = await new_context(java_script_enabled=False)
    page = await context.new_page()
    await page.goto(address(scene, ticket))
    await expect(page.locator(".do")).to_have_text(
        "دورك قرّب. خليك في الصالة وجهّز أصل البطاقة وصورتها."
    )
    await scene.site.serve(5, 60, scene.staff[5])
    await expect(page.locator("dd.number")).to_have_text("٢", timeout=20_000)
    await page.get_by_role("link", name="English").click()
    await expect(page.locator("dd.number")).to_have_text("2")
    assert await context.cookies() == []


async def test_the_page_is_whole_in_forced_colours_and_with_large_text(
    scene: HallScene, page: Page
) -> None:
    ticket = await called(scene)
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    await page.goto(address(scene, ticket))
    await look_at(page, "phone-forced-colours-ar")
    await page.set_viewport_size({"width": 180, "height": 370})
    await expect(page.locator(".do")).to_be_visible()
