"""Lives a day of a scenario on the real clock, its spans divided, with all programs of a centre."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp

from core_services.clock import Clock, SystemClock
from core_services.credentials import generate_password
from core_services.database.embedded import EmbeddedPostgres
from core_services.database.pool import open_pool
from queue_server.demo.api import Api
from queue_server.demo.children import Children
from queue_server.demo.claim import claimed, end_remains
from queue_server.demo.fonts import PROGRAMS, cut_fonts
from queue_server.demo.kiosk_page import KioskPage
from queue_server.demo.pace import Pace
from queue_server.demo.place import Place, taken_ports
from queue_server.demo.private import write_private
from queue_server.demo.programs import STOPPING_ORDER
from queue_server.demo.tally import Tally
from queue_server.settings import ServerSettings
from queue_server.simulation.agenda import Act
from queue_server.simulation.day import Day
from queue_server.simulation.errors import SimulationFailed
from queue_server.simulation.library import Scenario
from queue_server.simulation.live_hands import LiveHands
from queue_server.simulation.machines import SimulatedDisplay
from queue_server.simulation.model import World
from queue_server.simulation.outcome import figures
from queue_server.simulation.prepared import SUPERVISOR, Prepared, prepare
from queue_server.simulation.programs import Programs, at_programs, devices_of, programs_for
from queue_server.simulation.result import LivedThrough, Simulated
from queue_server.simulation.run import OnProgress, folder_of
from queue_server.simulation.screens import ScreenWatch
from queue_server.simulation.store import read_tickets, read_window_acts
from queue_server.simulation.world import make_world

READY_TIMEOUT_S: Final = 90.0
_LEAD_S: Final = 1.0
"""Between all programs being up and the opening."""
_LAST_LOOK_S: Final = 1.5
"""After the last act, for what is still on its way to a screen."""
_COMES_BACK_S: Final = 5.0
"""What a program that was killed or stopped is given to be back on the screens."""
_LOOK_EVERY_S: Final = 0.1


async def simulate_in_real_time(
    scenario: Scenario,
    *,
    speed: float,
    seed: int,
    days: int,
    data: Path | None,
    port: int,
    on_progress: OnProgress,
) -> Simulated:
    """Live one day on a centre of programs of its own, at `speed` times its pace.

    Figures are in the scenario's seconds. Raises SimulationFailed where more days are asked for, or
    a program does not come up; DemoFailed where the folder is in use; ApiFailed, DatabaseError,
    OSError.
    """
    if days != 1:
        raise SimulationFailed("on the real clock one day is lived; --days needs --speed max")
    began = time.monotonic()
    clock = SystemClock()
    with folder_of(data) as folder, claimed(folder):
        await asyncio.to_thread(end_remains, folder)
        place = Place(folder, port, None, speed, bots=False)
        world = at_programs(make_world(scenario, seed=seed), speed)
        async with _running(scenario, place, world.kiosks, clock) as centre:
            hour = _Hour(centre, speed)
            day, opens_at, from_kiosks = await hour.live(world, on_progress)
            found = await _read(centre, day, opens_at, speed)
            return Simulated(
                scenario=scenario.name,
                plan=scenario.plan,
                seed=seed,
                speed=f"{speed:g}",
                days=(found,),
                took_s=time.monotonic() - began,
                errors=centre.tally.errors,
                screens={**hour.watch.figures(), "numbers_from_kiosks": from_kiosks},
            )


@dataclass(frozen=True, slots=True)
class _Centre:
    """The running programs, and what it takes to speak to them."""

    place: Place
    programs: Programs
    prepared: Prepared
    password: str
    """The supervisor's."""
    dsn: str
    children: Children
    client: aiohttp.ClientSession
    clock: Clock
    tally: Tally


class _Hour:
    """The hour or so that a day takes: its agenda against the clock."""

    def __init__(self, centre: _Centre, speed: float) -> None:
        self._centre = centre
        self._speed = speed
        self._woken = asyncio.Event()
        self._zero = 0.0
        self.watch = ScreenWatch(centre.clock)

    async def live(self, world: World, on_progress: OnProgress) -> tuple[Day, datetime, int]:
        """Live the day; return it, the moment of its opening, and how many numbers kiosks gave."""
        centre, clock = self._centre, self._centre.clock
        self._zero = clock.monotonic() + _LEAD_S
        opens_at = clock.now() + timedelta(seconds=_LEAD_S)
        pages = [KioskPage(centre.client, url, clock) for url in centre.programs.kiosks]
        api = Api(centre.client, centre.place.server, centre.prepared.key, clock, centre.tally)
        async with asyncio.TaskGroup() as tasks:
            hands = LiveHands(
                api,
                lambda at_s: opens_at + timedelta(seconds=at_s / self._speed),
                client=centre.client,
                pages=pages,
                printers=centre.programs.printers,
                pids=lambda: centre.children.pids,
                pace=Pace(clock, self._speed),
                tasks=tasks,
                then_do=lambda act: self._then_do(day, act),
            )
            day = Day(
                world,
                hands,
                on_progress=lambda done, whole: on_progress(0, done, whole),
                longest_kiosk_line=world.kiosks,
            )
            self._leave_out_faults(world)
            beside = [tasks.create_task(page.run()) for page in pages]
            beside += [tasks.create_task(work) for work in self._looks()]
            display = self._display()
            await display.switch_on()
            try:
                await self._go_through(day, hands)
                await clock.sleep(_LAST_LOOK_S)
            finally:
                await display.switch_off()
                for task in beside:
                    task.cancel()
        return day, opens_at, hands.from_kiosks

    async def _go_through(self, day: Day, hands: LiveHands) -> None:
        while True:
            next_s = day.agenda.next_s
            if next_s is None and hands.standing == 0:
                return
            self._woken.clear()
            wait_s = None if next_s is None else (next_s - self._now_s()) / self._speed
            if wait_s is None or wait_s > 0:
                try:
                    async with asyncio.timeout(wait_s):
                        await self._woken.wait()
                except TimeoutError:
                    pass
            elif next_s is not None:
                await day.live(next_s, day.agenda.take())

    def _then_do(self, day: Day, act: Act) -> None:
        day.agenda.put(self._now_s(), act)
        self._woken.set()

    def _now_s(self) -> float:
        """Return the scenario's seconds since the opening."""
        return (self._centre.clock.monotonic() - self._zero) * self._speed

    def _looks(self) -> list[Coroutine[Any, Any, None]]:
        centre, watch = self._centre, self.watch
        return [
            watch.hear_commits(centre.dsn, centre.prepared.centre_id),
            watch.look_at_hall_screen(centre.client, centre.place.display),
            watch.look_at_supervisor(
                centre.client, centre.place.server, SUPERVISOR, centre.password
            ),
        ]

    def _display(self) -> SimulatedDisplay:
        display = SimulatedDisplay(
            "D2",
            server=self._centre.place.server,
            token=self._centre.prepared.tokens["D2"],
            clock=self._centre.clock,
        )
        display.on_board = lambda: self.watch.note_board(display)
        return display

    def _leave_out_faults(self, world: World) -> None:
        """Screens that are meant to be dead are not behind; after a fault they may come back."""
        for fault in world.faults:
            if fault.kind in ("display", "server"):
                since = self._zero + fault.from_s / self._speed
                until = self._zero + fault.until_s / self._speed + _COMES_BACK_S
                self.watch.leave_out(since, until)


async def _read(centre: _Centre, day: Day, opens_at: datetime, speed: float) -> LivedThrough:
    pool = await open_pool(centre.dsn, size=1, application_name="shubbak simulate")
    try:
        since, until = opens_at - timedelta(minutes=1), centre.clock.now()
        centre_id = centre.prepared.centre_id
        tickets = await read_tickets(pool, centre_id, since=since)
        windows = await read_window_acts(pool, centre_id, since=since, until=until)
    finally:
        await pool.close()
    found = figures(day.world.date, tickets, windows, citizens=len(day.world.citizens), times=speed)
    return LivedThrough(
        found, tickets, windows, opens_at=day.world.opens_at, began=opens_at, times=speed
    )


@asynccontextmanager
async def _running(
    scenario: Scenario, place: Place, kiosks: int, clock: Clock
) -> AsyncIterator[_Centre]:
    """Start the database and all programs for the block; stop them after it, the agents first."""
    place.logs.mkdir(exist_ok=True)
    database = EmbeddedPostgres(place.folder / "database")
    try:
        await database.start()
        app_dsn = database.dsn("shubbak_app")
        settings = ServerSettings(
            listen=f"127.0.0.1:{place.port}",
            data_dir=place.folder / "server",
            database=app_dsn,
            database_owner=database.dsn("shubbak_owner"),
        )
        password = generate_password()
        prepared = await prepare(
            settings,
            scenario.centre_path,
            devices=devices_of(kiosks),
            supervisor=password,
            at=clock.now(),
        )
        for name, token in prepared.tokens.items():
            write_private(place.folder / f"{name}.token", token + "\n")
        programs = programs_for(place, settings, kiosks)
        if taken := taken_ports(place.ports | programs.ports):
            names = ", ".join(f"{port} (for {name})" for port, name in taken.items())
            raise SimulationFailed(f"taken by another program: port {names}; choose with --port")
        await cut_fonts(place, (*PROGRAMS, *(f"kiosk-{number}" for number in range(2, kiosks + 1))))
        children = Children(clock, lambda pids: None)
        jar = aiohttp.CookieJar(unsafe=True)  # the server is an address, not a name
        async with aiohttp.ClientSession(cookie_jar=jar) as client, asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(database.watch())
            try:
                for each in programs.all:
                    children.keep(each, tasks)
                await _until_up(client, place, programs, children, clock)
                yield _Centre(
                    place=place,
                    programs=programs,
                    prepared=prepared,
                    password=password,
                    dsn=app_dsn,
                    children=children,
                    client=client,
                    clock=clock,
                    tally=Tally(),
                )
            finally:
                await _stop(programs, children)
                watching.cancel()
    finally:
        await database.stop()


async def _stop(programs: Programs, children: Children) -> None:
    """Stop the programs in the order of the demonstration, the further kiosks before it."""
    known = {name for names in STOPPING_ORDER for name in names}
    further = [each.name for each in programs.all if each.name not in known]
    for pid in children.pids.values():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)  # one that a fault stopped must hear that it is to end
    for names in (tuple(further), *STOPPING_ORDER):
        await children.stop(*names)


async def _until_up(
    client: aiohttp.ClientSession,
    place: Place,
    programs: Programs,
    children: Children,
    clock: Clock,
) -> None:
    """Wait until every program answers. Raises SimulationFailed."""
    waited = {
        "the server": f"{place.server}/readyz",
        "the hall display": f"{place.display}/healthz",
        **{f"kiosk {at}": f"{url}/healthz" for at, url in enumerate(programs.kiosks, start=1)},
    }
    deadline = clock.monotonic() + READY_TIMEOUT_S
    while waited:
        for name, words in children.refusals.items():
            raise SimulationFailed(f"{name} refuses its settings: {words}")
        if clock.monotonic() > deadline:
            raise SimulationFailed(f"no answer from {', '.join(waited)}; look at {place.logs}")
        for name, url in list(waited.items()):
            if await _answers(client, url):
                del waited[name]
        if waited:
            await clock.sleep(_LOOK_EVERY_S)


async def _answers(client: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with client.get(url, timeout=aiohttp.ClientTimeout(total=2.0)) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
