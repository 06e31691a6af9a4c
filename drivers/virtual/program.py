"""Runs virtual devices as a program: their lives, their pages, the faults typed on its input."""

import asyncio
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import typer
from aiohttp import web
from pydantic import BaseModel, ValidationError

Change = TypeVar("Change", bound=BaseModel)
HttpOption = Annotated[
    str, typer.Option(help="Where its page is, HOST:PORT; port 0 takes a free one.")
]
Life = Callable[[], Coroutine[object, object, None]]
"""What runs until it is cancelled."""


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


@contextmanager
def starting() -> Iterator[None]:
    """End the command with the system's words when what it needs can't be opened."""
    try:
        yield
    except OSError as error:
        typer.echo(f"cannot start: {error.strerror}", err=True)
        raise typer.Exit(1) from error


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


@dataclass(frozen=True, slots=True)
class Device(Generic[Change]):
    """One virtual device, ready to live in a program.

    `lives` run until they are cancelled. `change` takes what `kind` reads, from the page, from
    standard input and from the program's options. `ready` is what the program prints of it.
    """

    lives: Sequence[Life]
    page: Callable[[], web.Application]
    browsing: socket.socket
    ready: Mapping[str, str]
    kind: type[Change]
    change: Callable[[Change], None]

    def ready_line(self) -> dict[str, str]:
        """Return what is printed once everything answers: its own facts and its page."""
        return {**self.ready, "http": f"http://{address_of(self.browsing)}"}

    def obey(self, words: str) -> None:
        """Take a change as a person types it. Raises ValueError with a sentence."""
        self.change(parse_fault(words, self.kind))


def run_program(device: Device[Any]) -> None:
    """Let one device live until SIGTERM or SIGINT.

    Prints one line of JSON when everything answers. Each line on standard input is a change,
    `FIELD=VALUE`.
    """
    asyncio.run(_run([device], device.ready_line(), device.obey))


def run_together(devices: Mapping[str, Device[Any]]) -> None:
    """Let several devices live in one program; the line of JSON holds each under its name.

    Each line on standard input is a change of one of them, `NAME.FIELD=VALUE`.
    """

    def obey(words: str) -> None:
        name, dot, change = words.partition(".")
        if not dot or name not in devices:
            raise ValueError(f"write NAME.FIELD=VALUE, with one of {', '.join(devices)}")
        devices[name].obey(change)

    ready = {name: device.ready_line() for name, device in devices.items()}
    asyncio.run(_run(list(devices.values()), ready, obey))


async def _run(
    devices: Sequence[Device[Any]], ready: Mapping[str, Any], obey: Callable[[str], None]
) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as pages:
        for device in devices:
            runner = web.AppRunner(device.page(), access_log=None)
            await runner.setup()
            pages.push_async_callback(runner.cleanup)
            await web.SockSite(runner, device.browsing, shutdown_timeout=0.2).start()
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(life()) for device in devices for life in device.lives]
            threading.Thread(target=_read_commands, args=(obey, loop), daemon=True).start()
            print(json.dumps(ready), flush=True)
            await stop.wait()
            for task in running:
                task.cancel()


def _read_commands(obey: Callable[[str], None], loop: asyncio.AbstractEventLoop) -> None:
    """Read fault changes from standard input; a plain thread, since a terminal can't be awaited."""

    def take(words: str) -> None:
        try:
            obey(words)
        except ValueError as error:
            print(error, file=sys.stderr, flush=True)

    rest = b""
    while data := os.read(0, 4096):
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            if words := line.decode("utf-8", "replace").strip():
                loop.call_soon_threadsafe(take, words)
