"""A virtual printer at the end of each kind of link, and what a test may see of both ends."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

from drivers.clock import Clock, SystemClock
from drivers.printers.journal import Journal
from drivers.printers.model import JobChange, JobState, Patience, PrinterStatus
from drivers.printers.printer import Printer
from drivers.printers.profiles import Profile
from drivers.transports.opening import OPENERS, Opener
from drivers.virtual.lines import Line
from drivers.virtual.printer.faults import FaultChange
from drivers.virtual.printer.mechanism import Mechanism
from tests.drivers.links import Heard, Place, Stand, standing

QUICK = Patience(
    open_s=2.0,
    reply_s=0.5,
    probe_s=0.5,
    poll_s=0.02,
    silence_s=1.0,
    alarm_s=0.6,
    confirm_step_s=0.02,
    echo_s=0.8,
    settle_s=0.05,
    stall_step_s=0.1,
    stall_s=0.6,
    hold_s=10.0,
    backoff_first_s=0.01,
    backoff_longest_s=0.05,
)


@dataclass
class Rig:
    """One virtual printer and how to reach it."""

    url: str
    mechanism: Mechanism
    papers: list[Image.Image]
    received: bytearray = field(default_factory=bytearray)
    openers: Mapping[str, Opener] = field(default_factory=lambda: OPENERS)
    bus_port: int = 0

    def fault(self, **change: object) -> None:
        self.mechanism.change(FaultChange.model_validate(change))


@dataclass
class Desk(Heard):
    """A printer under test, and all that it said."""

    printer: Printer
    journal: Journal
    changes: list[JobChange] = field(default_factory=list)
    statuses: list[PrinterStatus] = field(default_factory=list)
    on_change: Callable[[JobChange], None] | None = None

    def hear_job(self, change: JobChange) -> None:
        self.changes.append(change)
        self.stir()
        if self.on_change is not None:
            self.on_change(change)

    def hear_status(self, status: PrinterStatus) -> None:
        self.statuses.append(status)
        self.stir()

    def history(self, job_id: str) -> list[JobState]:
        return [change.state for change in self.changes if change.job_id == job_id]

    def state(self, job_id: str) -> JobState | None:
        job = self.journal.get(job_id)
        return None if job is None else job.state

    async def until_state(self, job_id: str, *states: JobState) -> None:
        await self.until(lambda: self.state(job_id) in states)


class RecordingLine:
    """A line that keeps what the printer was sent."""

    def __init__(self, line: Line, received: bytearray) -> None:
        self._line = line
        self._received = received

    async def read(self) -> bytes:
        data = await self._line.read()
        self._received += data
        return data

    def send(self, data: bytes) -> None:
        self._line.send(data)

    def drop(self) -> None:
        self._line.drop()


class RecordingMechanism(Mechanism):
    """A virtual printer that keeps what it was sent."""

    received: bytearray

    async def attend(self, line: Line) -> None:
        await super().attend(RecordingLine(line, self.received))


class FifoLine:
    """The printer's end of two FIFOs; like a serial cable it does not show a power cut."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    async def read(self) -> bytes:
        loop = asyncio.get_running_loop()
        while True:
            try:
                return os.read(self._incoming, 512)
            except BlockingIOError:
                ready: asyncio.Future[None] = loop.create_future()
                loop.add_reader(self._incoming, _wake, ready)
                try:
                    await ready
                finally:
                    loop.remove_reader(self._incoming)

    def send(self, data: bytes) -> None:
        os.write(self._outgoing, data)

    def drop(self) -> None:
        pass


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


@asynccontextmanager
async def rig(
    link: str, profile: Profile, folder: Path, *, rows_per_s: float = 0, clock: Clock | None = None
) -> AsyncIterator[Rig]:
    """Stand a virtual printer at the end of a link, one of `LINKS`."""
    papers: list[Image.Image] = []
    mechanism = RecordingMechanism(
        profile,
        clock if clock is not None else SystemClock(),
        on_slip=papers.append,
        rows_per_s=rows_per_s,
    )
    mechanism.received = bytearray()
    async with asyncio.TaskGroup() as tasks:
        printing = tasks.create_task(mechanism.run())
        async with _place(link, mechanism, folder) as place:
            yield Rig(
                place.url, mechanism, papers, mechanism.received, place.openers, place.bus_port
            )
        printing.cancel()


def _place(link: str, mechanism: Mechanism, folder: Path) -> AbstractAsyncContextManager[Place]:
    if link == "fifo":
        return _fifo(mechanism, folder)
    return standing(link, folder, Stand(mechanism.attend, mechanism.takes_links))


@asynccontextmanager
async def _fifo(mechanism: Mechanism, folder: Path) -> AsyncIterator[Place]:
    paths = folder / "to-printer", folder / "from-printer"
    for path in paths:
        os.mkfifo(path)
    incoming, outgoing = (os.open(path, os.O_RDWR | os.O_NONBLOCK) for path in paths)
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(mechanism.attend(FifoLine(incoming, outgoing)))
        yield Place(f"file://{paths[0]}?replies={paths[1]}")
        serving.cancel()
    os.close(incoming)
    os.close(outgoing)


LINKS = ("tcp", "fifo", "memory", "serial", "usb", "rfc2217")
MOST_LINKS = (
    "tcp",
    "fifo",
    "memory",
    *(pytest.param(link, marks=pytest.mark.soak) for link in ("serial", "usb", "rfc2217")),
)
"""For tests of behaviour: the links of which each is a different kind of wait for the driver are
tried in each run, and all of them in the long one."""


@asynccontextmanager
async def desk(
    place: Rig | str,
    profile: Profile,
    journal: Journal,
    *,
    patience: Patience = QUICK,
    clock: Clock | None = None,
    jitter: Callable[[], float] = lambda: 0.0,
) -> AsyncIterator[Desk]:
    """Own the printer of a rig, or of an address, for as long as the block lasts."""
    heard: list[Desk] = []
    printer = Printer(
        place if isinstance(place, str) else place.url,
        profile,
        journal,
        clock if clock is not None else SystemClock(),
        on_job=lambda change: heard[0].hear_job(change),
        on_status=lambda status: heard[0].hear_status(status),
        patience=patience,
        jitter=jitter,
        openers=OPENERS if isinstance(place, str) else place.openers,
    )
    heard.append(Desk(printer, journal))
    async with asyncio.TaskGroup() as tasks:
        owner = tasks.create_task(printer.run())
        yield heard[0]
        owner.cancel()
