"""Reaches the database of an examination without making, owning or changing anything."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from core_services.database.embedded import EmbeddedPostgres
from core_services.database.errors import DatabaseError
from queue_server.database import Addresses, database_folder, reach_database
from queue_server.settings import ServerSettings


class NotMade(DatabaseError):
    """The embedded database was never made."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"{self.folder} holds no database yet"


class NotRunning(DatabaseError):
    """The embedded database does not run, and belongs to another user than this command's."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder

    def __str__(self) -> str:
        return f"the database in {self.folder} does not run"


@asynccontextmanager
async def reach_to_look(settings: ServerSettings) -> AsyncIterator[Addresses]:
    """Give the database's addresses for the block.

    An embedded one that runs is used as it is; one that does not is started for the block by its
    own user alone, since starting it as another would give it to them. Raises DatabaseError.
    """
    if not settings.is_embedded:
        yield Addresses(settings.database, settings.database_owner)
        return
    folder = database_folder(settings)
    cluster = folder / "cluster"
    try:
        owner = cluster.stat().st_uid
    except FileNotFoundError:
        raise NotMade(folder) from None
    except PermissionError:
        raise NotRunning(folder) from None
    server = EmbeddedPostgres(folder)
    if server.borrow():
        yield Addresses(server.dsn("shubbak_app"), server.dsn("shubbak_owner"))
    elif owner != os.geteuid():
        raise NotRunning(folder)
    else:
        async with reach_database(settings) as addresses:
            yield addresses


def database_log(settings: ServerSettings) -> Path | None:
    """Return the log of the embedded database; None for a PostgreSQL of one's own, whose log its
    keeper has."""
    return EmbeddedPostgres(database_folder(settings)).log if settings.is_embedded else None
