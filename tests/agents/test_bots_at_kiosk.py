"""Bots as citizens of a real kiosk with a virtual printer: by its page, and out of people's way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from core_services.clock import SystemClock
from core_services.link.frames import Issue
from kiosk.shell import Shell, load_shell
from kiosk.steps import Patience
from queue_server.demo.chances import Wishes, stream
from queue_server.demo.kiosk_page import KioskPage
from queue_server.demo.kiosk_visit import Outcome, Visit
from queue_server.demo.pace import Pace
from tests.support.eventually import eventually
from tests.support.kiosk import hall
from tests.support.kiosk_server import KioskServer, kiosk_server
from tests.support.kiosk_site import (
    RunningKiosk,
    VirtualPrinter,
    looking_at,
    running_kiosk,
    virtual_printer,
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


@pytest.fixture(scope="session")
def shell(font: Path) -> Shell:
    return load_shell(font)


@pytest.fixture
async def server() -> AsyncIterator[KioskServer]:
    async with kiosk_server() as started:
        yield started


@pytest.fixture
async def printer() -> AsyncIterator[VirtualPrinter]:
    async with virtual_printer() as standing:
        yield standing


@pytest.fixture
async def kiosk(
    server: KioskServer, printer: VirtualPrinter, shell: Shell, tmp_path: Path
) -> AsyncIterator[RunningKiosk]:
    patience = Patience(printing_s=1.0)
    async with running_kiosk(
        server.url, tmp_path, CLOCK, shell, printer=printer.url, patience=patience
    ) as running:

        async def is_ready() -> bool:
            return running.kiosk.printer == "ready" and running.kiosk.connected

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
            return kiosk.kiosk.printer != "ready"

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
