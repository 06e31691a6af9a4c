"""The limit of memory: the same libraries loaded and at rest, with nothing of ours in them.

`python -m benchmarks.bare_program server|kiosk|display [DSN [TIMES]]` prints a line when it rests,
and runs until it is ended; it asks the database for a number so many times a second.
"""

import asyncio
import signal
import sys

import asyncpg
import structlog
import typer
import uvloop
from aiohttp import web
from pydantic import BaseModel


class Nothing(BaseModel):
    """Makes pydantic load what every program of ours has loaded."""


async def rest(kind: str, dsn: str | None, times: float) -> None:
    """Serve one page, with what that kind of program cannot do without."""
    import jinja2

    Nothing()
    structlog.get_logger()
    environment = jinja2.Environment()
    environment.from_string("{{ nothing }}").render()
    kept: list[object] = [environment, typer]
    connections: list[asyncpg.Connection] = []
    if kind == "server" and dsn is not None:
        settings = {"application_name": "bare program"}
        connections = [await asyncpg.connect(dsn, server_settings=settings) for _ in range(8)]
        kept += connections
    if kind == "kiosk":
        import typst
        from escpos.printer import Dummy
        from PIL import Image

        kept += [typst.Fonts(), Dummy(), Image.new("1", (576, 800))]
    runner = web.AppRunner(web.Application())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print("resting", flush=True)
    while times and connections and not stop.is_set():
        await connections[0].fetchval("SELECT 1")
        await asyncio.sleep(1 / times)
    await stop.wait()


if __name__ == "__main__":
    kind, *more = sys.argv[1:]
    work = rest(kind, more[0] if more else None, float(more[1]) if len(more) > 1 else 0.0)
    if kind == "server":
        uvloop.run(work)
    else:
        asyncio.run(work)
