"""A bus of panels under test, the virtual wall at its other end, and the clock of both."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from drivers.clock import Clock, SystemClock
from drivers.panels.alpha import AlphaPanels
from drivers.panels.bus import PanelBus
from drivers.panels.modbus import ModbusPanels
from drivers.panels.model import PanelFace, PanelProtocol, PanelStatus, Patience
from drivers.panels.template import TemplatePanels, read_template
from drivers.transports.memory import MemoryDevice, memory_device
from drivers.virtual.lines import Line
from drivers.virtual.panel.alpha import AlphaReader
from drivers.virtual.panel.faults import FaultChange
from drivers.virtual.panel.modbus import ModbusReader
from drivers.virtual.panel.reading import Reader
from drivers.virtual.panel.template import TemplateReader
from drivers.virtual.panel.wall import Wall
from tests.drivers.links import Stand, settle, standing
from tests.support.clock import ManualClock

TEMPLATE = r"\x02{addr:02d}{number:>4}{flash}{dim}\x03{xor}"
PLAIN_TEMPLATE = r"\x02{addr:02d}{number:>4}\x03{xor}"
ADDRESSES = range(1, 10)

PROTOCOLS: dict[str, PanelProtocol] = {
    "alpha": AlphaPanels(),
    "modbus": ModbusPanels(),
    "template": TemplatePanels(read_template(TEMPLATE)),
    "plain": TemplatePanels(read_template(PLAIN_TEMPLATE)),
}


def wall_of(kind: str, clock: Clock) -> Wall:
    """Return a wall of nine virtual panels of a kind."""

    def make(wall: Wall) -> Reader:
        if kind == "alpha":
            return AlphaReader(ADDRESSES, wall.is_dead)
        if kind == "modbus":
            return ModbusReader(ADDRESSES, wall.is_dead, refuses=wall.refuses)
        template = TEMPLATE if kind == "template" else PLAIN_TEMPLATE
        return TemplateReader(template, ADDRESSES, wall.is_dead)

    return Wall(ADDRESSES, clock).mount(make)


@dataclass
class Hall:
    """Both ends of a bus."""

    bus: PanelBus
    wall: Wall
    statuses: list[PanelStatus] = field(default_factory=list)
    clock: ManualClock | None = None
    device: MemoryDevice | None = None
    frames: list[tuple[float, bytes]] = field(default_factory=list)
    """What came at the wall, and when by the clock."""

    def fault(self, **change: object) -> None:
        self.wall.change(FaultChange.model_validate(change))

    def text(self, address: int) -> str:
        return self.wall.reader.shown(address).text

    def state(self, address: int) -> str:
        return self.bus.statuses[address].state

    def show_all(self, text: str = "1{n}", **face: object) -> None:
        for address in ADDRESSES:
            self.bus.show(address, PanelFace(text.format(n=address), **face))  # type: ignore[arg-type]

    async def advance(self, seconds: float, step_s: float = 0.01) -> None:
        """Move time in small steps, letting all tasks come to rest after each."""
        assert self.clock is not None
        for _ in range(round(seconds / step_s)):
            await self.clock.advance(step_s)
            for _ in range(5):
                await asyncio.sleep(0)


class _Tap:
    """The wall's end of the link, which keeps what came and when."""

    def __init__(self, hall: Hall, line: Line, clock: Clock) -> None:
        self._hall = hall
        self._line = line
        self._clock = clock

    async def read(self) -> bytes:
        data = await self._line.read()
        if data:
            self._hall.frames.append((self._clock.monotonic(), data))
        return data

    def send(self, data: bytes) -> None:
        self._line.send(data)

    def drop(self) -> None:
        self._line.drop()


@asynccontextmanager
async def hall_on_manual_clock(
    kind: str, name: str, *, baud: int = 9600, protocol: PanelProtocol | None = None
) -> AsyncIterator[Hall]:
    """Run a bus and its wall at `memory://name`, on a clock that only the test moves."""
    clock = ManualClock()
    wall = wall_of(kind, clock)
    with memory_device(name) as device:
        heard: list[PanelStatus] = []
        bus = PanelBus(
            f"memory://{name}",
            protocol or PROTOCOLS[kind],
            ADDRESSES,
            clock,
            on_status=heard.append,
            baud=baud,
            jitter=lambda: 0.0,
        )
        hall = Hall(bus, wall, heard, clock, device)

        async def attend() -> None:
            while True:
                await device.wait_for_link()
                await wall.attend(_Tap(hall, device, clock))

        async with asyncio.TaskGroup() as tasks:
            life = [tasks.create_task(attend()), tasks.create_task(bus.run())]
            await settle()
            yield hall
            for task in life:
                task.cancel()


@asynccontextmanager
async def hall_on_a_wire(
    kind: str, wire: str, folder: Path, *, patience: Patience | None = None
) -> AsyncIterator[Hall]:
    """Run a bus and its wall over `tcp` or `serial`, in real time."""
    clock = SystemClock()
    wall = wall_of(kind, clock)
    async with standing(wire, folder, Stand(wall.attend, wall.is_plugged)) as place:
        bus = PanelBus(
            place.url,
            PROTOCOLS[kind],
            ADDRESSES,
            clock,
            baud=115_200,
            patience=patience or Patience(backoff_first_s=0.01, backoff_longest_s=0.05),
        )
        async with asyncio.TaskGroup() as tasks:
            owner = tasks.create_task(bus.run())
            yield Hall(bus, wall)
            owner.cancel()
