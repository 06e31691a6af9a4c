"""A whole workstation: each order done once, each device apart, every word heard by the server."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from PIL import Image

from core_services.link.slip_frames import Paper, Reprint
from core_services.link.work_frames import Cancel, Outcome, Scanned, Work, WorkMessage
from drivers.printers.journal import Journal
from kiosk.station.screen import StationShell, load_station_shell
from tests.support.eventually import eventually
from tests.support.kiosk import ticket
from tests.support.kiosk_server import KioskServer, kiosk_server
from tests.support.kiosk_site import VirtualPrinter, virtual_printer
from tests.support.station_site import CLOCK, RunningStation, receipt, running_station
from tests.support.work import picture


@pytest.fixture(scope="session")
def station_shell(font: Path) -> StationShell:
    return load_station_shell(font)


@pytest.fixture
async def server() -> AsyncIterator[KioskServer]:
    async with kiosk_server() as started:
        yield started


@pytest.fixture
async def printer() -> AsyncIterator[VirtualPrinter]:
    async with virtual_printer() as standing:
        yield standing


@pytest.fixture
async def station(
    server: KioskServer, printer: VirtualPrinter, station_shell: StationShell, tmp_path: Path
) -> AsyncIterator[RunningStation]:
    async with running_station(
        server.url, tmp_path, {"receipt": printer.url}, shell=station_shell
    ) as running:
        await running.until("receipt", "ready")
        yield running


async def test_a_receipt_is_fetched_printed_as_it_was_drawn_and_told_once(
    server: KioskServer, printer: VirtualPrinter, station: RunningStation
) -> None:
    order = receipt(server, "receipt-1")
    for _ in range(3):
        await server.send(order)
    await server.until(lambda: server.outcomes() == ["done"])
    await server.send(order)
    await server.send(receipt(server, "receipt-2"))
    await server.until(lambda: server.outcomes() == ["done", "done"])
    assert len(printer.slips) == 2
    assert server.asked_for == ["receipt-1", "receipt-2"]
    assert printer.slips[0].width == 576
    black = printer.slips[0].convert("L").histogram()[0]
    drawn = Image.open(io.BytesIO(picture().content)).convert("L").histogram()[0]
    assert black == drawn
    said = [frame for frame in server.frames(Outcome) if isinstance(frame, Outcome)]
    assert {frame.confirmed_by for frame in said} == {"echo"}


async def test_a_slip_is_printed_marked_unless_it_is_the_numbers_first(
    server: KioskServer, printer: VirtualPrinter, station: RunningStation
) -> None:
    given = ticket(150)
    for _ in range(2):
        await server.send(Reprint(job="first-slip", ticket=given, is_first=True))
    await server.until(lambda: server.words() == ["done"])
    await server.send(Reprint(job="again-slip", ticket=given))
    await server.until(lambda: server.words() == ["done"] * 2)
    first, copy = printer.slips
    assert copy.height > first.height
    said = [frame for frame in server.frames(Paper) if isinstance(frame, Paper)]
    assert [(frame.job, frame.confirmed_by) for frame in said] == [
        ("first-slip", "echo"),
        ("again-slip", "echo"),
    ]


async def test_of_two_receipt_printers_the_named_one_prints_and_else_the_one_that_is_ready(
    server: KioskServer, printer: VirtualPrinter, tmp_path: Path
) -> None:
    async with virtual_printer() as second:
        printer.change(cover="open")
        printers = {"desk": printer.url, "wall": second.url}
        async with running_station(server.url, tmp_path, printers) as running:
            await running.until("wall", "ready")
            await server.send(receipt(server, "receipt-1"))
            await server.until(lambda: server.outcomes() == ["done"])
            await server.send(receipt(server, "receipt-2", on="desk"))
            await server.send(receipt(server, "receipt-3", on="wall"))
            await server.until(lambda: server.outcomes("receipt-3") == ["done"])
            assert (len(printer.slips), len(second.slips)) == (0, 2)
            printer.change(cover="closed")
            await server.until(lambda: server.outcomes("receipt-2") == ["done"])
            assert (len(printer.slips), len(second.slips)) == (1, 2)


async def test_every_device_is_told_of_by_itself_within_a_heartbeat(
    server: KioskServer, printer: VirtualPrinter, tmp_path: Path
) -> None:
    async with virtual_printer() as second:
        printers = {"desk": printer.url, "wall": second.url, "gone": "tcp://127.0.0.1:9"}
        async with running_station(server.url, tmp_path, printers):

            def told() -> dict[str, tuple[str, str | None]]:
                last = server.statuses[-1].devices if server.statuses else None
                return {each.name: (each.state, each.reason) for each in last or []}

            healthy = {"desk": ("ready", None), "wall": ("ready", None)}
            await server.until(
                lambda: told() == healthy | {"gone": ("not_ready", "no_link")}, within_s=10
            )
            second.change(paper="out")
            await server.until(lambda: told().get("wall") == ("not_ready", "paper_out"))
            assert told()["desk"] == ("ready", None)
            assert server.statuses[-1].printer == "ready"
            await server.send(receipt(server, "receipt-1"))
            await server.until(lambda: server.outcomes() == ["done"])


async def test_a_printer_whose_journal_another_program_holds_stops_no_other(
    server: KioskServer, printer: VirtualPrinter, tmp_path: Path
) -> None:
    (tmp_path / "desk").mkdir()
    with Journal(tmp_path / "desk" / "print-journal.sqlite3"):
        printers = {"desk": printer.url, "wall": printer.url}
        async with running_station(server.url, tmp_path, printers) as running:
            await running.until("wall", "ready")
            [desk, _] = running.station.devices()
            assert (desk.state, desk.reason) == ("absent", "journal")
            await server.send(receipt(server, "receipt-1", on="desk"))
            await server.send(receipt(server, "receipt-2"))
            await server.until(lambda: server.outcomes("receipt-2") == ["done"])
            assert server.outcomes("receipt-1") == []
            assert running.ledger.entry("receipt-1") is None


async def test_what_no_device_can_do_has_failed_at_once_and_says_why(
    server: KioskServer, station: RunningStation
) -> None:
    await server.send(receipt(server, "receipt-1", on="wall"))
    page = receipt(server, "pages-of-book").model_copy(update={"kind": "page"})
    await server.send(page)
    await server.send(receipt(server, "fax-of-later").model_copy(update={"kind": "fax"}))
    message = WorkMessage(to="+201012345678", text="رسالة")
    await server.send(
        Work(job="message-1", kind="message", title_ar="ر", title_en="M", message=message)
    )
    await server.until(lambda: len(server.outcomes()) == 4)
    said = [frame for frame in server.frames(Outcome) if isinstance(frame, Outcome)]
    assert {frame.job: (frame.state, frame.reason) for frame in said} == {
        "receipt-1": ("failed", "no_device"),
        "pages-of-book": ("failed", "no_device"),
        "fax-of-later": ("failed", "unknown_kind"),
        "message-1": ("failed", "no_device"),
    }


async def test_a_picture_too_wide_or_not_a_picture_has_failed_and_the_next_is_printed(
    server: KioskServer, printer: VirtualPrinter, station: RunningStation
) -> None:
    await server.send(receipt(server, "too-wide-one", width=640))
    noise = receipt(server, "not-a-picture")
    assert noise.document is not None
    content = b"\x89PNG but no picture"
    server.documents["not-a-picture"] = content
    document = noise.document.model_copy(
        update={"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    )
    await server.send(noise.model_copy(update={"document": document}))
    await server.send(receipt(server, "right-one"))
    await server.until(lambda: server.outcomes("right-one") == ["done"])
    assert server.outcomes("too-wide-one") == server.outcomes("not-a-picture") == ["failed"]
    assert len(printer.slips) == 1


async def test_a_document_that_is_not_what_was_ordered_is_never_printed(
    server: KioskServer, printer: VirtualPrinter, station: RunningStation
) -> None:
    order = receipt(server, "receipt-1")
    server.documents["receipt-1"] = picture(marked=True).content
    await server.send(order)

    async def was_asked_for() -> bool:
        return "receipt-1" in server.asked_for

    await eventually(was_asked_for)
    assert printer.slips == []
    server.documents["receipt-1"] = picture().content
    await server.until(lambda: server.outcomes() == ["done"])
    assert len(printer.slips) == 1


async def test_an_order_withdrawn_before_its_document_was_fetched_is_forgotten(
    server: KioskServer, printer: VirtualPrinter, station: RunningStation
) -> None:
    order = receipt(server, "receipt-1")
    del server.documents["receipt-1"]
    await server.send(order)

    async def was_asked_for() -> bool:
        return server.asked_for == ["receipt-1"]

    await eventually(was_asked_for)
    await server.send(receipt(server, "receipt-2"))
    await server.until(lambda: server.outcomes("receipt-2") == ["done"])
    assert server.asked_for == ["receipt-1", "receipt-2"]
    assert server.outcomes("receipt-1") == []


async def test_a_paper_that_the_printer_holds_is_told_as_held_and_then_as_done(
    server: KioskServer, printer: VirtualPrinter, station: RunningStation
) -> None:
    printer.change(bytes_per_s=2_000)
    await server.send(receipt(server, "receipt-1"))

    async def has_begun() -> bool:
        counts = station.printers["receipt"].counts(station.station.place.day_began(CLOCK.now()))
        return counts.get("sending", 0) + counts.get("sent", 0) == 1

    await eventually(has_begun)
    printer.change(paper="out", bytes_per_s=0)
    await server.until(lambda: server.outcomes() == ["held"])
    printer.change(paper="ok")
    await server.until(lambda: server.outcomes() == ["held", "done"])
    assert len(printer.slips) == 1


async def test_a_word_said_while_the_line_is_cut_is_told_when_it_is_back(
    server: KioskServer, printer: VirtualPrinter, station: RunningStation
) -> None:
    printer.change(cover="open")
    await station.until("receipt", "not_ready")
    await server.send(receipt(server, "receipt-1"))

    async def is_taken() -> bool:
        return station.ledger.entry("receipt-1") is not None

    await eventually(is_taken)

    async def is_in_line() -> bool:
        return station.printers["receipt"].news("receipt-1") is not None

    await eventually(is_in_line)
    await server.stop()
    printer.change(cover="closed")

    async def is_printed() -> bool:
        entry = station.ledger.entry("receipt-1")
        return entry is not None and entry.said == "done"

    await eventually(is_printed)
    await server.start()
    await server.until(lambda: server.outcomes() == ["done"], within_s=15)


async def test_a_scan_is_told_at_once_or_never(
    server: KioskServer, station: RunningStation
) -> None:
    async def is_up() -> bool:
        return station.station.connected

    await eventually(is_up)
    server.scan_means = "ticket"
    station.station.on_scan("desk", 5, "jbswy3dpehpk3pxp", "QR")

    async def is_answered() -> bool:
        return station.station.last_scan == "ticket"

    await eventually(is_answered)
    [scan] = server.frames(Scanned)
    assert isinstance(scan, Scanned)
    assert (scan.scanner, scan.window, scan.text) == ("desk", 5, "jbswy3dpehpk3pxp")
    server.scan_means = None
    station.station.on_scan("desk", 5, "47298382", None)
    shown = station.station.last_scan
    assert shown is None, "what is shown is of no earlier scan"
    await server.until(lambda: len(server.frames(Scanned)) == 2)
    await server.stop()

    async def is_told_of() -> bool:
        return station.station.last_scan == "cut_off"

    await eventually(is_told_of)
    station.station.on_scan("desk", 5, "47298381", None)
    assert station.station.last_scan == "cut_off"
    await server.start()
    await server.until(lambda: server.connections == 2, within_s=15)
    await asyncio.sleep(0.2)
    assert len(server.frames(Scanned)) == 2


async def test_the_page_of_the_machine_says_how_each_device_stands_in_both_languages(
    server: KioskServer, printer: VirtualPrinter, station: RunningStation
) -> None:
    printer.change(paper="out")
    await station.until("receipt", "not_ready")
    async with aiohttp.ClientSession() as session:

        async def read(path: str, **headers: str) -> tuple[int, str]:
            async with session.get(f"{station.url}{path}", headers=headers) as answer:
                return answer.status, await answer.text()

        status, arabic = await read("/")
        assert status == 200
        assert 'dir="rtl"' in arabic
        assert "نفد الورق" in arabic
        assert "طابعة إيصالات" in arabic
        status, english = await read("/now?lang=en")
        assert "out of paper" in english
        assert "Connected to the server." in english
        status, health = await read("/healthz")
        assert '"receipt": "not_ready"' in health
        assert (await read("/static/station.js"))[0] == 200
        assert (await read("/static/nothing.js"))[0] == 404
        assert (await read("/", Host="evil.example"))[0] == 403


async def test_an_order_is_taken_back_while_nothing_of_it_has_left(
    server: KioskServer, printer: VirtualPrinter, station: RunningStation
) -> None:
    printer.change(cover="open")
    await station.until("receipt", "not_ready")
    await server.send(receipt(server, "receipt-1"))

    async def is_in_line() -> bool:
        return station.printers["receipt"].news("receipt-1") is not None

    await eventually(is_in_line)
    for _ in range(2):
        await server.send(Cancel(key="cancel-1", job="receipt-1"))
    await server.send(Cancel(key="cancel-2", job="never-heard-of"))
    await server.until(lambda: server.outcomes("cancel-2") == ["done"])
    assert server.outcomes("cancel-1") == ["done"]
    printer.change(cover="closed")
    await server.send(receipt(server, "receipt-2"))
    await server.send(receipt(server, "never-heard-of"))
    await server.until(lambda: server.outcomes("receipt-2") == ["done"])
    await server.send(Cancel(key="cancel-3", job="receipt-2"))
    await server.until(lambda: server.outcomes("cancel-3") == ["failed"])
    assert len(printer.slips) == 1
