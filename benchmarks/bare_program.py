"""The limit of memory: the same libraries loaded and at rest, with nothing of ours in them.

`python -m benchmarks.bare_program server|kiosk|display [DSN]` prints a line when it rests, and
runs until it is ended.
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


async def rest(kind: str, dsn: str | None) -> None:
    """Serve one page, with what that kind of program cannot do without."""
    import jinja2

    Nothing()
    structlog.get_logger()
    environment = jinja2.Environment()
    environment.from_string("{{ nothing }}").render()
    kept: list[object] = [environment, typer]
    if kind == "server" and dsn is not None:
        kept += [await asyncpg.connect(dsn) for _ in range(8)]
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
    await stop.wait()


if __name__ == "__main__":
    work = rest(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)
    if sys.argv[1] == "server":
        uvloop.run(work)
    else:
        asyncio.run(work)
