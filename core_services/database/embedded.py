"""Our own PostgreSQL server under our own supervision, for a machine where none is installed.

Nothing here trusts a pid file: the directory is ours by `flock`, a process is alive when the kernel
says so, and the server is up when it answers a real connection.
"""

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote

import asyncpg
import structlog

from core_services.database import cluster as files
from core_services.database.errors import DatabaseError, reaching, translated
from core_services.database.identity import Identity, choose_identity, require_reachable
from core_services.database.processes import (
    ServerProcess,
    end_orphans,
    launch,
    ready_sockets,
    recorded_postmaster,
    recorded_sockets,
    servers_in,
)
from core_services.database.programs import EmbeddedError, Programs, copy_programs, wheel_programs
from core_services.database.provision import DATABASE, provision

START_TIMEOUT_S: Final = 300.0
"""A crash on a slow disk can cost minutes of recovery; giving up earlier would help nobody."""

_ORPHANS_TIMEOUT_S: Final = 1.0
"""Children of a dead postmaster notice it within milliseconds, unless they are stuck."""

_PROGRESS_EVERY_S: Final = 5.0
_LOG_LIMIT_BYTES: Final = 4_000_000

logger = structlog.get_logger()


class EmbeddedPostgres:
    """One server on one data directory: `start` it, `watch` it, `stop` it.

    Or `borrow` the one that another program runs there: that one is not ours to watch or to stop.
    """

    def __init__(
        self,
        data_dir: Path,
        user: str | None = None,
        *,
        programs: Programs | None = None,
        identity: Identity | None = None,
        durable: bool = True,
    ) -> None:
        """Name the directory; nothing is touched before `start`.

        `user`: whom root steps down to where user namespaces are barred. `programs`: another
        PostgreSQL than the wheel's. `durable=False` leaves fsync out, for tests only.
        """
        self.data_dir = data_dir.resolve()
        self._cluster = self.data_dir / "cluster"
        self.log = self.data_dir / "server.log"
        """What PostgreSQL itself says."""
        self._user = user
        self._programs = programs
        self._identity = identity
        self._durable = durable
        self._sockets: Path | None = None
        self._lock: int | None = None
        self._process: ServerProcess | None = None
        self._is_wanted = False
        self._turn = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The postmaster's process number, or None when it is not running."""
        process = self._process
        return process.pid if process is not None and process.is_alive else None

    @property
    def is_ours(self) -> bool:
        """We hold the directory: watching and stopping its server is for nobody else to do."""
        return self._lock is not None

    def dsn(self, role: str = "shubbak_owner", database: str = DATABASE) -> str:
        """Return the address for a role; raises EmbeddedError before the first `start`.

        It stays the same for as long as this object lives, whoever starts the server again.
        """
        if self._sockets is None:
            raise EmbeddedError("the database was not started")
        return f"postgresql://{role}@/{database}?host={quote(str(self._sockets))}&port=5432"

    async def start(self) -> None:
        """Bring the server up and return when it answers; adopt it if it runs already.

        First time: initdb, roles and database (0.6 s). After a crash: as long as recovery takes,
        up to START_TIMEOUT_S. Raises DataDirectoryInUse, EmbeddedError and DatabaseGone.
        """
        async with self._turn:
            if self.pid is not None:
                return
            if self._lock is None:
                self._lock = files.claim(self.data_dir)
            self._is_wanted = True
            try:
                await self._start()
            except BaseException:
                self._is_wanted = False
                if self._process is not None:
                    await self._process.abort()
                self._free()
                raise

    def borrow(self) -> bool:
        """Use the server that another program runs here; False while it does not take connections.

        A later `start` takes its place, once the directory is free, under the same address.
        """
        sockets = ready_sockets(self._cluster)
        if sockets is not None:
            self._sockets = sockets
        return sockets is not None

    async def stop(self) -> None:
        """Shut the server down (fast, then immediate, then by force) and free the directory.

        Also stops a server that an earlier process left behind, without a `start` before.
        """
        self._is_wanted = False
        async with self._turn:
            if self._lock is None:
                if not self._was_made():
                    return
                self._lock = files.claim(self.data_dir)
            self._process = self._process or self._running()
            try:
                if self._process is not None and not await self._process.shut_down():
                    raise EmbeddedError(f"the database (process {self.pid}) cannot be stopped")
                await end_orphans(self._cluster, patience_s=_ORPHANS_TIMEOUT_S)
            finally:
                self._free()

    async def wait(self) -> None:
        """Return when the running server has ended, for whatever reason."""
        if self._process is not None:
            await self._process.ended()

    async def watch(self) -> None:
        """Start the server again whenever it dies, until `stop` or cancelled."""
        while True:
            await self.wait()
            if not self._is_wanted:
                return
            logger.error("database died, starting it again", data_dir=str(self.data_dir))
            await self._bring_back()

    async def is_healthy(self) -> bool:
        """Tell whether the server answers a real connection now."""
        return await self._answers()

    async def _bring_back(self) -> None:
        pause_s = 0.1
        why = ""
        while True:
            async with self._turn:
                if not self._is_wanted:
                    return
                try:
                    await self._start()
                    return
                except (DatabaseError, OSError) as error:
                    if str(error) != why:
                        why = str(error)
                        logger.error("database did not start", reason=why)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 10.0)

    async def _start(self) -> None:
        began = time.monotonic()
        if not await self._adopt(began):
            await self._launch(began)
        await provision(self.dsn("postgres", "postgres"))
        took_ms = round((time.monotonic() - began) * 1000)
        logger.info("database started", pid=self.pid, took_ms=took_ms)

    async def _adopt(self, began: float) -> bool:
        """Use the server that works in this directory already, as whoever it runs, if one does."""
        if self.pid is None:
            self._let_go()
            self._process = self._running()
        while self.pid is not None:
            if sockets := recorded_sockets(self._cluster):
                self._sockets = sockets
                logger.info("using the running database", pid=self.pid)
                if await self._until_answered(began):
                    return True
            else:  # it has only just begun
                await asyncio.sleep(0.01)
        self._let_go()
        return False

    async def _launch(self, began: float) -> None:
        identity, programs = await asyncio.to_thread(self._prepare)
        self._sockets = files.socket_folder(self.data_dir, identity, known=self._sockets)
        await end_orphans(self._cluster, patience_s=_ORPHANS_TIMEOUT_S)
        files.drop_locks(self._cluster, self._sockets)
        await files.initialise(programs, identity, self._cluster, durable=self._durable)
        command = files.server_command(
            programs, identity, self._cluster, self._sockets, durable=self._durable
        )
        logger.info("starting the database", runs_as=identity.name)
        self._process = launch(
            command, folder=self.data_dir, log=self.log, limit_bytes=_LOG_LIMIT_BYTES
        )
        if not await self._until_answered(began):
            raise EmbeddedError(f"the database ended while starting:\n{self._log_tail()}")

    def _prepare(self) -> tuple[Identity, Programs]:
        """Settle who runs the server and with which programs; blocks for some milliseconds."""
        identity = self._identity or choose_identity(self._user, self.data_dir)
        files.give_to(identity, self.data_dir)
        require_reachable(identity, self.data_dir)
        programs = self._programs or wheel_programs()
        if not identity.can(programs.path("postgres"), "--version"):
            logger.info("copying the database's programs to where its user may read them")
            programs = copy_programs(programs, self.data_dir)
        return identity, programs

    def _was_made(self) -> bool:
        return self._cluster.exists()

    def _running(self) -> ServerProcess | None:
        """Return the postmaster that works in this directory, if one lives."""
        pid = recorded_postmaster(self._cluster)
        if pid is None or pid not in servers_in(self._cluster):
            return None
        try:
            return ServerProcess(pid)
        except ProcessLookupError:
            return None

    async def _until_answered(self, began: float) -> bool:
        """Wait for the first answer; False if the process ended before it gave one."""
        said = began
        while self.pid is not None:
            if await self._answers():
                return True
            now = time.monotonic()
            if not self._is_wanted:
                raise EmbeddedError("the database was told to stop while it started")
            if now - began > START_TIMEOUT_S:
                raise EmbeddedError(f"the database is silent:\n{self._log_tail()}")
            if now - said > _PROGRESS_EVERY_S:
                said = now
                logger.info("database is recovering", waited_s=round(now - began))
            await asyncio.sleep(0.01 if now - began < 1 else 0.1)
        return False

    async def _answers(self) -> bool:
        """Ask over a real connection which directory is served there."""
        try:
            with reaching():
                connection = await asyncpg.connect(self.dsn("postgres", "postgres"), timeout=5)
            with translated():
                try:
                    return self._is_ours(await connection.fetchval("SHOW data_directory"))
                finally:
                    await connection.close(timeout=5)
        except DatabaseError:
            return False

    def _is_ours(self, directory: str) -> bool:
        return os.path.samefile(directory, self._cluster)

    def _log_tail(self) -> str:
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-12:])
        except FileNotFoundError:
            return "(it wrote no log)"

    def _let_go(self) -> None:
        if self._process is not None:
            self._process.let_go()
            self._process = None

    def _free(self) -> None:
        self._let_go()
        if self._sockets is not None:
            with suppress(OSError):  # gone, or not empty
                self._sockets.rmdir()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
