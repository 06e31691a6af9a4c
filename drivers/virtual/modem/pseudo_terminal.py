"""Gives a virtual device a pseudo-terminal, under a name that stays when it is unplugged."""

import asyncio
import contextlib
import os
import tty
from collections.abc import Awaitable, Callable
from pathlib import Path

from drivers.virtual.lines import Line

_READ_BYTES = 512


class TerminalLine:
    """The device's end; the other end is what a program opens."""

    def __init__(self) -> None:
        self._fd, self._other = os.openpty()
        tty.setraw(self._other)
        os.set_blocking(self._fd, False)
        self.path = os.ttyname(self._other)
        # Kept open, so that the terminal outlives the programs that open and close it.
        self._is_open = True
        self._stirred = asyncio.Event()

    async def read(self) -> bytes:
        loop = asyncio.get_running_loop()
        while self._is_open:
            try:
                return os.read(self._fd, _READ_BYTES)
            except BlockingIOError:
                pass
            self._stirred.clear()
            loop.add_reader(self._fd, self._stirred.set)
            try:
                await self._stirred.wait()
            finally:
                if self._is_open:
                    loop.remove_reader(self._fd)
        return b""

    def send(self, data: bytes) -> None:
        """Answer; what nobody reads is lost, as on a cable."""
        if self._is_open:
            with contextlib.suppress(BlockingIOError):
                os.write(self._fd, data)

    def drop(self) -> None:
        """Unplug it: whoever has it open sees its end."""
        if not self._is_open:
            return
        self._is_open = False
        asyncio.get_running_loop().remove_reader(self._fd)
        os.close(self._fd)
        os.close(self._other)
        self._stirred.set()


async def serve_terminal(
    attend: Callable[[Line], Awaitable[None]],
    path: Path,
    *,
    until_power: Callable[[], Awaitable[None]],
) -> None:
    """Stand the device at `path`, a link to whichever terminal it has now, until cancelled.

    Unplugged and plugged in again it is another terminal behind the same name, as with udev.
    """
    while True:
        await until_power()
        line = TerminalLine()
        _name(path, line.path)
        try:
            await attend(line)
        finally:
            _unname(path)
            line.drop()


def _name(path: Path, terminal: str) -> None:
    """Let the path lead to a terminal, without a moment in which it leads elsewhere."""
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(terminal)
    unfinished.replace(path)


def _unname(path: Path) -> None:
    path.unlink(missing_ok=True)
