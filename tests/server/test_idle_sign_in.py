"""What keeps a sign-in alive: people do, pages that renew themselves do not."""

import pytest

from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Visitor
from tests.support.site import PASSWORD

FIVE_MINUTES_S = 300
LOOKS = ["/supervisor/now", "/supervisor/today", "/desk/view"]


async def look(visitor: Visitor, path: str, **headers: str) -> int:
    """Ask for a part of a page as the page's script does."""
    sent = {"Accept": "application/json", **headers}
    async with visitor.client.get(path, headers=sent) as answer:
        return answer.status


@pytest.mark.parametrize("path", LOOKS)
async def test_a_page_that_only_renews_itself_does_not_keep_a_supervisor_signed_in(
    scene: HallScene, path: str
) -> None:
    hoda = await scene.site.sign_in("hoda")
    for _ in range(5):
        scene.site.clock.jump(FIVE_MINUTES_S)
        assert await look(hoda, path) == 200
        async with hoda.client.ws_connect("/ws/live", headers={"Origin": hoda.origin}):
            pass
    scene.site.clock.jump(FIVE_MINUTES_S)
    assert await look(hoda, path) == 401
    assert (await hoda.get("/supervisor", follow=False)).headers["Location"].startswith("/sign-in")


async def test_a_page_that_somebody_touches_keeps_them_signed_in(scene: HallScene) -> None:
    hoda = await scene.site.sign_in("hoda")
    for _ in range(7):
        scene.site.clock.jump(FIVE_MINUTES_S)
        assert await look(hoda, "/supervisor/now", **{"X-Touched": "yes"}) == 200


@pytest.mark.parametrize("path", ["/supervisor", "/supervisor/tickets", "/desk"])
async def test_opening_a_page_is_use(scene: HallScene, path: str) -> None:
    hoda = await scene.site.sign_in("hoda")
    for _ in range(7):
        scene.site.clock.jump(FIVE_MINUTES_S)
        assert (await hoda.get(path)).status == 200
        assert await look(hoda, "/supervisor/now") == 200


async def test_a_press_is_use(scene: HallScene) -> None:
    hoda = await scene.site.sign_in("hoda")
    page = await hoda.get("/desk")
    for _ in range(3):
        scene.site.clock.jump(5 * FIVE_MINUTES_S)
        page = await hoda.submit(page, "/desk/9/open")
        scene.site.clock.jump(FIVE_MINUTES_S)
        page = await hoda.submit(page, "/desk/9/close")


@pytest.mark.parametrize(
    ("referrer", "back"),
    [
        ("{origin}/supervisor/tickets?state=waiting", "/supervisor/tickets?state=waiting"),
        ("{origin}/supervisor/windows#messages", "/supervisor/windows"),
        ("{origin}/supervisor/windows/9/pause", "/supervisor"),
        ("{origin}/sign-out", "/supervisor"),
        ("{origin}//evil.example/", "/supervisor"),
        ("{origin}.evil.example/supervisor/tickets", "/supervisor"),
        ("http://evil.example/supervisor/tickets", "/supervisor"),
        ("http://[/supervisor/tickets", "/supervisor"),
        ("", "/supervisor"),
    ],
)
async def test_after_a_press_that_came_too_late_one_comes_back_to_the_page_of_its_form(
    scene: HallScene, referrer: str, back: str
) -> None:
    hoda = await scene.site.sign_in("hoda")
    page = await hoda.get("/supervisor/windows")
    csrf = page.find("input", name="csrf").get("value", "")
    scene.site.clock.jump(12 * FIVE_MINUTES_S)
    form = await hoda.post(
        "/supervisor/messages",
        {"csrf": csrf, "text": "برجاء الحضور يا أستاذ"},
        Referer=referrer.format(origin=hoda.origin),
    )
    assert form.path.startswith("/sign-in")
    seen = await hoda.submit(form, "/sign-in", username="hoda", password=PASSWORD)
    assert seen.path == back
    assert "يا أستاذ" not in (await hoda.get("/supervisor/windows")).words(), "never sent again"


async def test_a_clerks_desk_stays_through_a_quiet_day(scene: HallScene) -> None:
    mona = await scene.site.sign_in("mona")
    for _ in range(11):
        scene.site.clock.jump(3600)
        assert await look(mona, "/desk/view") == 200


async def test_a_supervisor_who_comes_back_to_a_window_finds_it_with_its_ticket(
    scene: HallScene,
) -> None:
    site = scene.site
    hoda = await site.sign_in("hoda")
    await hoda.submit(await hoda.get("/desk"), "/desk/9/open")
    await site.issue()
    called = await site.call(9, scene.supervisor)
    site.clock.jump(7 * FIVE_MINUTES_S)
    asked = await hoda.get("/desk?window=9", follow=False)
    assert asked.headers["Location"] == "/sign-in?next=/desk%3Fwindow%3D9"
    again = await site.sign_in("hoda")
    assert (await again.get("/desk?window=9")).find("form", action="/desk/9/start") is not None
    assert (await site.in_hand(9)).id == called.id
