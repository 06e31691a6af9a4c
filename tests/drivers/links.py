"""A virtual device at the end of each kind of link, whatever device it is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from usbip_backend import USBIPBackend

from drivers.transports.memory import MemoryDevice, memory_device
from drivers.transports.opening import OPENERS, Opener
from drivers.transports.usb_port import usb_opener
from drivers.virtual.lines import RECEIVE_BUFFER_BYTES, Line, serve
from drivers.virtual.path_line import PathLine, serve_path
from drivers.virtual.program import listening_socket
from drivers.virtual.serial_line import SerialLine
from drivers.virtual.usb_socket import PRODUCT, VENDOR, serve_usb
from tests.support.device_server import DeviceServer

LONGEST_S = 15.0
"""No single wait of a test is longer; a loaded machine needs a fraction of it."""
_TURNS = 150
"""Turns of the loop in which every task comes to rest: a question takes about ten."""


@dataclass
class Heard:
    """What a driver under test said; its subclasses call `stir` for each thing that they hear."""

    _stirred: asyncio.Event = field(default_factory=asyncio.Event, init=False, kw_only=True)

    def stir(self) -> None:
        self._stirred.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something that the driver's words bring about."""
        async with asyncio.timeout(LONGEST_S):
            while not is_so():
                self._stirred.clear()
                await self._stirred.wait()


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something outside the driver; looks again every few milliseconds."""
    async with asyncio.timeout(LONGEST_S):
        while not is_so():  # noqa: ASYNC110 - there is no event in a real process
            await asyncio.sleep(0.005)


async def settle() -> None:
    """Let every task run until all of them wait for something."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Stand:
    """A virtual device to be stood at a link, as its program would."""

    attend: Callable[[Line], Awaitable[None]]
    has_power: Callable[[], bool] = lambda: True
    until_power: Callable[[], Awaitable[None]] | None = None
    """For links in memory: without it they can be opened without power too."""


@dataclass(frozen=True)
class Place:
    """Where a virtual device stands, and what opens it."""

    url: str
    openers: Mapping[str, Opener] = field(default_factory=lambda: OPENERS)
    device: MemoryDevice | None = None
    """The device's end of a link in memory."""
    path: Path | None = None
    """The name of a serial line."""
    bus_port: int = 0
    """Where another process finds the bus of a USB device."""


def standing(link: str, folder: Path, stand: Stand) -> AbstractAsyncContextManager[Place]:
    """Stand a device at the end of a link for as long as the block lasts.

    `tcp` · `memory` · `serial` and `file`: a pseudo-terminal, opened as one or the other · `usb`:
    over USB/IP · `rfc2217`: a device server before a pseudo-terminal.
    """
    match link:
        case "tcp":
            return _tcp(stand)
        case "memory":
            return _memory(stand, folder.name)
        case "serial" | "file":
            return standing_at(link, SerialLine(folder / "device"), stand)
        case "usb":
            return _usb(stand)
        case "rfc2217":
            return _rfc2217(stand, folder)
    raise ValueError(f"{link} is no kind of link")


@asynccontextmanager
async def standing_at(scheme: str, line: PathLine, stand: Stand) -> AsyncIterator[Place]:
    """Stand a device at a line that has a path."""
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(serve_path(stand.attend, line, has_power=stand.has_power))
        yield Place(f"{scheme}://{line.name}", path=line.name)
        serving.cancel()


@asynccontextmanager
async def _tcp(stand: Stand) -> AsyncIterator[Place]:
    listener = listening_socket("127.0.0.1", 0, receive_buffer_bytes=RECEIVE_BUFFER_BYTES)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(serve(stand.attend, listener, has_power=stand.has_power))
        yield Place(f"tcp://127.0.0.1:{listener.getsockname()[1]}")
        serving.cancel()


@dataclass(frozen=True, eq=False)
class _Link:
    """One link to a memory device, unlike the next."""

    device: MemoryDevice

    async def read(self) -> bytes:
        return await self.device.read()

    def send(self, data: bytes) -> None:
        self.device.send(data)

    def drop(self) -> None:
        self.device.drop()


@asynccontextmanager
async def _memory(stand: Stand, name: str) -> AsyncIterator[Place]:
    with memory_device(name) as device:

        async def serve_links() -> None:
            while True:
                if stand.until_power is not None:
                    device.is_present = stand.has_power()
                    await stand.until_power()
                    device.is_present = True
                await device.wait_for_link()
                await stand.attend(_Link(device))

        async with asyncio.TaskGroup() as tasks:
            serving = tasks.create_task(serve_links())
            yield Place(f"memory://{name}", device=device)
            serving.cancel()


@asynccontextmanager
async def _usb(stand: Stand) -> AsyncIterator[Place]:
    listener = listening_socket("127.0.0.1", 0)
    port = listener.getsockname()[1]
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(serve_usb(stand.attend, listener, has_power=stand.has_power))
        address = f"usb://{VENDOR:04x}:{PRODUCT:04x}"
        yield Place(address, openers_of_bus(port), bus_port=port)
        serving.cancel()


def openers_of_bus(port: int) -> Mapping[str, Opener]:
    """Return what opens the devices of a USB/IP bus on this machine."""
    return {**OPENERS, "usb": usb_opener(lambda: BusBackend("127.0.0.1", port))}


class BusBackend(USBIPBackend):  # type: ignore[misc]
    """The client of the bus, which hangs up when its device is closed."""

    def close_device(self, handle: Any) -> None:
        handle.close()


@asynccontextmanager
async def _rfc2217(stand: Stand, folder: Path) -> AsyncIterator[Place]:
    """Put a device server, made of pyserial's own server side, before a serial line."""
    async with standing("serial", folder, stand) as line:
        assert line.path is not None
        with DeviceServer(line.path) as server:
            yield Place(f"rfc2217://127.0.0.1:{server.port}")
