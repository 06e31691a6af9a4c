"""Reception on a phone in a real browser: how it looks, and that one thumb gives one number."""

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Page, ViewportSize, expect

from tests.support.eventually import eventually
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD

SMALL: ViewportSize = {"width": 320, "height": 568}
LEAST_TARGET_PX = 44

NewContext = Callable[..., Awaitable[BrowserContext]]


@pytest.fixture
async def page(scene: HallScene, page: Page) -> Page:
    """A phone in the hand of Sara, who receives."""
    await scene.site.add_staff("sara", "receptionist", "سارة علي", "Sara Ali")
    await page.set_viewport_size(PHONE)
    return page


async def enter(page: Page, scene: HallScene, language: str = "ar", who: str = "sara") -> None:
    """Sign in; a receptionist's own page comes first."""
    await page.goto(scene.site.url(f"/sign-in?lang={language}&next=/reception"))
    await page.locator("#username").fill(who)
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator(".tabs")).to_be_visible()


async def give(page: Page) -> None:
    """Touch «رقم» and wait for the number."""
    await page.locator(".give__number").click()
    await page.wait_for_url("**/reception/tickets/*")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_number_is_one_touch_and_stands_huge_on_the_phone(
    scene: HallScene, page: Page, language: str
) -> None:
    await scene.morning()
    await scene.machine("K1")
    await scene.machine("K2", paper="out", printer="not_ready")
    await enter(page, scene, language)
    await look_at(page, f"reception-{language}")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []
    box = await page.locator(".give__number").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= PHONE["height"], "the one act is not on the first screen"
    await give(page)
    label = page.locator(".card-number__label")
    await expect(label).to_have_text("٢٣١" if language == "ar" else "231")

    async def is_huge() -> bool:  # the part is swapped when the kiosk answers
        box = await label.bounding_box()
        return box is not None and box["height"] >= 100

    await eventually(is_huge)
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.goto(scene.site.url("/reception"))
    await expect(page.locator(".last")).to_be_visible()
    box = await page.locator(".give__number").bounding_box()
    tabs = await page.locator(".tabs").bounding_box()
    assert box is not None
    assert tabs is not None
    assert box["y"] + box["height"] <= tabs["y"], "the one act is under the pages' tabs"
    await look_at(page, f"reception-small-{language}")
    await look_at(page, f"reception-number-{language}")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []


async def test_a_double_tap_gives_one_number(scene: HallScene, page: Page) -> None:
    await scene.machine("K1")
    await enter(page, scene)
    await page.locator(".give__number").dblclick()
    await page.wait_for_url("**/reception/tickets/*")
    assert [each.channel for each in await scene.site.queue.tickets()] == ["reception"]


async def test_the_printers_word_reaches_the_phone_without_a_reload(
    scene: HallScene, page: Page
) -> None:
    kiosk = await scene.machine("K1")
    await enter(page, scene)
    await give(page)
    state = page.locator(".slip-state")
    await expect(state).to_have_text("تُطبع الآن في K1")
    [ticket] = await scene.site.queue.tickets()
    await scene.says(kiosk, ticket, "done")
    await expect(state).to_have_text("طُبعت الورقة", timeout=5000)
    await expect(page.locator("#by-hand")).to_have_count(0)


async def test_a_slip_that_fails_is_told_within_seconds_with_what_can_be_done(
    scene: HallScene, page: Page
) -> None:
    kiosk = await scene.machine("K1")
    await enter(page, scene)
    await give(page)
    [ticket] = await scene.site.queue.tickets()
    await scene.says(kiosk, ticket, "failed")
    await expect(page.locator(".slip-state--alarm")).to_have_text("لم تُطبع الورقة", timeout=5000)
    await look_at(page, "reception-failed-ar")
    assert await axe(page) == []
    await page.locator("#by-hand").click()
    await expect(page.locator(".slip-state--good")).to_be_visible()
    assert (await scene.site.queue.ticket(ticket.id)).paper == "kept"


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_troubles_of_the_hall_stand_above_the_keys(
    scene: HallScene, page: Page, language: str
) -> None:
    await scene.machine("K1", paper="out", printer="not_ready")
    await scene.machine("K2")
    await scene.from_kiosk("K1", "failed")
    await scene.ask_help("K1")
    await enter(page, scene, language)
    await page.locator("#printers > summary").click()
    await look_at(page, f"reception-trouble-{language}")
    assert await axe(page) == []
    await page.get_by_role("button", name="K1").click()
    await expect(page.locator(".printer--alarm")).to_be_visible()
    await page.locator(".give__number").click()
    await expect(page.get_by_role("alert").filter(has_text="K1")).to_be_visible()
    await look_at(page, f"reception-not-ready-{language}")
    assert len(await scene.site.queue.tickets()) == 1
    await page.locator(".help button").click()
    await expect(page.locator(".help")).to_have_count(0)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_lost_slip_is_found_by_the_time_and_the_service(
    scene: HallScene, page: Page, language: str
) -> None:
    await scene.morning()
    await scene.machine("K1")
    await enter(page, scene, language)
    await page.locator(".tabs__tab").nth(1).click()
    await page.locator("#time").fill("٧:٤٥")
    await page.locator("#service").fill("تصالح" if language == "ar" else "reconciliation")
    await page.keyboard.press("Enter")
    await expect(page.locator(".found__row").first).to_be_visible()
    await look_at(page, f"reception-found-{language}")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []
    await page.locator(".found__row").first.click()
    await expect(page.locator(".card-number__label")).to_be_visible()
    await look_at(page, f"reception-found-number-{language}")
    assert await axe(page) == []


@pytest.mark.parametrize("language", ["ar", "en"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_the_emergency_book_is_keyed_in_without_a_mouse(
    scene: HallScene, page: Page, language: str, size: ViewportSize
) -> None:
    await page.set_viewport_size(size)
    await enter(page, scene, language, who="hoda")
    await page.goto(scene.site.url("/reception/book"))
    await page.locator(".books form button").click()
    await page.wait_for_url("**/reception/book?*")
    await page.locator("#label").focus()
    await page.keyboard.type("١٠٣")
    await page.keyboard.press("Tab")
    await page.keyboard.type("7:05")
    await page.locator("#outcome-served").focus()
    await page.keyboard.press("Space")
    await page.locator("#window").select_option("5")
    await page.locator("#started").fill("7:12")
    await page.locator("#finished").fill("7:08")
    await page.keyboard.press("Enter")
    await expect(page.locator(".summary")).to_be_visible()
    await look_at(page, f"reception-book-wrong-{size['width']}-{language}")
    assert await axe(page) == []
    await page.locator("#finished").fill("7:20")
    await page.keyboard.press("Enter")
    await expect(page.locator(".found__row")).to_have_count(1)
    await expect(page.locator("#label")).to_be_focused()
    await expect(page.locator("#label")).to_have_value("ط-١٠٤" if language == "ar" else "T104")
    await look_at(page, f"reception-book-{size['width']}-{language}")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []


async def test_everything_that_is_touched_is_large_and_fits_the_smallest_phone(
    scene: HallScene, page: Page
) -> None:
    await page.set_viewport_size(SMALL)
    await scene.machine("K1")
    await enter(page, scene)
    ticket = await scene.site.issue()
    for path in ("", "/find", f"/tickets/{ticket.id}", "/book"):
        await page.goto(scene.site.url(f"/reception{path}"))
        assert not await scrolls_sideways(page), path
        # In one go: the page renews itself meanwhile.
        heights = await page.evaluate(
            "[...document.querySelectorAll('main button, main .tabs__tab')]"
            ".filter(each => each.checkVisibility())"
            ".map(each => each.getBoundingClientRect().height)"
        )
        assert min(heights) >= LEAST_TARGET_PX, path
