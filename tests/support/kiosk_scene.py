"""A kiosk, its printer, its server and a page of it, as tests of the whole kiosk ask for them."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from core_services.clock import SystemClock
from kiosk.shell import Shell, load_shell
from kiosk.steps import Patience
from tests.support.eventually import eventually
from tests.support.kiosk_server import KioskServer, kiosk_server
from tests.support.kiosk_site import (
    Glass,
    RunningKiosk,
    VirtualPrinter,
    looking_at,
    running_kiosk,
    virtual_printer,
)

CLOCK = SystemClock()
NEXT_EPOCH = UUID("00000000-0000-4000-8000-0000000000e2")
BRISK = Patience(double_touch_s=0.0, command_s=0.6, keep_s=1.5, keep_at_most_s=4.0, help_s=0.6)


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
    """A kiosk whose printer is ready and whose patience is short."""
    async with running_kiosk(
        server.url, tmp_path, CLOCK, shell, printer=printer.url, patience=BRISK
    ) as running:
        await until_printer(running, "ready")
        yield running


@pytest.fixture
async def glass(kiosk: RunningKiosk) -> AsyncIterator[Glass]:
    async with looking_at(kiosk) as page:
        await page.until(lambda face: "take" in face.touches)
        yield page


async def until_scanner(running: RunningKiosk, state: str) -> None:
    async def is_so() -> bool:
        return running.kiosk.machines.scanner == state

    await eventually(is_so)


async def until_printer(running: RunningKiosk, state: str) -> None:
    async def is_so() -> bool:
        return running.kiosk.machines.printer == state

    await eventually(is_so)


async def until_slips(printer: VirtualPrinter, count: int) -> None:
    async def is_so() -> bool:
        return len(printer.slips) >= count

    await eventually(is_so)


def lose_print_journal(data_dir: Path) -> None:
    for file in data_dir.glob("print-journal.sqlite3*"):
        file.unlink()


async def until_settled(running: RunningKiosk, server: KioskServer) -> None:
    """Wait until the server has settled every word that this kiosk ever said."""

    async def is_so() -> bool:
        return not running.outbox.unsettled(server.epoch)

    await eventually(is_so)
