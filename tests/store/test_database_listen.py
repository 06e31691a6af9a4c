"""Notifications, and what a listener does when its line is cut, silent or flooded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import asyncpg

from core_services.database.embedded import EmbeddedPostgres
from core_services.database.listen import listen
from core_services.database.pool import Connection, Pool
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.line import Detour, line_to

PATIENCE_S = 5.0


async def _next(heard: AsyncIterator[str | None]) -> str | None:
    async with asyncio.timeout(PATIENCE_S):
        return await anext(heard)


@asynccontextmanager
async def _hearing(
    dsn: str,
    channel: str = "revisions",
    heartbeat_s: float = 5.0,
    answer_within_s: float = PATIENCE_S,
) -> AsyncIterator[AsyncIterator[str | None]]:
    listener = listen(dsn, channel, heartbeat_s=heartbeat_s, answer_within_s=answer_within_s)
    async with aclosing(listener) as heard:
        assert await _next(heard) is None
        yield heard


async def test_every_notification_is_heard_in_order(database: Database, pool: Pool) -> None:
    async with _hearing(database.app_dsn) as heard:
        for n in range(50):
            await pool.execute("SELECT pg_notify('revisions', $1)", f"1:{n}")
        assert [await _next(heard) for _ in range(50)] == [f"1:{n}" for n in range(50)]


async def test_a_channel_with_a_strange_name_is_heard(database: Database, pool: Pool) -> None:
    async with _hearing(database.app_dsn, channel='Kafr "Saqr"') as heard:
        await pool.execute("""SELECT pg_notify('Kafr "Saqr"', 'سلام')""")
        assert await _next(heard) == "سلام"


async def test_a_cut_line_is_opened_again_and_said_to_have_missed_some(
    database: Database, pool: Pool
) -> None:
    async with _hearing(database.app_dsn) as heard:
        for round_number in range(3):
            await _cut_listeners(database)
            assert await _next(heard) is None
            await pool.execute("SELECT pg_notify('revisions', $1)", str(round_number))
            assert await _next(heard) == str(round_number)


async def test_whatever_bars_the_way_back_is_outlasted(
    database: Database, pool: Pool, short_dir: Path
) -> None:
    detour = Detour(database.app_dsn, short_dir)
    async with _hearing(detour.dsn) as heard:
        detour.close()
        await _cut_listeners(database)
        waiting = asyncio.ensure_future(_next(heard))
        done, _ = await asyncio.wait([waiting], timeout=0.5)  # some three attempts
        assert not done
        detour.open()
        assert await waiting is None
        await pool.execute("SELECT pg_notify('revisions', 'found')")
        assert await _next(heard) == "found"


async def test_a_listener_that_is_not_let_in_waits_until_it_is(
    database: Database, pool: Pool, postgres: EmbeddedPostgres
) -> None:
    superuser = await asyncpg.connect(postgres.dsn("postgres", database.name))
    async with _hearing(database.app_dsn) as heard:
        await superuser.execute(
            f"REVOKE CONNECT ON DATABASE {database.name} FROM PUBLIC, shubbak_app"
        )
        await _cut_over(superuser)
        waiting = asyncio.ensure_future(_next(heard))
        done, _ = await asyncio.wait([waiting], timeout=0.5)
        assert not done
        await superuser.execute(f"GRANT CONNECT ON DATABASE {database.name} TO shubbak_app")
        assert await waiting is None
    await superuser.close()


async def test_a_frozen_line_is_noticed_by_its_silence(
    database: Database, pool: Pool, short_dir: Path
) -> None:
    async with (
        line_to(database.app_dsn, short_dir) as line,
        _hearing(line.dsn, heartbeat_s=0.2, answer_within_s=1.0) as heard,
    ):
        line.freeze()
        await pool.execute("SELECT pg_notify('revisions', 'lost')")
        waiting = asyncio.ensure_future(_next(heard))
        async with asyncio.timeout(PATIENCE_S):
            await line.has_connected(times=2)  # the first line was given up
        line.thaw()
        assert await waiting is None
        await pool.execute("SELECT pg_notify('revisions', 'found')")
        assert await _next(heard) == "found"


async def test_a_silent_but_living_line_is_kept(
    database: Database, pool: Pool, short_dir: Path
) -> None:
    async with (
        line_to(database.app_dsn, short_dir) as line,
        _hearing(line.dsn, heartbeat_s=0.02) as heard,
    ):
        waiting = asyncio.ensure_future(_next(heard))
        done, _ = await asyncio.wait([waiting], timeout=0.3)  # some fifteen heartbeats
        assert not done
        await pool.execute("SELECT pg_notify('revisions', 'still here')")
        assert await waiting == "still here"
        assert line.connections == 1


async def test_a_flood_is_dropped_and_told_instead_of_filling_the_memory(
    database: Database, pool: Pool
) -> None:
    async with _hearing(database.app_dsn) as heard:
        await pool.execute(
            "SELECT pg_notify('revisions', n::text) FROM generate_series(1, 2500) AS n"
        )
        await pool.execute("SELECT pg_notify('revisions', 'last')")
        got: list[str | None] = []
        while got[-1:] != ["last"]:
            got.append(await _next(heard))
        assert None in got
        assert len(got) < 2500


async def test_closing_the_listener_gives_its_connection_back(
    database: Database, pool: Pool
) -> None:
    async with _hearing(database.app_dsn):
        assert await _listeners(pool) == 1

    async def nobody_listens() -> bool:
        return await _listeners(pool) == 0

    await eventually(nobody_listens)


async def _listeners(pool: Pool) -> int:
    count: int = await pool.fetchval(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'shubbak listens%'"
    )
    return count


async def _cut_listeners(database: Database) -> None:
    connection = await asyncpg.connect(database.app_dsn)
    try:
        await _cut_over(connection)
    finally:
        await connection.close()


async def _cut_over(connection: Connection) -> None:
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name LIKE 'shubbak listens%'"
    )
