"""A workstation killed at any moment of a job leaves it printed once, or told as in doubt."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core_services.link.slip_frames import Paper, Reprint
from core_services.link.work_frames import Outcome
from core_services.paper.fonts import static_fonts
from tests.drivers.modem_rigs import Rig, modem_rig
from tests.support.eventually import eventually
from tests.support.fonts import font_cache
from tests.support.ipp_printer import IppStandIn, ipp_printer
from tests.support.kiosk import ticket
from tests.support.kiosk_server import KioskServer, kiosk_server
from tests.support.kiosk_site import VirtualPrinter, virtual_printer
from tests.support.station_devices import TEXT, message_order, page_order
from tests.support.station_site import receipt, running_station

ROOT = Path(__file__).parents[2]
DEADLY, NEXT = "deadly-receipt", "harmless-receipt"


@pytest.fixture
async def server() -> AsyncIterator[KioskServer]:
    await asyncio.to_thread(static_fonts, font_cache())
    async with kiosk_server() as started:
        yield started


@pytest.fixture
async def printer() -> AsyncIterator[VirtualPrinter]:
    async with virtual_printer() as standing:
        yield standing


@asynccontextmanager
async def program(
    server: KioskServer, url: str, data_dir: Path, die_at: str, *, kind: str = "receipt"
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the program of a workstation; kill it at the end of the block if it lives."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.station_process",
        server.url,
        str(data_dir),
        kind,
        url,
        die_at,
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def killed_and_back(
    server: KioskServer, printer: VirtualPrinter, data_dir: Path, die_at: str
) -> None:
    """Let the program die at that moment, and the next one print what comes after."""
    async with program(server, printer.url, data_dir, die_at) as first, asyncio.timeout(30):
        assert await first.wait() == -signal.SIGKILL
    server.orders.append(receipt(server, NEXT))
    async with program(server, printer.url, data_dir, "never"):
        await server.until(lambda: server.outcomes(NEXT) == ["done"], within_s=30)


@pytest.mark.parametrize("die_at", ["entered", "fetched"])
async def test_an_order_of_which_not_one_byte_left_is_printed_by_the_next_program(
    server: KioskServer, printer: VirtualPrinter, tmp_path: Path, die_at: str
) -> None:
    server.orders.append(receipt(server, DEADLY))
    await killed_and_back(server, printer, tmp_path, die_at)
    await server.until(lambda: server.outcomes(DEADLY) == ["done"])
    assert len(printer.slips) == 2


@pytest.mark.parametrize("die_at", ["done", "told"])
async def test_an_order_that_was_printed_is_told_and_not_printed_again(
    server: KioskServer, printer: VirtualPrinter, tmp_path: Path, die_at: str
) -> None:
    server.orders.append(receipt(server, DEADLY))
    await killed_and_back(server, printer, tmp_path, die_at)
    await server.until(lambda: server.outcomes(DEADLY) == ["done"])
    assert len(printer.slips) == 2


@pytest.mark.parametrize("die_at", ["sending", "sent"])
async def test_an_order_whose_bytes_may_have_left_is_in_doubt_and_not_sent_again(
    server: KioskServer, printer: VirtualPrinter, tmp_path: Path, die_at: str
) -> None:
    server.orders.append(receipt(server, DEADLY))
    await killed_and_back(server, printer, tmp_path, die_at)
    assert server.outcomes(DEADLY)[0] == "unknown"
    assert server.outcomes(DEADLY)[1:] in ([], ["done"])
    assert len(printer.slips) == (1 if die_at == "sending" else 2)


async def test_half_a_paper_that_the_printer_held_is_in_doubt_and_the_next_one_whole(
    server: KioskServer, printer: VirtualPrinter, tmp_path: Path
) -> None:
    server.orders.append(receipt(server, DEADLY))
    printer.change(bytes_per_s=1_000)
    async with program(server, printer.url, tmp_path, "held") as first, asyncio.timeout(30):

        async def has_begun() -> bool:
            return printer.mechanism.received_bytes > 400

        await eventually(has_begun, within_s=20)
        printer.change(paper="out", bytes_per_s=0)
        assert await first.wait() == -signal.SIGKILL
    printer.change(paper="ok")
    server.orders.append(receipt(server, NEXT))
    async with program(server, printer.url, tmp_path, "never"):
        await server.until(lambda: server.outcomes(NEXT) == ["done"], within_s=30)
    assert server.outcomes(DEADLY) == ["held", "unknown"]
    half, whole = printer.slips
    assert half.height < whole.height


@pytest.mark.parametrize(("die_at", "word"), [("entered", "done"), ("sending", "unknown")])
async def test_a_slip_given_at_reception_survives_the_same_kills(
    server: KioskServer, printer: VirtualPrinter, tmp_path: Path, die_at: str, word: str
) -> None:
    given = ticket(150)
    server.orders.append(Reprint(job="deadly-slip", ticket=given, is_first=True))
    await killed_and_back(server, printer, tmp_path, die_at)
    await server.until(lambda: server.words()[:1] == [word])
    said = [frame for frame in server.frames(Paper) if isinstance(frame, Paper)]
    assert {frame.ticket for frame in said} == {given.id}
    assert len(printer.slips) == (2 if word == "done" else 1)


async def test_without_its_print_journal_a_workstation_prints_nothing_again(
    server: KioskServer, printer: VirtualPrinter, tmp_path: Path
) -> None:
    server.orders.append(receipt(server, DEADLY))
    printer.change(cover="open")
    async with running_station(server.url, tmp_path, {"receipt": printer.url}) as running:
        await running.until("receipt", "not_ready")

        async def is_in_line() -> bool:
            return running.printers["receipt"].news(DEADLY) is not None

        await eventually(is_in_line)
    for file in (tmp_path / "receipt").glob("print-journal.sqlite3*"):
        file.unlink()
    printer.change(cover="closed")
    server.orders.append(receipt(server, NEXT))
    async with running_station(server.url, tmp_path, {"receipt": printer.url}):
        await server.until(lambda: server.outcomes(NEXT) == ["done"])
    said = [each for each in server.frames(Outcome) if isinstance(each, Outcome)]
    assert [(each.state, each.reason) for each in said if each.job == DEADLY] == [
        ("unknown", "journal_lost")
    ]
    assert len(printer.slips) == 1


@pytest.fixture
async def a4() -> AsyncIterator[IppStandIn]:
    async with ipp_printer(IppStandIn()) as standing:
        yield standing


@pytest.fixture
async def modem(tmp_path: Path) -> AsyncIterator[Rig]:
    async with modem_rig("tcp", tmp_path) as rig:
        yield rig


@pytest.mark.parametrize(
    ("die_at", "word", "printed"),
    [
        pytest.param("entered", "done", 1, marks=pytest.mark.soak),
        pytest.param("fetched", "done", 1, marks=pytest.mark.soak),
        ("sending", "unknown", 0),
        ("sent", "done", 1),
        pytest.param("done", "done", 1, marks=pytest.mark.soak),
        pytest.param("told", "done", 1, marks=pytest.mark.soak),
    ],
)
async def test_a_page_survives_the_same_kills_and_is_found_again_at_its_printer(
    server: KioskServer, a4: IppStandIn, tmp_path: Path, die_at: str, word: str, printed: int
) -> None:
    server.orders.append(page_order(server, DEADLY))
    async with program(server, a4.url, tmp_path, die_at, kind="page") as first:
        async with asyncio.timeout(30):
            assert await first.wait() == -signal.SIGKILL
    server.orders.append(page_order(server, NEXT))
    async with program(server, a4.url, tmp_path, "never", kind="page"):
        await server.until(lambda: server.outcomes(NEXT) == ["done"], within_s=30)
        await server.until(lambda: server.outcomes(DEADLY) == [word])
    assert [job.name for job in a4.jobs].count(DEADLY) == printed


@pytest.mark.parametrize(
    ("die_at", "words", "sent"),
    [
        pytest.param("entered", ["sent", "done"], 1, marks=pytest.mark.soak),
        pytest.param("fetched", ["sent", "done"], 1, marks=pytest.mark.soak),
        pytest.param("sending", ["sent", "done"], 1, marks=pytest.mark.soak),
        ("handed", ["unknown"], 0),
        ("accepted", ["sent"], 1),
        pytest.param("delivered", ["sent", "done"], 1, marks=pytest.mark.soak),
        pytest.param("told", ["sent"], 1, marks=pytest.mark.soak),
    ],
)
async def test_a_message_survives_the_same_kills_and_no_phone_gets_it_twice(
    server: KioskServer, modem: Rig, tmp_path: Path, die_at: str, words: list[str], sent: int
) -> None:
    server.orders.append(message_order(DEADLY))
    async with program(server, modem.url, tmp_path, die_at, kind="message") as first:
        async with asyncio.timeout(30):
            assert await first.wait() == -signal.SIGKILL
    server.orders.append(message_order(NEXT, text="the next one"))
    async with program(server, modem.url, tmp_path, "never", kind="message"):
        await server.until(lambda: server.outcomes(NEXT) == ["sent", "done"], within_s=30)
        await server.until(lambda: server.outcomes(DEADLY)[: len(words)] == words)
    assert modem.texts().count(TEXT) == sent
    assert server.outcomes(DEADLY) in (words, [*words, "done"])
