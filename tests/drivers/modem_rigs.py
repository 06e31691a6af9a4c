"""A virtual modem at the end of each kind of link, and what a test may see of both ends."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.clock import Clock, SystemClock
from drivers.modems.looking import SimPin
from drivers.modems.model import Incoming, MessageChange, MessageState, ModemStatus, Patience
from drivers.modems.modem import Modem
from drivers.modems.outbox import Outbox
from drivers.transports.memory import MemoryDevice
from drivers.virtual.modem.faults import FaultChange
from drivers.virtual.modem.machine import Machine
from tests.drivers.links import Heard, Stand, settle, standing
from tests.support.clock import ManualClock

QUICK = Patience(
    open_s=2.0,
    reply_s=1.0,
    attention_s=0.3,
    quiet_s=0.02,
    prompt_s=1.0,
    answer_s=1.0,
    write_s=1.0,
    silence_s=1.5,
    poll_s=0.05,
    retry_first_s=0.05,
    retry_longest_s=0.2,
    attempts=3,
    per_minute=1000,
    backoff_first_s=0.01,
    backoff_longest_s=0.05,
)
NUMBER = "+201012345678"
NEAR = "دورك قرّب: رقم ١٤٢ وقبلك ٣. خليك في الصالة. مركز كفر صقر"
LONG = "عزيزي المواطن، " + NEAR + " " + NEAR + " " + NEAR


@dataclass
class Rig:
    """One virtual modem and how to reach it."""

    url: str
    machine: Machine
    device: MemoryDevice | None = None
    path: Path | None = None
    """The name of its terminal."""

    def fault(self, **change: object) -> None:
        self.machine.change(FaultChange.model_validate(change))

    def texts(self) -> list[str]:
        """Return what phones show, in the order of the first parts."""
        return [sent.text for sent in self.machine.network.sent]


@dataclass
class Desk(Heard):
    """A modem under test, and all that it said."""

    modem: Modem
    outbox: Outbox
    changes: list[MessageChange] = field(default_factory=list)
    statuses: list[ModemStatus] = field(default_factory=list)
    incoming: list[Incoming] = field(default_factory=list)
    on_change: Callable[[MessageChange], None] | None = None

    def hear_message(self, change: MessageChange) -> None:
        self.changes.append(change)
        self.stir()
        if self.on_change is not None:
            self.on_change(change)

    def hear_status(self, status: ModemStatus) -> None:
        self.statuses.append(status)
        self.stir()

    def hear_incoming(self, incoming: Incoming) -> None:
        self.incoming.append(incoming)
        self.stir()

    def history(self, message_id: str) -> list[MessageState]:
        return [change.state for change in self.changes if change.message_id == message_id]

    def last(self, message_id: str) -> MessageChange:
        return [change for change in self.changes if change.message_id == message_id][-1]

    def state(self, message_id: str) -> MessageState | None:
        message = self.outbox.get(message_id)
        return None if message is None else message.state

    async def until_state(self, message_id: str, *states: MessageState) -> None:
        await self.until(lambda: self.state(message_id) in states)

    async def until_ready(self) -> None:
        await self.until(lambda: self.modem.status.ready)


LINKS = (
    "memory",
    "tcp",
    "serial",
    pytest.param("file", marks=pytest.mark.soak),
)
"""A modem at a serial line is opened by `serial:`, and may be by `file:`; each run of the tests
takes the first, and one case of the other."""


@asynccontextmanager
async def modem_rig(link: str, folder: Path, *, clock: Clock | None = None) -> AsyncIterator[Rig]:
    """Stand a virtual modem at the end of a link, one of `LINKS`."""
    machine = Machine(clock if clock is not None else SystemClock())
    async with asyncio.TaskGroup() as tasks:
        network = tasks.create_task(machine.network.run())
        with tempfile.TemporaryDirectory(prefix="shb-", dir="/dev/shm") as devices:
            # Below /dev, where a name that is gone is a device that is gone, not a file to make.
            where = folder if link == "memory" else Path(devices)
            async with standing(link, where, Stand(machine.attend, machine.has_power)) as place:
                yield Rig(place.url, machine, place.device, place.path)
        network.cancel()


@asynccontextmanager
async def modem_desk(
    url: str,
    outbox: Outbox,
    *,
    patience: Patience = QUICK,
    clock: Clock | None = None,
    pin: str | None = None,
    service_centre: str | None = None,
) -> AsyncIterator[Desk]:
    """Run a modem for as long as the block lasts."""
    heard: list[Desk] = []
    modem = Modem(
        url,
        outbox,
        clock if clock is not None else SystemClock(),
        on_message=lambda change: heard[0].hear_message(change),
        on_status=lambda status: heard[0].hear_status(status),
        on_incoming=lambda incoming: heard[0].hear_incoming(incoming),
        pin=None if pin is None else SimPin(pin),
        service_centre=service_centre,
        patience=patience,
        jitter=lambda: 0.0,
    )
    heard.append(Desk(modem, outbox))
    async with asyncio.TaskGroup() as tasks:
        owner = tasks.create_task(modem.run())
        yield heard[0]
        owner.cancel()


@dataclass
class Bench:
    """The modem under test with the patience of real ones, on a clock that only the test moves."""

    clock: ManualClock
    device: MemoryDevice
    rig: Rig
    desk: Desk

    async def advance(self, seconds: float, step_s: float = 1.0) -> None:
        """Move time in steps, letting all tasks come to rest after each."""
        for _ in range(round(seconds / step_s)):
            await self.clock.advance(step_s)
            await settle()


@asynccontextmanager
async def modem_bench(
    folder: Path, *, patience: Patience | None = None, outbox: Outbox | None = None
) -> AsyncIterator[Bench]:
    """Stand a modem and its virtual counterpart at the two ends of a link in memory."""
    clock = ManualClock()
    async with modem_rig("memory", folder, clock=clock) as rig:
        with outbox or Outbox(folder / "outbox.sqlite", clock) as box:
            async with modem_desk(
                rig.url, box, patience=patience or Patience(), clock=clock
            ) as desk:
                assert rig.device is not None
                yield Bench(clock, rig.device, rig, desk)
