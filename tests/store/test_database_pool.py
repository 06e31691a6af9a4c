"""The pool on a real server: what a session is like, what errors become, how it heals."""

import asyncio
import os
from pathlib import Path

import asyncpg
import pytest

from core_services.database.errors import (
    ConstraintBroken,
    DatabaseGone,
    DiskFull,
    LockTimeout,
    StatementRefused,
    StatementTimeout,
    translated,
)
from core_services.database.pool import Connection, Pool, connect, open_pool
from tests.support.database import Database
from tests.support.line import Detour, line_to


async def test_jsonb_goes_in_and_comes_out_as_plain_values(pool: Pool) -> None:
    value = {"اسم": ["شباك", 7, None, 2.5]}
    assert await pool.fetchval("SELECT $1::jsonb", value) == value
    assert await pool.fetchval("SELECT $1::jsonb", None) is None


async def test_every_session_has_its_limits_and_speaks_utc(database: Database, pool: Pool) -> None:
    single = await connect(database.app_dsn, application_name="single")
    for setting, value in {
        "TimeZone": "UTC",
        "statement_timeout": "10s",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "10s",
        "default_transaction_isolation": "read committed",
    }.items():
        assert await pool.fetchval(f"SHOW {setting}") == value
        assert await single.fetchval(f"SHOW {setting}") == value
    assert await pool.fetchval("SHOW application_name") == "test"
    await single.close()


async def test_giving_a_connection_back_sends_nothing(database: Database) -> None:
    pool = await open_pool(database.app_dsn, size=1, application_name="test")
    async with pool.acquire() as connection:
        pid = await connection.fetchval("SELECT pg_backend_pid()")
    observer = await asyncpg.connect(database.app_dsn)
    last = await observer.fetchval("SELECT query FROM pg_stat_activity WHERE pid = $1", pid)
    assert last == "SELECT pg_backend_pid()"
    await observer.close()
    await pool.close()


async def test_a_block_that_fails_leaves_nothing_behind(database: Database, pool: Pool) -> None:
    await _make_table(database)

    async def half() -> None:
        async with pool.transaction() as connection:
            await connection.execute("INSERT INTO slip VALUES (1, NULL)")
            raise KeyError("in our own code")

    with pytest.raises(KeyError):
        await half()
    assert await pool.fetchval("SELECT count(*) FROM slip") == 0


async def test_a_cancelled_task_gives_its_connection_back_clean(database: Database) -> None:
    await _make_table(database)
    pool = await open_pool(database.app_dsn, size=1, application_name="test")
    has_written = asyncio.Event()

    async def work() -> None:
        async with pool.transaction() as connection:
            await connection.execute("INSERT INTO slip VALUES (1, NULL)")
            has_written.set()
            # Short: PostgreSQL forgets a cancel that comes before its statement.
            await connection.execute("SELECT pg_sleep(0.5)")

    for _ in range(5):
        task = asyncio.ensure_future(work())
        await has_written.wait()
        has_written.clear()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await pool.fetchval("SELECT count(*) FROM slip") == 0
    await pool.close()


async def test_a_snapshot_does_not_see_what_others_commit_meanwhile(
    database: Database, pool: Pool
) -> None:
    await _make_table(database)
    async with pool.snapshot() as connection:
        assert await connection.fetchval("SELECT count(*) FROM slip") == 0
        await pool.execute("INSERT INTO slip VALUES (1, NULL)")
        assert await connection.fetchval("SELECT count(*) FROM slip") == 0
        with pytest.raises(StatementRefused), translated():
            await connection.execute("INSERT INTO slip VALUES (2, NULL)")
    assert await pool.fetchval("SELECT count(*) FROM slip") == 1


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("INSERT INTO slip VALUES (1, NULL)", "slip_pk"),
        ("INSERT INTO slip VALUES (-2, NULL)", "slip_number_is_positive"),
        ("INSERT INTO slip VALUES (2, 99)", "slip_copies_a_slip"),
        ("INSERT INTO slip VALUES (NULL, NULL)", "number"),
        ("DELETE FROM slip WHERE number = 1", "slip_copies_a_slip"),
    ],
)
async def test_a_refused_row_is_told_by_its_constraint(
    database: Database, pool: Pool, statement: str, constraint: str
) -> None:
    await _make_table(database)
    await pool.execute("INSERT INTO slip VALUES (1, NULL), (7, 1)")
    with pytest.raises(ConstraintBroken) as caught:
        await pool.execute(statement)
    assert caught.value.constraint == constraint
    assert caught.value.table == "slip"
    assert str(caught.value) == f"slip: {constraint} refused the row"


async def test_a_lock_that_stays_taken_is_told_as_lock_timeout(pool: Pool) -> None:
    async with pool.transaction() as holder:
        await holder.execute("SELECT pg_advisory_xact_lock(1)")
        with pytest.raises(LockTimeout):
            await _hurried(pool, "lock_timeout", "SELECT pg_advisory_xact_lock(1)")
    await pool.execute("SELECT pg_advisory_xact_lock(1)")


async def test_a_statement_that_runs_too_long_is_stopped(pool: Pool) -> None:
    with pytest.raises(StatementTimeout):
        await _hurried(pool, "statement_timeout", "SELECT pg_sleep(9)")
    assert await pool.fetchval("SELECT 1") == 1


async def test_a_wrong_statement_is_told_with_the_servers_words(pool: Pool) -> None:
    with pytest.raises(StatementRefused, match='relation "tikcet" does not exist'):
        await pool.execute("SELECT * FROM tikcet")


@pytest.mark.parametrize(
    ("code", "error"), [("53100", DiskFull), ("53200", DatabaseGone), ("53300", DatabaseGone)]
)
async def test_what_the_machine_lacks_is_told_as_such_and_not_as_a_defect(
    pool: Pool, code: str, error: type[DatabaseGone]
) -> None:
    with pytest.raises(error) as caught:
        await pool.execute(
            f"DO $$ BEGIN RAISE EXCEPTION 'none left' USING ERRCODE = '{code}'; END $$"
        )
    assert type(caught.value) is error
    assert await pool.fetchval("SELECT 1") == 1


async def test_a_line_that_breaks_is_told_by_its_own_reason_whatever_the_rollback_says(
    pool: Pool,
) -> None:
    with pytest.raises(DatabaseGone, match="due to administrator command"):
        async with pool.transaction() as connection:
            await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(DatabaseGone, match="in the middle"), translated():
        _rolled_back_in_vain()


def _rolled_back_in_vain() -> None:
    try:
        raise DatabaseGone("closed in the middle of a copy")
    finally:
        raise asyncpg.InterfaceError("another operation is in progress")


async def test_connections_cut_by_the_server_are_replaced(database: Database) -> None:
    pool = await open_pool(database.app_dsn, size=3, application_name="to be cut")
    observer = await asyncpg.connect(database.app_dsn)
    for _ in range(3):
        await observer.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'to be cut' AND datname = current_database()"
        )
        failures = 0
        for _ in range(6):
            try:
                assert await pool.fetchval("SELECT 1") == 1
            except DatabaseGone:
                failures += 1
        assert failures <= 3  # at most one for each connection that nobody had looked at since
        assert await pool.fetchval("SELECT 1") == 1
    await observer.close()
    await pool.close()


async def test_a_server_that_is_not_there_is_told_as_gone(short_dir: Path) -> None:
    for dsn in (
        f"postgresql://shubbak_app@/shubbak?host={short_dir}",
        "postgresql://shubbak_app@127.0.0.1:1/shubbak",
        "postgresql://shubbak_app@no-such-host.invalid/shubbak",
        "postgresql://shubbak_app@255.255.255.255/shubbak",  # network is unreachable
    ):
        with pytest.raises(DatabaseGone, match="the database does not answer"):
            await open_pool(dsn, application_name="test")
        with pytest.raises(DatabaseGone):
            await connect(dsn, application_name="test")


async def test_where_it_was_looked_for_is_told_without_the_password() -> None:
    with pytest.raises(DatabaseGone) as caught:
        await connect("postgresql://shubbak_app:S3cret@127.0.0.1:1/shubbak", application_name="t")
    assert str(caught.value).startswith("the database does not answer: 127.0.0.1: ")
    assert "S3cret" not in str(caught.value)


async def test_whatever_keeps_a_lost_connection_from_coming_back_is_told_as_gone(
    database: Database, short_dir: Path
) -> None:
    detour = Detour(database.app_dsn, short_dir)
    pool = await open_pool(detour.dsn, size=1, application_name="to be cut")
    observer = await asyncpg.connect(database.app_dsn)
    detour.close()
    await observer.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = 'to be cut' AND datname = current_database()"
    )
    for _ in range(3):
        with pytest.raises(DatabaseGone):
            await pool.fetchval("SELECT 1")
    detour.open()
    assert await pool.fetchval("SELECT 1") == 1
    await observer.close()
    await pool.close()


async def test_an_error_of_our_own_files_is_not_taken_for_the_databases(pool: Pool) -> None:
    with pytest.raises(NotADirectoryError):
        async with pool.transaction():
            os.stat("/dev/null/file")
    assert await pool.fetchval("SELECT 1") == 1


async def test_a_frozen_line_is_given_up_and_the_pool_heals_when_it_thaws(
    database: Database, short_dir: Path
) -> None:
    async with line_to(database.app_dsn, short_dir) as line:
        pool = await open_pool(line.dsn, size=2, application_name="test", answer_timeout_s=0.2)
        assert await pool.fetchval("SELECT 1") == 1
        line.freeze()
        async with asyncio.timeout(5):
            with pytest.raises(DatabaseGone):
                await pool.fetchval("SELECT 2")
        line.thaw()
        async with asyncio.timeout(5):
            assert await pool.fetchval("SELECT 3") == 3
        await pool.close()


async def test_twenty_tasks_share_four_connections(database: Database, pool: Pool) -> None:
    await _make_table(database)

    async def work(number: int) -> None:
        async with pool.transaction() as connection:
            await connection.execute("INSERT INTO slip VALUES ($1, NULL)", number)

    async with asyncio.TaskGroup() as tasks:
        for number in range(1, 21):
            tasks.create_task(work(number))
    assert await pool.fetchval("SELECT count(*) FROM slip") == 20


async def _hurried(pool: Pool, limit: str, statement: str) -> None:
    async with pool.transaction() as connection:
        await connection.execute(f"SET LOCAL {limit} = '50ms'")
        await connection.execute(statement)


async def _make_table(database: Database) -> None:
    owner: Connection = await asyncpg.connect(database.owner_dsn)
    await owner.execute(
        """
        CREATE TABLE slip (
            number integer CONSTRAINT slip_pk PRIMARY KEY,
            copy_of integer CONSTRAINT slip_copies_a_slip REFERENCES slip (number),
            CONSTRAINT slip_number_is_positive CHECK (number > 0)
        );
        GRANT SELECT, INSERT, DELETE ON slip TO shubbak_app;
        """
    )
    await owner.close()
