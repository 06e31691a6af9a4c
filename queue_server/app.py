"""The composition root: the centre's server over its database, and the program that serves it.

`parts` puts the server together, `routes` says what it answers, `background` what it does besides,
`machines` whom it meets over the link.
"""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import structlog
from aiohttp import web

from core_services.clock import Clock, SystemClock
from core_services.database.migrations import SERVERS, newest_number
from core_services.database.pool import open_pool
from core_services.people.passwords import Passwords
from core_services.pulse import Pulse
from core_services.watchdog import Systemd, watched
from queue_server.background import background_work, is_policy_due, keep_house
from queue_server.configuration import NoCentre
from queue_server.database import RestoreUnfinished, reach_as_server, require_migrated
from queue_server.memory import freeze_what_stays, use_one_heap
from queue_server.parts import Parts, put_together
from queue_server.processes.supervisor import open_listener
from queue_server.routes import application_of
from queue_server.settings import ServerSettings
from queue_server.setup.leftovers import forget_setup
from queue_server.setup.restoring import awaits_keys
from queue_server.setup.serving import set_up
from queue_server.tls.serving import (
    LiveCertificate,
    certificate_of,
    keep_fresh,
    warn_of_plain_lan,
)
from queue_server.web.health import is_ready, status_of

logger = structlog.get_logger()

POOL_SIZE = 6
POOL_SIZE_OF_SEVERAL = 4
"""4–8 write connections in all; 32 are slower (docs/performance.md)."""


@asynccontextmanager
async def open_parts(
    settings: ServerSettings, dsn: str, *, clock: Clock, pulse: Pulse | None = None
) -> AsyncIterator[Parts]:
    """Put the server together over a migrated database with a centre, and run its background work.

    Raises NoCentre, DatabaseError.
    """
    size = POOL_SIZE if settings.processes == 1 else POOL_SIZE_OF_SEVERAL
    name = f"{SERVERS} {await asyncio.to_thread(newest_number):04}"
    pool = await open_pool(dsn, size=size, application_name=name)
    passwords = Passwords()
    try:
        parts = await put_together(
            settings, dsn, pool, passwords, clock=clock, pulse=pulse or Pulse(clock)
        )
        if is_policy_due(parts):
            await keep_house(parts)  # nobody is answered by the rules of the day before
        await parts.broadcasts.look()  # no screen that comes back loses an emergency for a moment
        async with asyncio.TaskGroup() as background:
            running = [background.create_task(work) for work in background_work(parts)]
            yield parts
            for task in running:
                task.cancel()
    finally:
        passwords.close()
        await pool.close()


@asynccontextmanager
async def open_server(
    settings: ServerSettings,
    dsn: str,
    *,
    clock: Clock | None = None,
    pulse: Pulse | None = None,
) -> AsyncIterator[web.Application]:
    """Build the server over a migrated database with a centre, and run its background work.

    Raises NoCentre, DatabaseError. The application is for one event loop.
    """
    async with open_parts(settings, dsn, clock=clock or SystemClock(), pulse=pulse) as parts:
        yield application_of(parts)


async def serve(settings: ServerSettings) -> None:
    """Run the server as one process until SIGTERM or SIGINT; agents come back by themselves.

    A database without a centre is set up first. SIGHUP has the certificate read again; one process
    cannot make room for its successor. Raises SettingsError (the certificate is no good),
    DatabaseError, OSError (the port is taken).
    """
    use_one_heap()
    clock = SystemClock()
    systemd = Systemd.of(os.environ)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    certificate = certificate_of(settings.tls_files, clock)
    loop.add_signal_handler(signal.SIGHUP, partial(_reread, certificate))
    if await asyncio.to_thread(awaits_keys, settings):
        logger.warning("keys_awaited", folder=str(settings.data_dir / "keys"))
    else:
        try:
            await _serve_centre(settings, clock, systemd, stop, certificate)
        except (NoCentre, RestoreUnfinished) as error:
            logger.info("no_centre_yet", why=type(error).__name__)
        else:
            return
    with open_listener(settings.host, settings.port) as listener:
        if await set_up_first(settings, listener, clock, systemd, stop, certificate):
            certificate = certificate_of(settings.tls_files, clock)  # a restore may bring one
            loop.add_signal_handler(signal.SIGHUP, partial(_reread, certificate))
            await _serve_centre(settings, clock, systemd, stop, certificate, listener=listener)


async def set_up_first(
    settings: ServerSettings,
    listener: socket.socket,
    clock: Clock,
    systemd: Systemd,
    stop: asyncio.Event,
    certificate: LiveCertificate | None,
) -> bool:
    """Serve the set-up until there is a centre; False: told to stop. Raises as `set_up` does."""
    ready = asyncio.Event()

    async def is_served() -> bool:
        return ready.is_set()

    async with watched(
        systemd,
        Pulse(clock),
        is_ready=is_served,
        status=lambda: f"waits to be set up at {settings.listen}",
        clock=clock,
        is_last=stop.is_set,
    ):
        return await set_up(
            settings,
            listener,
            stop=stop,
            clock=clock,
            context=None if certificate is None else certificate.context,
            ready=ready,
        )


async def _serve_centre(
    settings: ServerSettings,
    clock: Clock,
    systemd: Systemd,
    stop: asyncio.Event,
    certificate: LiveCertificate | None,
    *,
    listener: socket.socket | None = None,
) -> None:
    """Serve until told to stop, on a socket that is there already or on one of its own.

    Raises NoCentre, DatabaseError, OSError.
    """
    pulse = Pulse(clock)
    context = None if certificate is None else certificate.context
    taken: OSError | None = None
    async with reach_as_server(settings) as addresses:
        await require_migrated(addresses.app, is_training=settings.training)
        async with open_server(settings, addresses.app, clock=clock, pulse=pulse) as app:
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=3.0)
            await runner.setup()
            try:
                site: web.BaseSite
                if listener is None:
                    site = web.TCPSite(
                        runner, settings.host, settings.port, backlog=1024, ssl_context=context
                    )
                else:
                    site = web.SockSite(runner, listener, backlog=1024, ssl_context=context)
                await site.start()
            except OSError as error:  # raised out of here, it would come as a group
                taken = error
            else:
                freeze_what_stays()
                await asyncio.to_thread(forget_setup, settings.data_dir)
                logger.info("serving", listen=settings.listen, tls=certificate is not None)
                if settings.is_plain_lan:
                    warn_of_plain_lan(settings.listen)
                async with (
                    watched(
                        systemd,
                        pulse,
                        is_ready=partial(is_ready, app),
                        status=lambda: status_of(app, settings.listen),
                        clock=clock,
                    ),
                    asyncio.TaskGroup() as tasks,
                ):
                    fresh = tasks.create_task(keep_fresh(certificate))
                    await stop.wait()
                    fresh.cancel()
                logger.info("stopping")
            finally:
                await runner.cleanup()
    if taken is not None:
        raise taken


def _reread(certificate: LiveCertificate | None) -> None:
    """Answer SIGHUP: what can be read again while one process serves is the certificate."""
    if certificate is None:
        logger.warning("reload_needs_several_processes")
    else:
        certificate.asked.set()
