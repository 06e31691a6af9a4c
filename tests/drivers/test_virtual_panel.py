"""The virtual panels as a program: their wires, their page, their faults, their end."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import html5lib
import pytest
from aiohttp import ClientSession
from typer.testing import CliRunner

from drivers.clock import SystemClock
from drivers.panels.bus import PanelBus
from drivers.panels.model import PanelFace, PanelProtocol
from drivers.virtual.cli import app
from drivers.virtual.panel.faults import FaultChange
from drivers.virtual.panel.page import create_panel_page
from tests.drivers.links import LONGEST_S
from tests.drivers.panels import PROTOCOLS, TEMPLATE, wall_of
from tests.drivers.programs import program


@asynccontextmanager
async def written(url: str, protocol: PanelProtocol) -> AsyncIterator[PanelBus]:
    bus = PanelBus(url, protocol, [1, 2, 5], SystemClock(), baud=115_200)
    async with asyncio.TaskGroup() as tasks:
        owner = tasks.create_task(bus.run())
        yield bus
        owner.cancel()


async def shows(browser: ClientSession, *texts: str) -> dict[str, Any]:
    """Wait until these stand on panels 1, 2 and 5; return the state."""
    async with asyncio.timeout(LONGEST_S):
        while True:
            state: dict[str, Any] = await (await browser.get("/state")).json()
            panels = {each["address"]: each["text"] for each in state["panels"]}
            if tuple(panels[address] for address in (1, 2, 5)) == texts:
                return state
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("kind", "wire"), [("alpha", "tcp"), ("modbus", "serial"), ("template", "tcp")]
)
async def test_the_program_shows_breaks_and_ends_when_told(
    kind: str, wire: str, tmp_path: Path
) -> None:
    at = "--listen=127.0.0.1:0" if wire == "tcp" else f"--serial={tmp_path / 'panels'}"
    arguments = (f"--protocol={kind}", f"--template={TEMPLATE}", "--fault=dead=2")
    async with (
        program("panel", at, *arguments) as running,
        ClientSession(running.http) as browser,
    ):
        assert running.url.startswith(f"{wire}://")
        async with written(running.url, PROTOCOLS[kind]) as bus:
            for address in (1, 2, 5):
                bus.show(address, PanelFace(f"14{address}"))
            state = await shows(browser, "141", "", "145")
            assert state["connected"]
            for words in ("dead=nobody", "dead=0", "power=cycle"):
                await running.type(words)
            await shows(browser, "", "", "")
            assert (await browser.post("/faults", json={"power": "on"})).status == 200
        running.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LONGEST_S):
            assert await running.process.wait() == 0


@pytest.fixture
async def page(aiohttp_client: Any) -> Any:
    wall = wall_of("modbus", SystemClock())
    for message in PROTOCOLS["modbus"].paint(5, PanelFace("A17"), None):
        wall.reader.feed(message.data)
    return await aiohttp_client(create_panel_page(wall, "modbus"))


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr")])
async def test_the_page_is_sound_html_in_both_languages(
    page: Any, language: str, direction: str
) -> None:
    answer = await page.get(f"/?lang={language}")
    text = await answer.text()
    html5lib.HTMLParser(strict=True).parse(text)
    assert f'<html lang="{language}" dir="{direction}">' in text
    assert "style=" not in text
    for asset in re.findall(r'(?:src|href)="(/[^"?]+)"', text):
        assert (await page.get(asset)).status == 200, asset


async def test_the_state_tells_what_each_address_shows_bar_by_bar(page: Any) -> None:
    state = await (await page.get("/state")).json()
    assert len(state["panels"]) == 9
    five = state["panels"][4]
    assert (five["address"], five["text"]) == (5, "A17")
    assert five["digits"] == ["", "abcefgp", "bc", "abc"]
    assert (await page.post("/faults", json={"answers": "garbled"})).status == 200
    assert (await page.post("/faults", json={"answers": "none"})).status == 422
    await page.post("/faults", json={"power": "off"})
    state = await (await page.get("/state")).json()
    assert {each["text"] for each in state["panels"]} == {""}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--protocol=morse"], "'alpha', 'modbus', 'template'"),
        (["--protocol=template", "--template={number}{number}"], "cannot read the template"),
        (["--fault=dead"], "write FIELD=VALUE"),
        (["--listen=192.0.2.1:0"], "cannot start"),
    ],
)
def test_a_wrong_command_line_is_refused_in_words(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(
        app,
        ["panel", *arguments],
        env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"},
    )
    assert result.exit_code != 0
    assert said in result.output


def test_frames_that_are_none_are_counted_and_change_nothing() -> None:
    for kind, protocol in PROTOCOLS.items():
        wall = wall_of(kind, SystemClock())
        for message in (*protocol.set_up(5), *protocol.paint(5, PanelFace("142"), None)):
            wall.reader.feed(message.data)
        assert wall.reader.problems == 0
        broken = protocol.paint(5, PanelFace("777"), PanelFace("142"))[0].data
        at = broken.index(b"777") if b"777" in broken else 8
        wall.reader.feed(broken[:at] + b"\x31" + broken[at + 1 :])
        wall.reader.feed(bytes(8))
        for message in protocol.paint(5, PanelFace("143"), PanelFace("142")):
            wall.reader.feed(message.data)
        assert wall.reader.problems > 0, kind
        assert wall.reader.shown(5).text == "143", kind


def test_a_power_cycle_ends_switched_on() -> None:
    wall = wall_of("modbus", SystemClock())
    wall.change(FaultChange(power="cycle"))
    assert wall.faults.power == "on"
