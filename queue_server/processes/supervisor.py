"""Keeps several server processes on one listening socket, and renews them one by one.

The supervisor holds what must outlive each of them: the socket, whose queue of connections nobody
loses when a process goes, and the embedded database. It answers nobody itself.
"""

import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import structlog

from core_services.clock import SystemClock
from core_services.pulse import Pulse
from core_services.watchdog import Systemd, watched
from queue_server.database import RestoreUnfinished, open_migrated, reach_as_server
from queue_server.processes.errors import NotReady, ProcessesFailed
from queue_server.processes.share import Share, start_share
from queue_server.processes.state import ProcessesState, own_state, state_path, write_state
from queue_server.processes.words import Begin
from queue_server.settings import ServerSettings
from queue_server.setup.leftovers import forget_setup
from queue_server.setup.restoring import awaits_keys, was_begun
from queue_server.store_centre import list_centres

FIRST_PAUSE_S: Final = 0.1
LONGEST_PAUSE_S: Final = 5.0
_BACKLOG: Final = 1024

logger = structlog.get_logger()


async def serve_together(settings: ServerSettings, config: Path | None) -> None:
    """Run the server as several processes until SIGTERM or SIGINT; SIGHUP renews them.

    Raises DatabaseError, ProcessesFailed, OSError (the port is taken).
    """
    systemd = Systemd.of(os.environ)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    begin = Begin(
        app_dsn="",
        config=config,
        listen=settings.listen,
        data_dir=settings.data_dir,
        processes=settings.processes,
    )
    loop.add_signal_handler(signal.SIGHUP, logger.warning, "nothing_to_renew_yet")
    with open_listener(settings.host, settings.port) as listener:
        waits = await asyncio.to_thread(awaits_keys, settings)
        while waits or not await _serve_centre(settings, begin, listener, systemd, stop):
            if not await _set_up_first(settings, begin, listener, systemd, stop):
                return
            waits = False


async def _serve_centre(
    settings: ServerSettings,
    begin: Begin,
    listener: socket.socket,
    systemd: Systemd,
    stop: asyncio.Event,
) -> bool:
    """Keep the processes until told to stop; False: there is no centre that they could serve."""
    clock = SystemClock()
    async with reach_as_server(settings) as addresses:
        try:
            async with open_migrated(addresses.app, is_training=settings.training, size=1) as pool:
                if not await list_centres(pool):
                    return False
        except RestoreUnfinished:
            if not was_begun(settings.data_dir):
                raise
            return False
        await asyncio.to_thread(forget_setup, settings.data_dir)
        begin = begin.model_copy(update={"app_dsn": addresses.app})
        path = state_path(settings.data_dir, settings.port)
        supervisor = Supervisor(
            settings.processes,
            start=lambda: start_share(begin, listener),
            tell=lambda state: _tell(path, state),
        )
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, supervisor.reload)
        try:
            async with watched(
                systemd,
                Pulse(clock),
                is_ready=supervisor.is_ready,
                status=lambda: f"{supervisor.count} processes serve {settings.listen}",
                clock=clock,
            ):
                await supervisor.run(stop)
        finally:
            path.unlink(missing_ok=True)
    return True


async def _set_up_first(
    settings: ServerSettings,
    begin: Begin,
    listener: socket.socket,
    systemd: Systemd,
    stop: asyncio.Event,
) -> bool:
    """Have one process serve the set-up, and another when that dies; False: told to stop.

    Raises ProcessesFailed when the first does not come.
    """
    begin, clock = begin.model_copy(update={"sets_up": True}), SystemClock()
    is_served = False

    async def is_ready() -> bool:
        return is_served

    async with watched(
        systemd,
        Pulse(clock),
        is_ready=is_ready,
        status=lambda: f"waits to be set up at {settings.listen}",
        clock=clock,
        is_last=stop.is_set,
    ):
        pause_s = FIRST_PAUSE_S
        while not stop.is_set():
            share = await start_share(begin, listener)
            try:
                await share.ready()
            except NotReady as error:
                share.let_go()
                if stop.is_set():  # it was told so too
                    break
                if not is_served:
                    raise ProcessesFailed(str(error)) from error
                logger.error("process_not_started", why=str(error))
                code = 1
            else:
                logger.info("setup_is_served", pid=share.pid)
                is_served, pause_s = True, FIRST_PAUSE_S
                code = await _ended(share, stop)
            if code == 0 and not stop.is_set():
                return True
            if not stop.is_set():
                logger.error("process_ended", pid=share.pid, code=code)
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
    return False


async def _ended(share: Share, stop: asyncio.Event) -> int:
    """Return the code with which a process ended, by itself or because all is to stop."""
    ending = asyncio.create_task(share.watched())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({ending, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            await share.stop()
        return await share.ended()
    finally:
        ending.cancel()
        stopping.cancel()
        await asyncio.wait({ending, stopping})
        share.let_go()


def open_listener(host: str, port: int) -> socket.socket:
    """Return a listening socket for processes to share; raises OSError.

    One socket, not one for each process by SO_REUSEPORT: the kernel gives each of those a queue of
    its own, and resets what waits in it when its process goes (docs/adr/0013).
    """
    address = host if host != "localhost" else "127.0.0.1"
    is_six = ip_address(address).version == 6
    listener = socket.socket(socket.AF_INET6 if is_six else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_six:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


class Supervisor:
    """So many processes, each started again when it dies."""

    def __init__(
        self,
        count: int,
        *,
        start: Callable[[], Awaitable[Share]],
        tell: Callable[[ProcessesState], None] = lambda _: None,
    ) -> None:
        """`start` starts one process; `tell` hears of every change."""
        self._start = start
        self._tell = tell
        self._count = count
        self._state = own_state()
        self._shares: list[Share | None] = [None] * count
        self._turns = [asyncio.Lock() for _ in range(count)]
        """Held while a place's process is started or replaced."""
        self._is_asked = asyncio.Event()
        self._begun: set[Share] = set()
        """All that were started and have not ended, ready or not."""

    @property
    def count(self) -> int:
        """How many processes serve now."""
        return sum(share is not None for share in self._shares)

    async def is_ready(self) -> bool:
        """Say whether as many serve as should; systemd is told so once."""
        return self.count == self._count

    def reload(self) -> None:
        """Renew every process soon; asked while that goes on, once more after it."""
        self._is_asked.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Keep the processes until told to stop; raises ProcessesFailed when the first do not come.

        Every process has ended when this returns or raises.
        """
        why: str | None = None
        try:
            async with asyncio.TaskGroup() as tasks:
                serving = tasks.create_task(self._serve())
                await stop.wait()
                serving.cancel()
        except* (NotReady, OSError) as failed:
            why = str(_first(failed))
        finally:
            async with asyncio.TaskGroup() as tasks:
                for share in self._begun:
                    tasks.create_task(share.stop())
        if why is not None:
            raise ProcessesFailed(why)

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as starting:
            begun = [starting.create_task(self._begin(place)) for place in range(self._count)]
        self._note()
        logger.info("processes_serve", pids=self._state.workers)
        async with asyncio.TaskGroup() as tasks:
            for place, task in enumerate(begun):
                tasks.create_task(self._watch(place, task.result(), tasks))
            while True:
                await self._is_asked.wait()
                self._is_asked.clear()
                await self._renew_all(tasks)

    async def _begin(self, place: int) -> Share:
        """Start a process for a place and return it when it serves; raises NotReady, OSError."""
        share = await self._start()
        self._begun.add(share)
        try:
            await share.ready()
        except NotReady:
            self._begun.discard(share)
            raise
        self._shares[place] = share
        return share

    async def _watch(self, place: int, share: Share, tasks: asyncio.TaskGroup) -> None:
        """Wait for a process to end, and start another where nobody told it to."""
        code = await share.watched()
        async with self._turns[place]:
            if self._shares[place] is share:
                logger.error("process_ended", pid=share.pid, code=code)
                self._begun.discard(share)
                self._shares[place] = None
                self._note()
                await self._begin_again(place, tasks)

    async def _begin_again(self, place: int, tasks: asyncio.TaskGroup) -> None:
        """Start a process for a place that has none, for as long as it takes."""
        pause_s = FIRST_PAUSE_S
        while True:
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)
            try:
                share = await self._begin(place)
            except (NotReady, OSError) as error:
                logger.error("process_not_started", why=str(error))
                continue
            logger.info("process_serves", pid=share.pid)
            self._note()
            tasks.create_task(self._watch(place, share, tasks))
            return

    async def _renew_all(self, tasks: asyncio.TaskGroup) -> None:
        """Renew one place after another; the first that cannot be leaves the rest as they are."""
        self._note(reloads_begun=self._state.reloads_begun + 1)
        problem: str | None = None
        try:
            for place in range(self._count):
                await self._renew(place, tasks)
        except (NotReady, OSError) as error:
            problem = str(error)
            logger.error("reload_given_up", why=problem)
        else:
            logger.info("reloaded", pids=self._state.workers)
        self._note(reloads_done=self._state.reloads_begun, problem=problem)

    async def _renew(self, place: int, tasks: asyncio.TaskGroup) -> None:
        """Let a place's process leave once another serves in its stead; else it stays."""
        async with self._turns[place]:
            before = self._shares[place]
            share = await self._begin(place)
            self._note()
            tasks.create_task(self._watch(place, share, tasks))
        if before is not None:
            await before.leave()
            self._begun.discard(before)

    def _note(self, **changes: object) -> None:
        pids = tuple(share.pid for share in self._shares if share is not None)
        self._state = self._state.model_copy(update={"workers": pids, **changes})
        self._tell(self._state)


def _tell(path: Path, state: ProcessesState) -> None:
    """Write the state down; a disk that is full keeps nobody from serving."""
    with suppress(OSError):
        write_state(path, state)


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
