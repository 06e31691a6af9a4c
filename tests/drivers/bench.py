"""A printer with the patience of real ones, on a clock that only the test moves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from PIL import Image

from drivers.printers.journal import Journal
from drivers.printers.model import Patience
from drivers.printers.profiles import PROFILES
from drivers.transports.memory import MemoryDevice, memory_device
from drivers.virtual.printer.mechanism import Mechanism
from tests.drivers.links import settle
from tests.drivers.papers import job
from tests.drivers.rigs import Desk, Rig, desk
from tests.support.clock import ManualClock


class Tap:
    """Keeps what the printer was sent, and may lose its echoes on their way back."""

    def __init__(self, device: MemoryDevice, received: bytearray) -> None:
        self.is_losing_echoes = False
        self.lost_echoes: list[bytes] = []
        self._device = device
        self._received = received

    async def read(self) -> bytes:
        data = await self._device.read()
        self._received += data
        return data

    def send(self, data: bytes) -> None:
        if self.is_losing_echoes and data[:2] == b"\x37\x22":
            self.lost_echoes.append(data)
        else:
            self._device.send(data)

    def drop(self) -> None:
        self._device.drop()


@dataclass
class Bench:
    """The printer under test, its virtual counterpart, and the clock of both."""

    clock: ManualClock
    device: MemoryDevice
    tap: Tap
    rig: Rig
    front: Desk

    async def advance(self, seconds: float, step_s: float = 0.1) -> None:
        """Move time in small steps, letting all tasks come to rest after each."""
        steps = round(seconds / step_s)
        for _ in range(steps):
            await self.clock.advance(step_s)
            await settle()

    def submit(self, number: int) -> str:
        self.front.printer.submit(f"job-{number}", *job(number, PROFILES["epson-576"]))
        return f"job-{number}"

    def received(self) -> bytes:
        """Return what the printer was sent since the last look."""
        sent = bytes(self.rig.received)
        self.rig.received.clear()
        return sent


@asynccontextmanager
async def bench_of(name: str, journal: Journal, profile_name: str) -> AsyncIterator[Bench]:
    """Stand a printer and its virtual counterpart at `memory://name`."""
    clock = ManualClock()
    profile = PROFILES[profile_name]
    with memory_device(name) as device:
        papers: list[Image.Image] = []
        mechanism = Mechanism(profile, clock, on_slip=papers.append)
        rig = Rig(f"memory://{name}", mechanism, papers)
        tap = Tap(device, rig.received)

        async def serve() -> None:
            while True:
                await device.wait_for_link()
                await mechanism.attend(tap)

        async with asyncio.TaskGroup() as tasks:
            life = [tasks.create_task(mechanism.run()), tasks.create_task(serve())]
            async with desk(rig.url, profile, journal, patience=Patience(), clock=clock) as front:
                await settle()
                yield Bench(clock, device, tap, rig, front)
            for task in life:
                task.cancel()
