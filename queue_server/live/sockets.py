"""Writing to one socket: the only task that does, bounded in time, and the closing of it."""

import asyncio
import socket
from collections.abc import Callable

from aiohttp import WSMsgType, web

from queue_server.live.subscriber import Subscriber

SEND_TIMEOUT_S = 10.0
"""A receiver that takes nothing for so long is cut."""
CLOSE_TIMEOUT_S = 2.0
"""How long we wait for the other side's part of the closing."""
_BUFFER_BYTES = 64 * 1024
"""In the kernel, for each socket: a stalled receiver is noticed while little is stale."""


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
