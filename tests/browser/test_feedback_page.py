"""Asking citizens in a real browser: the faces at a window, the slip's page, the week in sums."""

from collections.abc import Callable
from typing import cast

import pytest
from playwright.async_api import Page, ViewportSize, expect

from queue_server.feedback.model import FeedbackReason, Given
from queue_server.tickets.model import Ticket
from queue_server.web.keys import ANSWERS, PAGES
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD

FACE: ViewportSize = {"width": 1024, "height": 600}
SMALL: ViewportSize = {"width": 320, "height": 568}


async def served(scene: HallScene) -> Ticket:
    """Serve one citizen at window 5."""
    if 5 not in scene.staff:
        await scene.seat(5)
    await scene.site.issue()
    ticket = await scene.site.call(5, scene.staff[5])
    await scene.site.act(ticket, "start", scene.staff[5])
    return await scene.site.act(ticket, "finish", scene.staff[5])


async def answered(scene: HallScene) -> list[tuple[str, str]]:
    rows = await scene.pool.fetch("SELECT event, score FROM feedback_event ORDER BY revision")
    return [(row["event"], row["score"]) for row in rows]


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_three_large_faces_ask_at_the_window_and_one_touch_answers(
    scene: HallScene, page: Page, language: str
) -> None:
    await served(scene)
    await page.set_viewport_size(FACE)
    await page.goto(scene.site.url(f"/windows/5/feedback/page?lang={language}"))
    await expect(page.locator("button.face")).to_have_count(3)
    await look_at(page, f"feedback-window-{language}")
    assert await axe(page) == []
    assert not await scrolls_sideways(page)
    for box in [await face.bounding_box() for face in await page.locator("button.face").all()]:
        assert box is not None
        assert min(box["width"], box["height"]) >= 150
        assert box["y"] + box["height"] <= FACE["height"]
    await page.locator("button.face").first.click()
    await expect(page.locator(".ask-feedback--said")).to_be_visible()
    await look_at(page, f"feedback-window-thanks-{language}")
    assert await axe(page) == []
    assert await answered(scene) == [("answer", "satisfied")]


async def test_a_screen_shows_the_faces_by_script_takes_a_change_and_is_rid_of_them(
    scene: HallScene, page: Page
) -> None:
    assets = scene.site.client.app[PAGES]._environments["ar"].globals
    address = cast(Callable[[str], str], assets["static"])
    script = address("feedback.js")
    await page.goto(scene.site.url("/windows/5/feedback/page?lang=ar"))
    await page.evaluate(
        """async (script) => {
          const place = document.createElement("div");
          place.id = "place";
          document.querySelector("main").replaceChildren(place);
          const { askFeedback } = await import(script);
          window.look = askFeedback(place, "/windows/5/feedback?lang=ar");
          await window.look();
        }""",
        script,
    )
    place = page.locator("#place")
    await expect(place).to_be_hidden()
    await served(scene)
    await page.evaluate("window.look()")
    await place.locator("button[value=unsatisfied]").click()
    await expect(place).to_contain_text("شكرًا لك، وصلت إجابتك.")
    await place.locator("button").click()
    await place.locator("button[value=fair]").click()
    await expect(place).to_contain_text("شكرًا لك، وصلت إجابتك.")
    assert await answered(scene) == [("answer", "unsatisfied"), ("change", "fair")]
    await expect(place).to_be_hidden(timeout=10_000)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_the_slips_page_asks_as_soon_as_the_visit_has_ended(
    scene: HallScene, page: Page, language: str
) -> None:
    await scene.seat(5)
    await scene.site.issue()
    ticket = await scene.site.call(5, scene.staff[5])
    await scene.site.act(ticket, "start", scene.staff[5])
    await page.set_viewport_size(PHONE)
    await page.goto(scene.site.url(f"/t/{ticket.token.lower()}?lang={language}"))
    await expect(page.locator(".place--serving")).to_be_visible()
    await scene.site.act(ticket, "finish", scene.staff[5])
    await expect(page.locator(".feedback__form")).to_be_visible(timeout=20_000)
    await page.locator(".feedback").scroll_into_view_if_needed()
    await look_at(page, f"feedback-phone-{language}")
    assert await axe(page) == []
    assert not await scrolls_sideways(page)
    await page.locator("#score-fair").check()
    await page.locator("#reason-waiting").check()
    await page.locator("#text").fill("طال الانتظار وكان الموظف محترمًا")
    await page.locator(".feedback__form button").scroll_into_view_if_needed()
    await look_at(page, f"feedback-phone-filled-{language}")
    await page.locator(".feedback__form button").click()
    await expect(page.locator(".feedback__said")).to_be_visible()
    await expect(page.locator("details")).not_to_have_attribute("open", "")
    await look_at(page, f"feedback-phone-thanks-{language}")
    assert await axe(page) == []
    assert await answered(scene) == [("answer", "fair")]


async def test_the_question_fits_the_smallest_phone(scene: HallScene, page: Page) -> None:
    ticket = await served(scene)
    await page.set_viewport_size(SMALL)
    await page.goto(scene.site.url(f"/t/{ticket.token.lower()}?lang=ar"))
    await expect(page.locator(".feedback__form")).to_be_visible()
    assert not await scrolls_sideways(page)
    assert await axe(page) == []


async def weeks(scene: HallScene) -> None:
    """Let a week with answers about three services end."""
    answers = scene.site.client.app[ANSWERS]
    reasons: tuple[FeedbackReason, ...] = ("waiting", "papers")
    await scene.seat(5)
    for service, satisfied, others in (
        ("reconciliation", 14, 6),
        ("shop-new", 12, 2),
        ("enquiry", 4, 3),
    ):
        for n in range(satisfied + others):
            await scene.site.issue()
            ticket = await scene.site.call(5, scene.staff[5])
            await scene.site.act(ticket, "start", scene.staff[5])
            await scene.site.queue.act(
                ticket.id,
                "set_service",
                actor=scene.staff[5],
                any_window=False,
                service=service,
            )
            await scene.site.act(ticket, "finish", scene.staff[5])
            given = (
                Given("satisfied")
                if n < satisfied
                else Given("unsatisfied", reasons, f"انتظرت طويلًا ثم طُلبت مني ورقة أخرى ({n}).")
            )
            await answers.keep(ticket.id, given, channel="phone")
    scene.site.clock.jump(7 * 86_400)


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_week_is_understood_in_sums(scene: HallScene, page: Page, language: str) -> None:
    await weeks(scene)
    await page.set_viewport_size(DESK)
    await page.goto(scene.site.url(f"/sign-in?lang={language}"))
    await page.locator("#username").fill("hoda")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/supervisor")
    await page.goto(scene.site.url("/supervisor/satisfaction"))
    await expect(page.locator(".texts li")).not_to_have_count(0)
    await look_at(page, f"satisfaction-{language}")
    assert await axe(page) == []
    assert not await scrolls_sideways(page)
    await page.locator("#reasons-title").scroll_into_view_if_needed()
    await look_at(page, f"satisfaction-reasons-{language}")
    await page.set_viewport_size(PHONE)
    assert not await scrolls_sideways(page)
    await look_at(page, f"satisfaction-phone-{language}")
