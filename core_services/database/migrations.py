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
        content = path.read_bytes()
        found[number] = Migration(
            number, path.name, content.decode(), hashlib.sha256(content).hexdigest()
        )
    return list(found.values())


async def migrate(
    dsn_owner: str, folder: Path = MIGRATIONS, *, up_to: int | None = None
) -> list[str]:
    """Apply what is missing, each file in a transaction of its own; return the applied names.

    `up_to`: the last number to apply, for rows that an older program wrote.
    Connects as the owner of the database. Raises MigrationError and DatabaseGone.
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
            for migration in missing:
                await _apply(connection, migration)
            if missing:
                # Plans made on never analysed tables are kept and cost more than a factor of two.
                await connection.execute("ANALYZE")
        return [migration.name for migration in missing]
    finally:
        await connection.close()


async def pending(dsn: str, folder: Path = MIGRATIONS) -> list[str]:
    """Return the names of files not yet applied; any role may ask. Raises like `migrate`."""
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
GRANT SELECT ON schema_migration TO shubbak_app, shubbak_read;
"""


async def _require_roles(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    rows = await connection.fetch("SELECT rolname FROM pg_roles WHERE rolname = ANY($1)", ROLES)
    present = {row["rolname"] for row in rows}
    if missing := [role for role in ROLES if role not in present]:
        raise RolesMissing(missing)


async def _applied(connection: "asyncpg.Connection[asyncpg.Record]") -> dict[int, tuple[str, str]]:
    if await connection.fetchval("SELECT to_regclass('public.schema_migration')") is None:
        return {}
    rows = await connection.fetch(
        "SELECT number, name, checksum FROM public.schema_migration ORDER BY number"
    )
    return {row["number"]: (row["name"], row["checksum"]) for row in rows}


def _missing(migrations: list[Migration], applied: dict[int, tuple[str, str]]) -> list[Migration]:
    known = {migration.number for migration in migrations}
    for number, (name, _) in applied.items():
        if number not in known:
            raise MigrationOutOfOrder(
                name, "was applied but is not in this program: the database is newer than it"
            )
    newest = max(applied, default=0)
    missing = []
    for migration in migrations:
        if migration.number in applied:
            if applied[migration.number] != (migration.name, migration.checksum):
                raise MigrationChanged(migration.name)
        elif migration.number < newest:
            raise MigrationOutOfOrder(
                migration.name, f"comes before {applied[newest][0]}, which is already applied"
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
                "INSERT INTO public.schema_migration (number, name, checksum) VALUES ($1, $2, $3)",
                migration.number,
                migration.name,
                migration.checksum,
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
