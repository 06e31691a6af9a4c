"""A virtual scanner at the end of each kind of link, and a driver that reads it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest

from drivers.clock import Clock, SystemClock
from drivers.scanners.framing import Framing
from drivers.scanners.model import Patience, RefusedScan, Scan, ScannerStatus
from drivers.scanners.scanner import Scanner
from drivers.virtual.path_line import PathLine
from drivers.virtual.scanner.faults import FaultChange
from drivers.virtual.scanner.fifo import FifoLine
from drivers.virtual.scanner.head import Head
from drivers.virtual.scanner.speech import KeySpeech, LineSpeech, Speech
from drivers.virtual.scanner.spilling import attend_spilling
from drivers.virtual.serial_line import SerialLine
from tests.drivers.links import Heard, Place, Stand, standing, standing_at

QUICK = Patience(steady_s=0.05, stale_s=0.01, backoff_first_s=0.02, backoff_longest_s=0.1)
LINES = ("tcp", "memory", "serial", pytest.param("file", marks=pytest.mark.soak))
"""Links that carry bytes. A scanner at a serial line is opened by `serial:`, and may be by `file:`;
each run of the tests takes the first, and one case of the other."""
LINKS = (*LINES, "keys")
"""`keys` carries input events."""


@dataclass
class Counter(Heard):
    """A driver under test, all that it said, and the virtual scanner before it."""

    head: Head
    url: str
    scanner: Scanner
    scans: list[Scan] = field(default_factory=list)
    refused: list[RefusedScan] = field(default_factory=list)
    statuses: list[ScannerStatus] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return [scan.text for scan in self.scans]

    def fault(self, **change: object) -> None:
        self.head.change(FaultChange.model_validate(change))

    def hold(self, text: str, kind: str = "QR") -> None:
        """Hold a code before the scanner."""
        self.head.scan(text, kind)

    async def until_ready(self) -> None:
        await self.until(lambda: self.scanner.status.ready)

    def hear_scan(self, scan: Scan) -> None:
        self.scans.append(scan)
        self.stir()

    def hear_refusal(self, refused: RefusedScan) -> None:
        self.refused.append(refused)
        self.stir()

    def hear_status(self, status: ScannerStatus) -> None:
        self.statuses.append(status)
        self.stir()


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
    async with asyncio.TaskGroup() as tasks, _place(link, head, folder, clock) as place:
        scanner = Scanner(
            place.url,
            clock,
            on_scan=lambda scan: heard[0].hear_scan(scan),
            on_status=lambda status: heard[0].hear_status(status),
            on_refused=lambda refused: heard[0].hear_refusal(refused),
            framing=framing,
            patience=patience,
            jitter=lambda: 0.0,
        )
        heard.append(Counter(head, place.url, scanner))
        lives = [tasks.create_task(head.run()), tasks.create_task(scanner.run())]
        yield heard[0]
        for life in lives:
            life.cancel()


def _place(link: str, head: Head, folder: Path, clock: Clock) -> AbstractAsyncContextManager[Place]:
    stand = Stand(head.attend, head.is_plugged, head.until_plugged)
    if link in ("tcp", "memory"):
        return standing(link, folder, stand)
    path = folder / "scanner"
    line: PathLine = FifoLine(path) if link == "keys" else SerialLine(path)
    spilling = partial(attend_spilling, head.attend, clock=clock)
    return standing_at("hid" if link == "keys" else link, line, replace(stand, attend=spilling))
