"""A virtual scanner that plays a keyboard: its end of a FIFO of input events.

It can't be told anything, and can't be grabbed as a device can.
"""

import asyncio
import contextlib
import fcntl
import os
import struct
import termios
from pathlib import Path

from drivers.transports.input_event import EVENT

_AT_ONCE = EVENT.size * 170
"""Below PIPE_BUF, so that a pipe takes it whole or not at all, and whole events."""


class FifoLine:
    """The scanner's end of a FIFO at `name`."""

    def __init__(self, name: Path) -> None:
        """Make the FIFO, in the place of one that an earlier line left; raises OSError."""
        self.name = name
        name.unlink(missing_ok=True)
        os.mkfifo(name, 0o600)
        # Both ways, so that whoever opens it finds the scanner at the other end.
        self._fd = os.open(name, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._is_open = True
        self._dropped = asyncio.Event()

    def anew(self) -> "FifoLine":
        """Return another line under the same name. Raises OSError."""
        return FifoLine(self.name)

    async def read(self) -> bytes:
        """Return b"" once the plug was pulled."""
        await self._dropped.wait()
        return b""

    def send(self, data: bytes) -> None:
        """Press the keys; what does not fit any more is lost."""
        with contextlib.suppress(BlockingIOError):
            for start in range(0, len(data) if self._is_open else 0, _AT_ONCE):
                os.write(self._fd, data[start : start + _AT_ONCE])

    def throw_away(self) -> None:
        """Lose what was sent and nobody has read."""
        if not self._is_open:
            return
        waiting = struct.unpack("i", fcntl.ioctl(self._fd, termios.FIONREAD, bytes(4)))[0]
        with contextlib.suppress(BlockingIOError):
            os.read(self._fd, waiting)

    def drop(self) -> None:
        """Pull the plug."""
        if self._is_open:
            self._is_open = False
            self.name.unlink(missing_ok=True)
            os.close(self._fd)
            self._dropped.set()
