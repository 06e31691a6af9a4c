"""Backups of a test's database, and empty databases to restore them into."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from core_services.clock import Clock
from core_services.database.embedded import EmbeddedPostgres
from queue_server.backup import create, restore
from queue_server.backup.create import create_backup
from queue_server.backup.model import Made
from queue_server.backup.restore import Outcome, Progress, restore_backup
from queue_server.backup.sealing import NOT_SEALED, SealWith, Secrets
from queue_server.settings import ServerSettings
from tests.support.database import Database

_numbers = count(1)


@asynccontextmanager
async def empty_database(server: EmbeddedPostgres) -> AsyncIterator[Database]:
    """A database as its server's keeper makes it: owned by us, and nothing in it."""
    name = f"test_empty_{next(_numbers)}"
    superuser = await asyncpg.connect(server.dsn("postgres", "postgres"))
    try:
        await superuser.execute(f"CREATE DATABASE {name} TEMPLATE template0 OWNER shubbak_owner")
        try:
            yield Database(
                name=name,
                owner_dsn=server.dsn("shubbak_owner", name),
                app_dsn=server.dsn("shubbak_app", name),
                read_dsn=server.dsn("shubbak_read", name),
            )
        finally:
            await superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await superuser.close()


def settings_of(database: Database, folder: Path, **more: Any) -> ServerSettings:
    """Settings of a server on that database whose data lies in a folder."""
    return ServerSettings(
        data_dir=folder, database=database.app_dsn, database_owner=database.owner_dsn, **more
    )


async def back_up(
    database: Database,
    folder: Path,
    clock: Clock,
    *,
    seal: SealWith = NOT_SEALED,
    **more: Any,
) -> Made:
    """Make a backup of a database into `backups` of that folder."""
    settings = settings_of(database, folder)
    order = create.Order(settings, None, settings.backups, seal=seal, **more)
    return await create_backup(order, database.owner_dsn, clock=clock)


async def bring_back(
    path: Path,
    database: Database,
    folder: Path,
    clock: Clock,
    *,
    secrets: Secrets | None = None,
    **more: Any,
) -> Outcome:
    """Restore a backup into a database and a data folder."""
    order = restore.Order(settings_of(database, folder), path, secrets=secrets or Secrets(), **more)
    return await restore_backup(order, clock=clock, bar=no_bar)


@contextmanager
def no_bar(_: str) -> Iterator[Progress]:
    """Show no progress."""
    yield lambda done, whole: None


async def contents(dsn_owner: str) -> dict[str, list[str]]:
    """Every row of every table of a database as text, but for the list of migrations."""
    connection = await asyncpg.connect(dsn_owner, server_settings={"timezone": "UTC"})
    try:
        tables = await connection.fetch(
            "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename <> 'schema_migration' ORDER BY 1"
        )
        return {
            table["name"]: [
                row["t"]
                for row in await connection.fetch(
                    f'SELECT t::text FROM "{table["name"]}" t ORDER BY 1'
                )
            ]
            for table in tables
        }
    finally:
        await connection.close()


async def run_sql(dsn: str, sql: str) -> Any:
    """Run one statement and return its first value."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()
