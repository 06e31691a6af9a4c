"""A training server says what it is on every page and paper, to every program and every machine."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from aiohttp import web

from core_services.clock import SystemClock
from core_services.devices.register import add_device
from core_services.link.cut_off_frames import Given
from core_services.link.greeting_frames import Hello
from core_services.people.api_keys import add_key
from core_services.people.passwords import Passwords
from queue_server.demo.crowd import Crowd, let_people_come
from queue_server.tickets.model import Actor, Language
from queue_server.web.frame import TRAINING_HEADER
from tests.support.database import Database
from tests.support.desk_site import DeskSite, desk_site
from tests.support.eventually import eventually
from tests.support.pages import Visitor
from tests.support.training import mark

SAMPLES = ("5", "2026-11-22", "visit", "waits", "csv", "service", "reconciliation")
"""What may stand in a path in place of a name: the first that fits."""
BAND = {
    "ar": "<strong>تدريب</strong> <span>ليس المركز الحقيقي",
    "en": "<strong>Training</strong> <span>Not the real centre",
}


@pytest.fixture
async def site(
    database: Database, passwords: Passwords, short_dir: Path
) -> AsyncIterator[DeskSite]:
    """Kafr Saqr for training: an administrator, a clerk at a window, two numbers in line."""
    await mark(database.owner_dsn)
    async with desk_site(database, passwords, short_dir, training=True) as started:
        await started.add_staff("hoda", "admin", "هدى منصور", "Hoda Mansour")
        await started.open(5, Actor("staff", started.mona.id), "منى السيد")
        await started.issue(2)
        yield started


def addresses(app: web.Application, known: dict[str, str]) -> Iterator[str]:
    """Return every address that a browser may ask for, with something in place of each name."""
    for route in app.router.routes():
        assert route.resource is not None
        info = route.resource.get_info()
        if route.method != "GET" or "prefix" in info or "/ws/" in route.resource.canonical:
            continue
        if "path" in info:
            yield info["path"]
            continue
        names = list(info["pattern"].groupindex)
        choices = [(known[name],) if name in known else SAMPLES for name in names]
        made = (
            info["formatter"].format(**dict(zip(names, values, strict=True)))
            for values in product(*choices)
        )
        yield from [path for path in made if info["pattern"].fullmatch(path)][:1]


@pytest.mark.parametrize("language", ["ar", "en"])
async def test_every_page_bears_the_mark_and_every_answer_tells_it(
    site: DeskSite, language: Language
) -> None:
    ticket = await site.issue(language=language)
    names = {"token": ticket.token.lower(), "ticket": str(ticket.id), "window": "5", "number": "5"}
    hoda = await site.sign_in("hoda", language)
    pages = set()
    for path in [*addresses(site.client.app, names), "/nowhere"]:
        if path.endswith(("/live", "/document")):
            continue
        async with hoda.client.get(path, headers={"Accept": "text/html"}) as answer:
            assert answer.headers[TRAINING_HEADER] == "true", path
            text = await answer.text() if answer.content_type == "text/html" else ""
        if "<html" in text:
            assert BAND[language] in text, path
            assert " data-training>" in text, path
            pages.add(answer.url.path)
    assert len(pages) > 35, sorted(pages)
    assert {"/supervisor", "/reception", "/windows/5/face", "/admin/policy", "/rules"} <= pages
    assert {"/desk", f"/t/{ticket.token.lower()}", "/nowhere", "/admin/devices"} <= pages


async def test_the_sign_in_bears_it_before_anybody_is_known(site: DeskSite) -> None:
    seen = await Visitor(site.client).get("/sign-in")
    assert seen.words("aside", class_="training").startswith("تدريب")
    assert "تدريب – المركز التكنولوجي" in seen.words("header")


async def test_a_real_server_bears_it_nowhere(
    database: Database, passwords: Passwords, short_dir: Path
) -> None:
    async with desk_site(database, passwords, short_dir) as real:
        seen = await Visitor(real.client).get("/sign-in")
        health = await (await real.client.get("/healthz")).json()
    assert "training" not in seen.text
    assert TRAINING_HEADER not in seen.headers
    assert health == {"status": "ok"}


async def test_programs_are_told_by_health_and_metrics(site: DeskSite) -> None:
    assert await (await site.client.get("/healthz")).json() == {"status": "ok", "training": True}
    assert (await (await site.client.get("/readyz")).json())["training"] is True
    metrics = await (await site.client.get("/metrics")).text()
    assert "\nshubbak_training 1.0\n" in metrics


async def test_files_bear_it_in_their_names_and_sheets_in_their_heads(site: DeskSite) -> None:
    hoda = await site.sign_in("hoda")
    for form in ("csv", "pdf", "xlsx"):
        answer = await hoda.client.get(f"/supervisor/reports.{form}")
        assert answer.status == 200
        assert 'filename="training-' in answer.headers["Content-Disposition"]
    with ZipFile(BytesIO(await answer.read())) as book:
        assert "تدريب – " in book.read("xl/sharedStrings.xml").decode()


async def test_its_sign_in_takes_no_other_ones_place_in_the_browser(site: DeskSite) -> None:
    mona = await site.sign_in("mona")
    names = {cookie.key for cookie in mona.client.session.cookie_jar}
    assert "shubbak_training_session" in names
    assert "shubbak_session" not in names


async def test_people_come_to_be_called_until_enough_wait(site: DeskSite) -> None:
    key = await add_key(
        site.queue.pool,
        centre_id=1,
        name="crowd",
        scopes=("read", "issue"),
        actor=Actor("system"),
        at=site.clock.now(),
    )
    server = site.url("").rstrip("/")
    crowd = Crowd(server, key.text, speed=100.0, waiting=9, seed=1, certificate=None)
    coming = asyncio.create_task(let_people_come(crowd, clock=SystemClock(), say=print))

    async def enough_wait() -> bool:
        return sum(each.waiting for each in (await site.queue.hall()).queues) == 9

    try:
        await eventually(enough_wait)
        await site.queue.call_next(5, actor=site.clerk, own_only=True)
        await eventually(enough_wait)  # another takes the place of who was called
    finally:
        coming.cancel()
        await asyncio.wait([coming])


async def welcome_of(site: DeskSite, token: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    async with site.client.ws_connect("/ws/agent", headers=headers) as ws:
        await ws.send_str(Hello(version="1", device="K1", journal_id="j").model_dump_json())
        return dict(await ws.receive_json(timeout=10))


async def test_a_machine_is_told_with_the_name_of_the_centre(site: DeskSite) -> None:
    new = await add_device(
        site.queue.pool,
        centre_id=1,
        kind="kiosk",
        name="K1",
        actor=Actor("system"),
        at=site.clock.now(),
    )
    centre = (await welcome_of(site, new.token))["centre"]
    assert centre["training"] is True
    assert centre["name_ar"].startswith("تدريب – ")


async def test_a_number_from_before_training_began_anew_does_not_come_back(
    site: DeskSite,
) -> None:
    new = await add_device(
        site.queue.pool,
        centre_id=1,
        kind="kiosk",
        name="K1",
        actor=Actor("system"),
        at=site.clock.now(),
    )
    since = site.queue.centre.training_since
    assert since is not None
    headers = {"Authorization": f"Bearer {new.token}"}
    async with site.client.ws_connect("/ws/agent", headers=headers) as ws:
        await ws.send_str(Hello(version="1", device="K1", journal_id="j").model_dump_json())
        for label, taken_at in (("142", since - timedelta(minutes=1)), ("143", site.clock.now())):
            frame = Given(
                key=f"issued-{label}",
                day=site.queue.today()[0],
                label=label,
                ticket=uuid4(),
                taken_at=taken_at,
                paper="done",
            )
            await ws.send_str(frame.model_dump_json())
        heard: list[dict[str, Any]] = []
        while len(heard) < 2:
            frame_heard = await ws.receive_json(timeout=10)
            if frame_heard["type"] in ("settled", "refused"):
                heard.append(frame_heard)
    assert [each["type"] for each in heard] == ["refused", "settled"]
    assert heard[0]["problem"]["type"] == "urn:shubbak:problem:label-not-given"
