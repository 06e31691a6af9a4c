"""One of several server processes behind one port: `python -m queue_server.processes.worker`.

Its supervisor gives it two descriptors, the listening socket and the pair over which both speak.
"""

import asyncio
import signal
import socket
import sys
from collections.abc import Coroutine
from functools import partial
from typing import Any

import structlog
import typer
from aiohttp import web

from core_services.clock import SystemClock
from core_services.pulse import Pulse
from core_services.watchdog import Systemd, watched
from queue_server.app import open_parts, set_up_first
from queue_server.console import run, settings_from
from queue_server.database import require_migrated
from queue_server.memory import freeze_what_stays, use_one_heap
from queue_server.processes.leave import leave
from queue_server.processes.words import LEAVE, SILENCE_S, Begin, next_line
from queue_server.routes import application_of
from queue_server.settings import ServerSettings
from queue_server.tls.serving import certificate_of, keep_fresh, warn_of_plain_lan
from queue_server.web.health import is_ready, status_of

logger = structlog.get_logger()


async def _work(listener: socket.socket, pair: socket.socket) -> None:
    reader, writer = await asyncio.open_connection(sock=pair)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, reader.feed_eof)
    told = await next_line(reader)
    if not told:  # the supervisor is gone already
        return
    begin = Begin.model_validate_json(told)
    settings = settings_from(
        begin.config,
        logs_level=None,
        listen=begin.listen,
        data_dir=begin.data_dir,
        processes=begin.processes,
    )
    try:
        if begin.sets_up:
            await _set_up(settings, listener, reader, writer)
            return
        await require_migrated(begin.app_dsn, is_training=settings.training)
        await _serve(settings, begin.app_dsn, listener, reader, writer)
    finally:
        writer.close()


async def _set_up(
    settings: ServerSettings,
    listener: socket.socket,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Serve the set-up until there is a centre, or the supervisor has us end."""
    clock, stop = SystemClock(), asyncio.Event()
    certificate = certificate_of(settings.tls_files, clock)

    async def hear() -> None:
        await next_line(reader)
        stop.set()

    async with asyncio.TaskGroup() as tasks:
        hearing = tasks.create_task(hear())
        await set_up_first(settings, listener, clock, _Supervisor(writer), stop, certificate)
        hearing.cancel()


async def _serve(
    settings: ServerSettings,
    dsn: str,
    listener: socket.socket,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    """Serve until told to leave, or until the supervisor is gone."""
    clock = SystemClock()
    pulse = Pulse(clock)
    certificate = certificate_of(settings.tls_files, clock)
    async with open_parts(settings, dsn, clock=clock, pulse=pulse) as parts:
        app = application_of(parts)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=3.0)
        await runner.setup()
        try:
            context = None if certificate is None else certificate.context
            await web.SockSite(runner, listener, backlog=1024, ssl_context=context).start()
            freeze_what_stays()
            logger.info("serving", listen=settings.listen, tls=certificate is not None)
            if settings.is_plain_lan:
                warn_of_plain_lan(settings.listen)
            async with (
                watched(
                    _Supervisor(writer),
                    pulse,
                    is_ready=partial(is_ready, app),
                    status=lambda: status_of(app, settings.listen),
                    clock=clock,
                ),
                asyncio.TaskGroup() as tasks,
            ):
                fresh = tasks.create_task(keep_fresh(certificate))
                if await next_line(reader) == LEAVE:
                    logger.info("leaving")
                    await _leave_with_patience(reader, leave(runner, app, parts.agents, parts.hub))
                fresh.cancel()
            logger.info("stopping")
        finally:
            await runner.cleanup()


async def _leave_with_patience(
    reader: asyncio.StreamReader, leaving: Coroutine[Any, Any, None]
) -> None:
    """Leave, but no longer than the supervisor lets us."""
    async with asyncio.TaskGroup() as tasks:
        going = tasks.create_task(leaving)
        told = tasks.create_task(next_line(reader))
        await asyncio.wait([going, told], return_when=asyncio.FIRST_COMPLETED)
        going.cancel()
        told.cancel()


class _Supervisor(Systemd):
    """Hears from this process what systemd hears from a program."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        super().__init__(watchdog_s=SILENCE_S)
        self._writer = writer

    @property
    def is_there(self) -> bool:
        return True

    def tell(self, *assignments: str) -> None:
        if not self._writer.is_closing():
            self._writer.writelines(f"{each}\n".encode() for each in assignments)


def main() -> None:
    """Serve on the descriptors that the arguments name, and leave with a command's exit codes."""
    use_one_heap()
    listener, pair = (socket.socket(fileno=int(word)) for word in sys.argv[1:3])
    try:
        run(_work(listener, pair), is_server=True)
    except typer.Exit as leaving:
        sys.exit(leaving.exit_code)


if __name__ == "__main__":
    main()
