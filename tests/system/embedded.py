"""What the tests of the embedded server share: programs that hold one, rows, and murder."""

import asyncio
import json
import os
import signal
import stat
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from core_services.database.embedded import EmbeddedPostgres
from core_services.database.processes import kill_processes, servers_in

ROOT: Final = Path(__file__).parents[2]
PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Child:
    """A program that runs an embedded server."""

    process: asyncio.subprocess.Process
    server_pid: int
    dsn: str
    uid: int
    applied: tuple[str, ...]

    async def goes_away(self) -> None:
        """Close its standard input and wait for its end."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        async with asyncio.timeout(PATIENCE_S):
            await self.process.wait()


@asynccontextmanager
async def child_with(
    data_dir: Path,
    act: str,
    *,
    prefix: Sequence[str] = (),
    python: str = sys.executable,
    environment: dict[str, str] | None = None,
) -> AsyncIterator[Child]:
    """Run tests/support/embedded_child.py for the block; at its end it stops its server."""
    process = await asyncio.create_subprocess_exec(
        *prefix,
        python,
        "-m",
        "tests.support.embedded_child",
        str(data_dir),
        act,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | (environment or {}),
        start_new_session=True,
    )
    assert process.stdout is not None
    child = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            line = await process.stdout.readline()
        assert line, "the child ended before its server answered"
        facts = json.loads(line)
        child = Child(process, facts["pid"], facts["dsn"], facts["uid"], tuple(facts["applied"]))
        yield child
    finally:
        if child is None:
            process.kill()
            await process.wait()
        else:
            await child.goes_away()


def kill_everything(server: EmbeddedPostgres) -> None:
    """Kill the postmaster and all its children at one blow, like the machine's last moment."""
    kill_processes(servers_in(server.data_dir / "cluster"), signal.SIGKILL)


async def write(dsn: str, *values: int) -> None:
    """Keep numbers in the database."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("CREATE TABLE IF NOT EXISTS kept (n integer)")
        await connection.executemany("INSERT INTO kept VALUES ($1)", [(n,) for n in values])
    finally:
        await connection.close()


async def kept(dsn: str) -> list[int]:
    """Read the numbers that were kept."""
    connection = await asyncpg.connect(dsn)
    try:
        return [row["n"] for row in await connection.fetch("SELECT n FROM kept ORDER BY n")]
    finally:
        await connection.close()


async def ask(dsn: str, query: str) -> object:
    """Return one value."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def mode(path: Path) -> int:
    """Return the permission bits of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def owner(path: Path | str) -> int:
    """Return the user who owns a file, a folder or, under /proc, a process."""
    return os.stat(path).st_uid


def state(pid: int) -> str:
    """Return the kernel's letter for a process: R, S, T, Z …; empty when there is none."""
    try:
        line = Path("/proc", str(pid), "stat").read_text()
    except OSError:
        return ""
    return line.rpartition(")")[2].split()[0]
