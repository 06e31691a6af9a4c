"""A4 printer, modem, scanners at a workstation: orders done once, trouble told, each apart."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest
from structlog.testing import capture_logs

from core_services.link.status_frames import AttachedDevice
from core_services.link.work_frames import Cancel, Outcome, Scanned
from drivers.printers.journal import Journal
from drivers.printers.rolls import RollBook
from kiosk.station.screen import StationShell, load_station_shell
from tests.drivers.modem_rigs import Rig, modem_rig
from tests.support import ipp_printer as ipp
from tests.support.eventually import eventually
from tests.support.ipp_printer import IppStandIn, ipp_printer
from tests.support.kiosk_server import KioskServer, kiosk_server
from tests.support.kiosk_site import VirtualScanner, virtual_printer, virtual_scanner
from tests.support.station_devices import (
    NUMBER,
    TEXT,
    VirtualDocuments,
    devices,
    message_order,
    page_order,
    virtual_documents,
)
from tests.support.station_site import CLOCK, receipt, running_station
from tests.support.work import PAGE


@pytest.fixture(scope="session")
def station_shell(font: Path) -> StationShell:
    return load_station_shell(font)


@pytest.fixture
async def server() -> AsyncIterator[KioskServer]:
    async with kiosk_server() as started:
        yield started


@pytest.fixture
async def a4() -> AsyncIterator[IppStandIn]:
    async with ipp_printer(IppStandIn()) as standing:
        yield standing


@pytest.fixture(params=["tcp", "memory"])
async def modem(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Rig]:
    async with modem_rig(request.param, tmp_path) as rig:
        yield rig


@pytest.fixture
async def scanner(tmp_path: Path) -> AsyncIterator[VirtualScanner]:
    async with virtual_scanner(tmp_path) as standing:
        yield standing


@pytest.fixture
async def documents() -> AsyncIterator[VirtualDocuments]:
    async with virtual_documents() as standing:
        yield standing


def said_of(server: KioskServer, job: str) -> list[tuple[str, str | None, str | None]]:
    """Return each word about an order, how the device knows, and why."""
    said = [frame for frame in server.frames(Outcome) if isinstance(frame, Outcome)]
    return [(frame.state, frame.confirmed_by, frame.reason) for frame in said if frame.job == job]


def files_in(folder: Path) -> list[Path]:
    """Return every file that the workstation has written."""
    return sorted(each for each in folder.rglob("*") if each.is_file())


def told(server: KioskServer, name: str) -> AttachedDevice | None:
    """Return a device as the server heard of it last."""
    last = server.statuses[-1].devices if server.statuses else None
    return next((each for each in last or [] if each.name == name), None)


async def test_an_a4_document_is_printed_byte_for_byte_once_however_often_it_is_ordered(
    server: KioskServer, a4: IppStandIn, tmp_path: Path
) -> None:
    async with running_station(server.url, tmp_path, {}, more=devices(tmp_path, a4=a4.url)) as at:
        await at.until("a4", "ready")
        order = page_order(server, "pages-of-book")
        for _ in range(3):
            await server.send(order)
        await server.until(lambda: server.outcomes() == ["done"])
        await server.send(order)
        await server.send(page_order(server, "second-book"))
        await server.until(lambda: server.outcomes("second-book") == ["done"])
        assert [job.document for job in a4.jobs] == [PAGE.content] * 2
        assert said_of(server, "pages-of-book") == [("done", "ipp", None)]
        await server.until(lambda: (each := told(server, "a4")) is not None and each.paper == "ok")


async def test_a4_trouble_is_told_in_its_own_word_and_the_page_waits_for_its_end(
    server: KioskServer, a4: IppStandIn, tmp_path: Path
) -> None:
    a4.halt("media-empty-error")
    async with running_station(server.url, tmp_path, {}, more=devices(tmp_path, a4=a4.url)) as at:

        def is_out() -> bool:
            device = told(server, "a4")
            return device is not None and (device.reason, device.paper) == ("paper_out", "out")

        await server.until(is_out)
        assert at.state("a4") == "not_ready"
        await server.send(page_order(server, "pages-of-book"))

        async def is_in_line() -> bool:
            entry = at.ledger.entry("pages-of-book")
            return entry is not None and "pages-of-book" in server.asked_for

        await eventually(is_in_line)
        assert a4.handed_over == 0
        a4.go_on()
        await server.until(lambda: server.outcomes() == ["done"])
        assert len(a4.jobs) == 1


async def test_a_page_that_the_printer_refuses_has_failed_for_that_reason_and_the_next_comes_out(
    server: KioskServer, a4: IppStandIn, tmp_path: Path
) -> None:
    a4.print_status = ipp.FORMAT_REFUSED
    async with running_station(server.url, tmp_path, {}, more=devices(tmp_path, a4=a4.url)) as at:
        await at.until("a4", "ready")
        await server.send(page_order(server, "refused-book"))
        await server.until(lambda: said_of(server, "refused-book") == [("failed", None, "refused")])
        await server.send(page_order(server, "no-pdf-at-all", b"\x89PNG is no PDF"))
        await server.until(
            lambda: said_of(server, "no-pdf-at-all") == [("failed", None, "unreadable")]
        )
        a4.print_status = None
        await server.send(page_order(server, "next-book"))
        await server.until(lambda: server.outcomes("next-book") == ["done"])
        assert len(a4.jobs) == 1


async def test_a_page_is_taken_back_while_nothing_of_it_has_left(
    server: KioskServer, a4: IppStandIn, tmp_path: Path
) -> None:
    a4.halt("cover-open-error")
    async with running_station(server.url, tmp_path, {}, more=devices(tmp_path, a4=a4.url)):
        await server.until(lambda: bool(server.statuses))
        await server.send(page_order(server, "pages-of-book"))

        async def is_fetched() -> bool:
            return "pages-of-book" in server.asked_for

        await eventually(is_fetched)
        await server.send(Cancel(key="cancel-1", job="pages-of-book"))
        await server.until(lambda: server.outcomes("cancel-1") == ["done"])
        assert said_of(server, "pages-of-book") == [("failed", None, None)]
        a4.go_on()
        await server.send(page_order(server, "next-book"))
        await server.until(lambda: server.outcomes("next-book") == ["done"])
        assert len(a4.jobs) == 1


async def test_a_message_is_sent_once_and_its_report_told(
    server: KioskServer, modem: Rig, tmp_path: Path
) -> None:
    attached = devices(tmp_path, modem=modem.url)
    with capture_logs() as logs:
        async with running_station(server.url, tmp_path, {}, more=attached) as at:
            await at.until("modem", "ready")
            order = message_order("message-1")
            for _ in range(3):
                await server.send(order)
            await server.until(lambda: server.outcomes() == ["sent", "done"])
            await server.send(order)
            await server.send(message_order("message-2", text="second"))
            await server.until(lambda: server.outcomes("message-2") == ["sent", "done"])
    assert said_of(server, "message-1") == [("sent", "network", None), ("done", "report", None)]
    assert modem.texts() == [TEXT, "second"]
    assert NUMBER[-8:] not in repr(logs)
    assert TEXT not in repr(logs)


async def test_a_message_that_cannot_be_sent_says_why(
    server: KioskServer, modem: Rig, tmp_path: Path
) -> None:
    modem.fault(cms=1)
    attached = devices(tmp_path, modem=modem.url)
    async with running_station(server.url, tmp_path, {}, more=attached) as at:
        await at.until("modem", "ready")
        await server.send(message_order("message-1"))
        await server.send(message_order("message-2", to="12"))
        await server.until(lambda: server.outcomes("message-1") == ["failed"])
        await server.until(lambda: server.outcomes("message-2") == ["failed"])
        assert said_of(server, "message-1") == [("failed", None, "refused")]
        assert said_of(server, "message-2") == [("failed", None, "bad_number")]
        modem.fault(cms=0, answers="never")
        await server.send(message_order("message-3"))
        await server.until(lambda: said_of(server, "message-3") == [("unknown", None, "no_answer")])
        await server.send(message_order("message-3"))
        assert len(modem.machine.network.parts) == 0


async def test_a_message_waits_for_its_network_and_can_be_taken_back_meanwhile(
    server: KioskServer, modem: Rig, tmp_path: Path
) -> None:
    modem.fault(network="searching")
    attached = devices(tmp_path, modem=modem.url)
    async with running_station(server.url, tmp_path, {}, more=attached) as at:

        def is_searching() -> bool:
            device = told(server, "modem")
            return device is not None and device.reason == "searching"

        await server.until(is_searching)
        await server.send(message_order("message-1"))
        await server.send(message_order("message-2"))

        async def are_taken() -> bool:
            return at.ledger.entry("message-2") is not None

        await eventually(are_taken)
        await server.send(Cancel(key="cancel-1", job="message-1"))
        await server.until(lambda: server.outcomes("cancel-1") == ["done"])
        assert said_of(server, "message-1") == [("failed", None, "cancelled")]
        modem.fault(network="home")
        await server.until(lambda: server.outcomes("message-2") == ["sent", "done"])
        assert len(modem.texts()) == 1


async def test_messages_that_come_in_are_deleted_unread_and_counted(
    server: KioskServer, modem: Rig, station_shell: StationShell, tmp_path: Path
) -> None:
    attached = devices(tmp_path, modem=modem.url)
    secret = "my address is 7 Saad Zaghloul street"
    with capture_logs() as logs:
        async with running_station(
            server.url, tmp_path, {}, more=attached, shell=station_shell
        ) as at:
            await at.until("modem", "ready")
            modem.machine.network.receive("+201155512345", secret)

            async def is_counted() -> bool:
                return at.station.dropped_incoming == 1

            await eventually(is_counted)
            async with aiohttp.ClientSession() as session:
                async with session.get(f"{at.url}/now") as answer:
                    assert "رسائل واردة حُذفت دون قراءتها: ١" in await answer.text()
                async with session.get(f"{at.url}/healthz") as answer:
                    assert (await answer.json())["incoming_dropped"] == 1
    assert secret not in repr(logs)
    assert "55512345" not in repr(logs)
    assert not any(secret.encode() in each.read_bytes() for each in files_in(tmp_path))


async def test_without_its_outbox_a_modem_sends_nothing_again(
    server: KioskServer, modem: Rig, tmp_path: Path
) -> None:
    modem.fault(network="denied")
    attached = devices(tmp_path, modem=modem.url)
    server.orders.append(message_order("message-1"))
    async with running_station(server.url, tmp_path, {}, more=attached) as at:

        async def is_taken() -> bool:
            return at.ledger.entry("message-1") is not None

        await eventually(is_taken)
    for file in (tmp_path / "modem").glob("outbox.sqlite3*"):
        file.unlink()
    modem.fault(network="home")
    server.orders.append(message_order("message-2", text="second"))
    async with running_station(server.url, tmp_path, {}, more=attached):
        await server.until(lambda: server.outcomes("message-2") == ["sent", "done"])
    assert said_of(server, "message-1") == [("unknown", None, "journal_lost")]
    assert modem.texts() == ["second"]


async def test_what_the_scanner_reads_is_told_for_its_window_and_kept_nowhere(
    server: KioskServer, scanner: VirtualScanner, tmp_path: Path
) -> None:
    attached = devices(tmp_path, scanner=scanner.url)
    server.scan_means = "ticket"
    async with running_station(server.url, tmp_path, {}, more=attached) as at:
        await at.until("desk", "ready")
        scanner.hold("https://q.example/t/jbswy3dpehpk3pxp")
        await server.until(lambda: len(server.frames(Scanned)) == 1)

        async def is_answered() -> bool:
            return at.station.last_scan == "ticket"

        await eventually(is_answered)
        [scan] = server.frames(Scanned)
        assert isinstance(scan, Scanned)
        assert (scan.scanner, scan.window) == ("desk", 5)
        assert scan.text == "https://q.example/t/jbswy3dpehpk3pxp"
        assert (device := told(server, "desk")) is not None
        assert (device.kind, device.window) == ("scanner", 5)
    assert not any(b"jbswy3dpehpk3pxp" in each.read_bytes() for each in files_in(tmp_path))


async def test_a_scanner_that_is_pulled_out_is_told_and_is_back_when_plugged_in(
    server: KioskServer, scanner: VirtualScanner, tmp_path: Path
) -> None:
    attached = devices(tmp_path, scanner=scanner.url)
    async with running_station(server.url, tmp_path, {}, more=attached) as at:
        await at.until("desk", "ready")
        scanner.change(plug="out")
        await at.until("desk", "not_ready")
        await server.until(
            lambda: (each := told(server, "desk")) is not None and each.reason == "no_link"
        )
        scanner.change(plug="in")
        await at.until("desk", "ready")
        scanner.hold("47298381")
        await server.until(lambda: len(server.frames(Scanned)) == 1)


async def test_a_document_scanner_is_told_of_and_its_trouble_named(
    server: KioskServer, documents: VirtualDocuments, tmp_path: Path
) -> None:
    attached = devices(tmp_path, documents=documents.url)
    async with running_station(server.url, tmp_path, {}, more=attached) as at:
        await at.until("adf", "ready")
        documents.machine.is_jammed = True

        def why() -> str | None:
            device = told(server, "adf")
            return None if device is None else device.reason

        await server.until(lambda: why() == "paper_jam")
        documents.machine.is_jammed = False
        documents.change(power="off")
        await server.until(lambda: why() == "no_reply")
        documents.change(power="on", pages=0)
        await at.until("adf", "ready")


async def test_a_trial_scan_shows_each_page_with_its_checks_and_keeps_none(
    server: KioskServer,
    documents: VirtualDocuments,
    station_shell: StationShell,
    tmp_path: Path,
) -> None:
    documents.change(pages=3, blank=2)
    attached = devices(tmp_path, documents=documents.url)
    async with running_station(server.url, tmp_path, {}, more=attached, shell=station_shell) as at:
        await at.until("adf", "ready")
        before = files_in(tmp_path)
        async with aiohttp.ClientSession() as session:

            async def post(path: str, **headers: str) -> tuple[int, str]:
                async with session.post(f"{at.url}{path}", headers=headers) as answer:
                    return answer.status, await answer.text()

            status, arabic = await post("/trial/adf")
            assert status == 200
            assert arabic.count("data:image/jpeg;base64,") == 3
            assert arabic.count("tag--warn") == 1
            assert "٢١٠ × ٢٩٧ مم، ٣٠٠ نقطة في البوصة" in arabic
            documents.change(pages=3, jam=2)
            status, english = await post("/trial/adf?lang=en")
            assert status == 200
            assert "Put all pages in again" in english
            assert "data:" not in english
            assert (await post("/trial/nobody"))[0] == 404
            assert (await post("/trial/adf", Origin="http://evil.example"))[0] == 403
            assert (await post("/trial/adf", Host="evil.example"))[0] == 403
        assert files_in(tmp_path) == before


async def test_each_device_stands_apart_from_those_that_are_broken(
    server: KioskServer,
    modem: Rig,
    scanner: VirtualScanner,
    documents: VirtualDocuments,
    tmp_path: Path,
) -> None:
    """The A4 printer's journal is another's, the modem hears nothing, the scanner is pulled out."""
    (tmp_path / "a4").mkdir()
    modem.fault(replies=False)
    scanner.change(plug="out")
    async with virtual_printer() as printer:
        with Journal(tmp_path / "a4" / "print-journal.sqlite3"):
            attached = devices(
                tmp_path,
                a4="ipp://127.0.0.1:9/ipp/print",
                modem=modem.url,
                scanner=scanner.url,
                documents=documents.url,
            )
            async with running_station(
                server.url, tmp_path, {"receipt": printer.url}, more=attached
            ) as at:
                await at.until("receipt", "ready")
                await at.until("adf", "ready")
                await at.until("a4", "absent")
                await at.until("desk", "not_ready")
                await at.until("modem", "not_ready")
                await server.until(lambda: bool(server.statuses))
                await server.send(page_order(server, "pages-of-book"), message_order("message-1"))
                await server.send(receipt(server, "receipt-1"))
                await server.until(lambda: server.outcomes("receipt-1") == ["done"])
                modem.fault(replies=True)
                scanner.change(plug="in")
                await server.until(lambda: server.outcomes("message-1") == ["sent", "done"])
                await at.until("desk", "ready")
                assert server.outcomes("pages-of-book") == []
                assert at.ledger.entry("pages-of-book") is None


async def test_an_order_that_a_devices_disk_refuses_is_left_for_later_and_stops_no_other(
    server: KioskServer, modem: Rig, tmp_path: Path
) -> None:
    attached = devices(tmp_path, modem=modem.url)
    async with (
        virtual_printer() as printer,
        running_station(server.url, tmp_path, {"receipt": printer.url}, more=attached) as at,
    ):
        await at.until("modem", "ready")
        await at.until("receipt", "ready")
        await server.until(lambda: bool(server.statuses))
        with closing(sqlite3.connect(tmp_path / "modem" / "outbox.sqlite3")) as sql:
            sql.execute("DROP TABLE messages")
        await server.send(message_order("message-1"), receipt(server, "receipt-1"))
        await server.until(lambda: server.outcomes("receipt-1") == ["done"])
        assert server.outcomes("message-1") == []

        async def is_sent_in_the_end() -> bool:
            await server.send(message_order("message-1"))
            await asyncio.sleep(0.2)  # as the server orders again
            return server.outcomes("message-1") == ["sent", "done"]

        await eventually(is_sent_in_the_end, within_s=20)
        assert modem.texts() == [TEXT]


async def test_a_receipt_printer_whose_roll_was_judged_white_elsewhere_prints_all_the_same(
    server: KioskServer, tmp_path: Path
) -> None:
    (tmp_path / "receipt").mkdir()
    RollBook(tmp_path / "receipt" / "roll.json", CLOCK, length_mm=80_000).note_check("blank")
    async with (
        virtual_printer() as printer,
        running_station(server.url, tmp_path, {"receipt": printer.url}) as at,
    ):
        await at.until("receipt", "ready")
        await server.send(receipt(server, "receipt-1"))
        await server.until(lambda: server.outcomes("receipt-1") == ["done"])
