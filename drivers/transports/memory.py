"""A link inside one process: a test or a simulation holds the device's end."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import SplitResult

from drivers.errors import LinkLost, OpenFailed
from drivers.transports.transport import PIECE_BYTES

_DEVICES: dict[str, "MemoryDevice"] = {}
"""The one exception to no module-level state: a URL names a device by a string."""

_READ_BYTES = 512


class MemoryDevice:
    """The device's end of `memory://name`: what arrived, and what to answer."""

    def __init__(self, window_bytes: int = 65_536) -> None:
        self.window_bytes = window_bytes
        """How many bytes may wait unread before writes wait; 0 accepts nothing."""
        self.is_present = True
        """False refuses to be opened."""
        self.opened = 0
        self.refused = 0
        self._link: MemoryTransport | None = None
        self._unread = bytearray()
        self._changed = asyncio.Event()

    async def wait_for_link(self) -> None:
        """Return once somebody has opened the device."""
        while self._link is None:
            self._changed.clear()
            await self._changed.wait()

    async def read(self) -> bytes:
        """Return the next bytes that arrived; b"" once the link is gone."""
        while not self._unread:
            if self._link is None:
                return b""
            self._changed.clear()
            await self._changed.wait()
        data = bytes(self._unread[:_READ_BYTES])
        del self._unread[:_READ_BYTES]
        if self._link is not None:
            self._link.nudge()
        return data

    def send(self, data: bytes) -> None:
        """Answer; lost when nobody is connected."""
        if self._link is not None:
            self._link.deliver(data)

    def resume(self, window_bytes: int) -> None:
        """Change the window and let a waiting write look again."""
        self.window_bytes = window_bytes
        if self._link is not None:
            self._link.nudge()

    def drop(self) -> None:
        """Cut the link, as a pulled plug does."""
        if self._link is not None:
            self._link.lose("the plug was pulled")
            self._link = None
        self._unread.clear()
        self._changed.set()

    def connect(self, url: str) -> "MemoryTransport":
        """Make the one link there can be."""
        if not self.is_present or self._link is not None:
            self.refused += 1
            raise OpenFailed(url, "busy" if self.is_present else "not there")
        self.opened += 1
        self._unread.clear()
        self._link = MemoryTransport(url, self)
        self._changed.set()
        return self._link

    def accept(self, data: bytes | memoryview) -> int:
        """Take what the window allows; 0 when it is full."""
        room = max(0, self.window_bytes - len(self._unread))
        piece = data[: min(room, PIECE_BYTES)]
        self._unread += piece
        if piece:
            self._changed.set()
        return len(piece)

    def unread(self) -> int:
        """Return how many bytes wait to be read."""
        return len(self._unread)

    def release(self) -> None:
        """Forget the link that its owner closed."""
        self._link = None
        self._changed.set()


class MemoryTransport:
    """Our end of `memory://name`."""

    carries_replies = True

    def __init__(self, url: str, device: MemoryDevice) -> None:
        self.url = url
        self.accepted = 0
        self._device = device
        self._incoming = bytearray()
        self._lost: str | None = None
        self._read_wake = asyncio.Event()
        self._write_wake = asyncio.Event()

    async def write(self, data: bytes | memoryview) -> int:
        while True:
            if self._lost is not None:
                raise LinkLost(self.url, self._lost)
            accepted = self._device.accept(data)
            if accepted:
                self.accepted += accepted
                return accepted
            self._write_wake.clear()
            await self._write_wake.wait()

    async def read(self) -> bytes:
        while not self._incoming:
            if self._lost is not None:
                raise LinkLost(self.url, self._lost)
            self._read_wake.clear()
            await self._read_wake.wait()
        data = bytes(self._incoming)
        self._incoming.clear()
        return data

    def pending(self) -> int:
        return self._device.unread()

    async def close(self) -> None:
        if self._lost is None:
            self._device.release()
            self.lose("closed by ourselves")

    def deliver(self, data: bytes) -> None:
        """Take bytes from the device."""
        self._incoming += data
        self._read_wake.set()

    def nudge(self) -> None:
        """Let a waiting write look at the window again."""
        self._write_wake.set()

    def lose(self, reason: str) -> None:
        """End the link for both directions."""
        self._lost = reason
        self._read_wake.set()
        self._write_wake.set()


@contextmanager
def memory_device(name: str) -> Iterator[MemoryDevice]:
    """Stand a device at `memory://name` for as long as the block lasts."""
    if name in _DEVICES:
        raise ValueError(f"memory://{name} is taken")
    device = _DEVICES[name] = MemoryDevice()
    try:
        yield device
    finally:
        device.drop()
        del _DEVICES[name]


async def open_memory(url: str, parts: SplitResult) -> MemoryTransport:
    """Connect to `memory://name`; raises OpenFailed."""
    device = _DEVICES.get(parts.netloc)
    if device is None:
        raise OpenFailed(url, "no such device in this process")
    return device.connect(url)
