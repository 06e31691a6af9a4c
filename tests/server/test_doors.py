"""Every page of supervisors and administrators, and every file and form of theirs, has its door."""

from collections.abc import Iterator
from itertools import product
from uuid import uuid4

import pytest
from aiohttp import web

from core_services.devices.register import add_device
from queue_server.tickets.model import Actor
from tests.support.hall_scene import HallScene
from tests.support.hall_scene import scene as scene
from tests.support.pages import Visitor

SAMPLES = (str(uuid4()), "5", "2026-11-22", "waits", "csv", "service", "payment", "start")
"""What may stand in a path in place of a name: the first that fits."""


def doors(app: web.Application, method: str) -> Iterator[str]:
    """Return an address for every such route of supervisors and administrators."""
    for route in app.router.routes():
        assert route.resource is not None
        if route.method != method or not route.resource.canonical.startswith(
            ("/supervisor", "/admin")
        ):
            continue
        info = route.resource.get_info()
        if "path" in info:
            yield info["path"]
        else:
            names = list(info["pattern"].groupindex)
            made = (
                info["formatter"].format(**dict(zip(names, values, strict=True)))
                for values in product(SAMPLES, repeat=len(names))
            )
            fitting = [path for path in made if info["pattern"].fullmatch(path)]
            assert fitting, info
            yield fitting[0]


@pytest.fixture
def app(scene: HallScene) -> web.Application:
    app: web.Application = scene.site.client.app
    return app


async def test_nobody_comes_in_without_a_sign_in_and_no_machine_by_its_token(
    scene: HallScene, app: web.Application
) -> None:
    kiosk = await add_device(
        scene.pool,
        centre_id=1,
        kind="kiosk",
        name="K7",
        actor=Actor("system"),
        at=scene.site.clock.now(),
    )
    stranger = Visitor(scene.site.client)
    bearer = {"Authorization": f"Bearer {kiosk.token}"}
    for headers in ({}, bearer):
        for path in doors(app, "GET"):
            seen = await stranger.get(path, follow=False, **headers)
            assert (seen.status, seen.headers.get("Location", "")[:8]) == (303, "/sign-in"), path
        for path in doors(app, "POST"):
            seen = await stranger.post(path, {}, follow=False, **headers)
            assert (seen.status, seen.headers.get("Location", "")[:8]) == (303, "/sign-in"), path


async def test_a_clerk_is_let_into_none_of_them(scene: HallScene, app: web.Application) -> None:
    mona = await scene.site.sign_in("mona")
    csrf = (await mona.get("/desk")).find("input", name="csrf").get("value") or ""
    seen = {path: (await mona.get(path)).status for path in doors(app, "GET")}
    done = {path: (await mona.post(path, {"csrf": csrf})).status for path in doors(app, "POST")}
    assert len(seen) > 30
    assert len(done) > 30
    assert {path: status for path, status in {**seen, **done}.items() if status != 403} == {}


async def test_no_form_of_theirs_is_taken_from_another_site_or_without_its_token(
    scene: HallScene, app: web.Application
) -> None:
    hoda = await scene.site.sign_in("hoda")
    csrf = (await hoda.get("/supervisor/broadcast")).find("input", name="csrf").get("value") or ""
    for path in doors(app, "POST"):
        assert (await hoda.post(path, {})).status == 403, path
        foreign = await hoda.post(path, {"csrf": csrf}, Origin="https://elsewhere.example")
        assert foreign.status == 403, path
