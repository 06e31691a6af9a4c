"""Eight hours without a network: three kiosks, the real server, and a backup put back meanwhile."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import open_pool
from core_services.devices.register import add_device
from core_services.people.passwords import Passwords
from kiosk.shell import Shell, load_shell
from kiosk.steps import Number, Patience
from queue_server.figures.alone import open_rollup
from queue_server.policy.published import kept_order
from queue_server.tickets.model import Actor
from tests.support.backups import back_up, bring_back
from tests.support.cable import Cable
from tests.support.database import Database
from tests.support.desk_site import DeskSite, JumpingClock, desk_site
from tests.support.eventually import eventually
from tests.support.kiosk_site import RunningKiosk, running_kiosk

QUICK = Patience(double_touch_s=0.0)
HOURS = 8


class SharedClock(JumpingClock):
    """One clock for all machines: what jumps is its monotonic time too."""

    def __init__(self) -> None:
        super().__init__()
        self._jumped_s = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self._jumped_s

    def jump(self, seconds: float) -> None:
        super().jump(seconds)
        self._jumped_s += seconds


@dataclass
class Machine:
    """One kiosk without a printer: people keep their numbers by a touch, or leave them."""

    name: str
    token: str
    folder: Path
    cable: Cable
    clock: SharedClock
    shell: Shell
    disk: int = 1
    running: RunningKiosk = field(init=False)
    kept: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        data_dir = self.folder / f"{self.name}-{self.disk}"
        data_dir.mkdir(exist_ok=True)
        self._stack = AsyncExitStack()
        self.running = await self._stack.enter_async_context(
            running_kiosk(
                f"http://127.0.0.1:{self.cable.port}",
                data_dir,
                self.clock,
                self.shell,
                patience=QUICK,
                token=self.token,
                name=self.name,
            )
        )

        async def is_going() -> bool:
            outbox, flow = self.running.outbox, self.running.kiosk.flow
            return outbox.series is None or flow.has_own_numbers

        await eventually(is_going)

    async def kill(self) -> None:
        await self._stack.aclose()

    async def replace_disk(self) -> None:
        """Put a new disk into the machine; what was on the old one is gone."""
        await self.kill()
        self.disk += 1
        await self.start()

    def number(self) -> str:
        """Touch for a number; return its label."""
        self.running.kiosk.touch("take")
        step = self.running.kiosk.flow.step
        assert isinstance(step, Number), step
        return step.ticket.label

    def keep(self) -> None:
        """Let somebody take a number and keep it."""
        self.kept.append(self.number())
        self.running.kiosk.touch("kept")
        self.running.kiosk.touch("finish")

    async def lose(self) -> None:
        """Cut the power while a number stands on the glass that nobody has kept yet."""
        self.left.append(self.number())
        await self.kill()
        await self.start()

    async def until_connected(self, is_so: bool) -> None:
        async def is_it() -> bool:
            return self.running.kiosk.connected is is_so

        await eventually(is_it, within_s=30)

    async def until_delivered(self) -> None:
        """Wait until the server has settled everything that this disk owes it."""
        await self.until_connected(True)

        async def is_it() -> bool:
            hall = self.running.kiosk.flow.hall_now
            return hall is not None and not self.running.outbox.unsettled(hall.epoch)

        await eventually(is_it, within_s=120)


@pytest.fixture(scope="session")
def shell(font: Path) -> Shell:
    return load_shell(font)


@pytest.fixture
async def site(
    database: Database, passwords: Passwords, short_dir: Path
) -> AsyncIterator[DeskSite]:
    async with desk_site(database, passwords, short_dir, clock=SharedClock()) as started:
        yield started


@pytest.fixture
async def kiosks(site: DeskSite, shell: Shell, tmp_path: Path) -> AsyncIterator[list[Machine]]:
    """Three kiosks on one cable, each of which has met the server."""
    clock, cable = site.clock, Cable(site.port)
    assert isinstance(clock, SharedClock)
    async with AsyncExitStack() as stack:
        await cable.open()
        stack.push_async_callback(cable.close)
        machines = []
        for name in ("K1", "K2", "K3"):
            new = await add_device(
                site.queue.pool,
                centre_id=1,
                kind="kiosk",
                name=name,
                actor=Actor("system"),
                at=clock.now(),
            )
            machine = Machine(name, new.token, tmp_path, cable, clock, shell)
            machines.append(machine)
            await machine.start()
            stack.push_async_callback(machine.kill)
            await machine.until_connected(True)
        yield machines


async def test_an_hour_of_a_cut_network_loses_nothing_and_gives_no_number_twice(
    site: DeskSite, short_dir: Path, kiosks: list[Machine]
) -> None:
    await live_through(site, short_dir / "server", kiosks, slips=60, kill_every=4)


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_eight_hours_and_1500_slips_lose_nothing_and_give_no_number_twice(
    site: DeskSite, short_dir: Path, kiosks: list[Machine]
) -> None:
    await live_through(site, short_dir / "server", kiosks, slips=1500, kill_every=50)


async def live_through(
    site: DeskSite,
    folder: Path,
    machines: list[Machine],
    *,
    slips: int,
    kill_every: int,
) -> None:
    """Let a day pass, and look at what is left of it everywhere."""
    clock, cable = site.clock, machines[0].cable

    async def online(machine: Machine) -> None:
        """Let a number be issued by the server and kept."""
        machine.running.kiosk.touch("take")

        async def is_there() -> bool:
            return isinstance(machine.running.kiosk.flow.step, Number)

        await eventually(is_there)
        step = machine.running.kiosk.flow.step
        assert isinstance(step, Number)
        machine.kept.append(step.ticket.label)
        machine.running.kiosk.touch("kept")
        machine.running.kiosk.touch("finish")

    async def cut_off() -> None:
        cable.pull()
        for machine in machines:
            await machine.until_connected(False)

    async def give(count: int) -> None:
        """Let so many people come to each kiosk, evenly over their share of the hours."""
        for index in range(count):
            for machine in machines:
                clock.jump(HOURS * 3600 / slips)
                if index % kill_every == kill_every - 1:
                    await machine.lose()
                else:
                    machine.keep()

    # The morning: numbers of the server, of which the last are not in the backup.
    for machine in machines:
        await online(machine)
        await machine.until_delivered()
    backup = await back_up(site.database, folder, clock)
    for machine in machines:
        await online(machine)
        await machine.until_delivered()
    await cut_off()
    third = slips // 9
    await give(third)
    # The backup is put back, and the network is there for a moment.
    await site.stop()
    await bring_back(backup.path, site.database, folder, clock, replace=True)
    await site.start()
    cable.plug()
    for machine in machines:
        await machine.until_delivered()
    await cut_off()
    await give(third)
    # The second kiosk gets a new disk while the network is there once more.
    cable.plug()
    for machine in machines:
        await machine.until_delivered()
    await machines[1].replace_disk()
    await machines[1].until_delivered()
    await cut_off()
    await give(slips // 3 - 2 * third)
    cable.plug()
    for machine in machines:
        await machine.until_delivered()

    kept = [label for machine in machines for label in machine.kept]
    left = [label for machine in machines for label in machine.left]
    assert len(kept) + len(left) == 6 + 3 * (slips // 3)
    twice = [label for label, count in Counter([*kept, *left]).items() if count > 1]
    assert twice == [], "no number twice"
    states = {ticket.label: ticket.state for ticket in await site.queue.tickets(limit=slips * 2)}
    assert {label for label in kept if states.get(label) != "waiting"} == set(), "nothing lost"
    assert {label for label in left if states.get(label) != "void"} == set()
    assert set(states) == {*kept, *left}
    assert any(label.startswith("L11") for label in machines[1].kept), "the new disk's range"
    for machine in machines:
        assert machine.running.outbox.undelivered == 0
        await machine.kill()

    late = [label for label in kept if label[0] in "KLN"]
    order = await kept_order(site.queue)
    assert order.late_today >= len(late), "the published rule is not claimed for these"
    await serve_some(site)
    clock.jump(24 * 3600)
    await site.issue()
    pool = await open_pool(site.database.app_dsn, application_name="check")
    try:
        assert (await verify(pool, 1)).is_whole
        rollup = await open_rollup(pool, 1)
        day = (clock.now() - timedelta(days=1)).date()

        async def is_true() -> bool:
            """The day's last numbers may still be lapsing while it is looked at."""
            await rollup.try_to_make(day)
            return (await rollup.compare(day, repairs=False)).is_true

        await eventually(is_true)
        compared = await rollup.compare(day, repairs=False)
        assert compared.is_true
        assert compared.numbers == len(kept) + len(left)
    finally:
        await pool.close()


async def serve_some(site: DeskSite) -> None:
    """Call numbers until late ones were among them."""
    await site.open(5)
    for _ in range(12):
        await site.serve(5, 60)
