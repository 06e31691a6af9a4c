"""The policy's pages in a real browser: read at a glance, in both languages, also on paper."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, expect

from queue_server.policy.body import PolicyBody
from queue_server.tickets.model import Actor
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, SCREENS, axe, look_at, scrolls_sideways
from tests.support.policy_page import NEVER_TODAY, OPEN_8_TO_15, add_admin, publish
from tests.support.site import PASSWORD

NewContext = Callable[..., Awaitable[BrowserContext]]

RULED = PolicyBody.model_validate(
    {
        "first": {"profiles": ["priority"]},
        "hours": {
            **OPEN_8_TO_15.model_dump(mode="json"),
            "decree_number": "٧٧ لسنة ٢٠٢٦",
            "decree_date": "2026-01-05",
            "valid_from": "2026-01-10",
            "valid_to": "2027-12-31",
            "ramadan": [
                {"first": "2027-02-08", "last": "2027-03-08", "opens": "09:00", "closes": "14:00"}
            ],
            "holidays": [
                {"day": "2027-01-07", "name_ar": "عيد الميلاد المجيد", "name_en": "Christmas"},
                {"day": "2027-01-25", "name_ar": "ثورة ٢٥ يناير", "name_en": "25 January"},
            ],
            "special": [{"day": "2026-12-06", "why_ar": "جرد", "why_en": "Stock-taking"}],
        },
        "closing": {"cuts_off": True, "carries_over": True},
    }
)


_HEAD_FITS = """() => [...document.querySelectorAll(".masthead__nav")].every(
    (nav) => nav.scrollWidth <= nav.clientWidth)"""


@pytest.fixture
async def amir(scene: HallScene) -> Actor:
    return await add_admin(scene)


async def enter(page: Page, scene: HallScene, path: str, language: str) -> None:
    await page.goto(scene.site.url(f"/sign-in?lang={language}&next={path}"))
    await page.locator("#username").fill("amir")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url(scene.site.url(path))


async def assert_good(page: Page, name: str) -> None:
    await look_at(page, name)
    assert await axe(page) == []
    assert not await scrolls_sideways(page)
    assert await page.evaluate(_HEAD_FITS), "a page's name in the head is out of sight"


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_an_administrator_changes_previews_and_publishes_the_policy(
    scene: HallScene, page: Page, amir: Actor, language: str
) -> None:
    await scene.morning()
    scene.site.clock.jump(86_400)
    await publish(scene, RULED, amir)
    await page.set_viewport_size(DESK)
    await enter(page, scene, "/admin/policy", language)
    await assert_good(page, f"policy-form-{language}")
    await page.locator("#g-hours").scroll_into_view_if_needed()
    await page.evaluate("document.getElementById('g-hours').scrollIntoView()")
    await look_at(page, f"policy-hours-{language}")
    await page.screenshot(path=SCREENS / f"policy-form-whole-{language}.png", full_page=True)
    await page.locator("[id='f-credits.age65.minutes']").fill("999")
    await page.locator(".policy__save button").click()
    await expect(page.locator(".summary")).to_be_visible()
    await assert_good(page, f"policy-mistake-{language}")
    await page.locator("[id='f-credits.age65.minutes']").fill("0")
    await page.locator("[id='f-first.profiles.priority']").uncheck()
    await page.locator(".policy__save button").click()
    await expect(page.locator(".note[role=status]").first).to_be_visible()
    await page.goto(scene.site.url("/admin/policy/preview"))
    await assert_good(page, f"policy-preview-{language}")
    await page.goto(scene.site.url("/admin/policy/publish"))
    await assert_good(page, f"policy-publish-{language}")
    await page.locator(".button--primary").click()
    await page.wait_for_url("**/history?said=published")
    await assert_good(page, f"policy-history-{language}")


async def test_every_page_of_the_policy_fits_a_phone(
    scene: HallScene, page: Page, amir: Actor
) -> None:
    await publish(scene, RULED, amir)
    await page.set_viewport_size(PHONE)
    await enter(page, scene, "/admin/policy", "ar")
    for name in ("", "/preview", "/history"):
        await page.goto(scene.site.url(f"/admin/policy{name}"))
        await assert_good(page, f"policy-phone{name.replace('/', '-')}")


async def test_an_editor_who_was_overtaken_finds_everything_still_there(
    scene: HallScene, page: Page, amir: Actor
) -> None:
    await publish(scene, RULED, amir)
    await enter(page, scene, "/admin/policy", "ar")
    other = await page.context.new_page()
    await other.goto(scene.site.url("/admin/policy"))
    await other.locator("[id='f-returns.allowed']").fill("4")
    await other.locator(".policy__save button").click()
    await other.wait_for_url("**said=saved")
    await page.locator("[id='f-returns.allowed']").fill("2")
    await page.locator(".policy__save button").click()
    await expect(page.locator(".summary")).to_be_visible()
    assert await page.locator("[id='f-returns.allowed']").input_value() == "2"
    await assert_good(page, "policy-overtaken-ar")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_rules_are_read_on_a_phone_and_printed_on_one_page(
    scene: HallScene, page: Page, amir: Actor, language: str
) -> None:
    await publish(scene, RULED, amir)
    await page.set_viewport_size(PHONE)
    await page.goto(scene.site.url(f"/rules?lang={language}"))
    await assert_good(page, f"rules-phone-{language}")
    await page.set_viewport_size(DESK)
    await look_at(page, f"rules-desk-{language}")
    printed = await page.pdf(path=SCREENS / f"rules-{language}.pdf", prefer_css_page_size=True)
    assert printed.count(b"/Type /Page\n") == 1
    await page.emulate_media(media="print")
    await page.set_viewport_size({"width": 700, "height": 990})
    await look_at(page, f"rules-paper-{language}")


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_supervisor_sees_at_once_that_no_numbers_are_given(
    scene: HallScene, page: Page, amir: Actor, language: str
) -> None:
    await scene.morning()
    await enter(page, scene, "/supervisor", language)
    await page.locator("#numbers-more summary").click()
    await page.locator("#numbers-stop").click()
    await expect(page.locator(".numbers--closed")).to_be_visible()
    await assert_good(page, f"supervisor-stopped-{language}")
    await publish(scene, PolicyBody(hours=NEVER_TODAY), amir)
    await page.goto(scene.site.url("/rules"))
    await expect(page.locator(".rules__now")).to_be_visible()
    assert isinstance(SCREENS, Path)
