"""Where a virtual scanner stands as a path: a pseudo-terminal, or a FIFO of input events.

Unplugged, the path is gone, as a device's is; plugged in, it is a new one.
"""

import asyncio
import contextlib
import fcntl
import os
import struct
import termios
import tty
from collections.abc import Callable
from pathlib import Path

from drivers.clock import Clock
from drivers.transports.input_event import EVENT
from drivers.virtual.scanner.head import SPILL_S, Head

_AT_ONCE = EVENT.size * 170
"""Below PIPE_BUF, so that a pipe takes it whole or not at all, and whole events."""


class PathLine:
    """The scanner's end of a path that somebody else opens."""

    def __init__(self, path: Path, fd: int, waiting_fd: int, clock: Clock) -> None:
        """Own both descriptors; what nobody took can be thrown away through `waiting_fd`."""
        self._path = path
        self._fd = fd
        self._waiting_fd = waiting_fd
        self._clock = clock
        self._is_dropped = False
        self._stirred = asyncio.Event()
        self._sent = asyncio.Event()

    async def read(self) -> bytes:
        """Return orders; b"" once the plug was pulled."""
        raise NotImplementedError

    def send(self, data: bytes) -> None:
        """Send; what does not fit any more is lost."""
        for start in range(0, len(data), _AT_ONCE):
            if self._is_dropped:
                return
            try:
                os.write(self._fd, data[start : start + _AT_ONCE])
            except BlockingIOError:
                return
            self._sent.set()

    def drop(self) -> None:
        """Pull the plug; `close` must follow."""
        if not self._is_dropped:
            self._is_dropped = True
            self._path.unlink(missing_ok=True)
            self._stirred.set()

    def close(self) -> None:
        """Pull the plug if it is in, and give everything back."""
        self.drop()
        for fd in {self._fd, self._waiting_fd}:
            os.close(fd)

    async def spill(self) -> None:
        """Throw away what nobody has taken for a while, until cancelled."""
        while True:
            self._sent.clear()
            await self._sent.wait()
            await self._clock.sleep(SPILL_S)
            self._throw_away()

    def _throw_away(self) -> None:
        raise NotImplementedError


class PtyLine(PathLine):
    """A serial port: a link to the far end of a pseudo-terminal."""

    @classmethod
    def open(cls, path: Path, clock: Clock) -> "PtyLine":
        """Make the port; raises OSError."""
        near, far = os.openpty()
        tty.setraw(far)
        os.set_blocking(near, False)
        path.unlink(missing_ok=True)
        path.symlink_to(os.ttyname(far))
        return cls(path, near, far, clock)

    async def read(self) -> bytes:
        loop = asyncio.get_running_loop()
        while not self._is_dropped:
            self._stirred.clear()
            try:
                return os.read(self._fd, 512)
            except BlockingIOError:
                loop.add_reader(self._fd, self._stirred.set)
                try:
                    await self._stirred.wait()
                finally:
                    loop.remove_reader(self._fd)
        return b""

    def _throw_away(self) -> None:
        termios.tcflush(self._waiting_fd, termios.TCIFLUSH)


class FifoLine(PathLine):
    """An input device: a FIFO. It can't be told anything, and can't be grabbed."""

    @classmethod
    def open(cls, path: Path, clock: Clock) -> "FifoLine":
        """Make the FIFO; raises OSError."""
        path.unlink(missing_ok=True)
        os.mkfifo(path, 0o600)
        # Both ways, so that whoever opens it finds the scanner at the other end.
        fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        return cls(path, fd, fd, clock)

    async def read(self) -> bytes:
        while not self._is_dropped:
            await self._stirred.wait()
        return b""

    def _throw_away(self) -> None:
        waiting = struct.unpack("i", fcntl.ioctl(self._fd, termios.FIONREAD, bytes(4)))[0]
        with contextlib.suppress(BlockingIOError):
            os.read(self._fd, waiting)


async def stand_at(head: Head, open_line: Callable[[], PathLine]) -> None:
    """Be there whenever the cable is in, until cancelled."""
    while True:
        await head.until_plugged()
        line = open_line()
        try:
            async with asyncio.TaskGroup() as tasks:
                spilling = tasks.create_task(line.spill())
                await head.attend(line)
                spilling.cancel()
        finally:
            line.close()
