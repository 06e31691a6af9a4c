"""PostgreSQL's processes as the kernel sees them: found by their folder, held by a pidfd."""

import asyncio
import os
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

import structlog

ENVIRONMENT: Final = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
"""All that the server's programs see of our environment: no stray PG… variable reaches them."""

logger = structlog.get_logger()


class ServerProcess:
    """A postmaster, our child or adopted, held so that its number cannot come to mean another."""

    def __init__(self, pid: int, child: "subprocess.Popen[bytes] | None" = None) -> None:
        """Take hold of a process; raises ProcessLookupError when it has gone already."""
        self.pid = pid
        self._child = child
        self._handle = os.pidfd_open(pid)

    @property
    def is_alive(self) -> bool:
        """Tell whether it has not ended; a zombie has ended."""
        poll = select.poll()
        poll.register(self._handle, select.POLLIN)
        return not poll.poll(0)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; harmless when the process has ended."""
        if self.is_alive:
            signal.pidfd_send_signal(self._handle, number)

    async def ended(self) -> None:
        """Wait until it has ended, and reap it when it is our child."""
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        handle = os.dup(self._handle)
        loop.add_reader(handle, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(handle)
            os.close(handle)
        if self._child is not None:
            self._child.wait()

    async def ended_within(self, seconds: float) -> bool:
        """Wait that long at most; tell whether it has ended."""
        try:
            async with asyncio.timeout(seconds):
                await self.ended()
        except TimeoutError:
            return False
        return True

    async def shut_down(self) -> bool:
        """End it as gently as it allows; tell whether it has ended (at the latest after 40 s)."""
        for how, patience_s in (
            (signal.SIGINT, 30.0),  # fast: roll open transactions back, write a checkpoint
            (signal.SIGQUIT, 5.0),  # immediate: recovery at the next start
            (signal.SIGKILL, 5.0),
        ):
            self.signal(how)
            if await self.ended_within(patience_s):
                return True
        return False

    async def abort(self) -> None:
        """End it at once and leave the rest to recovery at the next start."""
        self.signal(signal.SIGQUIT)
        if not await self.ended_within(5.0):
            self.signal(signal.SIGKILL)
            await self.ended_within(5.0)

    def let_go(self) -> None:
        """Give the handle back; the process itself is left as it is, but reaped if it ended."""
        if self._child is not None:
            self._child.poll()
        os.close(self._handle)


def launch(command: list[str], *, folder: Path, log: Path, limit_bytes: int) -> ServerProcess:
    """Start the server in a session of its own, writing to its log, which is turned when large."""
    if log.exists() and log.stat().st_size > limit_bytes:
        log.rename(log.with_name(f"{log.name}.old"))
    with log.open("ab") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=folder,
            env=ENVIRONMENT,
            start_new_session=True,  # Ctrl-C in a terminal is for us to answer, not for it
        )
    return ServerProcess(child.pid, child)


async def end_orphans(cluster: Path, *, patience_s: float) -> None:
    """Wait for the children of a dead postmaster to end; kill those that are stuck."""
    deadline = time.monotonic() + patience_s
    while orphans := servers_in(cluster):
        if time.monotonic() > deadline:
            logger.warning("killing children of a dead database", pids=sorted(orphans))
            kill_processes(orphans, signal.SIGKILL)
            deadline += patience_s
        await asyncio.sleep(0.02)


def servers_in(cluster: Path) -> set[int]:
    """Return the numbers of PostgreSQL's living processes that work in this data directory.

    Every PostgreSQL process has its data directory as its working directory. Zombies have none.
    """
    wanted = os.path.realpath(cluster)
    return {pid for pid in _all_pids() if _works_in(pid, wanted)}


def recorded_postmaster(cluster: Path) -> int | None:
    """Return the number in the first line of postmaster.pid, if there is one."""
    lines = _pid_file(cluster)
    return int(lines[0]) if lines and lines[0].isdigit() else None


def recorded_sockets(cluster: Path) -> Path | None:
    """Return the socket folder in the fifth line of postmaster.pid, once it is written there."""
    lines = _pid_file(cluster)
    return Path(lines[4]) if len(lines) > 5 and lines[4] else None


def ready_sockets(cluster: Path) -> Path | None:
    """Return the socket folder of a server that says in postmaster.pid that it is ready.

    Line 8 is the state (`miscadmin.h`, LOCK_FILE_LINE_PM_STATUS).
    """
    lines = _pid_file(cluster)
    is_ready = len(lines) > 7 and lines[7].strip() == "ready"
    return Path(lines[4]) if is_ready and lines[4] else None


def kill_processes(pids: set[int], number: signal.Signals) -> None:
    """Signal each of these; those that have gone are passed over."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def _pid_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text().split("\n")
    except FileNotFoundError:
        return []


def _all_pids() -> list[int]:
    return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]


def _works_in(pid: int, folder: str) -> bool:
    try:
        return (
            Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
            and os.readlink(f"/proc/{pid}/cwd") == folder
        )
    except OSError:  # gone meanwhile, a zombie, or another user's
        return False
