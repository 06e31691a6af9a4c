"""A virtual bus behind a pseudo-terminal, as a USB converter looks to a program."""

import asyncio
import os
import tty

from drivers.clock import Clock
from drivers.virtual.panel.wall import Wall

_READ_BYTES = 512
_LOOK_EVERY_S = 0.1


class PtyLine:
    """The device's end of a pseudo-terminal; the other end is `path`.

    Both ends are held open, so that a program may come and go.
    """

    def __init__(self) -> None:
        self._fd, self._other = os.openpty()
        tty.setraw(self._other)
        os.set_blocking(self._fd, False)
        self.path = os.ttyname(self._other)
        self._is_dropped = False
        self._stirred = asyncio.Event()

    async def read(self) -> bytes:
        """Return what arrived; b"" once the line was dropped."""
        loop = asyncio.get_running_loop()
        while not self._is_dropped:
            try:
                return os.read(self._fd, _READ_BYTES)
            except BlockingIOError:
                self._stirred.clear()
                loop.add_reader(self._fd, self._stirred.set)
                try:
                    await self._stirred.wait()
                finally:
                    loop.remove_reader(self._fd)
        return b""

    def send(self, data: bytes) -> None:
        try:
            os.write(self._fd, data)
        except BlockingIOError:
            return  # nobody reads: lost, as on a wire

    def drop(self) -> None:
        self._is_dropped = True
        self._stirred.set()

    def close(self) -> None:
        """Take the terminal away."""
        os.close(self._fd)
        os.close(self._other)

    async def serve(self, wall: Wall, clock: Clock) -> None:
        """Serve the wall until cancelled; while it is unplugged bytes go nowhere."""
        while True:
            self._is_dropped = False
            await wall.attend(self)
            while not wall.is_plugged():
                await clock.sleep(_LOOK_EVERY_S)
                self._discard()

    def _discard(self) -> None:
        try:
            while os.read(self._fd, _READ_BYTES):
                pass
        except BlockingIOError:
            return
