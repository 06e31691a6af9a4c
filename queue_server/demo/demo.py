"""Starts a whole centre on this machine and keeps it running until it is told to stop.

The database is the embedded one; server, kiosk, hall display, virtual printer and bots are
programs of their own. One that dies is back within 3 seconds. Stopping ends the agents, then the
server, then the database.
"""

import asyncio
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import structlog
from rich.console import Console
from rich.table import Table

from core_services.clock import SystemClock
from core_services.database.embedded import EmbeddedPostgres
from queue_server.demo.children import Children, Program, end_remains
from queue_server.demo.setup import PEOPLE, Secrets, prepare, write_private
from queue_server.settings import ServerSettings

logger = structlog.get_logger()

READY_TIMEOUT_S = 60.0
_LOOK_EVERY_S = 0.1
_AGENTS = ("bots", "kiosk", "display", "printer")


class DemoFailed(RuntimeError):
    """The demonstration could not start; its text says what to look at."""


@dataclass(frozen=True, slots=True)
class Demo:
    """Where everything of one demonstration is."""

    folder: Path
    port: int
    printer: str | None
    speed: float
    bots: bool

    @property
    def server_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def kiosk_url(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def display_url(self) -> str:
        return f"http://127.0.0.1:{self.port + 2}"

    @property
    def printer_url(self) -> str:
        return self.printer or f"tcp://127.0.0.1:{self.port + 3}"

    @property
    def printer_page(self) -> str | None:
        return None if self.printer else f"http://127.0.0.1:{self.port + 4}"


async def run_demo(*, data: Path, port: int, speed: float, printer: str | None, bots: bool) -> None:
    """Run a centre in the folder `data` until SIGINT or SIGTERM.

    Raises DemoFailed when a program does not answer within a minute, DatabaseError.
    """
    folder = await asyncio.to_thread(data.absolute)
    demo = Demo(folder, port, printer, speed, bots)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    demo.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (demo.folder / "logs").mkdir(exist_ok=True)
    _end_remains(demo)
    database = EmbeddedPostgres(demo.folder / "database")
    await database.start()
    try:
        await _run_programs(demo, database, stop)
    finally:
        await database.stop()


async def _run_programs(demo: Demo, database: EmbeddedPostgres, stop: asyncio.Event) -> None:
    app_dsn, owner_dsn = database.dsn("shubbak_app"), database.dsn("shubbak_owner")
    settings = ServerSettings(
        listen=f"127.0.0.1:{demo.port}",
        data_dir=demo.folder / "server",
        database=app_dsn,
        database_owner=owner_dsn,
    )
    secrets = await prepare(settings, demo.folder, app_dsn=app_dsn, clock=SystemClock())
    pids: dict[str, int] = {}

    def tell(now: Mapping[str, int]) -> None:
        pids.update(now)
        if demo_file.exists():
            write_private(demo_file, _facts(demo, secrets, owner_dsn, pids))

    demo_file = demo.folder / "demo.json"
    demo_file.unlink(missing_ok=True)
    children = Children(tell)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(database.watch())
        noting = tasks.create_task(_note_database(database, children))
        try:
            for program in _programs(demo, settings, secrets):
                children.keep(program, tasks)
            await _until_ready(demo, stop)
            if not stop.is_set():
                write_private(demo_file, _facts(demo, secrets, owner_dsn, pids))
                if demo.bots:
                    children.keep(_bots(demo), tasks)
                _show(demo, secrets)
                await stop.wait()
        finally:
            print("stopping", file=sys.stderr)
            await children.stop(*_AGENTS)
            await children.stop("server")
            watching.cancel()
            noting.cancel()


async def _note_database(database: EmbeddedPostgres, children: Children) -> None:
    while True:
        if database.pid is not None:
            children.note("database", database.pid)
        await asyncio.sleep(_LOOK_EVERY_S)


def _programs(demo: Demo, settings: ServerSettings, secrets: Secrets) -> list[Program]:
    folder = demo.folder
    _write_toml(
        folder / "server.toml",
        listen=settings.listen,
        data_dir=str(settings.data_dir),
        database=settings.database,
        database_owner=settings.database_owner,
    )
    _write_toml(
        folder / "kiosk.toml",
        name="K1",
        server=demo.server_url,
        token_file=str(folder / "K1.token"),
        port=demo.port + 1,
        data_dir=str(folder / "kiosk"),
        printer=demo.printer_url,
        printer_profile="epson-576",
    )
    _write_toml(
        folder / "display.toml",
        name="D1",
        server=demo.server_url,
        token_file=str(folder / "D1.token"),
        port=demo.port + 2,
        data_dir=str(folder / "display"),
    )
    programs = [
        _program(demo, "server", "shubbak", "serve", "--config", folder / "server.toml"),
        _program(demo, "kiosk", "shubbak-kiosk", "--config", folder / "kiosk.toml"),
        _program(demo, "display", "shubbak-display", "--config", folder / "display.toml"),
    ]
    if demo.printer is None:
        printer = (
            *("printer", "--listen", f"127.0.0.1:{demo.port + 3}"),
            *("--http", f"127.0.0.1:{demo.port + 4}", "--output", folder / "slips"),
        )
        programs.insert(0, _program(demo, "printer", "shubbak-devices", *printer))
    return programs


def _bots(demo: Demo) -> Program:
    command = [
        *(sys.executable, "-m", "queue_server.demo.bots"),
        *("--demo", str(demo.folder / "demo.json"), "--speed", str(demo.speed)),
    ]
    return Program("bots", command, demo.folder / "logs" / "bots.log")


def _program(demo: Demo, name: str, script: str, *arguments: object) -> Program:
    command = [str(Path(sys.executable).parent / script), *map(str, arguments)]
    return Program(name, command, demo.folder / "logs" / f"{name}.log")


async def _until_ready(demo: Demo, stop: asyncio.Event) -> None:
    """Return when every program answers, or when it is told to stop before that."""
    waited = {
        "server": f"{demo.server_url}/readyz",
        "kiosk": f"{demo.kiosk_url}/healthz",
        "display": f"{demo.display_url}/healthz",
    }
    if demo.printer_page is not None:
        waited["printer"] = demo.printer_page
    timeout = aiohttp.ClientTimeout(total=2.0)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                while waited and not stop.is_set():
                    for name, url in list(waited.items()):
                        if await _answers(client, url):
                            del waited[name]
                    await asyncio.sleep(_LOOK_EVERY_S)
        except TimeoutError:
            names = ", ".join(waited)
            raise DemoFailed(f"{names}: no answer; look at {demo.folder / 'logs'}") from None


async def _answers(client: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with client.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False


def _facts(demo: Demo, secrets: Secrets, owner_dsn: str, pids: Mapping[str, int]) -> str:
    facts: dict[str, Any] = {
        "server": demo.server_url,
        "kiosk": demo.kiosk_url,
        "display": demo.display_url,
        "database": owner_dsn,
        "api_key": secrets.api_key,
        "staff": [
            {
                "username": person.username,
                "password": secrets.passwords[person.username],
                "role": person.role,
                "window": person.window,
            }
            for person in PEOPLE
        ],
        "devices": {
            "printer": demo.printer_url,
            "printer_page": demo.printer_page,
            "panels": [],
        },
        "pids": dict(pids),
    }
    return orjson.dumps(facts, option=orjson.OPT_INDENT_2).decode() + "\n"


def _end_remains(demo: Demo) -> None:
    try:
        facts = orjson.loads((demo.folder / "demo.json").read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return
    remains = {name: pid for name, pid in facts["pids"].items() if name != "database"}
    end_remains(remains, str(demo.folder))


def _write_toml(path: Path, **values: str | int | None) -> None:
    lines = [
        f"{key} = {orjson.dumps(value).decode()}"
        for key, value in values.items()
        if value is not None
    ]
    write_private(path, "\n".join(lines) + "\n")


def _show(demo: Demo, secrets: Secrets) -> None:
    table = Table(title="شُبّاك · Shubbak", show_header=False, title_style="bold")
    table.add_row("Kiosk", demo.kiosk_url)
    table.add_row("Hall display", demo.display_url)
    table.add_row("Windows and supervisor", demo.server_url)
    if demo.printer_page is not None:
        table.add_row("Virtual printer", demo.printer_page)
    for person in PEOPLE:
        window = "" if person.window is None else f", window {person.window}"
        table.add_row(
            f"Sign in ({person.role}{window})",
            f"{person.username}  {secrets.passwords[person.username]}",
        )
    table.add_row("Everything else", str(demo.folder / "demo.json"))
    console = Console(soft_wrap=True)
    console.print(table)
    console.print("Ctrl-C stops the centre.")
