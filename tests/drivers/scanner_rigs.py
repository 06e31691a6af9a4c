"""A virtual scanner at the end of each kind of link, and a driver that reads it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from drivers.clock import Clock, SystemClock
from drivers.scanners.framing import Framing
from drivers.scanners.model import Patience, RefusedScan, Scan, ScannerStatus
from drivers.scanners.scanner import Scanner
from drivers.transports.memory import MemoryDevice, memory_device
from drivers.virtual.lines import RECEIVE_BUFFER_BYTES, serve
from drivers.virtual.program import listening_socket
from drivers.virtual.scanner.faults import FaultChange
from drivers.virtual.scanner.head import Head
from drivers.virtual.scanner.ports import FifoLine, PtyLine, stand_at
from drivers.virtual.scanner.speech import KeySpeech, LineSpeech, Speech

LONGEST_S = 15.0
QUICK = Patience(steady_s=0.05, stale_s=0.01, backoff_first_s=0.02, backoff_longest_s=0.1)
LINKS = ("tcp", "memory", "pty", "keys")
LINES = ("tcp", "memory", "pty")
"""Links that carry bytes; `keys` carries input events."""


@dataclass
class Counter:
    """A driver under test, all that it said, and the virtual scanner before it."""

    head: Head
    url: str
    scanner: Scanner
    scans: list[Scan] = field(default_factory=list)
    refused: list[RefusedScan] = field(default_factory=list)
    statuses: list[ScannerStatus] = field(default_factory=list)
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def texts(self) -> list[str]:
        return [scan.text for scan in self.scans]

    def fault(self, **change: object) -> None:
        self.head.change(FaultChange.model_validate(change))

    def hold(self, text: str, kind: str = "QR") -> None:
        """Hold a code before the scanner."""
        self.head.scan(text, kind)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something that a scan, a refusal or a status brings about."""
        async with asyncio.timeout(LONGEST_S):
            while not is_so():
                self._stirred.clear()
                await self._stirred.wait()

    async def until_ready(self) -> None:
        await self.until(lambda: self.scanner.status.ready)

    def hear_scan(self, scan: Scan) -> None:
        self.scans.append(scan)
        self._stirred.set()

    def hear_refusal(self, refused: RefusedScan) -> None:
        self.refused.append(refused)
        self._stirred.set()

    def hear_status(self, status: ScannerStatus) -> None:
        self.statuses.append(status)
        self._stirred.set()


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
async def counter(
    link: str,
    folder: Path,
    *,
    framing: Framing | None = None,
    clock: Clock | None = None,
    trigger_on: bytes = b"",
    trigger_off: bytes = b"",
    patience: Patience = QUICK,
) -> AsyncIterator[Counter]:
    """Run a virtual scanner and a driver for as long as the block lasts."""
    clock = clock if clock is not None else SystemClock()
    speech: Speech = KeySpeech() if link == "keys" else LineSpeech()
    head = Head(clock, speech, trigger_on=trigger_on, trigger_off=trigger_off)
    heard: list[Counter] = []
    async with asyncio.TaskGroup() as tasks, _standing(link, head, folder, clock) as url:
        scanner = Scanner(
            url,
            clock,
            on_scan=lambda scan: heard[0].hear_scan(scan),
            on_status=lambda status: heard[0].hear_status(status),
            on_refused=lambda refused: heard[0].hear_refusal(refused),
            framing=framing,
            patience=patience,
            jitter=lambda: 0.0,
        )
        heard.append(Counter(head, url, scanner))
        lives = [tasks.create_task(head.run()), tasks.create_task(scanner.run())]
        yield heard[0]
        for life in lives:
            life.cancel()


@asynccontextmanager
async def _standing(link: str, head: Head, folder: Path, clock: Clock) -> AsyncIterator[str]:
    """Stand the scanner at a link; give its address."""
    path = folder / "scanner"
    if link == "memory":
        with memory_device(folder.name) as device:

            async def serve_links() -> None:
                while True:
                    device.is_present = head.is_plugged()
                    await head.until_plugged()
                    device.is_present = True
                    await device.wait_for_link()
                    await head.attend(_Link(device))

            async with asyncio.TaskGroup() as tasks:
                serving = tasks.create_task(serve_links())
                yield f"memory://{folder.name}"
                serving.cancel()
        return
    async with asyncio.TaskGroup() as tasks:
        if link == "tcp":
            listener = listening_socket("127.0.0.1", 0, receive_buffer_bytes=RECEIVE_BUFFER_BYTES)
            url = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
            standing = tasks.create_task(serve(head.attend, listener, has_power=head.is_plugged))
        elif link == "pty":
            url = f"file://{path}"
            standing = tasks.create_task(stand_at(head, lambda: PtyLine.open(path, clock)))
        else:
            url = f"hid://{path}"
            standing = tasks.create_task(stand_at(head, lambda: FifoLine.open(path, clock)))
        yield url
        standing.cancel()
