"""Websockets by hand, as cheap as they can be: neither side of a bench shall be its limit."""

import asyncio
import base64
import hashlib
import os
from collections.abc import Callable
from typing import Final, cast

_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_HEAD_END: Final = b"\r\n\r\n"
TEXT: Final = 0x1
PING: Final = 0x9
PONG: Final = 0xA


def frame(payload: bytes, *, opcode: int = TEXT, masked: bool = False) -> bytes:
    """Return one whole frame (RFC 6455 §5.2); a mask of zeros leaves the payload as it is."""
    size, mask = len(payload), 0x80 if masked else 0
    if size < 126:
        head = bytes((0x80 | opcode, mask | size))
    elif size < 65536:
        head = bytes((0x80 | opcode, mask | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, mask | 127)) + size.to_bytes(8, "big")
    return head + (bytes(4) if masked else b"") + payload


def read_frame(data: bytes, start: int) -> tuple[int, bytes, int] | None:
    """Return opcode, payload and where the next begins; None while the frame is not whole.

    A masked payload comes as it lies there: only masks of zeros are sent here.
    """
    if len(data) < start + 2:
        return None
    size, at = data[start + 1] & 0x7F, start + 2
    if size == 126:
        size, at = int.from_bytes(data[at : at + 2], "big"), at + 2
    elif size == 127:
        size, at = int.from_bytes(data[at : at + 8], "big"), at + 8
    if data[start + 1] & 0x80:
        at += 4
    end = at + size
    return None if len(data) < end else (data[start] & 0x0F, data[at:end], end)


class ScreenSocket(asyncio.Protocol):
    """A screen's end: greets as a device, answers pings, hands on every text frame."""

    def __init__(self, token: str, hello: bytes, on_text: Callable[[bytes], None]) -> None:
        self._token = token
        self._hello = hello
        self._on_text = on_text
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            (
                "GET /ws/agent HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                f"Authorization: Bearer {self._token}\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        if not self.opened.done():
            head, end, buffer = buffer.partition(_HEAD_END)
            if not end:
                self._buffer = head
                return
            self._open(head)
        at = 0
        while (found := read_frame(buffer, at)) is not None:
            opcode, payload, at = found
            if opcode == TEXT:
                self._on_text(payload)
            elif opcode == PING and self._transport is not None:
                self._transport.write(frame(payload, opcode=PONG, masked=True))
        self._buffer = buffer[at:]

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("closed at the handshake"))

    def stall(self) -> None:
        """Read nothing from now on."""
        if self._transport is not None:
            self._transport.pause_reading()

    def close(self) -> None:
        """Cut the socket."""
        if self._transport is not None:
            self._transport.abort()

    def _open(self, head: bytes) -> None:
        if not head.startswith(b"HTTP/1.1 101") or self._transport is None:
            self.opened.set_exception(ConnectionError(head.decode(errors="replace")))
            return
        self._transport.write(frame(self._hello, masked=True))
        self.opened.set_result(None)


class BareServerSocket(asyncio.Protocol):
    """A server's end that knows nothing: it takes the handshake and stands in a set."""

    def __init__(self, everyone: "set[asyncio.Transport]") -> None:
        self._everyone = everyone
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._transport is None or self._transport in self._everyone:
            return
        lines = data.decode("latin-1").splitlines()
        key = next(line[19:] for line in lines if line.startswith("Sec-WebSocket-Key: "))
        accept = base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()
        self._transport.write(
            (
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
            ).encode()
        )
        self._everyone.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._everyone.discard(self._transport)
