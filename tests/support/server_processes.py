"""A whole server of several processes, and programs and kiosks that ask it without a pause."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import aiohttp

from core_services.clock import SystemClock
from core_services.database.pool import Pool, open_pool
from core_services.devices.register import add_device
from core_services.link.answer_frames import Refused
from core_services.link.citizen_frames import Issue, Issued
from core_services.link.client import Link
from core_services.link.frames import ServerFrame
from core_services.link.greeting_frames import Hello
from core_services.people.api_keys import add_key
from core_services.people.permissions import ALL_SCOPES
from queue_server.processes.state import ProcessesState, read_state, state_path
from tests.support.command import Ran, shubbak
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.programs import START_TIMEOUT_S, free_ports, running
from tests.support.queue import make_centre
from tests.support.site import By

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class SeveralProcesses:
    """The running server."""

    url: str
    config: Path
    state_file: Path
    log: Path
    supervisor: asyncio.subprocess.Process
    dsn: str
    pool: Pool
    key: str

    @property
    def state(self) -> ProcessesState:
        state = read_state(self.state_file)
        assert state is not None, "no supervisor lives"
        return state

    async def workers(self, *, without: int | None = None, count: int = 2) -> tuple[int, ...]:
        """Return the pids of the processes once so many serve, none of them `without`."""

        async def are_there() -> bool:
            state = read_state(self.state_file)
            workers = () if state is None else state.workers
            return len(workers) == count and without not in workers

        await eventually(are_there, within_s=START_TIMEOUT_S)
        return self.state.workers

    async def reload(self) -> Ran:
        """Renew the processes as the administrator does."""
        return await shubbak("reload", "--config", str(self.config), within_s=240)

    async def link(self, name: str) -> Link:
        """Return the link of a new kiosk."""
        made = await add_device(
            self.pool, centre_id=1, kind="kiosk", name=name, actor=By(), at=SystemClock().now()
        )
        hello = Hello(version="test", device=name, journal_id=str(uuid4()))
        return Link(server=self.url, token=made.token, hello=hello, clock=SystemClock())


@asynccontextmanager
async def several_processes(
    database: Database, folder: Path, data: Path, *, count: int = 2
) -> AsyncIterator[SeveralProcesses]:
    """Serve a small centre with so many processes for the length of the block.

    `data` may be shared with others; `folder` is this server's own.
    """
    await make_centre(database.owner_dsn, 1)
    port = free_ports(1)
    config, log = folder / "server.toml", folder / "server.log"
    config.write_text(
        f'data_dir = "{data}"\ndatabase = "{database.app_dsn}"\n'
        f'listen = "127.0.0.1:{port}"\nprocesses = {count}\nlog_json = true\n'
    )
    pool = await open_pool(database.app_dsn, size=2, application_name="tests")
    try:
        made = await add_key(
            pool,
            centre_id=1,
            name="everything",
            scopes=ALL_SCOPES,
            actor=By(),
            at=SystemClock().now(),
        )
        command = [sys.executable, "-m", "queue_server.cli", "serve", "--config", str(config)]
        url = f"http://127.0.0.1:{port}"
        async with running(command, f"{url}/readyz", log, cwd=ROOT) as process:
            server = SeveralProcesses(
                url=url,
                config=config,
                state_file=state_path(data, port),
                log=log,
                supervisor=process,
                dsn=database.app_dsn,
                pool=pool,
                key=made.text,
            )
            await server.workers(count=count)
            yield server
    finally:
        await pool.close()


@dataclass(slots=True)
class Asked:
    """What was asked of a server and what it answered, by key."""

    tickets: dict[str, set[str]] = field(default_factory=dict)
    """The ids of the tickets that were told for each key: one, when nothing went wrong."""
    wrong: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0

    def note(self, key: str, ticket: str, took_s: float) -> None:
        self.tickets.setdefault(key, set()).add(ticket)
        self.slowest_s = max(self.slowest_s, took_s)


async def ask_over_http(
    server: SeveralProcesses, asked: Asked, stop: asyncio.Event, *, pause_s: float, anew: bool
) -> None:
    """Take numbers one after another, each asked for once: an error is an error.

    Over one connection that is kept alive; with `anew` each over a connection of its own.
    """
    connector = aiohttp.TCPConnector(limit=1, force_close=anew)
    headers = {"Authorization": f"Bearer {server.key}"}
    async with aiohttp.ClientSession(server.url, connector=connector, headers=headers) as client:
        while not stop.is_set():
            key, began = str(uuid4()), asyncio.get_running_loop().time()
            try:
                async with client.post(
                    "/api/v1/tickets", json={}, headers={"Idempotency-Key": key}
                ) as answer:
                    body = await answer.json(content_type=None)
                    if answer.status == 201:
                        took_s = asyncio.get_running_loop().time() - began
                        asked.note(key, body["id"], took_s)
                    else:
                        asked.wrong[f"HTTP {answer.status}"] += 1
            except (aiohttp.ClientError, OSError) as error:
                asked.wrong[type(error).__name__] += 1
            await asyncio.sleep(pause_s)


class AskingKiosk:
    """A kiosk that says each command until it is answered, as `docs/protocol.md` has it."""

    def __init__(self, link: Link, asked: Asked) -> None:
        self._link = link
        self._asked = asked
        self._open: dict[str, tuple[Issue, float]] = {}
        self.is_connected = False
        self.connections = 0
        self.away_s = 0.0
        """The longest time without a connection, after the first."""
        self._gone_at: float | None = None

    async def run(self, stop: asyncio.Event, *, pause_s: float) -> None:
        """Ask until told to stop and everything is answered."""
        async with asyncio.TaskGroup() as tasks:
            linked = tasks.create_task(self._link.run(self._hear, self._changed))
            loop = asyncio.get_running_loop()
            while not stop.is_set():
                frame = Issue(key=str(uuid4()))
                self._open[frame.key] = frame, loop.time()
                await self._link.send(frame)
                await asyncio.sleep(pause_s)
            async with asyncio.timeout(15):
                while self._open:  # noqa: ASYNC110 - two things end it, neither has an event
                    await asyncio.sleep(0.01)
            linked.cancel()

    async def _hear(self, frame: ServerFrame) -> None:
        match frame:
            case Issued(key=key) if key in self._open:
                _, began = self._open.pop(key)
                took_s = asyncio.get_running_loop().time() - began
                self._asked.note(key, str(frame.ticket.id), took_s)
            case Issued(key=key):
                self._asked.note(key, str(frame.ticket.id), 0.0)
            case Refused(key=key):
                self._open.pop(key, None)
                self._asked.wrong[f"refused: {frame.problem.get('title')}"] += 1

    async def _changed(self, connected: bool) -> None:
        now, self.is_connected = asyncio.get_running_loop().time(), connected
        if not connected:
            self._gone_at = now
            return
        self.connections += 1
        if self._gone_at is not None:
            self.away_s = max(self.away_s, now - self._gone_at)
        for frame, _ in tuple(self._open.values()):
            await self._link.send(frame)
