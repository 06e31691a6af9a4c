"""The virtual scanners as programs: their ports, their page, their faults, their end."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import html5lib
import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from drivers.clock import SystemClock
from drivers.scanners.keys import UNREADABLE, Keyboard
from drivers.scanners.model import RefusedScan, Scan, ScannerStatus
from drivers.scanners.scanner import Scanner
from drivers.virtual.cli import app
from drivers.virtual.scanner.faults import PICKS
from drivers.virtual.scanner.speech import KeySpeech, LineSpeech
from tests.drivers.links import LONGEST_S, until
from tests.drivers.programs import Program, program
from tests.drivers.scanner_rigs import QUICK

PROGRAMS = ("tcp", "serial", "fifo")


def scanner_program(
    kind: str, folder: Path, *arguments: str
) -> AbstractAsyncContextManager[Program]:
    path = folder / "scanner"
    match kind:
        case "tcp":
            return program("scanner", "--listen=127.0.0.1:0", *arguments)
        case "serial":
            return program("scanner", f"--serial={path}", *arguments)
        case _:
            return program("hid-scanner", f"--fifo={path}", *arguments)


@dataclass
class Heard:
    scans: list[Scan]
    statuses: list[ScannerStatus]
    refused: list[RefusedScan]


@asynccontextmanager
async def driver(url: str) -> AsyncIterator[Heard]:
    heard = Heard([], [], [])
    scanner = Scanner(
        url,
        SystemClock(),
        on_scan=heard.scans.append,
        on_status=heard.statuses.append,
        on_refused=heard.refused.append,
        patience=QUICK,
    )
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(scanner.run())
        await until(lambda: scanner.status.ready)
        yield heard
        running.cancel()


async def ask(url: str, body: dict[str, Any] | None = None) -> Any:
    async with ClientSession() as client:
        call = client.get(url) if body is None else client.post(url, json=body)
        async with call as answer:
            return await answer.json() if answer.status == 200 else answer.status


@pytest.mark.parametrize("kind", PROGRAMS)
async def test_the_program_is_read_breaks_and_ends_when_told(kind: str, tmp_path: Path) -> None:
    async with scanner_program(kind, tmp_path) as running, driver(running.url) as heard:
        await running.type("scan=https://q.example/t/7k2m4qxa5d3f6g7h")
        await until(lambda: len(heard.scans) == 1)
        assert heard.scans[0].text == "https://q.example/t/7k2m4qxa5d3f6g7h"
        state = await ask(running.http + "/faults", {"pick": "menu"})
        await until(lambda: len(heard.scans) == 2)
        assert heard.scans[1].text == PICKS["menu"][0]
        assert (state["sent_scans"], state["missed_scans"]) == (2, 0)
        await running.type("plug=cycle")
        await until(lambda: [each.ready for each in heard.statuses] == [True, False, True])
        running.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LONGEST_S):
            assert await running.process.wait() == 0
    path = tmp_path / "scanner"
    assert not path.is_symlink()
    assert not path.is_fifo()


async def test_the_page_scans_what_is_typed_and_what_is_picked(tmp_path: Path) -> None:
    async with scanner_program("serial", tmp_path) as running, driver(running.url) as heard:
        async with ClientSession() as client:
            for language, words in (("ar", "قارئ أكواد افتراضي"), ("en", "Virtual scanner")):
                async with client.get(running.http, params={"lang": language}) as answer:
                    page = await answer.text()
                html5lib.HTMLParser(strict=True).parse(page)
                assert words in page
            form = {"scan": "47298381", "kind": "QR"}
            async with client.post(f"{running.http}/faults", data=form) as answer:
                assert "47298381" in await answer.text()
        await until(lambda: len(heard.scans) == 1)
        assert (await ask(running.http + "/state"))["recent"] == ["47298381"]
        assert await ask(running.http + "/faults", {"scan": ""}) == 422
        assert await ask(running.http + "/faults", {"sends": "smoke"}) == 422


async def test_what_is_scanned_while_nobody_listens_is_missed(tmp_path: Path) -> None:
    async with scanner_program("tcp", tmp_path) as running:
        state = await ask(running.http + "/faults", {"scan": "47298381"})
        assert (state["sent_scans"], state["missed_scans"]) == (0, 1)


async def test_one_that_waits_for_an_order_reads_once_for_each(tmp_path: Path) -> None:
    async with scanner_program("tcp", tmp_path, "--trigger-on=16 54 0D") as running:
        host, port = running.url.removeprefix("tcp://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        state: dict[str, Any] = {"connected": False}
        while not state["connected"]:
            state = await ask(running.http + "/state")
        assert not state["looking"]
        writer.write(bytes.fromhex("16 54 0D"))
        await writer.drain()
        while not state["looking"]:
            state = await ask(running.http + "/state")
        for text in ("11111111", "22222222"):
            state = await ask(running.http + "/faults", {"scan": text})
        async with asyncio.timeout(LONGEST_S):
            assert await reader.readuntil(b"\r") == b"11111111\r"
        assert (state["sent_scans"], state["missed_scans"]) == (1, 1)
        writer.close()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["scanner", "--suffix=enter"], "neither one of"),
        (["scanner", "--listen=nowhere"], "HOST:PORT"),
        (["scanner", "--serial=/nowhere/at/all"], "no folder that can be written to"),
        (["hid-scanner", "--fifo=/etc/hostname"], "is there already"),
        (["hid-scanner", "--fifo=/tmp/x", "--suffix=lf"], "choose cr or tab"),
        (["scanner", "--fault=smoke"], "FIELD=VALUE"),
    ],
)
def test_what_cannot_be_is_refused_in_words(arguments: list[str], says: str) -> None:
    result = CliRunner().invoke(app, [*arguments, "--http=127.0.0.1:0"])
    assert result.exit_code == 2
    assert says in " ".join(result.output.split()).replace("│ ", "").replace(" │", "")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_the_keys_that_it_presses_write_what_it_reads(text: str) -> None:
    """Its keyboard and the driver's are two tables."""
    pressed = b"".join(KeySpeech().code(text, "QR", identifier=False, suffix=True))
    assert Keyboard().feed(pressed) == text.encode() + b"\r"


def test_what_a_keyboard_cannot_write_is_no_sign() -> None:
    pressed = b"".join(KeySpeech().code("ط", "QR", identifier=False, suffix=False))
    assert Keyboard().feed(pressed) == UNREADABLE


def test_a_line_says_prefix_identifier_text_and_suffix() -> None:
    said = b"".join(LineSpeech(b"\x02", b"\x03").code("12", "EAN", identifier=True, suffix=True))
    assert said == b"\x02]E012\x03"
