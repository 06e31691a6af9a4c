"""Brings a database's schema forward: numbered plain SQL files, each applied once, never back."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg
import structlog

from core_services.database.errors import DatabaseError, reaching, translated
from core_services.database.provision import CREATE_ROLES, ROLES

MIGRATIONS: Final = Path(__file__).parent / "migrations"

MIGRATION_LOCK: Final = 0x5368_7562_6261_6B00
"""The advisory lock that lets one process migrate at a time ("Shubbak" in ASCII)."""

_TRANSACTION_WORDS: Final = re.compile(
    r"^[ \t]*(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|ABORT)[ \t]*;", re.IGNORECASE | re.MULTILINE
)
"""Statements that would break a file out of the one transaction it runs in."""

_READABLE_BY: Final = re.compile(r"^-- readable-by: (?P<number>\d{4}|nobody)[ \t]*$", re.MULTILINE)
"""The line in which a file says who may work on the schema that it makes: a program whose newest
file has that number, or a later one; or nobody who does not have the file."""

SERVERS: Final = "shubbak server"
"""How the connections of servers are named; the number of their newest file follows."""

_FILE_NAME: Final = re.compile(r"(?P<number>\d{4})_[a-z0-9_]+\.sql")

logger = structlog.get_logger()


class MigrationError(DatabaseError):
    """The schema could not be brought forward; what was applied before it stays applied."""


class RolesMissing(MigrationError):
    """The roles that the schema grants rights to do not exist on this server."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(missing)
        self.missing = missing

    def __str__(self) -> str:
        commands = "\n".join(f"  {CREATE_ROLES[role]};" for role in self.missing)
        return f"the database server lacks roles; as its superuser run:\n{commands}"


class MigrationChanged(MigrationError):
    """A file differs from what was applied under its name; write a new file instead."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"{self.name} was changed after it was applied; undo that and add a new file"


class MigrationOutOfOrder(MigrationError):
    """The files and the applied ones do not form one row."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.name} {self.reason}"


class ServersWork(MigrationError):
    """Servers work on the database now that could not go on with a file; nothing was applied."""

    def __init__(self, name: str, number: int | None) -> None:
        super().__init__(name, number)
        self.name = name
        self.number = number
        """Of the newest file that the oldest of them knows; None: it does not say."""

    def __str__(self) -> str:
        which = "an older program" if self.number is None else f"schema {self.number:04}"
        return (
            f"a server of {which} is at work and could not go on after {self.name}; stop it "
            "(systemctl stop shubbak-server), then migrate"
        )


class MigrationFailed(MigrationError):
    """PostgreSQL refused a file; the file as a whole was rolled back."""

    def __init__(self, name: str, line: int | None, reason: str) -> None:
        super().__init__(name, line, reason)
        self.name = name
        self.line = line
        self.reason = reason

    def __str__(self) -> str:
        place = self.name if self.line is None else f"{self.name}, line {self.line}"
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number orders it, its checksum guards it."""

    number: int
    name: str
    sql: str
    checksum: str
    readable_by: int | None = None
    """Programs whose newest file has this number or a later one work on what it makes; None: only
    those that have the file."""
    says_who_reads: bool = False


@dataclass(frozen=True, slots=True)
class _Applied:
    name: str
    checksum: str
    readable_by: int | None


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """Read the folder's files in order; raises MigrationOutOfOrder for a bad or doubled number."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _FILE_NAME.fullmatch(path.name)
        if match is None:
            raise MigrationOutOfOrder(path.name, "is not named like 0001_words_in_lower_case.sql")
        number = int(match["number"])
        if number in found:
            raise MigrationOutOfOrder(path.name, f"has the number of {found[number].name}")
        found[number] = _migration(number, path)
    return list(found.values())


def newest_number(folder: Path = MIGRATIONS) -> int:
    """Return the number of this program's newest file: the schema that it is made for."""
    return max(migration.number for migration in read_migrations(folder))


def _migration(number: int, path: Path) -> Migration:
    content = path.read_bytes()
    sql = content.decode()
    said = _READABLE_BY.search(sql)
    readable_by = None if said is None or said["number"] == "nobody" else int(said["number"])
    if readable_by is not None and readable_by >= number:
        raise MigrationOutOfOrder(path.name, "says that it is readable by none earlier")
    return Migration(
        number=number,
        name=path.name,
        sql=sql,
        checksum=hashlib.sha256(content).hexdigest(),
        readable_by=readable_by,
        says_who_reads=said is not None,
    )


async def migrate(
    dsn_owner: str, folder: Path = MIGRATIONS, *, up_to: int | None = None
) -> list[str]:
    """Apply what is missing, each file in a transaction of its own; return the applied names.

    `up_to`: the last number to apply, for rows that an older program wrote. Nothing is applied
    while a server works here that could not go on with all of it. Connects as the owner of the
    database. Raises MigrationError and DatabaseGone.
    """
    migrations = read_migrations(folder)
    with reaching(dsn_owner):
        connection = await asyncpg.connect(dsn_owner, timeout=10, server_settings=_SETTINGS)
    try:
        with translated():
            await _require_roles(connection)
            await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
            await connection.execute(_CREATE_TABLE)
            missing = _missing(migrations, await _applied(connection))
            if up_to is not None:
                missing = [each for each in missing if each.number <= up_to]
            if missing:
                _require_readable(missing, await _numbers_at_work(connection))
            for migration in missing:
                await _apply(connection, migration)
            if missing:
                # Plans made on never analysed tables are kept and cost more than a factor of two.
                await connection.execute("ANALYZE")
        return [migration.name for migration in missing]
    finally:
        await connection.close()


async def pending(dsn: str, folder: Path = MIGRATIONS) -> list[str]:
    """Return the names of files not yet applied; any role may ask. Raises like `migrate`.

    A schema that is newer than this program is as good as its own where each file that it does not
    have says that this program may read it.
    """
    migrations = read_migrations(folder)
    with reaching(dsn):
        connection = await asyncpg.connect(dsn, timeout=10, server_settings=_SETTINGS)
    try:
        with translated():
            applied = await _applied(connection)
    finally:
        await connection.close()
    return [migration.name for migration in _missing(migrations, applied)]


_SETTINGS: Final = {
    "application_name": "shubbak migrate",
    "timezone": "UTC",
    "search_path": "public",
    "lock_timeout": "300s",  # while another process migrates
    "idle_in_transaction_session_timeout": "60s",
}

_CREATE_TABLE: Final = """
CREATE TABLE IF NOT EXISTS schema_migration (
    number integer CONSTRAINT schema_migration_pk PRIMARY KEY,
    name text NOT NULL CONSTRAINT schema_migration_name_once UNIQUE,
    checksum text NOT NULL CONSTRAINT schema_migration_sha256 CHECK (checksum ~ '^[0-9a-f]{64}$'),
    applied_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE schema_migration ADD COLUMN IF NOT EXISTS readable_by integer
    CONSTRAINT schema_migration_readable_by_earlier CHECK (readable_by < number);
GRANT SELECT ON schema_migration TO shubbak_app, shubbak_read;
"""


async def _require_roles(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    rows = await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", ROLES)
    present = {row["rolname"] for row in rows}
    if missing := [role for role in ROLES if role not in present]:
        raise RolesMissing(missing)


async def _applied(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[int, _Applied]:
    if await connection.fetchval("SELECT to_regclass('public.schema_migration')") is None:
        return {}
    # By way of JSON, since a database that was last migrated long ago lacks the column.
    rows = await connection.fetch(
        "SELECT number, name, checksum, (to_jsonb(each) ->> 'readable_by')::integer AS readable_by"
        "  FROM public.schema_migration each ORDER BY number"
    )
    return {
        row["number"]: _Applied(row["name"], row["checksum"], row["readable_by"]) for row in rows
    }


async def _numbers_at_work(
    connection: "asyncpg.Connection[asyncpg.Record]",
) -> frozenset[int | None]:
    """Return the numbers of the newest files of the servers that work here; None: one says none."""
    rows = await connection.fetch(
        "SELECT DISTINCT application_name AS name FROM pg_stat_activity"
        " WHERE datname = current_database() AND starts_with(application_name, $1)",
        SERVERS,
    )
    numbers = (row["name"].removeprefix(SERVERS).strip() for row in rows)
    return frozenset(int(number) if number.isdecimal() else None for number in numbers)


def _require_readable(missing: list[Migration], at_work: frozenset[int | None]) -> None:
    """Raise ServersWork when a server at work could not go on with a missing file."""
    for migration in missing:
        for number in at_work:
            if number is None or migration.readable_by is None or number < migration.readable_by:
                raise ServersWork(migration.name, number)


def _missing(migrations: list[Migration], applied: dict[int, _Applied]) -> list[Migration]:
    known = {migration.number for migration in migrations}
    newest_known = max(known, default=0)
    for number, row in applied.items():
        is_readable = row.readable_by is not None and row.readable_by <= newest_known < number
        if number not in known and not is_readable:
            raise MigrationOutOfOrder(
                row.name,
                "was applied but is not in this program: the database is newer than it and this "
                "program cannot work on it; install the newer program again, or bring back the "
                "backup from before the update",
            )
    newest = max(applied, default=0)
    missing = []
    for migration in migrations:
        if migration.number in applied:
            row = applied[migration.number]
            if (row.name, row.checksum) != (migration.name, migration.checksum):
                raise MigrationChanged(migration.name)
        elif migration.number < newest:
            raise MigrationOutOfOrder(
                migration.name, f"comes before {applied[newest].name}, which is already applied"
            )
        else:
            missing.append(migration)
    return missing


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", migration: Migration) -> None:
    if word := _TRANSACTION_WORDS.search(migration.sql):
        line = migration.sql.count("\n", 0, word.start(1)) + 1
        raise MigrationFailed(migration.name, line, f"{word[1]} is not for a file to say")
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL lock_timeout = '30s'")
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO public.schema_migration (number, name, checksum, readable_by)"
                " VALUES ($1, $2, $3, $4)",
                migration.number,
                migration.name,
                migration.checksum,
                migration.readable_by,
            )
    except asyncpg.PostgresConnectionError:
        raise
    except asyncpg.PostgresError as error:
        raise MigrationFailed(migration.name, _line(migration.sql, error), str(error)) from error
    logger.info("migration applied", name=migration.name)


def _line(sql: str, error: asyncpg.PostgresError) -> int | None:
    """Return the line of the file (from 1) that PostgreSQL points at, if it points at one."""
    position = getattr(error, "position", None)
    return None if position is None else sql.count("\n", 0, int(position) - 1) + 1
