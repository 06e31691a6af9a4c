"""Starts a whole centre on this machine and keeps it running until it is told to stop.

The database is the embedded one; server, kiosk, hall display, virtual printer and bots are
programs of their own. One that dies is back within 3 seconds. Stopping ends the agents, then the
server, then the database.
"""

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import structlog
from rich.console import Console

from core_services.clock import Clock, SystemClock
from core_services.database.embedded import EmbeddedPostgres
from queue_server.demo.api import Api, ApiFailed
from queue_server.demo.children import Children
from queue_server.demo.claim import claimed, end_remains
from queue_server.demo.errors import DemoFailed, ProgramRefused
from queue_server.demo.facts import show_facts, write_facts
from queue_server.demo.fonts import cut_fonts
from queue_server.demo.logs import bound_logs
from queue_server.demo.opening import close_windows
from queue_server.demo.place import VIRTUAL_PRINTER, Place, taken_ports
from queue_server.demo.programs import STOPPING_ORDER, bots_of, programs_of
from queue_server.demo.setup import Secrets, prepare
from queue_server.demo.tally import Tally
from queue_server.settings import ServerSettings

logger = structlog.get_logger()

READY_TIMEOUT_S = 60.0
_LOOK_EVERY_S = 0.1
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def run_demo(
    *,
    data: Path,
    port: int,
    speed: float,
    printer: str | None,
    printer_profile: str | None,
    bots: bool,
) -> None:
    """Run a centre in the folder `data` until SIGINT, SIGTERM or the end of the terminal.

    Raises DemoFailed when the folder or a port is taken or a program does not answer within a
    minute, ProgramRefused when one refuses its settings, DatabaseError, OSError.
    """
    folder = await asyncio.to_thread(data.resolve)
    place = Place(folder, port, printer, speed, bots, printer_profile or VIRTUAL_PRINTER)
    running, is_stopped = asyncio.current_task(), False

    def stop() -> None:
        nonlocal is_stopped
        if not is_stopped and running is not None:
            is_stopped = True
            running.cancel()

    for number in _STOPS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup asks
            asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        with claimed(folder):
            await _run_centre(place, SystemClock(), Progress())
    except asyncio.CancelledError:
        if not is_stopped:
            raise


class Progress:
    """Says on standard error what is being done: one line that moves, or a line each in a log."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._console = console
        self._status = console.status("") if console.is_terminal else None

    def say(self, what: str) -> None:
        """Say what is being done now."""
        if self._status is None:
            self._console.print(f"{what}…", highlight=False)
        else:
            self._status.update(f"{what}…")
            self._status.start()

    def end(self) -> None:
        """Clear the line for what comes next."""
        if self._status is not None:
            self._status.stop()


async def _run_centre(place: Place, clock: Clock, progress: Progress) -> None:
    progress.say("Making room")
    place.facts_file.unlink(missing_ok=True)
    await asyncio.to_thread(end_remains, place.folder)
    if taken := taken_ports(place.ports):
        raise DemoFailed(_about_ports(taken))
    place.logs.mkdir(exist_ok=True)
    database = EmbeddedPostgres(place.folder / "database")
    fonts = asyncio.create_task(cut_fonts(place))
    try:
        progress.say("Starting the database")
        await database.start()
        failure = await _run_programs(place, database, fonts, clock, progress)
    finally:
        progress.say("Stopping the database")
        await database.stop()
        progress.end()
    if failure is not None:
        raise failure


async def _run_programs(
    place: Place,
    database: EmbeddedPostgres,
    fonts: asyncio.Task[None],
    clock: Clock,
    progress: Progress,
) -> DemoFailed | None:
    """Keep all programs running until cancelled; return why when they could not be started."""
    progress.say("Preparing the centre")
    app_dsn, owner_dsn = database.dsn("shubbak_app"), database.dsn("shubbak_owner")
    settings = ServerSettings(
        listen=f"127.0.0.1:{place.port}",
        data_dir=place.folder / "server",
        database=app_dsn,
        database_owner=owner_dsn,
    )
    secrets = await prepare(settings, place.folder, app_dsn=app_dsn, clock=clock)
    programs = programs_of(place, settings)
    await fonts
    is_told = False

    def tell(pids: Mapping[str, int]) -> None:
        if is_told:
            write_facts(place, secrets, owner_dsn, pids)

    children = Children(clock, tell)
    async with asyncio.TaskGroup() as tasks:
        looking_after = [
            tasks.create_task(work)
            for work in (
                database.watch(),
                _note_database(database, children, clock),
                bound_logs(place.logs, clock),
            )
        ]
        try:
            progress.say("Starting the programs")
            for program in programs:
                children.keep(program, tasks)
            silent = await _until_ready(place, children, clock)
            for name, words in children.refusals.items():
                return ProgramRefused(name, words)
            if silent:
                return DemoFailed(f"no answer from: {', '.join(silent)}; look at {place.logs}")
            try:
                await _close_windows(place, secrets, clock)
            except ApiFailed as failed:
                return DemoFailed(f"the windows cannot be closed: {failed}")
            is_told = True
            write_facts(place, secrets, owner_dsn, children.pids)
            if place.bots:
                children.keep(bots_of(place), tasks)
            progress.end()
            show_facts(place, secrets)
            await asyncio.Event().wait()
        finally:
            is_told = False
            place.facts_file.unlink(missing_ok=True)
            progress.say("Stopping the programs")
            for names in STOPPING_ORDER:
                await children.stop(*names)
            for task in looking_after:
                task.cancel()
    return None


async def _note_database(database: EmbeddedPostgres, children: Children, clock: Clock) -> None:
    while True:
        if database.pid is not None:
            children.note("database", database.pid)
        await clock.sleep(_LOOK_EVERY_S)


async def _until_ready(place: Place, children: Children, clock: Clock) -> list[str]:
    """Return who does not answer within a minute, or had not yet when one of them refused."""
    waited = {
        "server": f"{place.server}/readyz",
        "kiosk": f"{place.kiosk}/healthz",
        "display": f"{place.display}/healthz",
        "workstation": f"{place.workstation}/healthz",
        "devices": f"{place.device_page('panels')}/state",
    }
    deadline = clock.monotonic() + READY_TIMEOUT_S
    timeout = aiohttp.ClientTimeout(total=2.0)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        while waited and not children.refusals and clock.monotonic() < deadline:
            for name, url in list(waited.items()):
                if await _answers(client, url):
                    del waited[name]
            if waited:
                await clock.sleep(_LOOK_EVERY_S)
    return list(waited)


async def _answers(client: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with client.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


async def _close_windows(place: Place, secrets: Secrets, clock: Clock) -> None:
    async with aiohttp.ClientSession() as client:
        await close_windows(Api(client, place.server, secrets.api_key, clock, Tally()))


def _about_ports(taken: Mapping[int, str]) -> str:
    names = ", ".join(f"{port} (for {name})" for port, name in taken.items())
    return f"taken by another program: port {names}; choose others with --port"
