"""The virtual modem as a program: its links, its page, its faults, its end; and its strictness."""

import asyncio
import os
import re
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import html5lib
import pytest
from aiohttp import ClientSession
from typer.testing import CliRunner

from drivers.clock import SystemClock
from drivers.modems.outbox import Outbox
from drivers.virtual.cli import app
from drivers.virtual.modem.machine import Machine
from drivers.virtual.modem.page import create_modem_page
from tests.drivers.links import LONGEST_S
from tests.drivers.modem_rigs import NEAR, NUMBER, modem_desk, modem_rig
from tests.drivers.programs import program


@pytest.fixture
def devices() -> Iterator[Path]:
    """A folder below /dev, where a name that is gone is a device that is gone."""
    with tempfile.TemporaryDirectory(prefix="shb-", dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.mark.parametrize("link", ["--listen=127.0.0.1:0", "--serial={}/modem"])
async def test_the_program_sends_breaks_and_ends_when_told(
    tmp_path: Path, devices: Path, link: str
) -> None:
    async with (
        program("modem", link.format(devices), "--fault=network=searching") as modem,
        ClientSession(modem.http) as browser,
    ):
        with Outbox(tmp_path / "outbox.sqlite") as outbox:
            async with modem_desk(modem.url, outbox) as desk:
                await desk.until(lambda: desk.modem.status.reason == "searching")
                desk.modem.submit("one", NUMBER, NEAR)
                await modem.type("network=nonsense")
                await modem.type("network=home")
                await desk.until_state("one", "delivered")
                answer = await browser.post("/faults", json={"power": "off"})
                assert (await answer.json())["connected"] is False
                await desk.until(lambda: desk.modem.status.reason == "no_link")
                await browser.post("/faults", json={"power": "on"})
                await desk.until_ready()
                await browser.post("/incoming", json={"sender": "Vodafone", "text": "رصيدك"})
                await desk.until(lambda: [each.text for each in desk.incoming] == ["رصيدك"])
        (message,) = await (await browser.get("/messages")).json()
        assert (message["text"], message["to"], message["fate"]) == (NEAR, NUMBER, "delivered")
        modem.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LONGEST_S):
            assert await modem.process.wait() == 0
    assert os.listdir(devices) == []


@pytest.fixture
async def page(aiohttp_client: Any) -> Any:
    machine = Machine(SystemClock())
    client = await aiohttp_client(create_modem_page(machine))
    client.machine = machine
    return client


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr")])
async def test_the_page_is_right_in_both_languages(
    page: Any, tmp_path: Path, language: str, direction: str
) -> None:
    async with modem_rig("memory", tmp_path) as rig:
        page.machine.network = rig.machine.network
        with Outbox(tmp_path / "outbox.sqlite") as outbox:
            async with modem_desk(rig.url, outbox) as desk:
                desk.modem.submit("one", NUMBER, f"{NEAR} <b>")
                await desk.until_state("one", "delivered")
    answer = await page.get(f"/?lang={language}")
    text = await answer.text()
    html5lib.HTMLParser(strict=True).parse(text)
    assert f'<html lang="{language}" dir="{direction}">' in text
    assert f'<bdi dir="ltr">{NUMBER}</bdi>' in text
    assert f"{NEAR} &lt;b&gt;" in text
    assert answer.headers["Content-Security-Policy"] == "default-src 'self'"
    for asset in re.findall(r'(?:src|href)="(/[^"?]+)"', text):
        assert (await page.get(asset)).status == 200, asset


async def test_a_fault_or_a_message_is_set_by_a_form_and_by_json(page: Any) -> None:
    answer = await page.post("/faults?lang=en", data={"sim": "absent"}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/?lang=en")
    pressed = '<button name="sim" value="absent" aria-pressed="true">'
    assert pressed in await (await page.get("/")).text()
    assert (await page.post("/faults", json={"sim": "lost"})).status == 422
    wanted = {"sender": NUMBER, "text": NEAR}
    answer = await page.post("/incoming", data=wanted, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/?lang=ar")
    assert (await (await page.post("/incoming", json=wanted)).json())["stored"] == 2
    assert (await page.post("/incoming", json={"sender": NUMBER, "text": ""})).status == 422
    json_type = {"Content-Type": "application/json"}
    assert (await page.post("/incoming", data="{", headers=json_type)).status == 400
    foreign = {"Origin": "http://elsewhere.example"}
    assert (await page.post("/incoming", data=wanted, headers=foreign)).status == 403


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fault=sim"], "write FIELD=VALUE"),
        (["--fault=sim=gone"], "'ready', 'absent', 'pin' or 'puk'"),
        (["--listen=9110"], "write HOST:PORT"),
        (["--listen=192.0.2.1:0"], "cannot start"),
        (["--serial=/etc/hostname"], "is there already"),
        (["--serial=/no-such-folder/modem"], "no folder that can be written to"),
    ],
)
def test_a_wrong_command_line_is_refused_in_words(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(
        app,
        ["modem", "--http=127.0.0.1:0", *arguments],
        env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
    )
    assert result.exit_code != 0
    assert said in result.output


class Wire:
    """Speaks to a machine as a terminal does, byte by byte."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.said = b""
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()

    async def read(self) -> bytes:
        return await self._queue.get()

    def send(self, data: bytes) -> None:
        self.said += data

    def drop(self) -> None:
        self._queue.put_nowait(b"")

    async def tell(self, *lines: bytes) -> bytes:
        """Say lines and hang up; return all that was answered."""
        self.said = b""
        for line in (*lines, b""):
            self._queue.put_nowait(line)
        await self.machine.attend(self)
        return self.said


@pytest.fixture
def wire() -> Wire:
    return Wire(Machine(SystemClock()))


PDU = b"0031000C910201214365870000A70CC8F79D9C07E54F61363B04"
"""`Howdy y'all!`"""


async def test_it_echoes_until_told_not_to_and_numbers_errors_only_when_asked(wire: Wire) -> None:
    assert await wire.tell(b"AT\r") == b"AT\r\r\nOK\r\n"
    assert await wire.tell(b"ATE0\r", b"AT+NONSENSE\r") == b"ATE0\r\r\nOK\r\n\r\nERROR\r\n"
    assert await wire.tell(b"AT+CMEE=1\rAT+NO\r") == b"\r\nOK\r\n\r\n+CME ERROR: 4\r\n"


async def test_in_text_mode_octets_become_an_accident(wire: Wire) -> None:
    await wire.tell(b"ATE0\rAT+CMGS=25\r", PDU + b"\x1a")
    assert wire.machine.accidents == 1


async def test_only_escape_leaves_a_message_and_anything_else_spoils_it(wire: Wire) -> None:
    await wire.tell(b"ATE0\rAT+CMGF=0\r")
    assert await wire.tell(b"AT+CMGS=25\r", PDU, b"AT\r") == b"\r\n> "
    assert await wire.tell(b"\x1b\r", b"AT\r") == b"\r\nOK\r\n\r\nOK\r\n"
    said = await wire.tell(b"AT+CMGS=25\r", b"AT\r" + PDU + b"\x1a")
    assert said.endswith(b"+CMS ERROR: 304\r\n")
    assert wire.machine.network.parts == []
    said = await wire.tell(b"AT+CMGS=25\r", PDU + b"\x1a")
    assert said.endswith(b"\r\n+CMGS: 1\r\n\r\nOK\r\n")
    assert [part.text for part in wire.machine.network.parts] == ["Howdy y'all!"]


async def test_a_wrong_length_is_refused(wire: Wire) -> None:
    said = await wire.tell(b"ATE0\rAT+CMGF=0\rAT+CMGS=24\r", PDU + b"\x1a")
    assert said.endswith(b"+CMS ERROR: 304\r\n")
    assert wire.machine.refused == ["25 octets, 24 were announced"]


async def test_three_wrong_pins_block_the_sim(wire: Wire) -> None:
    await wire.tell(b"ATE0\rAT+CMEE=1\r")
    wire.machine.faults = type(wire.machine.faults)(sim="pin")
    assert b"+CME ERROR: 11" in await wire.tell(b"AT+CMGF=0\r")
    for _ in range(3):
        assert b"+CME ERROR: 16" in await wire.tell(b'AT+CPIN="0000"\r')
    assert b"SIM PUK" in await wire.tell(b"AT+CPIN?\r")
    assert b"+CME ERROR: 3" in await wire.tell(b'AT+CPIN="1234"\r')
