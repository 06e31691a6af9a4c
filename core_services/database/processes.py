"""PostgreSQL's processes as the kernel sees them: found by their folder, held by a pidfd."""

import asyncio
import os
import select
import signal
import subprocess
from pathlib import Path


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

    def let_go(self) -> None:
        """Give the handle back; the process itself is left as it is."""
        os.close(self._handle)


def servers_in(cluster: Path) -> set[int]:
    """Return the numbers of PostgreSQL's living processes that work in this data directory.

    Every PostgreSQL process has its data directory as its working directory. Zombies have none.
    """
    wanted = os.path.realpath(cluster)
    return {pid for pid in _all_pids() if _works_in(pid, wanted)}


def recorded_postmaster(cluster: Path) -> int | None:
    """Return the first line of postmaster.pid, if there is such a file with a number in it."""
    try:
        words = (cluster / "postmaster.pid").read_text().split()
    except FileNotFoundError:
        return None
    return int(words[0]) if words and words[0].isdigit() else None


def kill_processes(pids: set[int], number: signal.Signals) -> None:
    """Signal each of these; those that have gone are passed over."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


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
