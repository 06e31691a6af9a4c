"""Serves the set-up of a server whose database holds no centre, until there is one.

One process does it, however many will serve. The listening socket outlives it: whoever asks while
the server follows waits in its queue.
"""

import asyncio
import socket
import ssl
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final

import structlog
from aiohttp import web

from core_services.clock import Clock
from core_services.database.errors import DatabaseError
from core_services.database.pool import open_pool
from queue_server.console import say
from queue_server.database import (
    OwnerUnknown,
    RestoreUnfinished,
    reach_as_server,
    require_migrated,
)
from queue_server.settings import ServerSettings
from queue_server.setup.desk import SetupDesk, open_desk
from queue_server.setup.leftovers import forget_setup
from queue_server.setup.restoring import awaits_keys, forget_restore, was_begun
from queue_server.store_centre import list_centres
from queue_server.tls.serving import warn_of_plain_lan
from queue_server.web.setup.install import setup_application

LOOK_EVERY_S: Final = 1.0
"""How soon a centre is seen that somebody loads by command."""
OUTCOME_SHOWN_S: Final = 8.0
"""So long the outcome of a restore waits to be looked at before the server follows anyway."""

REFUSED_STILL_READ_S: Final = 2.0
"""So long a browser may go on sending a file that was refused, before its line is closed."""

logger = structlog.get_logger()


async def set_up(
    settings: ServerSettings,
    listener: socket.socket,
    *,
    stop: asyncio.Event,
    clock: Clock,
    context: ssl.SSLContext | None = None,
    ready: asyncio.Event | None = None,
) -> bool:
    """Serve the set-up on that socket. True: there is a centre; False: it was told to stop.

    `ready` is set once it is served. Raises DatabaseError, OSError.
    """
    work = _Work(settings, listener, stop, clock, context, ready or asyncio.Event())
    try:
        await work.run()
    finally:
        await work.close()
    if work.is_over:
        await asyncio.to_thread(forget_setup, settings.data_dir)
        logger.info("set_up")
    return work.is_over


class _Work:
    """A set-up under way: its pages are served from when the database is first there."""

    def __init__(
        self,
        settings: ServerSettings,
        listener: socket.socket,
        stop: asyncio.Event,
        clock: Clock,
        context: ssl.SSLContext | None,
        ready: asyncio.Event,
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._stop = stop
        self._clock = clock
        self._context = context
        self._ready = ready
        self._desk: SetupDesk | None = None
        self._runner: web.AppRunner | None = None

    @property
    def is_over(self) -> bool:
        """There is a centre."""
        return self._desk is not None and self._desk.is_over

    async def run(self) -> None:
        """Serve until there is a centre, or until told to stop."""
        while not self._stop.is_set() and not self.is_over:
            await self._with_database()
            desk = self._desk
            if desk is None:
                continue
            if desk.restoring.phase == "restoring":
                work = desk.restoring.restore(self._settings, self._clock)
                await _unless(work, self._stop)
            if desk.restoring.phase == "restored":
                await self._let_follow(desk)

    async def _with_database(self) -> None:
        """Serve until the set-up is over, is told to stop, or must let go of the database."""
        async with reach_as_server(self._settings) as addresses:
            if addresses.owner is None:
                raise OwnerUnknown
            is_unfinished = await self._is_unfinished(addresses.owner)
            pool = await open_pool(addresses.owner, size=2, application_name="shubbak setup")
            desk = self._desk
            try:
                if not is_unfinished and not await list_centres(pool):  # it had touched nothing
                    await asyncio.to_thread(forget_restore, self._settings.data_dir)
                desk = desk or await self._begin()
                desk.is_unfinished = is_unfinished
                desk.pool = None if is_unfinished else pool
                self._ready.set()
                await self._until_asked(desk)
            finally:
                if desk is not None:
                    desk.pool = None
                await pool.close()

    async def _is_unfinished(self, dsn: str) -> bool:
        """Say whether a restore of ours was broken off in this database. Raises DatabaseError."""
        try:
            await require_migrated(dsn, is_training=self._settings.training)
        except RestoreUnfinished:
            if not await asyncio.to_thread(was_begun, self._settings.data_dir):
                raise
            return True
        return False

    async def _until_asked(self, desk: SetupDesk) -> None:
        restoring = desk.restoring
        leaving = ("restoring", "restored")
        while not self._stop.is_set() and not desk.is_over and restoring.phase not in leaving:
            if restoring.phase == "looking":
                look = restoring.look(self._settings, self._clock)
                await _unless(look, self._stop, desk.over)
                continue
            async with desk.turn:
                if not desk.is_over and desk.pool is not None and await _has_centre(desk):
                    if await asyncio.to_thread(awaits_keys, self._settings):
                        restoring.go_on_waiting()
                    else:
                        await desk.end()
                    return
            await _first_of(self._stop, desk.over, restoring.asked, within_s=LOOK_EVERY_S)
            restoring.asked.clear()

    async def _let_follow(self, desk: SetupDesk) -> None:
        """Let the server follow once the outcome of a restore was seen."""
        waits_s = None if desk.restoring.needs_keys else OUTCOME_SHOWN_S
        await _first_of(self._stop, desk.may_follow, within_s=waits_s)
        if not self._stop.is_set():
            await desk.end()

    async def close(self) -> None:
        """Answer what was asked, and let the connections go."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _begin(self) -> SetupDesk:
        address = address_of(self._settings, is_tls=self._context is not None)
        desk = await open_desk(self._settings, self._clock, tell=lambda code: _tell(address, code))
        self._desk = desk
        self._runner = web.AppRunner(
            await setup_application(desk),
            access_log=None,
            shutdown_timeout=3.0,
            lingering_time=REFUSED_STILL_READ_S,
        )
        await self._runner.setup()
        site = web.SockSite(
            self._runner, self._listener.dup(), backlog=1024, ssl_context=self._context
        )
        await site.start()

        async def stop_listening() -> None:
            await site.stop()
            if self._runner is not None and self._runner.server is not None:
                self._runner.server.pre_shutdown()  # connections that ask nothing go at once

        desk.stop_listening = stop_listening
        logger.info("setup_waits", listen=self._settings.listen, tls=self._context is not None)
        if self._settings.is_plain_lan:
            warn_of_plain_lan(self._settings.listen)
        return desk


async def _has_centre(desk: SetupDesk) -> bool:
    try:
        return await desk.has_centre()
    except DatabaseError as error:  # it comes back; until then nothing is known
        logger.warning("setup_database_away", why=str(error))
        return False


async def _unless(work: Coroutine[Any, Any, None], *events: asyncio.Event) -> None:
    """Do the work, and give it up at any of these events. Raises what it raises."""
    doing = asyncio.ensure_future(work)
    ending = [asyncio.ensure_future(each.wait()) for each in events]
    try:
        await asyncio.wait({doing, *ending}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            doing.result()
    finally:
        for each in (doing, *ending):
            each.cancel()
        await asyncio.wait({doing, *ending})


async def _first_of(*events: asyncio.Event, within_s: float | None) -> None:
    waiting = [asyncio.ensure_future(each.wait()) for each in events]
    try:
        await asyncio.wait(waiting, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waiting:
            each.cancel()
            with suppress(asyncio.CancelledError):
                await each


def address_of(settings: ServerSettings, *, is_tls: bool) -> str:
    """Return where a browser opens the set-up."""
    host = settings.host
    if host in ("0.0.0.0", "::"):
        host = socket.gethostname()
    elif ":" in host:
        host = f"[{host}]"
    return f"{'https' if is_tls else 'http'}://{host}:{settings.port}/setup"


def _tell(address: str, code: str) -> None:
    """Put the code on the console. It is in no log line and no file of ours."""
    say(
        "\n"
        "This server waits to be set up. Open in a browser:\n"
        "هذا الخادم ينتظر الإعداد. افتح في المتصفح:\n"
        f"    {address}\n"
        "and give the one-time code (a new start makes a new one):\n"
        "واكتب رمز الإعداد (يتغيّر مع كل تشغيل):\n"
        f"    {code}\n"
        "Or by command: shubbak centre load FILE.toml\n"
    )
