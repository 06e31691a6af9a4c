"""A link over plain file descriptors: sockets, FIFOs, character devices, files.

Descriptors rather than asyncio's streams, because a stream's buffer hides how many bytes left it.
"""

import asyncio
import fcntl
import os
import select
import stat
import struct
import termios
from collections.abc import Callable
from typing import Any

from drivers.errors import LinkLost, reason_of
from drivers.transports.transport import PIECE_BYTES

_PAUSE_S = 0.05
"""Between looks at a device that the kernel calls ready and that is not: usblp answers a read with
nothing while the printer has nothing to say, and calls a printer without paper writable."""


class DescriptorTransport:
    """Own non-blocking descriptors until closed; `reply_fd` may be the same one, or None."""

    def __init__(
        self,
        url: str,
        fd: int,
        reply_fd: int | None,
        *,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self.url = url
        self.accepted = 0
        self._fd = fd
        self._reply_fd = reply_fd if reply_fd is not None and _can_be_waited_for(reply_fd) else None
        self._on_close = on_close
        self._mode = os.fstat(fd).st_mode
        self._may_read_nothing = stat.S_ISCHR(self._mode) and not os.isatty(fd)
        self._open = True
        self._owned = {fd} if reply_fd is None else {fd, reply_fd}

    @property
    def carries_replies(self) -> bool:
        return self._reply_fd is not None

    async def write(self, data: bytes | memoryview) -> int:
        loop = asyncio.get_running_loop()
        piece = data[:PIECE_BYTES]
        waits = 0
        while True:
            self._must_be_open()
            try:
                accepted = os.write(self._fd, piece)
            except BlockingIOError:
                await _until(loop.add_writer, loop.remove_writer, self._fd)
                waits += 1
                if waits > 1:
                    await asyncio.sleep(_PAUSE_S)
            except OSError as error:
                raise LinkLost(self.url, reason_of(error)) from error
            else:
                self.accepted += accepted
                return accepted

    async def read(self) -> bytes:
        loop = asyncio.get_running_loop()
        while self._reply_fd is None:
            await loop.create_future()
        while True:
            self._must_be_open()
            try:
                data = os.read(self._reply_fd, 4096)
            except BlockingIOError:
                await _until(loop.add_reader, loop.remove_reader, self._reply_fd)
                continue
            except OSError as error:
                raise LinkLost(self.url, reason_of(error)) from error
            if data:
                return data
            if not self._may_read_nothing:
                raise LinkLost(self.url, "closed by the device")
            await asyncio.sleep(_PAUSE_S)

    def pending(self) -> int:
        request = termios.FIONREAD if stat.S_ISFIFO(self._mode) else termios.TIOCOUTQ
        try:
            answer = fcntl.ioctl(self._fd, request, struct.pack("i", 0))
        except OSError:
            return 0
        return int(struct.unpack("i", answer)[0])

    async def close(self) -> None:
        if not self._open:
            return
        self._open = False
        if self._on_close is not None:
            self._on_close()
            return
        for fd in self._owned:
            os.close(fd)

    def _must_be_open(self) -> None:
        if not self._open:
            raise LinkLost(self.url, "closed by ourselves")


async def _until(watch: Callable[..., Any], forget: Callable[[int], Any], fd: int) -> None:
    ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    watch(fd, _wake, ready)
    try:
        await ready
    finally:
        forget(fd)


def _wake(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)


def _can_be_waited_for(fd: int) -> bool:
    """Tell whether the kernel can wake us for this descriptor: not for plain files, /dev/null."""
    with select.epoll() as poll:
        try:
            poll.register(fd, select.EPOLLIN)
        except PermissionError:
            return False
    return True
