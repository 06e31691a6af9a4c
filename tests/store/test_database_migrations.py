"""Migrations: once each, in order, whole or not at all, and never changed afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from core_services.database.embedded import EmbeddedPostgres
from core_services.database.errors import DatabaseGone
from core_services.database.migrations import (
    MIGRATIONS,
    SERVERS,
    MigrationChanged,
    MigrationFailed,
    MigrationOutOfOrder,
    RolesMissing,
    ServersWork,
    migrate,
    pending,
    read_migrations,
)
from tests.support.database import Database

HALL = "CREATE TABLE hall (name text CONSTRAINT hall_pk PRIMARY KEY);"
FIRST_THAT_SAYS = "0033"
"""Those before were written, or handed out, before there was the rule; they are for nobody else."""
ROOM = "INSERT INTO hall VALUES ('شباك');\nCREATE TABLE room (n integer);"


@pytest.fixture
async def empty(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    """A database with no schema at all."""
    superuser = await asyncpg.connect(postgres.dsn("postgres", "postgres"))
    await superuser.execute("CREATE DATABASE empty OWNER shubbak_owner")
    try:
        yield Database(
            name="empty",
            owner_dsn=postgres.dsn("shubbak_owner", "empty"),
            app_dsn=postgres.dsn("shubbak_app", "empty"),
            read_dsn=postgres.dsn("shubbak_read", "empty"),
        )
    finally:
        await superuser.execute("DROP DATABASE empty WITH (FORCE)")
        await superuser.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_hall.sql").write_text(HALL)
    (tmp_path / "0002_room.sql").write_text(ROOM)
    return tmp_path


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def test_the_programs_own_migrations_apply_on_every_supported_server(
    any_database: Database,
) -> None:
    assert await pending(any_database.app_dsn) == []
    assert await migrate(any_database.owner_dsn) == []
    async with _connected(any_database.read_dsn) as connection:
        names = await connection.fetch("SELECT name FROM schema_migration ORDER BY number")
    assert [row["name"] for row in names] == [path.name for path in sorted(MIGRATIONS.iterdir())]


async def test_what_was_learnt_from_services_that_nobody_timed_is_forgotten(
    empty: Database, tmp_path: Path
) -> None:
    for path in sorted(MIGRATIONS.iterdir())[:7]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    await migrate(empty.owner_dsn, tmp_path)
    mixed, none, sound = [0, 240, 57600, 360, 0], [0, 0], [240, 7200]
    async with _connected(empty.owner_dsn) as connection:
        await connection.executemany(
            "INSERT INTO queue_pace VALUES (1, $1, $2, 7, 7, 7)",
            [("U", mixed), ("X", none), ("Y", sound)],
        )
        (tmp_path / "0008_pace.sql").write_bytes((MIGRATIONS / "0008_pace.sql").read_bytes())
        await migrate(empty.owner_dsn, tmp_path)
        rows = await connection.fetch("SELECT * FROM queue_pace ORDER BY queue")
    assert [tuple(row)[2:] for row in rows] == [
        ([240, 360], 300, 252, 348),
        ([], 300, 300, 300),
        ([240, 7200], 7, 7, 7),
    ]


async def test_each_file_is_applied_once_and_in_order(empty: Database, folder: Path) -> None:
    assert await pending(empty.app_dsn, folder) == ["0001_hall.sql", "0002_room.sql"]
    assert await migrate(empty.owner_dsn, folder) == ["0001_hall.sql", "0002_room.sql"]
    assert await pending(empty.app_dsn, folder) == []
    assert await migrate(empty.owner_dsn, folder) == []
    (folder / "0003_more.sql").write_text("INSERT INTO hall VALUES ('ثان');")
    assert await pending(empty.app_dsn, folder) == ["0003_more.sql"]
    assert await migrate(empty.owner_dsn, folder) == ["0003_more.sql"]
    async with _connected(empty.owner_dsn) as connection:
        assert await connection.fetchval("SELECT count(*) FROM hall") == 2


async def test_five_processes_that_migrate_at_once_apply_each_file_once(
    empty: Database, folder: Path
) -> None:
    async with asyncio.TaskGroup() as tasks:
        runs = [tasks.create_task(migrate(empty.owner_dsn, folder)) for _ in range(5)]
    applied = [name for run in runs for name in run.result()]
    assert applied == ["0001_hall.sql", "0002_room.sql"]


async def test_a_failing_file_leaves_nothing_of_itself_and_keeps_those_before_it(
    empty: Database, folder: Path
) -> None:
    (folder / "0003_bad.sql").write_text("CREATE TABLE c (n int);\n\nINSERT INTO nowhere SELECT 1;")
    with pytest.raises(MigrationFailed, match=r'0003_bad\.sql, line 3: relation "nowhere"'):
        await migrate(empty.owner_dsn, folder)
    assert await pending(empty.app_dsn, folder) == ["0003_bad.sql"]
    async with _connected(empty.owner_dsn) as connection:
        assert await connection.fetchval("SELECT to_regclass('c')") is None
        assert await connection.fetchval("SELECT count(*) FROM hall") == 1


async def test_a_file_cannot_commit_half_of_itself(empty: Database, folder: Path) -> None:
    (folder / "0003_sly.sql").write_text("CREATE TABLE c (n int);\n  commit;\nSELECT 1/0;")
    with pytest.raises(MigrationFailed, match=r"0003_sly\.sql, line 2: commit is not for a file"):
        await migrate(empty.owner_dsn, folder)
    async with _connected(empty.owner_dsn) as connection:
        assert await connection.fetchval("SELECT to_regclass('c')") is None


async def test_a_changed_file_is_refused_by_name(empty: Database, folder: Path) -> None:
    await migrate(empty.owner_dsn, folder)
    (folder / "0001_hall.sql").write_text(HALL + " ")
    (folder / "0003_new.sql").write_text("CREATE TABLE new (n int);")
    for call in (migrate(empty.owner_dsn, folder), pending(empty.app_dsn, folder)):
        with pytest.raises(MigrationChanged, match=r"0001_hall\.sql was changed after it was"):
            await call
    async with _connected(empty.owner_dsn) as connection:
        assert await connection.fetchval("SELECT to_regclass('new')") is None


async def test_a_renamed_file_is_refused(empty: Database, folder: Path) -> None:
    await migrate(empty.owner_dsn, folder)
    (folder / "0002_room.sql").rename(folder / "0002_rooms.sql")
    with pytest.raises(MigrationChanged, match=r"0002_rooms\.sql"):
        await migrate(empty.owner_dsn, folder)


async def test_a_database_newer_than_the_program_is_refused(empty: Database, folder: Path) -> None:
    await migrate(empty.owner_dsn, folder)
    (folder / "0002_room.sql").unlink()
    with pytest.raises(MigrationOutOfOrder, match=r"0002_room\.sql was applied but is not in"):
        await migrate(empty.owner_dsn, folder)


READABLE = "-- readable-by: {}\nALTER TABLE hall ADD COLUMN size integer;"


def _older_program(folder: Path, *names: str) -> Path:
    """Return a folder with these of the files alone: what a program of earlier days has."""
    older = folder / "older"
    older.mkdir()
    for name in names:
        (older / name).write_bytes((folder / name).read_bytes())
    return older


async def test_a_program_works_on_a_newer_schema_that_says_so(
    empty: Database, folder: Path
) -> None:
    (folder / "0003_size.sql").write_text(READABLE.format("0002"))
    (folder / "0004_more.sql").write_text("-- readable-by: 0001\nSELECT 1;")
    older = _older_program(folder, "0001_hall.sql", "0002_room.sql")
    await migrate(empty.owner_dsn, folder)
    assert await pending(empty.app_dsn, older) == []
    assert await migrate(empty.owner_dsn, older) == []
    (older / "0002_room.sql").unlink()
    with pytest.raises(MigrationOutOfOrder, match="install the newer program again"):
        await pending(empty.app_dsn, older)


async def test_one_file_that_is_readable_by_nobody_keeps_every_older_program_out(
    empty: Database, folder: Path
) -> None:
    (folder / "0003_size.sql").write_text(READABLE.format("nobody"))
    (folder / "0004_more.sql").write_text("-- readable-by: 0002\nSELECT 1;")
    older = _older_program(folder, "0001_hall.sql", "0002_room.sql")
    await migrate(empty.owner_dsn, folder)
    with pytest.raises(MigrationOutOfOrder, match=r"0003_size\.sql was applied but is not in"):
        await pending(empty.app_dsn, older)


async def test_a_newer_schema_forgives_no_gap_and_no_changed_file(
    empty: Database, folder: Path
) -> None:
    (folder / "0003_size.sql").write_text(READABLE.format("0001"))
    await migrate(empty.owner_dsn, folder)
    older = _older_program(folder, "0001_hall.sql", "0003_size.sql")
    with pytest.raises(MigrationOutOfOrder, match=r"0002_room\.sql was applied but is not in"):
        await pending(empty.app_dsn, older)
    (older / "0003_size.sql").unlink()
    (older / "0002_room.sql").write_bytes((folder / "0002_room.sql").read_bytes())
    assert await pending(empty.app_dsn, older) == []
    (older / "0001_hall.sql").write_text(HALL + " ")
    with pytest.raises(MigrationChanged):
        await pending(empty.app_dsn, older)


async def test_a_schema_is_not_taken_from_under_a_server_at_work(
    empty: Database, folder: Path
) -> None:
    await migrate(empty.owner_dsn, folder)
    (folder / "0003_size.sql").write_text(READABLE.format("0002"))
    server = await asyncpg.connect(
        empty.app_dsn, server_settings={"application_name": f"{SERVERS} 0001"}
    )
    with pytest.raises(ServersWork, match=r"a server of schema 0001 is at work .* 0003_size\.sql"):
        await migrate(empty.owner_dsn, folder)
    await server.execute(f"SET application_name = '{SERVERS}'")
    with pytest.raises(ServersWork, match="a server of an older program"):
        await migrate(empty.owner_dsn, folder)
    await server.execute(f"SET application_name = '{SERVERS} 0002'")
    (folder / "0004_more.sql").write_text("-- readable-by: nobody\nSELECT 1;")
    with pytest.raises(ServersWork, match="systemctl stop shubbak-server"):
        await migrate(empty.owner_dsn, folder)
    assert await pending(empty.app_dsn, folder) == ["0003_size.sql", "0004_more.sql"]
    (folder / "0004_more.sql").unlink()
    assert await migrate(empty.owner_dsn, folder) == ["0003_size.sql"]
    await server.close()


async def test_a_database_that_an_older_runner_migrated_is_read_and_brought_forward(
    empty: Database, folder: Path
) -> None:
    await migrate(empty.owner_dsn, folder)
    async with _connected(empty.owner_dsn) as connection:
        await connection.execute("ALTER TABLE schema_migration DROP COLUMN readable_by")
    (folder / "0003_size.sql").write_text(READABLE.format("0002"))
    assert await pending(empty.app_dsn, folder) == ["0003_size.sql"]
    assert await migrate(empty.owner_dsn, folder) == ["0003_size.sql"]
    async with _connected(empty.read_dsn) as connection:
        rows = await connection.fetch("SELECT readable_by FROM schema_migration ORDER BY number")
    assert [row["readable_by"] for row in rows] == [None, None, 2]


def test_no_file_is_readable_by_itself(folder: Path) -> None:
    (folder / "0003_size.sql").write_text(READABLE.format("0003"))
    with pytest.raises(MigrationOutOfOrder, match=r"0003_size\.sql says that it is readable by"):
        read_migrations(folder)


def test_every_new_migration_says_who_may_read_it() -> None:
    """`-- readable-by: NNNN`, or `nobody`: docs/operations.md, Upgrade."""
    silent = [each.name for each in read_migrations() if not each.says_who_reads]
    assert [name for name in silent if name >= FIRST_THAT_SAYS] == []


async def test_a_file_that_comes_too_late_is_refused(empty: Database, folder: Path) -> None:
    (folder / "0002_room.sql").rename(folder / "0003_room.sql")
    await migrate(empty.owner_dsn, folder)
    (folder / "0002_late.sql").write_text("SELECT 1")
    with pytest.raises(MigrationOutOfOrder, match=r"0002_late\.sql comes before 0003_room\.sql"):
        await migrate(empty.owner_dsn, folder)


def test_a_doubled_number_and_a_wrong_name_are_refused(folder: Path) -> None:
    (folder / "0002_again.sql").write_text("SELECT 1")
    with pytest.raises(MigrationOutOfOrder, match=r"0002_room\.sql has the number of 0002_again"):
        read_migrations(folder)
    (folder / "0002_again.sql").rename(folder / "3-Again.sql")
    with pytest.raises(MigrationOutOfOrder, match=r"3-Again\.sql is not named like"):
        read_migrations(folder)


async def test_missing_roles_are_told_with_the_commands_that_make_them(
    empty: Database, folder: Path, postgres: EmbeddedPostgres
) -> None:
    async with _connected(postgres.dsn("postgres", "postgres")) as superuser:
        await superuser.execute("ALTER ROLE shubbak_read RENAME TO another")
        try:
            with pytest.raises(RolesMissing, match="CREATE ROLE shubbak_read LOGIN;"):
                await migrate(empty.owner_dsn, folder)
        finally:
            await superuser.execute("ALTER ROLE another RENAME TO shubbak_read")


async def test_tables_are_analysed_at_the_end(empty: Database, folder: Path) -> None:
    await migrate(empty.owner_dsn, folder)
    async with _connected(empty.owner_dsn) as connection:
        never = await connection.fetchval(
            "SELECT count(*) FROM pg_class WHERE relname IN ('hall', 'room') AND reltuples < 0"
        )
    assert never == 0


async def test_a_server_that_is_not_there_is_told_as_gone(short_dir: Path) -> None:
    with pytest.raises(DatabaseGone):
        await migrate(f"postgresql://shubbak_owner@/shubbak?host={short_dir}")


async def test_rights_are_given_table_by_table_and_reports_may_only_read(
    database: Database,
) -> None:
    async with _connected(database.owner_dsn) as owner:
        await owner.execute(
            "CREATE TABLE fact (n int); CREATE FUNCTION act() RETURNS int LANGUAGE sql"
            " AS 'SELECT 1'"
        )
    async with _connected(database.read_dsn) as reports:
        assert await reports.fetchval("SELECT count(*) FROM fact") == 0
        for statement in ("INSERT INTO fact VALUES (1)", "DELETE FROM fact", "SELECT act()"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await reports.execute(statement)
    async with _connected(database.app_dsn) as programs:
        for statement in ("SELECT * FROM fact", "SELECT act()", "CREATE TABLE mine (n int)"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await programs.execute(statement)
