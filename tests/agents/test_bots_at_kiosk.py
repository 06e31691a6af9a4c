"""Bots as citizens of a real kiosk with a virtual printer: by its page, and out of people's way."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core_services.clock import SystemClock
from core_services.link.citizen_frames import Issue
from kiosk.shell import Shell
from kiosk.steps import Patience
from queue_server.demo.api import Api
from queue_server.demo.chances import Wishes, stream
from queue_server.demo.citizens import Citizens
from queue_server.demo.floor import Floor
from queue_server.demo.kiosk_page import KioskPage
from queue_server.demo.kiosk_visit import FINGER_S, Outcome, Visit
from queue_server.demo.pace import Pace
from queue_server.demo.tally import Tally
from tests.support.eventually import eventually
from tests.support.kiosk import hall
from tests.support.kiosk_scene import printer as printer
from tests.support.kiosk_scene import server as server
from tests.support.kiosk_scene import shell as shell
from tests.support.kiosk_server import KioskServer
from tests.support.kiosk_site import (
    RunningKiosk,
    VirtualPrinter,
    looking_at,
    running_kiosk,
)

CLOCK = SystemClock()
PLAIN = Wishes(
    way="kiosk",
    priority="none",
    language="ar",
    browses=False,
    keeps=True,
    finishes=True,
    thinks_s=1.0,
)


@pytest.fixture
async def kiosk(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> AsyncIterator[RunningKiosk]:
    patience = Patience(printing_s=4.0)
    async with running_kiosk(
        server.url, tmp_path, CLOCK, shell, printer=printer.url, patience=patience
    ) as running:

        async def is_ready() -> bool:
            return running.kiosk.machines.printer == "ready" and running.kiosk.connected

        await eventually(is_ready)
        yield running


@asynccontextmanager
async def page_of(url: str) -> AsyncIterator[KioskPage]:
    async with aiohttp.ClientSession() as client, asyncio.TaskGroup() as tasks:
        page = KioskPage(client, url, CLOCK)
        running = tasks.create_task(page.run())
        assert await page.until(lambda glass: glass.is_free, within_s=10.0) is not None
        yield page
        running.cancel()


async def taken(page: KioskPage, wishes: Wishes = PLAIN) -> tuple[Outcome, Visit]:
    visit = Visit(page, wishes, Pace(CLOCK, 100.0), stream(1, "visit"))
    return await visit.take_number(), visit


@asynccontextmanager
async def people_coming(page: KioskPage) -> AsyncIterator[Tally]:
    """Let bots come to this kiosk, and to a reception that gives everybody a number."""

    async def give(_request: web.Request) -> web.Response:
        return web.json_response({}, status=201)

    app = web.Application()
    app.router.add_post("/api/v1/tickets", give)
    tally = Tally()
    async with (
        TestServer(app) as reception,
        aiohttp.ClientSession() as client,
        asyncio.TaskGroup() as tasks,
    ):
        api = Api(client, str(reception.make_url("")).rstrip("/"), "key", CLOCK, tally)
        citizens = Citizens(
            api=api,
            page=page,
            floor=Floor(api, CLOCK, "bots"),
            pace=Pace(CLOCK, 100.0),
            tally=tally,
            seed=1,
        )
        coming = tasks.create_task(citizens.run([], windows=8))
        try:
            yield tally
        finally:
            coming.cancel()


async def eventually_so(is_so: Callable[[], bool]) -> None:
    async def look() -> bool:
        return is_so()

    await eventually(look, within_s=30)


def last_issue(server: KioskServer) -> Issue:
    return [frame for frame in server.heard if isinstance(frame, Issue)][-1]


async def test_one_touch_gives_a_number_and_its_slip_and_the_glass_back(
    kiosk: RunningKiosk, server: KioskServer, printer: VirtualPrinter
) -> None:
    async with page_of(kiosk.url) as page:
        outcome, visit = await taken(page)
        assert outcome == "number"
        assert visit.glass is not None
        assert visit.glass.number is not None
        assert visit.glass.number.paper == "printed"
        assert await page.until(lambda glass: glass.is_free, within_s=3.0) is not None
    issue = last_issue(server)
    assert (issue.service, issue.priority, issue.language) == (None, "none", "ar")
    assert len(printer.slips) == 1


async def test_wishes_become_touches(kiosk: RunningKiosk, server: KioskServer) -> None:
    async with page_of(kiosk.url) as page:
        outcome, _ = await taken(
            page, replace(PLAIN, language="en", browses=True, priority="age65")
        )
        assert outcome == "number"
    issue = last_issue(server)
    assert issue.service is not None
    assert (issue.priority, issue.language) == ("age65", "en")


async def test_a_number_is_kept_when_its_slip_does_not_come(
    kiosk: RunningKiosk, server: KioskServer, printer: VirtualPrinter
) -> None:
    async with page_of(kiosk.url) as page:
        printer.change(paper="out")

        async def is_out() -> bool:
            return kiosk.kiosk.machines.printer != "ready"

        await eventually(is_out)
        outcome, visit = await taken(page)
        assert outcome == "number"
        assert visit.glass is not None
        assert visit.glass.number is not None
        assert visit.glass.number.paper == "kept"
    await server.until(lambda: server.words() == ["kept"])


async def test_somebody_else_at_the_kiosk_is_not_disturbed(kiosk: RunningKiosk) -> None:
    async with page_of(kiosk.url) as page, looking_at(kiosk) as person:
        await person.touch("services")
        await page.until(lambda glass: glass.step != "home", within_s=3.0)
        outcome, _ = await taken(page)
        assert outcome == "busy"
        assert person.face.step in ("groups", "home")
        await person.until_step("groups")


async def test_who_finds_the_kiosk_taken_goes_to_reception_and_leaves_it_alone(
    kiosk: RunningKiosk, server: KioskServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queue_server.demo.citizens.PATIENCE_S", 0.5)
    async with (
        page_of(kiosk.url) as page,
        looking_at(kiosk) as person,
        people_coming(page) as tally,
    ):
        await eventually_so(lambda: tally.done.get("kiosk_number", 0) >= 1)
        while person.face.step != "groups":
            await person.until_step("home")
            await CLOCK.sleep(FINGER_S)
            await person.touch("services")
            await person.until(lambda face: face.step != "home")
        numbers = len(server.tickets)
        await eventually_so(lambda: tally.done.get("kiosk_not_free", 0) >= 1)
        await person.touch("home")
        await person.until_step("home")
        await eventually_so(lambda: tally.done["kiosk_not_free"] >= 3)
        assert len(server.tickets) == numbers


async def test_a_number_that_came_too_late_for_its_bot_is_put_away_by_the_next(
    kiosk: RunningKiosk, server: KioskServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queue_server.demo.kiosk_visit.ANSWER_S", 0.5)
    server.answers_issue = False
    async with page_of(kiosk.url) as page, people_coming(page) as tally:
        await eventually_so(lambda: tally.done.get("kiosk_lost", 0) == 1)
        server.answers_issue = True
        await server.answer(last_issue(server))
        await eventually_so(lambda: tally.done.get("kiosk_number", 0) >= 1)


async def test_a_kiosk_that_gives_no_numbers_is_understood(
    kiosk: RunningKiosk, server: KioskServer
) -> None:
    async with page_of(kiosk.url) as page:
        server.refuses_issue = 409
        assert (await taken(page))[0] == "refused"
        await server.show(hall(revision=2, issuing=False))
        await page.until(lambda glass: "take" not in glass.touches, within_s=3.0)
        assert (await taken(page))[0] == "busy"


async def test_the_page_comes_back_after_a_restart_of_the_kiosk(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> None:
    async with AsyncExitStack() as life_of_page:
        async with running_kiosk(server.url, tmp_path, CLOCK, shell, printer=printer.url) as first:
            page = await life_of_page.enter_async_context(page_of(first.url))
        await page.until(lambda _: False, within_s=0.2)
        assert page.glass is None
        assert not await page.touch("take")
        assert (await taken(page))[0] == "lost"
        async with running_kiosk(
            server.url, tmp_path, CLOCK, shell, printer=printer.url, port=first.port
        ):
            assert await page.until(lambda glass: glass.is_free, within_s=10.0) is not None
