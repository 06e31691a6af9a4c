"""The limit of commit → screen: LISTEN, and the same bytes to every socket, knowing nothing.

`python -m benchmarks.broadcast` takes its `Programme` as JSON on standard input, prints a line when
it listens, and runs until it is ended. It reads no hall, encodes nothing and keeps no account.
"""

import asyncio
import re
import signal
import sys

import asyncpg
import uvloop
from pydantic import BaseModel

from benchmarks.sockets import BareServerSocket, frame
from queue_server.live.feed import CHANNEL


class Programme(BaseModel):
    """Where to listen, and what to send at each notification."""

    port: int
    dsn: str
    called: str
    board: str


async def broadcast(programme: Programme) -> None:
    """Send the call to every socket, then the board, whenever the database notifies."""
    everyone: set[asyncio.Transport] = set()
    loop = asyncio.get_running_loop()
    board = frame(programme.board.encode())
    before, after = re.split(r'(?<="call":\{"id":)\d+', programme.called, maxsplit=1)

    def tell(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        revision = str(payload).partition(":")[2]
        called = frame(f"{before}{revision}{after}".encode())
        for transport in everyone:
            transport.write(called)
        for transport in everyone:
            transport.write(board)

    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    connection = await asyncpg.connect(programme.dsn)
    await connection.add_listener(CHANNEL, tell)
    server = await loop.create_server(
        lambda: BareServerSocket(everyone), "127.0.0.1", programme.port, backlog=1024
    )
    print("listening", flush=True)
    await stop.wait()
    server.close()
    await connection.close()


if __name__ == "__main__":
    uvloop.run(broadcast(Programme.model_validate_json(sys.stdin.readline())))
