"""The supervisor's page tells its own looks from a person's touch."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, Request

from tests.browser.test_supervisor_page import enter
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene

RENEW = 'document.dispatchEvent(new Event("visibilitychange"))'


def is_look(request: Request) -> bool:
    """Whichever part of the page asks first after a touch tells of it."""
    return "/supervisor/now" in request.url or "/supervisor/today" in request.url


def is_told_of_a_touch(request: Request) -> bool:
    return is_look(request) and request.headers.get("x-touched") == "yes"


async def test_only_the_first_look_after_a_touch_tells_of_it(scene: HallScene, page: Page) -> None:
    await enter(page, scene)
    touches: list[Callable[[], Awaitable[None]]] = [
        lambda: page.keyboard.press("Tab"),
        lambda: page.mouse.wheel(0, 100),
        lambda: page.mouse.click(2, 2),
    ]
    for touch in touches:
        async with page.expect_request(is_look) as by_itself:
            await page.evaluate(RENEW)
        assert not is_told_of_a_touch(await by_itself.value)
        async with page.expect_request(is_told_of_a_touch):
            await touch()
            await page.evaluate(RENEW)
