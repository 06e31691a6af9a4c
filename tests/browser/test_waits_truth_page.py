"""How true the waits were, in a real browser: the page for everybody and the one of staff."""

from datetime import timedelta
from typing import Any, Final

import pytest
from playwright.async_api import Page, ViewportSize

from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import DESK, PHONE, axe, look_at, scrolls_sideways
from tests.support.site import PASSWORD

SMALL: ViewportSize = {"width": 320, "height": 568}
SCORE: Final = {"n": 6400, "rmse_s": 300.0, "mean_width_80_s": 720.0}
RESULT: Final[dict[str, Any]] = {
    "days": 21,
    "train_days": 14,
    "product": SCORE | {"mae_s": 131.0, "bias_s": 9.0, "coverage_80": 0.71},
    "baselines": {
        "moving_average": SCORE | {"mae_s": 318.0, "bias_s": -141.0, "coverage_80": 0.81},
        "les": SCORE | {"mae_s": 280.0, "bias_s": -100.0, "coverage_80": 0.79},
        "hol": SCORE | {"mae_s": 250.0, "bias_s": -170.0, "coverage_80": 0.8},
        "queue_length": SCORE | {"mae_s": 215.0, "bias_s": 110.0, "coverage_80": 0.83},
        "queue_length_position_abandonment": SCORE
        | {"mae_s": 205.0, "bias_s": 95.0, "coverage_80": 0.82},
        "queue_length_shared": SCORE | {"mae_s": 174.0, "bias_s": 72.0, "coverage_80": 0.83},
    },
}


async def live_a_morning(scene: HallScene) -> None:
    """Serve seven people, who were told a time, and leave one in line."""
    if 5 not in scene.staff:
        await scene.seat(5)
    for _ in range(8):
        await scene.site.issue()
    for _ in range(7):
        ticket = await scene.site.call(5, scene.staff[5])
        for act in ("start", "finish"):
            await scene.site.act(ticket, act, scene.staff[5])


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_everybody_reads_how_true_the_times_were_on_a_phone_and_at_a_desk(
    scene: HallScene, page: Page, language: str
) -> None:
    await live_a_morning(scene)
    await page.set_viewport_size(DESK)
    await page.goto(scene.site.url(f"/waits/truth?lang={language}"))
    await look_at(page, f"waits-truth-{language}")
    assert await axe(page) == []
    assert await page.locator("h1").count() == 1
    for size, name in ((PHONE, "phone"), (SMALL, "small")):
        await page.set_viewport_size(size)
        assert not await scrolls_sideways(page)
        await look_at(page, f"waits-truth-{name}-{language}")
    assert await axe(page) == []


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_staff_see_the_estimate_beside_the_formulas_and_an_alarm_when_its_range_fails(
    scene: HallScene, page: Page, language: str
) -> None:
    await live_a_morning(scene)
    day, at = scene.site.queue.today()
    await scene.pool.execute(
        "INSERT INTO estimate_backtest (centre_id, business_day, claimed_at, claimed_by, done_at,"
        " result) VALUES (1, $1, $2, gen_random_uuid(), $2, $3)"
        " ON CONFLICT ON CONSTRAINT estimate_backtest_pk DO NOTHING",
        day,
        at,
        RESULT,
    )
    await page.goto(scene.site.url(f"/sign-in?lang={language}"))
    await page.locator("#username").fill("hoda")
    await page.locator("#password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/supervisor")
    await page.set_viewport_size(DESK)
    await page.goto(scene.site.url("/supervisor/waits"))
    await look_at(page, f"supervisor-waits-{language}")
    assert await axe(page) == []
    assert await page.locator(".note--alarm").count() == 1
    first = page.locator("section table tbody tr").first
    assert ("تقديرنا" if language == "ar" else "Our estimate") in await first.inner_text()
    await scene.pool.execute(
        "INSERT INTO estimate_backtest (centre_id, business_day, claimed_at, claimed_by, done_at,"
        " failed) VALUES (1, $1, $2, gen_random_uuid(), $2, 'no memory')",
        day + timedelta(days=1),
        at,
    )
    await page.reload()
    assert await page.locator(".note--alarm").count() == 2
    assert await page.locator("section table").count() >= 1
    await look_at(page, f"supervisor-waits-failed-{language}")
    assert await axe(page) == []
    await page.set_viewport_size(SMALL)
    assert not await scrolls_sideways(page)
    await look_at(page, f"supervisor-waits-small-{language}")
