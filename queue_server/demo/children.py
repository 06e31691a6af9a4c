"""Keeps the programs of a demonstration running: each in a session of its own, back within 3 s."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from core_services.clock import Clock

logger = structlog.get_logger()

FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 1.0
"""With the second or so that a program takes to start, one that dies is back within 3 s."""
STABLE_AFTER_S = 5.0
"""A program that ran so long is started again without a longer pause."""
STOP_TIMEOUT_S = 5.0
REFUSED = 2
"""The exit code of a program whose settings are wrong: it would end like that again."""
_LONGEST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Program:
    """One program to keep running."""

    name: str
    command: Sequence[str]
    log: Path
    """Its standard output and error are appended here."""


class Child:
    """One running program; `run` keeps it, `stop` ends it for good."""

    def __init__(
        self, program: Program, clock: Clock, on_start: Callable[[str, int], None]
    ) -> None:
        self._program = program
        self._clock = clock
        self._on_start = on_start
        self._process: asyncio.subprocess.Process | None = None
        self._is_wanted = True
        self._turn = asyncio.Lock()
        """Held while starting, so that a stop never misses a process that is just coming up."""
        self._stopped = asyncio.Event()
        self._log_began = 0
        self.refusal: str | None = None
        """What the program said when it last refused its settings."""

    async def run(self) -> None:
        """Start the program and start it again whenever it ends, until stopped."""
        pause_s = FIRST_PAUSE_S
        while True:
            began = self._clock.monotonic()
            try:
                process = await self._start()
            except OSError as error:
                logger.error("program_not_started", program=self._program.name, reason=str(error))
            else:
                if process is None:
                    return
                code = await process.wait()
                if self._stopped.is_set():
                    return
                self.refusal = await asyncio.to_thread(self._words) if code == REFUSED else None
                logger.warning("program_ended", program=self._program.name, code=code)
            if self._clock.monotonic() - began >= STABLE_AFTER_S:
                pause_s = FIRST_PAUSE_S
            await self._clock.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def stop(self) -> None:
        """Ask the program to stop, and end it when it does not within `STOP_TIMEOUT_S`."""
        self._stopped.set()
        async with self._turn:
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

    async def _start(self) -> asyncio.subprocess.Process | None:
        """Start the program; None when it is stopped. Raises OSError when it cannot be run."""
        async with self._turn:
            if self._stopped.is_set():
                return None
            with self._program.log.open("ab") as log:
                self._log_began = log.tell()
                self._process = await asyncio.create_subprocess_exec(
                    *self._program.command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            self._on_start(self._program.name, self._process.pid)
            return self._process

    def _words(self) -> str:
        """Return what the program said to people since its start; its facts are lines of JSON."""
        with self._program.log.open("rb") as log:
            log.seek(self._log_began)
            text = log.read().decode(errors="replace")[-_LONGEST_WORDS:]
        return "\n".join(line for line in text.splitlines() if not line.startswith("{"))


class Children:
    """All programs of a demonstration, by name."""

    def __init__(self, clock: Clock, on_change: Callable[[Mapping[str, int]], None]) -> None:
        """`on_change` gets the pids by name whenever a program has started."""
        self._clock = clock
        self._on_change = on_change
        self._children: dict[str, Child] = {}
        self._pids: dict[str, int] = {}

    @property
    def pids(self) -> Mapping[str, int]:
        """The process ids by the programs' names, the latest of each."""
        return dict(self._pids)

    @property
    def refusals(self) -> Mapping[str, str]:
        """What those programs say that refuse their settings, by their names."""
        return {
            name: child.refusal
            for name, child in self._children.items()
            if child.refusal is not None
        }

    def keep(self, program: Program, tasks: asyncio.TaskGroup) -> None:
        """Keep a program running from now on."""
        child = Child(program, self._clock, self.note)
        self._children[program.name] = child
        tasks.create_task(child.run())

    async def stop(self, *names: str) -> None:
        """Stop these programs at once, each for good."""
        known = [self._children[name] for name in names if name in self._children]
        async with asyncio.TaskGroup() as tasks:
            for child in known:
                tasks.create_task(child.stop())

    def note(self, name: str, pid: int) -> None:
        """Note the pid of a program, be it one that others keep running (the database)."""
        if self._pids.get(name) != pid:
            self._pids[name] = pid
            self._on_change(self.pids)
