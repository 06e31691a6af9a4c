"""Planning and suggested moves in a real browser: read in both languages, moved by hand."""

from datetime import date, timedelta

import pytest
from playwright.async_api import Page, expect

from queue_server.simulation.library import load_scenario
from queue_server.simulation.pure import live_day, live_days
from queue_server.simulation.world import make_world
from queue_server.web.keys import MOVES
from tests.browser.test_supervisor_page import enter
from tests.support.eventually import eventually
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.remembered import remember

FIRST = date(2026, 11, 1)
DAYS = 15
"""Open days from the first of November until the scene's Sunday, the 22nd."""
AT_S = 75 * 60.0


async def live(scene: HallScene) -> None:
    """Let the centre have lived three weeks, and stand in a morning with two windows missing."""
    scenario = load_scenario("ordinary_sunday").changed({"date": FIRST})
    await remember(scene.site.database.owner_dsn, live_days(scenario, DAYS, seed=5))
    world = make_world(
        scenario.changed({"windows": [{"numbers": [1, 2, 3, 5, 6, 7, 8]}], "breaks": []}),
        seed=5,
        day=DAYS,
    )
    await remember(scene.site.database.owner_dsn, [live_day(world)], until_s=AT_S)
    clock = scene.site.clock
    clock.jump((world.opens_at + timedelta(seconds=AT_S) - clock.now()).total_seconds())


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_a_day_to_come_is_planned_and_windows_are_moved_by_hand(
    scene: HallScene, page: Page, language: str
) -> None:
    await live(scene)
    await enter(page, scene, language)
    moves = scene.site.client.app[MOVES]

    async def are_said() -> bool:
        return bool(await moves.read())

    await eventually(are_said)
    await page.set_viewport_size(DESK)
    await page.reload()
    await expect(page.locator(".move").first).to_be_visible()
    await look_at(page, f"moves-desk-{language}")
    assert await axe(page) == []
    await page.goto(scene.site.url("/supervisor/planning"))
    await page.set_viewport_size({"width": DESK["width"], "height": 1900})
    await look_at(page, f"planning-desk-{language}")
    assert not await scrolls_sideways(page)
    assert await axe(page) == []
    await page.set_viewport_size(PHONE)
    await look_at(page, f"planning-phone-{language}")
    assert not await scrolls_sideways(page)
