"""Plays the service manager to our programs: hears what they tell its socket."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Ear:
    """The socket of a service manager, and what one program told it."""

    address: str
    """As `NOTIFY_SOCKET` has it."""
    heard: list[str] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def environment(self, watchdog_s: float | None = None) -> dict[str, str]:
        """Return what a service manager gives a program that it started."""
        watched = {} if watchdog_s is None else {"WATCHDOG_USEC": str(round(watchdog_s * 1e6))}
        return {"NOTIFY_SOCKET": self.address, **watched}

    @property
    def status(self) -> str:
        """The latest line for `systemctl status`."""
        said = [each for each in self.heard if each.startswith("STATUS=")]
        return said[-1].removeprefix("STATUS=") if said else ""

    async def until(self, assignment: str, *, times: int = 1, within_s: float = 30.0) -> None:
        """Wait until this was told so often. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while self.heard.count(assignment) < times:
                self._news.clear()
                await self._news.wait()

    async def until_status(self, words: str, *, within_s: float = 30.0) -> None:
        """Wait until the program's line has these words. Raises TimeoutError."""
        async with asyncio.timeout(within_s):
            while words not in self.status:
                self._news.clear()
                await self._news.wait()

    async def fed_again(self, times: int = 2, *, within_s: float = 30.0) -> None:
        """Wait for more of `WATCHDOG=1` than there were."""
        before = self.heard.count("WATCHDOG=1")
        await self.until("WATCHDOG=1", times=before + times, within_s=within_s)

    async def starved(self, watchdog_s: float, *, within_s: float = 30.0) -> None:
        """Wait until the program said nothing for so long, as systemd does before it kills."""
        async with asyncio.timeout(within_s):
            while True:
                self._news.clear()
                try:
                    async with asyncio.timeout(watchdog_s):
                        await self._news.wait()
                except TimeoutError:
                    return

    def _hear(self, ear: socket.socket) -> None:
        lines = ear.recv(4096).decode().split("\n")
        self.heard += lines
        self._news.set()


@asynccontextmanager
async def listening(address: str) -> AsyncIterator[Ear]:
    """Listen at a path, or at an abstract name behind `@`, for the block."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.setblocking(False)
        ear.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        heard = Ear(address)
        loop.add_reader(ear, heard._hear, ear)
        try:
            yield heard
        finally:
            loop.remove_reader(ear)
