"""Reaches the database that the settings name, starting the embedded one where nobody else has."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from core_services.database.cluster import DataDirectoryInUse
from core_services.database.embedded import EmbeddedPostgres
from core_services.database.errors import DatabaseError, DatabaseGone
from core_services.database.migrations import pending
from core_services.database.pool import Pool, open_pool
from queue_server.settings import ServerSettings

_ANOTHERS_START_S: Final = 10.0
"""How long a database that another process is just starting is waited for."""
_LOOK_EVERY_S: Final = 0.1


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
async def reach_database(settings: ServerSettings) -> AsyncIterator[Addresses]:
    """Give the database's addresses for the block.

    The embedded database is started for the block, started again whenever it dies, and stopped
    after it, unless another process runs it already: then that one is used. Raises DatabaseError.
    """
    if not settings.is_embedded:
        yield Addresses(settings.database, settings.database_owner)
        return
    folder = database_folder(settings)
    server = EmbeddedPostgres(folder, user=settings.embedded_user)
    try:
        await server.start()
    except DataDirectoryInUse:
        yield await _anothers(folder)
        return
    except PermissionError as error:
        raise DataFolderUnusable(folder, error.strerror or "permission denied") from error
    watching = asyncio.create_task(server.watch())
    try:
        yield Addresses(server.dsn("shubbak_app"), server.dsn("shubbak_owner"))
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        await server.stop()


async def require_migrated(dsn: str) -> None:
    """Raise NotMigrated unless every migration of this program is applied.

    The first contact with a database: a host that is not known is DatabaseGone here too.
    """
    try:
        names = await pending(dsn)
    except OSError as error:
        raise DatabaseGone(f"{urlsplit(dsn).hostname}: {error.strerror or error}") from error
    if names:
        raise NotMigrated(names)


@asynccontextmanager
async def open_migrated(dsn: str, *, size: int = 2) -> AsyncIterator[Pool]:
    """Lend a small pool on an up-to-date database; raise NotMigrated otherwise."""
    await require_migrated(dsn)
    pool = await open_pool(dsn, size=size, application_name="shubbak admin")
    try:
        yield pool
    finally:
        await pool.close()


async def _anothers(folder: Path) -> Addresses:
    """Find the socket of the server that another process supervises in this folder."""
    for _ in range(round(_ANOTHERS_START_S / _LOOK_EVERY_S)):
        sockets = await asyncio.to_thread(_sockets_of, folder)
        if sockets is not None:
            where = f"?host={quote(sockets)}&port=5432"
            return Addresses(
                f"postgresql://shubbak_app@/shubbak{where}",
                f"postgresql://shubbak_owner@/shubbak{where}",
            )
        await asyncio.sleep(_LOOK_EVERY_S)
    raise DatabaseGone(f"another process holds {folder} and its database is not up")


def _sockets_of(folder: Path) -> str | None:
    """Read where a server that is ready has its socket, from the lines that PostgreSQL keeps.

    Line 5 is the socket's folder, line 8 the state (`miscadmin.h`, LOCK_FILE_LINE_…).
    """
    try:
        lines = (folder / "cluster" / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    return lines[4] if len(lines) > 7 and lines[7].strip() == "ready" else None
