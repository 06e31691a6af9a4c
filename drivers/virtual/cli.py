"""`shubbak-devices`: virtual devices as programs, for demonstrations, tests and training."""

import asyncio
import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from aiohttp import web
from PIL import Image
from pydantic import ValidationError

from drivers.clock import SystemClock
from drivers.printers.profiles import PROFILES, Profile
from drivers.virtual.faults import FaultChange
from drivers.virtual.mechanism import Mechanism
from drivers.virtual.network import listening_socket, serve
from drivers.virtual.page import create_page
from drivers.virtual.slips import Slips

app = typer.Typer(
    help="Virtual devices that speak the bytes of real ones.",
    no_args_is_help=True,
    add_completion=False,
)


@app.callback()
def devices() -> None:
    """Keep `printer` a command of its own, since other devices will stand beside it."""


@app.command()
def printer(
    listen: Annotated[
        str, typer.Option(help="Where it is printed to, HOST:PORT; port 0 takes a free one.")
    ] = "127.0.0.1:9100",
    http: Annotated[
        str, typer.Option(help="Where its page is, HOST:PORT; port 0 takes a free one.")
    ] = "127.0.0.1:9101",
    profile: Annotated[
        str, typer.Option(help="Which printer it plays: " + ", ".join(PROFILES))
    ] = "epson-576",
    output: Annotated[Path, typer.Option(help="The folder for its slips, one PNG each.")] = Path(
        "slips"
    ),
    rows_per_s: Annotated[
        float, typer.Option(min=0, help="How fast it prints; 1200 is 150 mm/s, 0 is at once.")
    ] = 1200,
    fault: Annotated[
        list[str] | None,
        typer.Option(help="Begin with a fault, FIELD=VALUE, such as paper=out; may be repeated."),
    ] = None,
) -> None:
    """Run a virtual ESC/POS printer until it is told to stop.

    Each line on its standard input changes a fault: paper=ok|near_end|out, cover=closed|open,
    online=yes|no, cutter=ok|stuck, replies=yes|no, bytes_per_s=N (0 is full speed),
    power=on|off|cycle. The same goes as JSON to POST /faults.
    """
    if profile not in PROFILES:
        raise typer.BadParameter(f"choose one of {', '.join(PROFILES)}", param_hint="--profile")
    try:
        changes = [parse_fault(words) for words in fault or []]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fault") from error
    try:
        sockets = _listen("--listen", listen), _listen("--http", http)
        slips = Slips(output, SystemClock())
    except OSError as error:
        typer.echo(f"cannot start: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    asyncio.run(_run(PROFILES[profile], slips, rows_per_s, changes, *sockets))


def main() -> None:
    """Run the command line."""
    app()


def parse_fault(words: str) -> FaultChange:
    """Read `FIELD=VALUE`. Raises ValueError with a sentence that says what is wrong."""
    field, equals, value = words.strip().partition("=")
    if not equals:
        raise ValueError(f"write FIELD=VALUE, not {words.strip()!r}")
    try:
        return FaultChange.model_validate({field.strip(): value.strip()})
    except ValidationError as error:
        problem = error.errors()[0]
        raise ValueError(f"{words.strip()!r}: {problem['msg']}") from error


async def _run(
    profile: Profile,
    slips: Slips,
    rows_per_s: float,
    changes: list[FaultChange],
    printing: socket.socket,
    browsing: socket.socket,
) -> None:
    def keep(image: Image.Image) -> None:
        slips.add(image)

    mechanism = Mechanism(profile, SystemClock(), on_slip=keep, rows_per_s=rows_per_s)
    for change in changes:
        mechanism.change(change)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    pages = web.AppRunner(create_page(mechanism, slips, profile.name), access_log=None)
    await pages.setup()
    await web.SockSite(pages, browsing, shutdown_timeout=0.2).start()
    try:
        async with asyncio.TaskGroup() as tasks:
            life = [
                tasks.create_task(mechanism.run()),
                tasks.create_task(serve(mechanism, printing)),
            ]
            threading.Thread(target=_read_commands, args=(mechanism, loop), daemon=True).start()
            ready = {"listen": _address(printing), "http": f"http://{_address(browsing)}"}
            print(json.dumps(ready), flush=True)
            await stop.wait()
            for task in life:
                task.cancel()
    finally:
        await pages.cleanup()


def _read_commands(mechanism: Mechanism, loop: asyncio.AbstractEventLoop) -> None:
    """Read fault changes from standard input; a plain thread, since a terminal can't be awaited."""
    rest = b""
    while data := os.read(0, 4096):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            words = line.decode("utf-8", "replace").strip()
            if not words:
                continue
            try:
                change = parse_fault(words)
            except ValueError as error:
                print(error, file=sys.stderr, flush=True)
                continue
            loop.call_soon_threadsafe(mechanism.change, change)


def _listen(option: str, address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise typer.BadParameter("write HOST:PORT", param_hint=option)
    return listening_socket(host.strip("[]"), int(port))


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
