"""From nothing to serving, from rest to serving, and from `kill -9` of everything to serving."""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

import aiohttp

from benchmarks.centre import write_toml
from benchmarks.effort import Effort
from benchmarks.findings import Finding, below
from benchmarks.processes import (
    BenchmarkError,
    end,
    free_port,
    free_ports,
    output_of,
    program,
    start,
    until_answered,
)
from core_services.clock import SystemClock
from core_services.database.embedded import EmbeddedPostgres
from queue_server.database import database_folder
from queue_server.demo.setup import prepare
from queue_server.settings import ServerSettings

ROW = "start"
_DEMO_PORTS = 16
_CLIENTS = 16
_LIBRARIES = "aiohttp, asyncpg, pydantic, jinja2, structlog, typer, uvloop, orjson"


@dataclass(slots=True)
class _Times:
    """Seconds, one a round: of ours, and of the database and the libraries alone."""

    ours: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Rounds:
    nothing: _Times = field(default_factory=_Times)
    everything: _Times = field(default_factory=_Times)
    warm: _Times = field(default_factory=_Times)
    killed: _Times = field(default_factory=_Times)


@dataclass(frozen=True, slots=True)
class _Centre:
    """A centre at rest whose server brings its own database."""

    folder: Path
    config: Path
    log: Path
    url: str
    database: Path
    api_key: str

    @property
    def command(self) -> list[str]:
        return program("shubbak", "serve", "--config", self.config)


async def measure(effort: Effort) -> list[Finding]:
    """Start, rest, start; be killed under load, start, and ask for every ticket that was given."""
    rounds, kept = _Rounds(), 0
    async with _centre() as centre:
        for number in range(effort.rounds):
            effort.say(f"start: round {number + 1} of {effort.rounds}")
            libraries = await _load_libraries()
            await _from_nothing(rounds, libraries)
            await _from_rest(centre, rounds.warm, libraries)
            kept += await _from_kill(centre, rounds.killed, libraries, effort.seconds)
    effort.say(f"start: {kept:,} tickets were given before the kills, and every one is there")
    return _findings(rounds)


@asynccontextmanager
async def _folder() -> AsyncIterator[Path]:
    folder = Path(mkdtemp(prefix="shubbak-bench-"))
    try:
        yield folder
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


@asynccontextmanager
async def _centre() -> AsyncIterator[_Centre]:
    """Make a centre with its key, and leave everything at rest."""
    async with _folder() as folder:
        listen = f"127.0.0.1:{free_port()}"
        at_rest = ServerSettings(listen=listen, data_dir=folder / "server")
        database = EmbeddedPostgres(database_folder(at_rest))
        await database.start()
        try:
            settings = at_rest.model_copy(
                update={
                    "database": database.dsn("shubbak_app"),
                    "database_owner": database.dsn("shubbak_owner"),
                }
            )
            secrets = await prepare(
                settings, folder, app_dsn=settings.database, clock=SystemClock()
            )
        finally:
            await database.stop()
        config = folder / "server.toml"
        write_toml(config, listen=listen, data_dir=str(at_rest.data_dir), log_level="error")
        yield _Centre(
            folder=folder,
            config=config,
            log=folder / "server.log",
            url=f"http://{listen}",
            database=database.data_dir,
            api_key=secrets.api_key,
        )


async def _load_libraries() -> float:
    """Return the seconds in which Python starts and loads what every server of its kind loads."""
    began = time.perf_counter()
    await output_of([sys.executable, "-c", f"import {_LIBRARIES}"])
    return time.perf_counter() - began


async def _start_database(folder: Path) -> tuple[EmbeddedPostgres, float]:
    database = EmbeddedPostgres(folder)
    began = time.perf_counter()
    await database.start()
    return database, time.perf_counter() - began


async def _from_nothing(rounds: _Rounds, libraries: float) -> None:
    """Start a demonstration in an empty folder: the server's first answer, then everybody's."""
    async with _folder() as folder:
        database, seconds = await _start_database(folder / "bare")
        await database.stop()
        rounds.nothing.bare.append(seconds + libraries)
        rounds.everything.bare.append(seconds + libraries)
        port, data, log = free_ports(_DEMO_PORTS), folder / "demo", folder / "demo.log"
        began = time.perf_counter()
        process = await start(
            program("shubbak", "demo", "--data", data, "--port", port, "--no-bots"), log=log
        )
        try:
            await until_answered(f"http://127.0.0.1:{port}/readyz", process, log=log)
            rounds.nothing.ours.append(time.perf_counter() - began)
            while not (data / "demo.json").exists():
                if process.returncode is not None:
                    raise BenchmarkError(log.read_text()[-2000:])
                await asyncio.sleep(0.01)
            rounds.everything.ours.append(time.perf_counter() - began)
        finally:
            await end(process)


async def _from_rest(centre: _Centre, times: _Times, libraries: float) -> None:
    """Start a server whose database rests beside it."""
    database, seconds = await _start_database(centre.database)
    await database.stop()
    times.bare.append(seconds + libraries)
    process, seconds = await _serve(centre)
    times.ours.append(seconds)
    await end(process)


async def _serve(centre: _Centre) -> tuple[asyncio.subprocess.Process, float]:
    began = time.perf_counter()
    process = await start(centre.command, log=centre.log)
    try:
        await until_answered(f"{centre.url}/readyz", process, log=centre.log)
    except BaseException:
        await end(process)
        raise
    return process, time.perf_counter() - began


async def _from_kill(centre: _Centre, times: _Times, libraries: float, seconds: float) -> int:
    """Kill server and database while they give tickets; return how many were given and kept."""
    database, _ = await _start_database(centre.database)
    _kill_database(centre)
    await database.wait()
    await database.stop()
    database, alone = await _start_database(centre.database)
    await database.stop()
    times.bare.append(alone + libraries)

    process, _ = await _serve(centre)
    given: dict[str, str] = {}
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {centre.api_key}"}
    ) as client:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(_CLIENTS):
                tasks.create_task(_ask_for_tickets(client, centre.url, given))
            await asyncio.sleep(seconds)
            process.kill()
            _kill_database(centre)
            await process.wait()
        process, taken = await _serve(centre)
        times.ours.append(taken)
        try:
            for ticket, label in given.items():
                async with client.get(f"{centre.url}/api/v1/tickets/{ticket}") as response:
                    if response.status != 200 or (await response.json())["label"] != label:
                        raise BenchmarkError(f"ticket {label} was given and is lost")
        finally:
            await end(process)
    return len(given)


async def _ask_for_tickets(client: aiohttp.ClientSession, url: str, given: dict[str, str]) -> None:
    """Ask until the server is gone, and note every answer."""
    while True:
        try:
            async with client.post(
                f"{url}/api/v1/tickets", json={}, headers={"Idempotency-Key": uuid4().hex}
            ) as response:
                if response.status != 201:
                    continue
                ticket = await response.json()
                given[ticket["id"]] = ticket["label"]
        except aiohttp.ClientError:
            return


def _kill_database(centre: _Centre) -> None:
    postmaster = (centre.database / "cluster" / "postmaster.pid").read_text().splitlines()[0]
    os.kill(int(postmaster), signal.SIGKILL)


def _findings(rounds: _Rounds) -> list[Finding]:
    rows = (
        ("from nothing to the server's first answer", rounds.nothing, below(5.0), "an empty one"),
        ("from nothing to a whole centre", rounds.everything, None, "an empty one"),
        ("from rest to serving", rounds.warm, below(1.5), "one at rest"),
        ("from kill -9 of everything to serving", rounds.killed, below(3.0), "one killed"),
    )
    return [
        Finding(
            row=ROW,
            what=what,
            unit="s",
            figures=tuple(times.ours),
            limits=tuple(times.bare),
            against=f"the database alone ({which}) and loading the libraries",
            target=target,
        )
        for what, times, target, which in rows
    ]
