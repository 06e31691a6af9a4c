"""Every table's rows out of one snapshot, and into an empty database of the same schema.

The rows travel as PostgreSQL's text form of COPY, which every version reads: a copy made on one
major version goes into another one. The schema itself comes from our own migrations.
"""

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg

from core_services.database.errors import DatabaseError, reaching, translated
from core_services.database.migrations import MIGRATION_LOCK

Sink = Callable[[bytes], Coroutine[Any, Any, None]]

_LONGEST_PAUSE: Final = "300s"
"""How long a disk or a cipher may keep the server waiting before the snapshot is given up."""

_SETTINGS: Final = {
    "application_name": "shubbak backup",
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "search_path": "public",
    "statement_timeout": "0",
    "lock_timeout": "60s",
    "idle_in_transaction_session_timeout": _LONGEST_PAUSE,
}


class TablesDiffer(DatabaseError):
    """The rows are of other tables or columns than the database has."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table

    def __str__(self) -> str:
        return f"the table {self.table} has other columns here than in the copy"


@dataclass(frozen=True, slots=True)
class Table:
    """A table and its columns in their order."""

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Applied:
    """A migration that the copied database had."""

    number: int
    name: str
    checksum: str


@dataclass(frozen=True, slots=True)
class CentreHead:
    """Where a centre's events ended at the moment of the snapshot."""

    id: int
    code: str
    epoch: UUID
    revision: int
    digest: str
    """In hex."""


class Snapshot:
    """One moment of a database; all that is read here belongs together."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    @property
    def server_version(self) -> str:
        """PostgreSQL's own version, such as 18.1."""
        version = self._connection.get_server_version()
        return f"{version.major}.{version.minor}"

    async def tables(self) -> list[Table]:
        """Return every table but the list of migrations, by name."""
        return await _tables(self._connection)

    async def applied(self) -> list[Applied]:
        """Return the migrations that made this schema, in order."""
        rows = await self._connection.fetch(
            "SELECT number, name, checksum FROM schema_migration ORDER BY number"
        )
        return [Applied(**dict(row)) for row in rows]

    async def heads(self) -> list[CentreHead]:
        """Return every centre's head."""
        return await _heads(self._connection)

    async def copy_out(self, table: Table, sink: Sink) -> int:
        """Give a table's rows to the sink, piece by piece; return how many rows they are."""
        with translated():
            done = await self._connection.copy_from_table(
                table.name, columns=table.columns, schema_name="public", output=sink
            )
        return int(done.rpartition(" ")[2])


@asynccontextmanager
async def open_snapshot(dsn_owner: str) -> AsyncIterator[Snapshot]:
    """Lend one read-only snapshot of the whole database; writers go on, migrations wait.

    Connects as the owner, who alone may read every table. Raises DatabaseError.
    """
    with reaching(dsn_owner):
        connection = await asyncpg.connect(dsn_owner, timeout=10, server_settings=_SETTINGS)
    try:
        with translated():
            # Before the snapshot is taken: no file of ours changes a table under it.
            await connection.execute("SELECT pg_advisory_lock_shared($1)", MIGRATION_LOCK)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                yield Snapshot(connection)
    finally:
        connection.terminate()


@asynccontextmanager
async def filling(dsn_owner: str) -> AsyncIterator["Filling"]:
    """Lend the empty tables of a migrated database; all rows are there at the block's end, or none.

    Triggers are asleep and foreign keys away meanwhile: rows come in any order and are recorded
    nowhere anew. At the end every foreign key is made again and checked. Raises DatabaseError.
    """
    with reaching(dsn_owner):
        connection = await asyncpg.connect(dsn_owner, timeout=10, server_settings=_SETTINGS)
    try:
        with translated():
            async with connection.transaction():
                await connection.execute(_SET_ASIDE_RULES)
                yield Filling(
                    connection, {table.name: table for table in await _tables(connection)}
                )
                await connection.execute(_BRING_RULES_BACK)
            await connection.execute("ANALYZE")
    finally:
        connection.terminate()


class Filling:
    """The tables of a database that is being filled."""

    def __init__(
        self,
        connection: "asyncpg.Connection[asyncpg.Record]",
        tables: dict[str, Table],
    ) -> None:
        self._connection = connection
        self._tables = tables

    async def copy_in(self, table: Table, rows: AsyncIterator[bytes]) -> int:
        """Put a table's rows in; return how many. Raises TablesDiffer."""
        here = self._tables.get(table.name)
        if here is None or set(here.columns) != set(table.columns):
            raise TablesDiffer(table.name)
        with translated():
            done = await self._connection.copy_to_table(
                table.name, columns=table.columns, schema_name="public", source=rows
            )
        return int(done.rpartition(" ")[2])

    async def heads(self) -> list[CentreHead]:
        """Return every centre's head as it has been filled in."""
        return await _heads(self._connection)


async def _tables(connection: "asyncpg.Connection[asyncpg.Record]") -> list[Table]:
    rows = await connection.fetch(
        """
        SELECT c.relname AS name,
               array_agg(a.attname::text ORDER BY a.attnum) AS columns
          FROM pg_class c
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                             AND a.attgenerated = ''
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
           AND c.relname <> 'schema_migration'
         GROUP BY c.relname ORDER BY c.relname
        """
    )
    return [Table(row["name"], tuple(row["columns"])) for row in rows]


async def _heads(connection: "asyncpg.Connection[asyncpg.Record]") -> list[CentreHead]:
    rows = await connection.fetch(
        """
        SELECT c.id, c.code, h.epoch, h.revision, encode(h.digest, 'hex') AS digest
          FROM centre c JOIN centre_head h ON h.centre_id = c.id ORDER BY c.id
        """
    )
    return [
        CentreHead(
            row["id"], row["code"], UUID(int=row["epoch"].int), row["revision"], row["digest"]
        )
        for row in rows
    ]


_SET_ASIDE_RULES: Final = """
CREATE TEMPORARY TABLE foreign_key_away ON COMMIT DROP AS
SELECT conrelid::regclass::text AS holder, conname AS name, pg_get_constraintdef(oid) AS definition
  FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace;
DO $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT holder, name FROM foreign_key_away LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', v.holder, v.name);
    END LOOP;
    FOR v IN SELECT relname FROM pg_class WHERE relkind = 'r'
                AND relnamespace = 'public'::regnamespace AND relname <> 'schema_migration' LOOP
        EXECUTE format('ALTER TABLE %I DISABLE TRIGGER USER', v.relname);
        EXECUTE format('TRUNCATE %I', v.relname);
    END LOOP;
END $$;
"""

_BRING_RULES_BACK: Final = """
DO $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT relname FROM pg_class WHERE relkind = 'r'
                AND relnamespace = 'public'::regnamespace AND relname <> 'schema_migration' LOOP
        EXECUTE format('ALTER TABLE %I ENABLE TRIGGER USER', v.relname);
    END LOOP;
    FOR v IN SELECT holder, name, definition FROM foreign_key_away ORDER BY holder, name LOOP
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', v.holder, v.name, v.definition);
    END LOOP;
END $$;
"""
