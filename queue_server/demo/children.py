"""Keeps the programs of a demonstration running: each in a session of its own, back within 3 s."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

logger = structlog.get_logger()

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 2.0
STABLE_AFTER_S = 5.0
"""A program that ran so long is started again without a pause."""
STOP_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Program:
    """One program to keep running."""

    name: str
    command: Sequence[str]
    log: Path
    """Its standard output and error are appended here."""


class Child:
    """One running program; `run` keeps it, `stop` ends it for good."""

    def __init__(self, program: Program, on_start: Callable[[str, int], None]) -> None:
        self._program = program
        self._on_start = on_start
        self._process: asyncio.subprocess.Process | None = None
        self._is_wanted = True

    async def run(self) -> None:
        """Start the program and start it again whenever it ends, until stopped."""
        loop = asyncio.get_running_loop()
        pause_s = FIRST_PAUSE_S
        while True:
            began = loop.time()
            self._process = await self._start()
            self._on_start(self._program.name, self._process.pid)
            code = await self._process.wait()
            if self._is_stopped():
                return
            logger.warning("program_ended", program=self._program.name, code=code)
            if loop.time() - began >= STABLE_AFTER_S:
                pause_s = FIRST_PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def stop(self) -> None:
        """Ask the program to stop, and end it when it does not within `STOP_TIMEOUT_S`."""
        self._is_wanted = False
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            logger.warning("program_killed", program=self._program.name)
            process.kill()
            await process.wait()

    def _is_stopped(self) -> bool:
        return not self._is_wanted

    async def _start(self) -> asyncio.subprocess.Process:
        with self._program.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *self._program.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


class Children:
    """All programs of a demonstration, by name."""

    def __init__(self, on_change: Callable[[Mapping[str, int]], None]) -> None:
        """`on_change` gets the pids by name whenever a program has started."""
        self._on_change = on_change
        self._children: dict[str, Child] = {}
        self._pids: dict[str, int] = {}

    def keep(self, program: Program, tasks: asyncio.TaskGroup) -> None:
        """Keep a program running from now on."""
        child = Child(program, self._started)
        self._children[program.name] = child
        tasks.create_task(child.run())

    async def stop(self, *names: str) -> None:
        """Stop these programs at once, each for good."""
        known = [self._children[name] for name in names if name in self._children]
        async with asyncio.TaskGroup() as tasks:
            for child in known:
                tasks.create_task(child.stop())

    def note(self, name: str, pid: int) -> None:
        """Note the pid of something that others keep running (the database)."""
        if self._pids.get(name) != pid:
            self._started(name, pid)

    def _started(self, name: str, pid: int) -> None:
        self._pids[name] = pid
        self._on_change(dict(self._pids))


def end_remains(pids: Mapping[str, int], marker: str) -> None:
    """End programs that an earlier, killed demonstration of this folder left running.

    A pid counts only when its command line names `marker` (the folder), so nothing else is hit.
    """
    for name, pid in pids.items():
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if marker in command:
            logger.info("ending_remains", program=name, pid=pid)
            os.kill(pid, signal.SIGKILL)
