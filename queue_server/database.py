"""Reaches the database that the settings name, starting the embedded one where nobody else has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from core_services.database.cluster import DataDirectoryInUse
from core_services.database.embedded import EmbeddedPostgres
from core_services.database.errors import DatabaseError, DatabaseGone
from core_services.database.migrations import pending
from core_services.database.pool import Pool, open_pool
from queue_server.backup.store_under_way import is_under_way
from queue_server.backup.swap import finish_swap
from queue_server.power.running import marked_as_running
from queue_server.settings import ServerSettings
from queue_server.training.store import kind_of

_ANOTHERS_START_S: Final = 10.0
"""How long a database that another process is just starting is waited for."""
_LOOK_EVERY_S: Final = 0.1
_TAKE_OVER_EVERY_S: Final = 0.25
"""How often a borrowed database's directory is tried: what its owner's end may cost in answers."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Addresses:
    """The DSNs of one database by role."""

    app: str
    owner: str | None
    """None where the settings name no owner."""


class OwnerUnknown(DatabaseError):
    """A command needs the owner's DSN and the settings hold none."""

    def __str__(self) -> str:
        return (
            'this needs "database_owner" in the settings: the DSN of shubbak_owner, beside '
            '"database", the DSN of shubbak_app'
        )


class NotMigrated(DatabaseError):
    """The database lacks migrations of this program."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self.names = names

    def __str__(self) -> str:
        return (
            f"the database is not up to date ({len(self.names)} migrations are missing, the first "
            f"is {self.names[0]}); run: shubbak migrate"
        )


class TrainingDatabase(DatabaseError):
    """The database is marked for training, and the settings do not ask for such a one."""

    def __str__(self) -> str:
        return (
            "the database is marked for training, and these settings are not a training server's: "
            "nothing real may be done on it. Name the real centre's database, or give the training "
            'server\'s settings (--config), which say "training = true"'
        )


class NotTraining(DatabaseError):
    """The settings ask for a training database, and this one is not marked as such."""

    def __str__(self) -> str:
        return (
            'the settings say "training = true", but the database is not marked for training: it '
            "may be the real centre's. Make a training centre with: shubbak training init; or take "
            '"training" out of the settings of a real one'
        )


class RestoreUnfinished(DatabaseError):
    """A restore of this database was broken off."""

    def __str__(self) -> str:
        return (
            "a restore of this database was broken off; run it again: shubbak backup restore FILE"
        )


class DataFolderUnusable(DatabaseError):
    """The embedded database's folder cannot be made or written."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(folder, reason)
        self.folder = folder
        self.reason = reason

    def __str__(self) -> str:
        return f'{self.folder}: {self.reason}; set "data_dir" to a folder that can be written'


def database_folder(settings: ServerSettings) -> Path:
    """Return where the embedded database lives."""
    return settings.data_dir / "database"


@asynccontextmanager
async def reach_database(
    settings: ServerSettings, *, takes_over: bool = False
) -> AsyncIterator[Addresses]:
    """Give the database's addresses for the block.

    The embedded database is started for the block, started again whenever it dies, and stopped
    after it. Where another process runs it already, that one is used and left as it is; with
    `takes_over`, for whoever stays longer than the other, it is ours under the same addresses from
    the moment when the other ends. Raises DatabaseError.
    """
    await asyncio.to_thread(finish_swap, settings.data_dir)  # after a power cut in a restore
    if not settings.is_embedded:
        yield Addresses(settings.database, settings.database_owner)
        return
    folder = database_folder(settings)
    server = EmbeddedPostgres(folder, user=settings.embedded_user)
    try:
        await _start_or_borrow(server)
    except PermissionError as error:
        raise DataFolderUnusable(folder, error.strerror or "permission denied") from error
    watching = asyncio.create_task(_look_after(server, takes_over=takes_over))
    try:
        yield Addresses(server.dsn("shubbak_app"), server.dsn("shubbak_owner"))
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        if server.is_ours:
            await server.stop()


@asynccontextmanager
async def reach_as_server(settings: ServerSettings) -> AsyncIterator[Addresses]:
    """The same for a server: it takes the database over, and is marked as running until a database
    of its own has stopped. Raises DatabaseError, OSError."""
    with marked_as_running(settings.data_dir):
        async with reach_database(settings, takes_over=True) as addresses:
            yield addresses


async def require_migrated(dsn: str, *, is_training: bool = False) -> None:
    """Raise NotMigrated unless every migration of this program is applied; TrainingDatabase or
    NotTraining where it is of the other kind; MigrationError where the schema is another's,
    RestoreUnfinished, DatabaseGone."""
    if await is_under_way(dsn):
        raise RestoreUnfinished
    if names := await pending(dsn):
        raise NotMigrated(names)
    await require_kind(dsn, is_training=is_training)


async def require_kind(dsn: str, *, is_training: bool) -> None:
    """Raise TrainingDatabase or NotTraining where the mark does not say what the settings say."""
    kind = await kind_of(dsn)
    if kind == "training" and not is_training:
        raise TrainingDatabase
    if kind != "training" and is_training:
        raise NotTraining


@asynccontextmanager
async def open_migrated(
    dsn: str, *, is_training: bool = False, size: int = 2
) -> AsyncIterator[Pool]:
    """Lend a small pool on an up-to-date database of that kind; raise like `require_migrated`."""
    await require_migrated(dsn, is_training=is_training)
    pool = await open_pool(dsn, size=size, application_name="shubbak admin")
    try:
        yield pool
    finally:
        await pool.close()


async def _start_or_borrow(server: EmbeddedPostgres) -> None:
    """Start the server, or find the one of another process, which may be coming up or going."""
    for _ in range(round(_ANOTHERS_START_S / _LOOK_EVERY_S)):
        try:
            await server.start()
        except DataDirectoryInUse:
            if server.borrow():
                return
        else:
            return
        await asyncio.sleep(_LOOK_EVERY_S)
    raise DatabaseGone(f"another process holds {server.data_dir} and its database is not up")


async def _look_after(server: EmbeddedPostgres, *, takes_over: bool) -> None:
    """Keep our own server running; a borrowed one from the moment when nobody else does."""
    if takes_over and not server.is_ours:
        logger.info("using the database of another process", data_dir=str(server.data_dir))
        await _take_over(server)
    if server.is_ours:
        await server.watch()


async def _take_over(server: EmbeddedPostgres) -> None:
    """Start the server, or adopt it as it runs, once its directory is free."""
    why = ""
    while True:
        await asyncio.sleep(_TAKE_OVER_EVERY_S)
        try:
            await server.start()
        except DataDirectoryInUse:
            continue
        except (DatabaseError, OSError) as error:
            if str(error) != why:
                why = str(error)
                logger.error("database not taken over", reason=why)
        else:
            logger.info("took the database over", pid=server.pid)
            return
