"""One server process as its supervisor sees it: started, ready, told to leave, stopped."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from queue_server.processes.errors import NotReady
from queue_server.processes.words import LEAVE, READY, SILENCE_S, Begin, next_line

READY_WITHIN_S: Final = 120.0
"""A machine that is busy with something else takes long; giving up early would help nobody."""
LEFT_WITHIN_S: Final = 40.0
"""Longer than a process takes that leaves as it was told to."""
STOPPED_WITHIN_S: Final = 15.0
_SAYS_WHERE_WITHIN_S: Final = 5.0

logger = structlog.get_logger()


class Share:
    """One process; the supervisor holds the other end of its pair of sockets."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def ready(self) -> None:
        """Return once it serves; raises NotReady when it ends, or is silent for too long."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                if await next_line(self._reader) == READY:
                    return
        except TimeoutError:
            await self.stop()
            raise NotReady(
                f"a new server process did not serve within {READY_WITHIN_S:.0f} s"
            ) from None
        await self.stop()
        code = await self.ended()
        raise NotReady(f"a new server process ended with code {code} before it served")

    async def ended(self) -> int:
        """Return its exit code when it has ended; negative: by that signal."""
        return await self._process.wait()

    async def watched(self) -> int:
        """Return its exit code when it has ended, or was ended since it said nothing for long, or
        since it has said its last and does not go.

        It says on its standard error where each of its threads stood.
        """
        said: bytes | None = b"begun"
        while said:
            # Twice: a supervisor that stood still itself looks late once, and has not listened yet.
            said = await self._word_within(SILENCE_S / 2) or await self._word_within(SILENCE_S / 2)
        if said is None:
            logger.error("process_hangs", pid=self.pid)
            self._send(signal.SIGABRT)
            if not await self._ended_within(_SAYS_WHERE_WITHIN_S):
                self._send(signal.SIGKILL)
        await self.stop()
        return await self.ended()

    async def leave(self) -> None:
        """Have it finish what it has, and return when it has ended."""
        if self.is_alive:
            self._writer.write(LEAVE)
            if not await self._ended_within(LEFT_WITHIN_S):
                logger.warning("process_did_not_leave", pid=self.pid)
        await self.stop()

    def let_go(self) -> None:
        """Have it stop by itself: nobody is at the other end of its pair any more."""
        self._writer.close()

    async def stop(self) -> None:
        """End it now, by force when it does not."""
        self.let_go()
        if self.is_alive and not await self._ended_within(STOPPED_WITHIN_S):
            logger.warning("process_killed", pid=self.pid)
            self._send(signal.SIGKILL)
            await self._process.wait()

    def _send(self, number: signal.Signals) -> None:
        """Signal it; harmless when it has ended just now."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def _word_within(self, seconds: float) -> bytes | None:
        """Return its next line, b"" when there will be none, None when it said nothing."""
        try:
            async with asyncio.timeout(seconds):  # wait_for may swallow a cancellation until 3.12
                return await next_line(self._reader)
        except TimeoutError:
            return None

    async def _ended_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._process.wait()
        except TimeoutError:
            return False
        return True


async def start_share(begin: Begin, listener: socket.socket) -> Share:
    """Start a process on the shared listening socket. Raises OSError."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            *_command(listener.fileno(), theirs.fileno()),
            stdin=asyncio.subprocess.DEVNULL,
            pass_fds=(listener.fileno(), theirs.fileno()),
            start_new_session=True,  # Ctrl-C is for the supervisor to answer
        )
    reader, writer = await asyncio.open_connection(sock=ours)
    writer.write(begin.model_dump_json().encode() + b"\n")
    return Share(process, reader, writer)


def _command(*descriptors: int) -> Sequence[str | Path]:
    """Return the words that start a process of the program as it is installed now."""
    return (python_now(), "-m", "queue_server.processes.worker", *map(str, descriptors))


def python_now() -> Path:
    """Return the Python beside the command that was started, as its folder stands now.

    Where that folder is reached by a link, an update turns the link to another installation, and
    each process keeps to the one that it was started from. The program itself is not followed: in
    an environment it is a link to the system's.
    """
    beside = Path(os.path.realpath(os.path.dirname(os.path.abspath(sys.argv[0]))), "python")
    return beside if os.access(beside, os.X_OK) else Path(sys.executable)
