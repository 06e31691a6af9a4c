"""Runs one virtual device as a program: its life, its page, the faults typed on standard input."""

import asyncio
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import TypeVar

import typer
from aiohttp import web
from pydantic import BaseModel, ValidationError

Change = TypeVar("Change", bound=BaseModel)


def parse_fault(words: str, kind: type[Change]) -> Change:
    """Read `FIELD=VALUE`. Raises ValueError with a sentence that says what is wrong."""
    field, equals, value = words.strip().partition("=")
    if not equals:
        raise ValueError(f"write FIELD=VALUE, not {words.strip()!r}")
    try:
        return kind.model_validate({field.strip(): value.strip()})
    except ValidationError as error:
        problem = error.errors()[0]
        raise ValueError(f"{words.strip()!r}: {problem['msg']}") from error


def parse_faults(words: Sequence[str], kind: type[Change]) -> list[Change]:
    """Read the faults of an option `--fault`; a wrong one ends the command with its sentence."""
    try:
        return [parse_fault(each, kind) for each in words]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--fault") from error


def listening_socket(
    host: str, port: int, *, receive_buffer_bytes: int | None = None
) -> socket.socket:
    """Open a listening socket; port 0 takes a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's delay off only where it is.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if receive_buffer_bytes is not None:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        listener.bind((host, port))
        listener.listen(8)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def listen(option: str, address: str, *, receive_buffer_bytes: int | None = None) -> socket.socket:
    """Open the socket that an option names as HOST:PORT. Raises BadParameter, OSError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise typer.BadParameter("write HOST:PORT", param_hint=option)
    return listening_socket(host.strip("[]"), int(port), receive_buffer_bytes=receive_buffer_bytes)


def address_of(listener: socket.socket) -> str:
    """Return HOST:PORT of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def run_program(
    *,
    lives: Sequence[Callable[[], Coroutine[object, object, None]]],
    page: Callable[[], web.Application],
    browsing: socket.socket,
    ready: Mapping[str, str],
    kind: type[Change],
    change: Callable[[Change], None],
) -> None:
    """Live until SIGTERM or SIGINT.

    Prints one line of JSON when everything answers: `ready` and the page's address as `http`. Each
    line on standard input is a change, `FIELD=VALUE`.
    """
    asyncio.run(_run(lives, page, browsing, ready, kind, change))


async def _run(
    lives: Sequence[Callable[[], Coroutine[object, object, None]]],
    page: Callable[[], web.Application],
    browsing: socket.socket,
    ready: Mapping[str, str],
    kind: type[Change],
    change: Callable[[Change], None],
) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    pages = web.AppRunner(page(), access_log=None)
    await pages.setup()
    await web.SockSite(pages, browsing, shutdown_timeout=0.2).start()
    try:
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(life()) for life in lives]
            threading.Thread(target=_read_commands, args=(kind, change, loop), daemon=True).start()
            http = f"http://{address_of(browsing)}"
            print(json.dumps({**ready, "http": http}), flush=True)
            await stop.wait()
            for task in running:
                task.cancel()
    finally:
        await pages.cleanup()


def _read_commands(
    kind: type[Change], change: Callable[[Change], None], loop: asyncio.AbstractEventLoop
) -> None:
    """Read fault changes from standard input; a plain thread, since a terminal can't be awaited."""
    rest = b""
    while data := os.read(0, 4096):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            words = line.decode("utf-8", "replace").strip()
            if not words:
                continue
            try:
                wanted = parse_fault(words, kind)
            except ValueError as error:
                print(error, file=sys.stderr, flush=True)
                continue
            loop.call_soon_threadsafe(change, wanted)
