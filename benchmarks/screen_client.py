"""A process that is a thousand hall screens and the clerk who calls: one clock stamps both.

`python -m benchmarks.screen_client` takes its `Orders` as JSON on standard input and prints what it
`Saw` on standard output.
"""

import asyncio
import gc
import re
import socket
import sys
import time
from datetime import date
from typing import Final

import uvloop
from pydantic import BaseModel

from benchmarks.days import CLERK
from benchmarks.sockets import ScreenSocket
from core_services.clock import SystemClock
from core_services.database.pool import Connection, connect
from core_services.link.greeting_frames import Hello
from queue_server.demo.setup import CENTRE_ID
from queue_server.tickets import store

SETTLE_S: Final = 1.0
_CALLED: Final = re.compile(rb'\{"type":"called".*?"call":\{"id":(\d+)')
_AT_ONCE: Final = 50
_STALLED_BUFFER_BYTES: Final = 4096


class Orders(BaseModel):
    """What to be and to do."""

    port: int
    screens: dict[str, str]
    """Tokens by the names of the screens that read."""
    stalled: dict[str, str] = {}
    """The same of those that stop reading once they are connected."""
    dsn: str
    day: date
    calls: int
    every_s: float


class Saw(BaseModel):
    """What came of it."""

    taken_ms: list[float]
    """From the order to the database until the frame was read, call by call, screen by screen."""
    missed: int
    """Frames that never came."""
    called: str
    board: str
    """The frames themselves, as last received."""


class Screens:
    """Notes when each call reached each screen."""

    def __init__(self) -> None:
        self.arrivals: dict[int, list[float]] = {}
        self.called = self.board = b""

    def hear(self, payload: bytes) -> None:
        """Stamp a call; keep the latest of the other frames."""
        now = time.perf_counter()
        found = _CALLED.match(payload)
        if found is not None:
            self.arrivals.setdefault(int(found[1]), []).append(now)
            self.called = payload
        elif payload.startswith(b'{"type":"board"'):
            self.board = payload


async def be_screens(orders: Orders) -> Saw:
    """Connect, call at an even pace, and wait for the last frames."""
    screens = Screens()
    sockets: list[ScreenSocket] = []
    devices = list(orders.screens.items())
    for start in range(0, len(devices), _AT_ONCE):
        sockets += await asyncio.gather(
            *(_screen(orders.port, *each, screens) for each in devices[start : start + _AT_ONCE])
        )
    for each in orders.stalled.items():
        stalled = await _screen(orders.port, *each, screens, small=True)
        stalled.stall()
    await asyncio.sleep(SETTLE_S)
    screens.arrivals.clear()
    gc.collect()
    gc.freeze()
    connection = await connect(orders.dsn, application_name="shubbak bench clerk")
    began = await _call(connection, orders)
    await asyncio.sleep(SETTLE_S)
    await connection.close()
    if any(each.is_lost for each in sockets):
        raise ConnectionError("a screen that reads was cut off")
    taken = [
        (arrival - began[call]) * 1000
        for call, arrivals in screens.arrivals.items()
        if call in began
        for arrival in arrivals
    ]
    return Saw(
        taken_ms=taken,
        missed=len(orders.screens) * len(began) - len(taken),
        called=screens.called.decode(),
        board=screens.board.decode(),
    )


async def _screen(
    port: int, name: str, token: str, screens: Screens, *, small: bool = False
) -> ScreenSocket:
    hello = Hello(version="bench", device=name, journal_id=name).model_dump_json().encode()
    raw = socket.socket()
    if small:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _STALLED_BUFFER_BYTES)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, ("127.0.0.1", port))
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _, screen = await loop.create_connection(
        lambda: ScreenSocket(token, hello, screens.hear), sock=raw
    )
    await screen.opened
    return screen


async def _call(connection: Connection, orders: Orders) -> dict[int, float]:
    """Press *finish and call next* at windows 1 to 9 in turn; return when, by the call's id."""
    clock = SystemClock()
    began: dict[int, float] = {}
    for number in range(orders.calls):
        await asyncio.sleep(orders.every_s)
        at = time.perf_counter()
        ticket = await store.call_next(
            connection,
            CENTRE_ID,
            day=orders.day,
            at=clock.now(),
            window=number % 9 + 1,
            actor=CLERK,
            own_only=False,
            finish=True,
            outcome="done",
            claim=None,
        )
        if ticket is None or ticket.call_id is None:
            raise LookupError("nobody waits any more")
        began[ticket.call_id] = at
    return began


if __name__ == "__main__":
    done = uvloop.run(be_screens(Orders.model_validate_json(sys.stdin.buffer.read())))
    sys.stdout.buffer.write(done.model_dump_json().encode())
    sys.stdout.buffer.flush()
