"""Writing to one socket: at once while it has room, else by one task with a limit of time."""

import asyncio
import socket
from collections.abc import Callable
from functools import lru_cache

from aiohttp import WSMsgType, web

from queue_server.live.subscriber import Subscriber

SEND_TIMEOUT_S = 10.0
"""A receiver that takes nothing for so long is cut."""
CLOSE_TIMEOUT_S = 2.0
"""How long we wait for the other side's part of the closing."""
_BUFFER_BYTES = 64 * 1024
"""In the kernel, for each socket: a stalled receiver is noticed while little is stale."""
_OWED_BYTES = 4 * 1024
"""What a socket may owe and still be written to at once: a call, and the board that follows it."""


def new_websocket(*, heartbeat_s: float, largest_message: int) -> web.WebSocketResponse:
    """Return a websocket without compression, which answers to a lost peer within 1.5 heartbeats.

    `writer_limit=0` makes each send wait while the transport's buffer is full, so that what is
    newer can still win in the subscriber's slot.
    """
    return web.WebSocketResponse(
        compress=False,
        heartbeat=heartbeat_s,
        timeout=CLOSE_TIMEOUT_S,
        max_msg_size=largest_message,
        writer_limit=0,
    )


def cutter(request: web.Request) -> Callable[[], None]:
    """Bound what the kernel holds for this request's socket, and return what cuts it at once."""
    transport = request.transport
    if transport is None:
        return lambda: None
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
    return transport.abort


def writer_at_once(ws: web.WebSocketResponse, request: web.Request) -> Callable[[bytes], bool]:
    """Return what gives a text frame to a prepared websocket now; False when it must wait its turn.

    A wake-up of the socket's task, its timer and its wait cost five times the write itself, and a
    call is given to every screen of the hall in one go.
    """
    transport = request.transport

    def write(text: bytes) -> bool:
        if (
            transport is None
            or ws.closed
            or transport.is_closing()
            or transport.get_write_buffer_size() > _OWED_BYTES
        ):
            return False
        transport.write(_text_frame(text))
        return True

    return write


@lru_cache(maxsize=64)
def _text_frame(text: bytes) -> bytes:
    """Return a server's whole text frame (RFC 6455 §5.2), made once for all who are sent it."""
    size = len(text)
    if size < 126:
        return bytes((0x81, size)) + text
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big") + text
    return b"\x81\x7f" + size.to_bytes(8, "big") + text


async def write_frames(ws: web.WebSocketResponse, subscriber: Subscriber) -> None:
    """Send the subscriber's frames until it ends or the socket dies, then close the socket.

    One frame a turn: a call reaches every display before the first of them gets its whole board.
    """
    try:
        while (frame := await subscriber.next()) is not None:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await ws.send_frame(frame, WSMsgType.TEXT)
            await asyncio.sleep(0)
    except TimeoutError:
        subscriber.end(None, f"too slow: it took nothing for {SEND_TIMEOUT_S:.0f} s")
    except ConnectionError:
        subscriber.end(None, "connection lost")
    ending = subscriber.ending
    if ending is not None and ending.code is not None:
        await ws.close(code=ending.code, message=ending.reason.encode())
