"""Slips of reception out of a workstation: real programs, killed in the middle, slip once."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from core_services.devices.model import NewDevice
from core_services.devices.register import add_device
from core_services.people.passwords import Passwords
from queue_server.tickets.model import Actor, Ticket
from tests.support.database import Database
from tests.support.desk_site import DeskSite, desk_site
from tests.support.eventually import eventually
from tests.support.kiosk_site import VirtualPrinter, virtual_printer
from tests.support.pages import Visitor
from tests.support.programs import free_ports, running

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def site(
    database: Database, passwords: Passwords, short_dir: Path
) -> AsyncIterator[DeskSite]:
    async with desk_site(database, passwords, short_dir) as started:
        await started.open(5)
        await started.add_staff("sara", "receptionist", "سارة علي", "Sara Ali")
        await started.add_staff("hoda", "supervisor", "هدى سالم", "Hoda Salem")
        yield started


@pytest.fixture
async def registered(site: DeskSite) -> NewDevice:
    return await add_device(
        site.queue.pool,
        centre_id=1,
        kind="workstation",
        name="W1",
        actor=Actor("system"),
        at=site.clock.now(),
    )


@pytest.fixture
async def printer() -> AsyncIterator[VirtualPrinter]:
    async with virtual_printer() as standing:
        yield standing


@asynccontextmanager
async def workstation(
    site: DeskSite, device: NewDevice, printer: VirtualPrinter, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the program `shubbak-workstation` with a settings file, as a machine does."""
    port = free_ports(1)
    token, settings = folder / "W1.token", folder / "workstation.toml"
    token.write_text(device.token)
    token.chmod(0o600)
    settings.write_text(
        f'name = "W1"\nserver = "{site.url("").rstrip("/")}"\ntoken_file = "W1.token"\n'
        f'port = {port}\ndata_dir = "station"\nlog_json = true\n'
        f'[printers.receipt]\nurl = "{printer.url}"\nprofile = "epson-576"\n'
    )
    program: list[str | Path] = [sys.executable, "-m", "kiosk.station", "--config", settings]
    async with running(
        program, f"http://127.0.0.1:{port}/healthz", folder / "station.log", cwd=ROOT
    ) as process:
        yield process


async def kill(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGKILL)
    await process.wait()


async def until_offered(visitor: Visitor, words: str) -> None:
    """Wait until reception's page tells so of W1."""

    async def is_so() -> bool:
        return words in (await visitor.get("/reception")).words()

    await eventually(is_so, within_s=15)


async def give(visitor: Visitor) -> None:
    """Touch «رقم» on a phone."""
    seen = await visitor.get("/reception")
    form = seen.find("form", action="/reception/issue")
    fields = {
        each.get("name", ""): each.get("value", "")
        for each in form.iter("input")
        if each.get("type") not in ("checkbox", "radio") or each.get("checked") is not None
    }
    await visitor.post("/reception/issue", fields)


async def until_paper(site: DeskSite, *papers: str) -> Ticket:
    async def is_so() -> bool:
        return tuple(each.paper for each in await site.queue.tickets()) == papers

    await eventually(is_so, within_s=30)
    [ticket] = await site.queue.tickets()
    return ticket


async def until_received(printer: VirtualPrinter, size_bytes: int) -> None:
    async def is_so() -> bool:
        return printer.mechanism.received_bytes > size_bytes

    await eventually(is_so, within_s=20)


async def test_a_number_given_at_reception_comes_out_once_of_a_workstation_that_was_killed(
    site: DeskSite, registered: NewDevice, printer: VirtualPrinter, tmp_path: Path
) -> None:
    sara, hoda = await site.sign_in("sara"), await site.sign_in("hoda")
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(workstation(site, registered, printer, tmp_path))
        await until_offered(sara, "W1 جاهزة")
        printer.change(bytes_per_s=4_000)
        before = printer.mechanism.received_bytes
        await give(sara)
        await until_received(printer, before + 4_000)
        await kill(first)
        with pytest.raises(AssertionError):
            await stack.aclose()
    printer.change(bytes_per_s=0)
    async with workstation(site, registered, printer, tmp_path):
        ticket = await until_paper(site, "unknown")
        await until_offered(sara, "W1 جاهزة")
        assert len(printer.slips) <= 1
        half = len(printer.slips)
        await hoda.post(
            f"/supervisor/tickets/{ticket.id}/reprint",
            {"csrf": await csrf_of(hoda), "from": "hall", "device": str(registered.device.id)},
        )
        await until_paper(site, "printed")
        assert len(printer.slips) == half + 1


async def csrf_of(visitor: Visitor) -> str:
    seen = await visitor.get("/supervisor")
    return str(seen.find("input", name="csrf").get("value"))
