"""A virtual device at the end of a serial line: a pseudo-terminal with a name that stays.

Like a USB device that plays a serial line it vanishes when it loses its power or its plug is
pulled, and comes back as another terminal under the same name, as with udev.
"""

import asyncio
import contextlib
import os
import termios
import tty
from pathlib import Path

_READ_BYTES = 512


class SerialLine:
    """The device's end of one pseudo-terminal; `name` leads to the other.

    Both ends are held open, so that programs may come and go.
    """

    def __init__(self, name: Path) -> None:
        """Make the line and its name, which an earlier one may have left; raises OSError."""
        self.name = name
        self._end, self._other = os.openpty()
        tty.setraw(self._other)
        os.set_blocking(self._end, False)
        self._is_open = True
        self._waiting: asyncio.Future[None] | None = None
        # Moved into place: there is no moment in which the name leads elsewhere.
        beside = name.with_name(f".{name.name}.new")
        beside.unlink(missing_ok=True)
        beside.symlink_to(os.ttyname(self._other))
        beside.replace(name)

    def anew(self) -> "SerialLine":
        """Return another line under the same name. Raises OSError."""
        return SerialLine(self.name)

    async def read(self) -> bytes:
        """Return what arrived; b"" once the line was cut."""
        while self._is_open:
            with contextlib.suppress(BlockingIOError):
                return os.read(self._end, _READ_BYTES)
            await self._until_readable()
        return b""

    def send(self, data: bytes) -> None:
        """Answer; lost when nobody reads for long, as on a real line."""
        if self._is_open:
            with contextlib.suppress(BlockingIOError):
                os.write(self._end, data)

    def throw_away(self) -> None:
        """Lose what was sent and nobody has read."""
        if self._is_open:
            termios.tcflush(self._other, termios.TCIFLUSH)

    def drop(self) -> None:
        """Hang up: whoever has the line open hears of it at once, and what was on its way is lost.

        The name leads nowhere until the line is there again.
        """
        if not self._is_open:
            return
        self._is_open = False
        self._wake()
        self.name.unlink(missing_ok=True)
        os.close(self._other)
        os.close(self._end)

    async def _until_readable(self) -> None:
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        loop.add_reader(self._end, self._wake)
        try:
            await self._waiting
        finally:
            self._wake()

    def _wake(self) -> None:
        if self._waiting is not None:
            asyncio.get_running_loop().remove_reader(self._end)
            if not self._waiting.done():
                self._waiting.set_result(None)
            self._waiting = None
