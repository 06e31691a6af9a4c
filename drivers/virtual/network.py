"""Stands a virtual printer on a TCP port, where it serves one link at a time as real ones do."""

import asyncio
import socket
import struct

from drivers.virtual.mechanism import Mechanism

_RECEIVE_BUFFER_BYTES = 4096
"""Small, so that a printer that can't print soon makes its sender wait, as real ones do."""
_READ_BYTES = 512


def listening_socket(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 takes a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's delay off only where it is.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        listener.bind((host, port))
        listener.listen(8)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


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


async def serve(mechanism: Mechanism, listener: socket.socket) -> None:
    """Serve until cancelled; a second caller waits for the first to leave."""
    free = asyncio.Lock()
    lines: set[SocketLine] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = SocketLine(reader, writer)
        lines.add(line)
        try:
            async with free:
                if mechanism.faults.power == "off":
                    line.drop()
                else:
                    await mechanism.attend(line)
        finally:
            lines.discard(line)
            writer.close()

    server = await asyncio.start_server(answer, sock=listener, limit=_READ_BYTES)
    try:
        await server.serve_forever()
    finally:
        for line in list(lines):
            line.drop()
