"""Outages in a real browser: the supervisor's page of services, the desk's card, the phone."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from queue_server.service_states.model import PAYMENT, Subject
from queue_server.web.keys import SERVICE_STATES
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD

SMALL: ViewportSize = {"width": 320, "height": 568}


async def enter(page: Page, scene: HallScene, username: str, path: str, language: str) -> None:
    await page.goto(scene.site.url(f"/sign-in?lang={language}"))
    await page.locator("#username").fill(username)
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/supervisor" if username == "hoda" else "**/desk**")
    await page.goto(scene.site.url(path))


async def go_down(scene: HallScene) -> None:
    """The building licences, one service and electronic payment are down."""
    states = scene.site.client.app[SERVICE_STATES]
    for subject in (Subject("group", "building"), Subject("service", "reconciliation"), PAYMENT):
        await states.mark_down(subject, "ministry_system", actor=scene.supervisor)
        scene.site.clock.jump(240)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_what_is_down_and_how_to_say_so_is_seen_at_once(
    scene: HallScene, page: Page, language: str
) -> None:
    await go_down(scene)
    await enter(page, scene, "hoda", "/supervisor/services", language)
    await expect(page.locator(".outage")).to_have_count(3)
    await page.locator("details").nth(3).locator("summary").click()
    await look_at(page, f"services-{language}")
    assert await axe(page) == []
    assert not await scrolls_sideways(page)
    await page.locator("details").nth(3).locator("button[value=power]").click()
    await expect(page.locator(".outage")).to_have_count(4)
    await expect(page.locator(".notice")).to_be_focused()
    await look_at(page, f"services-marked-{language}")
    await page.locator(".outage button").first.click()
    await expect(page.locator(".outage")).to_have_count(3)


@pytest.mark.parametrize("size", [PHONE, SMALL], ids=["phone", "small"])
async def test_the_page_of_services_fits_a_narrow_screen(
    scene: HallScene, page: Page, size: ViewportSize
) -> None:
    await go_down(scene)
    await page.set_viewport_size(size)
    await enter(page, scene, "hoda", "/supervisor/services?q=تصالح", "ar")
    await look_at(page, f"services-{size['width']}-ar")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_desk_and_the_phone_say_what_is_down(
    scene: HallScene, page: Page, language: str
) -> None:
    await scene.seat(5)
    await scene.site.issue()
    last = await scene.site.issue()
    await scene.site.call(5, scene.staff[5])
    await scene.start_hand(5)
    await go_down(scene)
    await enter(page, scene, "mona", "/desk?window=5", language)
    await expect(page.locator(".card-down")).to_have_count(2)
    await page.set_viewport_size(DESK)
    await look_at(page, f"desk-down-{language}")
    assert await axe(page) == []
    phone = page
    await phone.set_viewport_size(PHONE)
    await phone.goto(scene.site.url(f"/t/{last.token.lower()}?lang={language}"))
    await expect(phone.locator(".outage")).to_have_count(2)
    await look_at(phone, f"phone-down-{language}")
    assert await axe(phone) == []
    assert not await scrolls_sideways(phone)
    states = scene.site.client.app[SERVICE_STATES]
    await states.mark_up(PAYMENT, actor=scene.supervisor)
    await expect(phone.locator(".outage")).to_have_count(1)
