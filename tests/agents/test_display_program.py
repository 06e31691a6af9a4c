"""The real `shubbak-display` process: started, killed, started again, stopped."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.support.display import paper_page
from tests.support.eventually import eventually
from tests.support.fonts import share_fonts
from tests.support.hall_server import TOKEN, HallServer, board, call, called, hall_server

PROGRAM = (sys.executable, "-c", "from displays.cli import main; main()")


@pytest.fixture
async def server() -> AsyncIterator[HallServer]:
    async with hall_server() as started:
        yield started


@pytest.fixture
def config(server: HallServer, tmp_path: Path, unused_tcp_port: int) -> Path:
    """The settings of one display; its token file is private."""
    token = tmp_path / "display.token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    share_fonts(tmp_path / "data")
    path = tmp_path / "display.toml"
    path.write_text(
        f'server = "{server.url}"\ntoken_file = "display.token"\n'
        f'port = {unused_tcp_port}\ndata_dir = "data"\nlog_json = true\n'
    )
    return path


def port_of(config: Path) -> int:
    return int(config.read_text().partition("port = ")[2].split()[0])


def with_wrong_addresses(config: Path, server: HallServer) -> Path:
    wrong = config.with_name("wrong.toml")
    text = config.read_text().replace(server.url, "http://127.0.0.1:9")
    wrong.write_text(text.replace(f"port = {port_of(config)}", "port = 9"))
    return wrong


@asynccontextmanager
async def program(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the program; kill it if the test leaves it alive."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def until_connected(config: Path) -> None:
    url = f"http://127.0.0.1:{port_of(config)}/healthz"

    async def is_so() -> bool:
        try:
            async with aiohttp.ClientSession() as session, session.get(url) as answer:
                return bool((await answer.json())["connected"])
        except aiohttp.ClientError:
            return False

    await eventually(is_so, within_s=20)


async def test_a_display_killed_at_once_after_a_call_does_not_ring_for_it_again(
    server: HallServer, config: Path
) -> None:
    url = f"http://127.0.0.1:{port_of(config)}"
    async with program("--config", str(config)) as process:
        await until_connected(config)
        async with paper_page(url) as page:
            await server.send(called(call(7, "107", 3)))
            await page.shows("١٠٧")
            await server.until(lambda: server.shown == [7])
            assert page.rung == [7]
            process.send_signal(signal.SIGKILL)
            await process.wait()
    server.board = board(8, call(8, "108", 4), call(7, "107", 3))
    async with program("--config", str(config)):
        await until_connected(config)
        async with paper_page(url) as page:
            await page.shows("١٠٧")
            await page.shows("١٠٨", within_s=15)
            await server.until(lambda: server.shown[-1:] == [8])
            assert page.rung == [8]


async def test_the_program_stops_when_asked_and_prints_nothing_but_its_log(
    server: HallServer, config: Path
) -> None:
    async with program("--config", str(config)) as process:
        await until_connected(config)
        async with paper_page(f"http://127.0.0.1:{port_of(config)}"):
            process.terminate()
            output, log = await process.communicate()
    assert process.returncode == 0
    assert output == b""
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events[0] == "display_started"
    assert events[-1] == "display_stopped"
    assert TOKEN.encode() not in log


async def test_options_override_the_file(server: HallServer, config: Path) -> None:
    right_port = port_of(config)
    wrong = with_wrong_addresses(config, server)
    other = config.parent / "other"
    async with program(
        *("--config", str(wrong), "--server", server.url, "--port", str(right_port)),
        *("--data-dir", str(other), "--token-file", str(config.parent / "display.token")),
    ):
        await until_connected(config)
    assert (other / "display.json").exists()


@pytest.mark.parametrize(
    ("break_it", "word"),
    [
        (lambda config: (config.parent / "display.token").unlink(), b"cannot be read"),
        (lambda config: (config.parent / "display.token").chmod(0o644), b"chmod 600"),
        (lambda config: config.write_text("colour = 1"), b'"colour" is not a setting'),
    ],
)
async def test_a_wrong_setting_is_named_and_ends_the_program_with_2(
    config: Path, break_it: object, word: bytes
) -> None:
    assert callable(break_it)
    break_it(config)
    async with program("--config", str(config)) as process:
        output, log = await process.communicate()
    assert process.returncode == 2
    assert output == b""
    assert word in log


async def test_a_taken_port_ends_the_program_with_1(server: HallServer, config: Path) -> None:
    async with program("--config", str(config), "--port", str(server.port)) as process:
        _, log = await process.communicate()
    assert process.returncode == 1
    assert json.loads(log.splitlines()[-1])["event"] == "display_failed"
