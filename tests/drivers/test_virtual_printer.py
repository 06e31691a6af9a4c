"""The virtual printer as a program: its ports, its paper, its page, its faults, its end."""

import asyncio
import re
import signal
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Any

import html5lib
import pytest
from aiohttp import ClientSession
from PIL import Image
from typer.testing import CliRunner

from drivers.clock import SystemClock
from drivers.printers.commands import INITIALISE, echo_request, real_time_status
from drivers.printers.escpos import compose
from drivers.printers.journal import Journal
from drivers.printers.profiles import PROFILES
from drivers.transports.opening import OPENERS, open_transport
from drivers.transports.usb_port import usb_opener
from drivers.virtual.cli import app
from drivers.virtual.printer.faults import FaultChange
from drivers.virtual.printer.mechanism import Mechanism
from drivers.virtual.printer.page import create_printer_page
from drivers.virtual.printer.slips import Slips
from drivers.virtual.program import parse_fault
from tests.drivers.links import LONGEST_S, BusBackend, until
from tests.drivers.papers import job, noise, number_of, numbered
from tests.drivers.programs import Program, program
from tests.drivers.rigs import desk, rig
from tests.support.clock import ManualClock

EPSON = PROFILES["epson-576"]


def printer_program(
    folder: Path, *arguments: str, at: str = "--listen=127.0.0.1:0"
) -> AbstractAsyncContextManager[Program]:
    return program("printer", at, f"--output={folder}", *arguments)


async def test_the_program_prints_keeps_breaks_and_ends_when_told(tmp_path: Path) -> None:
    async with (
        printer_program(tmp_path / "slips", "--rows-per-s=0", "--fault=paper=out") as printer,
        ClientSession(printer.http) as browser,
    ):
        with Journal(tmp_path / "jobs.sqlite") as journal:
            async with desk(printer.url, EPSON, journal) as front:
                await front.until(lambda: front.printer.status.paper == "out")
                await printer.type("paper=nonsense")
                await printer.type("paper=ok")
                await front.until(lambda: front.printer.status.ready)
                front.printer.submit("one", *job(1, EPSON))
                await front.until_state("one", "done")
                answer = await browser.post("/faults", json={"cover": "open", "power": "cycle"})
                assert (await answer.json())["faults"]["cover"] == "open"
                await front.until(lambda: front.printer.status.cover == "open")
        slips = await (await browser.get("/slips")).json()
        assert [(slip["width"], slip["height"]) for slip in slips] == [(576, 48)]
        with Image.open(tmp_path / "slips" / slips[0]["file"]) as slip:
            assert number_of(slip) == 1
        picture = await browser.get(f"/slips/{slips[0]['number']}.png")
        assert picture.content_type == "image/png"
        assert await picture.read() == (tmp_path / "slips" / slips[0]["file"]).read_bytes()
        printer.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LONGEST_S):
            assert await printer.process.wait() == 0


async def test_the_program_prints_at_a_serial_line_that_comes_back_under_its_name(
    tmp_path: Path,
) -> None:
    line = tmp_path / "printer"
    async with printer_program(
        tmp_path / "slips", "--rows-per-s=0", at=f"--serial={line}"
    ) as printer:
        assert printer.url == f"serial://{line}"
        with Journal(tmp_path / "jobs.sqlite") as journal:
            async with desk(printer.url, EPSON, journal) as front:
                front.printer.submit("one", *job(1, EPSON))
                await front.until_state("one", "done")
                await printer.type("power=cycle")
                await front.until(lambda: front.printer.status.link == "down")
                front.printer.submit("two", *job(2, EPSON))
                await front.until_state("two", "done")


async def test_the_program_is_a_usb_device_that_a_host_can_take(tmp_path: Path) -> None:
    async with printer_program(tmp_path / "slips", at="--usbip=127.0.0.1:0") as printer:
        host, port = printer.ready["usbip"].split(":")
        openers = {**OPENERS, "usb": usb_opener(lambda: BusBackend(host, int(port)))}
        link = await open_transport(printer.url, timeout_s=LONGEST_S, openers=openers)
        await link.write(real_time_status(1))
        async with asyncio.timeout(LONGEST_S):
            assert await link.read() == b"\x12"
        await link.close()


def test_slips_are_numbered_on_from_what_the_folder_holds(tmp_path: Path) -> None:
    Slips(tmp_path, SystemClock()).add(numbered(1))
    slips = Slips(tmp_path, SystemClock())
    slips.add(numbered(2))
    assert [(slip.number, slip.file) for slip in slips.all()] == [
        (1, "slip-00001.png"),
        (2, "slip-00002.png"),
    ]
    assert slips.path(3) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["slip-00001.png", "slip-00002.png"]


@pytest.fixture
async def page(tmp_path: Path, aiohttp_client: Any) -> Any:
    slips = Slips(tmp_path, SystemClock())
    slips.add(numbered(1))
    mechanism = Mechanism(EPSON, SystemClock(), on_slip=lambda slip: None)
    return await aiohttp_client(create_printer_page(mechanism, slips, EPSON.name))


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr")])
async def test_the_page_is_strict_html_in_both_languages_without_a_line_of_script_or_style(
    page: Any, language: str, direction: str
) -> None:
    answer = await page.get(f"/?lang={language}")
    text = await answer.text()
    html5lib.HTMLParser(strict=True).parse(text)
    assert f'<html lang="{language}" dir="{direction}">' in text
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
    assert "style=" not in text
    assert "onclick" not in text
    for asset in re.findall(r'(?:src|href)="(/[^"?]+)"', text):
        assert (await page.get(asset)).status == 200, asset


async def test_a_fault_is_set_by_a_button_without_script_and_by_json(page: Any) -> None:
    answer = await page.post("/faults?lang=en", data={"paper": "out"}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/?lang=en")
    assert (
        '<button name="paper" value="out" aria-pressed="true">'
        in await (await page.get("/")).text()
    )
    state = await (await page.post("/faults", json={"paper": "ok", "bytes_per_s": 400})).json()
    assert (state["faults"]["paper"], state["faults"]["bytes_per_s"]) == ("ok", 400)
    assert (await page.post("/faults", json={"papre": "out"})).status == 422
    assert (await page.post("/faults", json={"bytes_per_s": -1})).status == 422
    assert (await page.post("/faults", data="{", headers=_JSON)).status == 400
    foreign = {"Origin": "http://elsewhere.example"}
    assert (await page.post("/faults", data={"paper": "out"}, headers=foreign)).status == 403
    assert (await page.get("/slips/99.png")).status == 404


_JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--profile=laser"], "choose one of epson-576"),
        (["--fault=paper"], "write FIELD=VALUE"),
        (["--fault=paper=gone"], "'ok', 'near_end' or 'out'"),
        (["--listen=9100"], "write HOST:PORT"),
        (["--listen=192.0.2.1:0"], "cannot start"),
        (["--serial=/no/such/folder/printer"], "no folder that can be written to"),
        (["--serial=/etc/hostname"], "is there already"),
        (["--usbip=3240"], "write HOST:PORT"),
        (["--serial=/var/tmp/printer", "--usbip=127.0.0.1:0"], "choose one of --serial"),
    ],
)
def test_a_wrong_command_line_is_refused_in_words(
    arguments: list[str], said: str, tmp_path: Path
) -> None:
    result = CliRunner().invoke(
        app,
        ["printer", "--http=127.0.0.1:0", f"--output={tmp_path}", *arguments],
        env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
    )
    assert result.exit_code != 0
    assert said in result.output


def test_a_fault_is_read_as_people_write_it() -> None:
    assert parse_fault(" online = no ", FaultChange) == FaultChange(online=False)
    assert parse_fault("bytes_per_s=500", FaultChange) == FaultChange(bytes_per_s=500)


async def talk(url: str, *sent: bytes, until_heard: bytes) -> bytes:
    """Send bytes on one connection; return what was answered up to the bytes waited for."""
    host, port = url.removeprefix("tcp://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        heard = b""
        for message in sent:
            writer.write(message)
            await writer.drain()
        async with asyncio.timeout(LONGEST_S):
            while until_heard not in heard:
                heard += await reader.read(100)
        return heard
    finally:
        writer.close()
        await writer.wait_closed()


async def test_it_answers_status_at_once_even_amid_a_picture(tmp_path: Path) -> None:
    plain = PROFILES["clone-576-no-asb"]
    async with rig("tcp", plain, tmp_path) as clone:
        half = compose(noise(576, 100), plain)[:3000]
        for split in range(1, 3):
            question = real_time_status(4)
            pieces = half, question[:split], question[split:]
            assert await talk(clone.url, *pieces, until_heard=b"\x12") == b"\x12"


async def test_a_kept_job_is_printed_after_the_refill_though_its_sender_has_left(
    tmp_path: Path,
) -> None:
    async with rig("tcp", EPSON, tmp_path) as epson:
        epson.fault(paper="out")
        stream = compose(numbered(3), EPSON) + real_time_status(4)
        assert await talk(epson.url, stream, until_heard=b"\x7e") == b"\x7e"
        assert epson.papers == []
        epson.fault(paper="ok")
        await until(lambda: len(epson.papers) == 1)


@pytest.mark.parametrize("link", ["tcp", "memory"])
async def test_a_power_cut_loses_what_is_on_its_way_too(tmp_path: Path, link: str) -> None:
    async with rig(link, EPSON, tmp_path) as epson:
        epson.fault(bytes_per_s=2000)
        transport = await open_transport(epson.url, timeout_s=LONGEST_S)
        await transport.write(compose(numbered(1), EPSON) * 5)
        await until(lambda: bool(epson.received))
        epson.fault(power="cycle", bytes_per_s=0)
        await transport.close()
        transport = await open_transport(epson.url, timeout_s=LONGEST_S)
        await transport.write(compose(numbered(2), EPSON))
        await until(lambda: bool(epson.papers))
        await transport.close()
        assert [number_of(paper) for paper in epson.papers] == [2]


async def test_a_second_sender_waits_until_the_first_has_left(tmp_path: Path) -> None:
    async with rig("tcp", EPSON, tmp_path) as epson:
        host, port = epson.url.removeprefix("tcp://").split(":")
        _, first = await asyncio.open_connection(host, int(port))
        await until(lambda: epson.mechanism.is_connected)
        reader, second = await asyncio.open_connection(host, int(port))
        second.write(real_time_status(1))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await reader.read(1)
        first.close()
        async with asyncio.timeout(LONGEST_S):
            assert await reader.read(1) == b"\x12"
        second.close()


async def test_a_link_is_cut_after_so_many_bytes_and_what_came_is_kept(tmp_path: Path) -> None:
    slips = compose(numbered(1), EPSON)
    async with rig("tcp", EPSON, tmp_path) as epson:
        epson.fault(cut_after_bytes=len(slips))
        host, port = epson.url.removeprefix("tcp://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(slips * 2)
        async with asyncio.timeout(LONGEST_S):
            with suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
        await until(lambda: len(epson.papers) == 1)
        assert epson.mechanism.received_bytes == len(slips)
        assert epson.mechanism.faults.cut_after_bytes == -1
        assert await talk(epson.url, real_time_status(1), until_heard=b"\x12") == b"\x12"


async def test_a_printer_that_refuses_connections_hangs_up(tmp_path: Path) -> None:
    async with rig("tcp", EPSON, tmp_path) as epson:
        epson.fault(connections="refused")
        host, port = epson.url.removeprefix("tcp://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        async with asyncio.timeout(LONGEST_S):
            with suppress(ConnectionError):
                assert await reader.read() == b""
        writer.close()
        epson.fault(connections="accepted")
        assert await talk(epson.url, real_time_status(1), until_heard=b"\x12") == b"\x12"


async def test_a_printer_that_does_not_read_hears_nothing_until_it_does(tmp_path: Path) -> None:
    async with rig("memory", EPSON, tmp_path) as epson:
        link = await open_transport(epson.url)
        await link.write(real_time_status(1))
        assert await link.read() == b"\x12"
        epson.fault(reads=False)
        await link.write(real_time_status(1))
        assert await link.read() == b"\x12"  # it was reading already
        await link.write(real_time_status(1))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await link.read()
        epson.fault(reads=True)
        async with asyncio.timeout(LONGEST_S):
            assert set(await link.read()) == {0x12}
        await link.close()


ECHO = b"\x37\x22slip\x00"


@pytest.mark.parametrize(
    ("faults", "heard"),
    [
        ({"echo": "right"}, ECHO),
        ({"echo": "wrong"}, b"\x37\x22rlip\x00"),
        ({"echo": "absent"}, b""),
        ({"echo": "split"}, ECHO),
        ({"echo": "split", "noise": "xon"}, b"".join(b"\x13\x11%c" % sign for sign in ECHO)),
        ({"noise": "xon"}, b"\x13\x11" + ECHO),
        ({"noise": "asb"}, b"\x10\x00\x00\x00" + ECHO),
        ({"echo_delay_ms": 50}, ECHO),
    ],
    ids=str,
)
async def test_the_word_that_paper_is_out_comes_as_the_faults_have_it(
    tmp_path: Path, faults: dict[str, Any], heard: bytes
) -> None:
    async with rig("tcp", EPSON, tmp_path) as epson:
        epson.fault(**faults)
        asked = echo_request(b"slip")
        if heard:
            assert await talk(epson.url, asked, until_heard=heard) == heard
        else:
            assert (await talk(epson.url, asked + real_time_status(1), until_heard=b"\x12"))[
                -1:
            ] == b"\x12"


async def test_a_word_that_is_late_does_not_hold_the_printing_up_and_is_lost_with_the_power(
    tmp_path: Path,
) -> None:
    clock = ManualClock()
    async with rig("memory", EPSON, tmp_path, clock=clock) as epson:
        epson.fault(echo_delay_ms=5000)
        link = await open_transport(epson.url)
        await link.write(compose(numbered(1), EPSON) + echo_request(b"one."))
        await link.write(compose(numbered(2), EPSON) + echo_request(b"two."))
        await until(lambda: len(epson.papers) == 2)
        await clock.advance(6)
        async with asyncio.timeout(LONGEST_S):
            heard = await link.read()  # behind the automatic status that each slip asks for
        assert heard.endswith(b"\x37\x22one.\x00\x37\x22two.\x00")
        await link.write(echo_request(b"gone"))
        await clock.advance(1)
        epson.fault(power="cycle", echo_delay_ms=0)
        await link.close()
        link = await open_transport(epson.url)
        await clock.advance(10)
        await link.write(echo_request(b"next"))
        async with asyncio.timeout(LONGEST_S):
            assert await link.read() == b"\x37\x22next\x00"
        await link.close()


CLEAR = bytes.fromhex("10140801031401060208")


@pytest.mark.parametrize(("name", "clears"), [("epson-576", True), ("epson-512", False)])
async def test_only_some_printers_can_be_made_to_forget_what_they_hold(
    tmp_path: Path, name: str, clears: bool
) -> None:
    profile = PROFILES[name]
    async with rig("tcp", profile, tmp_path) as printer:
        printer.fault(paper="out")
        held = compose(numbered(1), profile) + echo_request(b"held")
        await talk(printer.url, held, CLEAR, real_time_status(1), until_heard=b"\x1a")
        printer.fault(paper="ok")
        following = compose(numbered(2), profile) + echo_request(b"next")
        await talk(printer.url, following, until_heard=b"\x37\x22next\x00")
        assert [number_of(paper) for paper in printer.papers] == ([2] if clears else [1, 2])


@pytest.mark.parametrize(("enquiry", "printed"), [(1, [1, 2]), (2, [2])])
async def test_a_stuck_cutter_is_recovered_with_or_without_the_kept_job(
    tmp_path: Path, enquiry: int, printed: list[int]
) -> None:
    async with rig("tcp", EPSON, tmp_path) as epson:
        epson.fault(cutter="stuck")
        held = compose(numbered(1), EPSON)
        recover = bytes((0x10, 0x05, enquiry))
        await talk(epson.url, held, real_time_status(3), until_heard=b"\x1a")
        following = compose(numbered(2), EPSON) + echo_request(b"next")
        await talk(epson.url, recover, following, until_heard=b"\x37\x22next\x00")
        assert [number_of(paper) for paper in epson.papers] == printed


async def test_automatic_status_is_told_only_when_asked_for(tmp_path: Path) -> None:
    async with rig("memory", EPSON, tmp_path) as epson:
        asked = INITIALISE + b"\x1da\xff"
        with Journal(tmp_path / "jobs.sqlite") as journal:
            async with desk(epson.url, EPSON, journal) as front:
                front.printer.submit("one", asked, b"")
                await front.until_state("one", "done")
                before = len(epson.received)
                epson.fault(cover="open")
                await front.until(lambda: front.printer.status.cover == "open")
                assert len(epson.received) - before <= 12
