"""The programs around the server, as real processes: a virtual printer, a kiosk, a hall display."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from benchmarks.centre import BenchCentre, BenchServer, write_toml
from benchmarks.processes import BenchmarkError, free_port, program, running, until_answered

PROFILE = "epson-576"
FACE_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class BenchAgent:
    """An agent's process and the page that it serves."""

    url: str
    pid: int


@asynccontextmanager
async def bench_printer(centre: BenchCentre) -> AsyncIterator[int]:
    """Run a virtual printer that prints at once, for the block; give its port."""
    port, page = free_port(), free_port()
    command = program(
        "shubbak-devices",
        "printer",
        *("--listen", f"127.0.0.1:{port}", "--http", f"127.0.0.1:{page}"),
        *("--profile", PROFILE, "--output", centre.folder / "slips", "--rows-per-s", 0),
    )
    log = centre.folder / "printer.log"
    async with running(command, log=log) as process:
        await until_answered(f"http://127.0.0.1:{page}", process, log=log)
        yield port


@asynccontextmanager
async def bench_kiosk(
    centre: BenchCentre, server: BenchServer, *, printer_port: int
) -> AsyncIterator[BenchAgent]:
    """Run the kiosk of the packaged centre for the block."""
    port = free_port()
    config, log = centre.folder / "kiosk.toml", centre.folder / "kiosk.log"
    write_toml(
        config,
        name="K1",
        server=server.url,
        token_file=str(centre.folder / "K1.token"),
        port=port,
        data_dir=str(centre.folder / "kiosk"),
        printer=f"tcp://127.0.0.1:{printer_port}",
        printer_profile=PROFILE,
    )
    url = f"http://127.0.0.1:{port}"
    async with running(program("shubbak-kiosk", "--config", config), log=log) as process:
        await until_answered(f"{url}/healthz", process, log=log)
        yield BenchAgent(url, process.pid)


@asynccontextmanager
async def bench_display(centre: BenchCentre, server: BenchServer) -> AsyncIterator[BenchAgent]:
    """Run the hall display of the packaged centre for the block."""
    port = free_port()
    config, log = centre.folder / "display.toml", centre.folder / "display.log"
    write_toml(
        config,
        name="D1",
        server=server.url,
        token_file=str(centre.folder / "D1.token"),
        port=port,
        data_dir=str(centre.folder / "display"),
    )
    url = f"http://127.0.0.1:{port}"
    async with running(program("shubbak-display", "--config", config), log=log) as process:
        await until_answered(f"{url}/healthz", process, log=log)
        yield BenchAgent(url, process.pid)


class KioskPage:
    """The kiosk's page without a browser: the latest face, and touches by name."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._face: dict[str, Any] | None = None

    async def touch(self, name: str) -> None:
        """Touch a button."""
        await self._socket.send_str(orjson.dumps({"touch": name}).decode())

    async def until(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Read faces until one is so; the present one counts. Raises BenchmarkError."""
        try:
            async with asyncio.timeout(FACE_TIMEOUT_S):
                while self._face is None or not is_so(self._face):
                    self._face = orjson.loads(await self._socket.receive_str())
        except TimeoutError:
            step = None if self._face is None else self._face["step"]
            raise BenchmarkError(f"the kiosk's page stays at {step!r}") from None
        return self._face


@asynccontextmanager
async def kiosk_page(kiosk: BenchAgent) -> AsyncIterator[KioskPage]:
    """Open the kiosk's socket as its page does."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{kiosk.url}/ws", origin=kiosk.url) as socket,
    ):
        yield KioskPage(socket)
