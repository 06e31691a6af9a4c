"""What a served centre costs while nobody asks anything of it: processor, and commits a second."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from benchmarks.centre import BenchCentre, BenchServer, bench_centre, bench_server
from benchmarks.effort import Effort
from benchmarks.findings import Finding, below
from benchmarks.processes import BenchmarkError, processor_s, python, told

ROW = "idle"
WINDOWS, WAITING = 9, 60
_LONGER = 5
"""So many times as long as other measurements: some of the regular work is rare."""
_SETTLES_S = 12.0
"""The server learns, and looks for machines that return to it, once after its start."""


@dataclass(slots=True)
class _Rest:
    """What was used, in each round: hundredths of one processor, and commits a second."""

    program: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)

    async def watch(self, centre: BenchCentre, pid: int, name: str, seconds: float) -> None:
        """Watch a program and its connections for so long."""
        backends = await _backends(centre, name)
        began, commits = time.perf_counter(), await _commits(centre)
        before = processor_s(pid), sum(map(_processor_of, backends))
        await asyncio.sleep(seconds)
        after = processor_s(pid), sum(map(_processor_of, backends))
        took = time.perf_counter() - began
        self.program.append(100 * (after[0] - before[0]) / took)
        self.database.append(100 * (after[1] - before[1]) / took)
        self.commits.append((await _commits(centre) - commits) / took)


async def measure(effort: Effort) -> list[Finding]:
    """Watch the server at rest without anybody, and with a full hall that nobody touches.

    Beside it a bare program on aiohttp and asyncpg asks the same database for one number, once for
    each transaction of the server's.
    """
    findings: list[Finding] = []
    seconds = effort.seconds * _LONGER
    async with bench_centre() as centre:
        for hall in ("nobody there", f"{WINDOWS} windows at work, {WAITING} in line"):
            ours, bare = _Rest(), _Rest()
            for number in range(effort.rounds):
                effort.say(f"idle: {hall}, round {number + 1} of {effort.rounds}")
                async with bench_server(centre) as server:
                    if findings and not number:
                        await _fill(server)
                    await centre.rest()
                    await asyncio.sleep(_SETTLES_S)
                    await ours.watch(centre, server.pid, "shubbak%", seconds)
                command = python(
                    "benchmarks.bare_program", "server", centre.app_dsn, ours.commits[-1]
                )
                async with told(command, b"") as pid:
                    await bare.watch(centre, pid, "bare%", seconds)
            findings += _findings(hall, ours, bare)
    return findings


async def _fill(server: BenchServer) -> None:
    """Open the windows, let each serve somebody, and let the others wait."""
    async with aiohttp.ClientSession(headers=server.headers) as client:
        for number in range(1, WINDOWS + 1):
            await _post(client, f"{server.url}/api/v1/windows/{number}/open")
        for _ in range(WINDOWS + WAITING):
            await _post(client, f"{server.url}/api/v1/tickets")
        for number in range(1, WINDOWS + 1):
            await _post(client, f"{server.url}/api/v1/windows/{number}/call-next")


async def _post(client: aiohttp.ClientSession, url: str) -> None:
    async with client.post(url, json={}) as response:
        if response.status >= 400:
            raise BenchmarkError(f"{url} answers {response.status}")
        await response.read()


async def _backends(centre: BenchCentre, name: str) -> list[int]:
    rows = await centre.sql.fetch(
        "SELECT pid FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND application_name LIKE $1",
        name,
    )
    return [int(row["pid"]) for row in rows]


def _processor_of(pid: int) -> float:
    with suppress(FileNotFoundError):  # a connection of the pool that went
        return processor_s(pid)
    return 0.0


async def _commits(centre: BenchCentre) -> int:
    return int(
        await centre.sql.fetchval(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        )
    )


def _findings(hall: str, ours: _Rest, bare: _Rest) -> list[Finding]:
    against = "SELECT 1 as often as it commits, on the same libraries"
    return [
        Finding(
            row=ROW,
            what=f"server, {hall} ({ours.commits[-1]:.0f} commits/s)",
            unit="% of a processor",
            figures=tuple(ours.program),
            limits=tuple(bare.program),
            against=against,
            target=below(2.0),
        ),
        Finding(
            row=ROW,
            what=f"its connections of the database, {hall}",
            unit="% of a processor",
            figures=tuple(ours.database),
            limits=tuple(bare.database),
            against=against,
            target=None,
        ),
    ]
