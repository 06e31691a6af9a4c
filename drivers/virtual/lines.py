"""A virtual device's end of a link: sockets served one at a time, as real devices serve them."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Protocol

RECEIVE_BUFFER_BYTES = 4096
"""Small, so that a device that can't go on soon makes its sender wait, as real ones do."""
_READ_BYTES = 512


class Line(Protocol):
    """The device's end of a link."""

    async def read(self) -> bytes:
        """Return what arrived; b"" at the end."""
        ...

    def send(self, data: bytes) -> None:
        """Answer; lost when nobody listens."""
        ...

    def drop(self) -> None:
        """Cut the link from this side."""
        ...


class SocketLine:
    """One accepted connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._is_dropped = False

    async def read(self) -> bytes:
        """Return what arrived; nothing more once the link was dropped, though it had arrived."""
        try:
            data = await self._reader.read(_READ_BYTES)
        except ConnectionError:
            return b""
        return b"" if self._is_dropped else data

    def send(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)

    def drop(self) -> None:
        """Reset the connection, as a power cut does to those who write to it later."""
        self._is_dropped = True
        if self._writer.is_closing():
            return
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


async def serve(
    attend: Callable[[Line], Awaitable[None]],
    listener: socket.socket,
    *,
    has_power: Callable[[], bool] = lambda: True,
) -> None:
    """Give each caller to `attend` until cancelled; a second waits for the first to leave."""
    free = asyncio.Lock()
    lines: set[SocketLine] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = SocketLine(reader, writer)
        lines.add(line)
        try:
            async with free:
                if has_power():
                    await attend(line)
                else:
                    line.drop()
        finally:
            lines.discard(line)
            writer.close()

    server = await asyncio.start_server(answer, sock=listener, limit=_READ_BYTES)
    try:
        await server.serve_forever()
    finally:
        for line in list(lines):
            line.drop()
