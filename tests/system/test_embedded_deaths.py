"""Everything that can be killed is killed, and the next start must find every kept row."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from core_services.database.embedded import EmbeddedPostgres
from core_services.database.errors import DatabaseGone
from core_services.database.pool import open_pool
from core_services.database.processes import kill_processes, servers_in
from tests.support.eventually import eventually
from tests.system.embedded import ask, child_with, kept, kill_everything, state, write


@pytest.fixture
async def server(short_dir: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(short_dir / "pg")
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.mark.parametrize("round_number", range(3))
async def test_no_acknowledged_row_is_lost_when_everything_is_killed_while_writing(
    server: EmbeddedPostgres, round_number: int
) -> None:
    await write(server.dsn(), 0)
    acknowledged = 0
    connection = await asyncpg.connect(server.dsn())
    with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        while True:
            await connection.execute("INSERT INTO kept VALUES ($1)", acknowledged + 1)
            acknowledged += 1
            if acknowledged == 200 + 37 * round_number:
                kill_everything(server)
    connection.terminate()
    await server.wait()
    began = time.monotonic()
    await server.start()
    assert time.monotonic() - began < 3.0
    rows = await kept(server.dsn())
    assert rows in (list(range(acknowledged + 1)), list(range(acknowledged + 2)))


async def test_a_server_that_outlived_its_killed_program_is_adopted(short_dir: Path) -> None:
    async with child_with(short_dir / "pg", "start") as child:
        await write(child.dsn, 7)
        child.process.kill()
        await child.process.wait()
        server = EmbeddedPostgres(short_dir / "pg")
        await server.start()
        assert server.pid == child.server_pid
        assert await kept(server.dsn()) == [7]
        await server.stop()
    assert not servers_in(short_dir / "pg" / "cluster")


async def test_stop_alone_ends_a_server_that_outlived_its_program(short_dir: Path) -> None:
    async with child_with(short_dir / "pg", "start") as child:
        child.process.kill()
        await child.process.wait()
        assert servers_in(short_dir / "pg" / "cluster")
        await EmbeddedPostgres(short_dir / "pg").stop()
        assert not servers_in(short_dir / "pg" / "cluster")


async def test_the_death_of_an_adopted_server_is_noticed_too(short_dir: Path) -> None:
    async with child_with(short_dir / "pg", "start") as child:
        child.process.kill()
        await child.process.wait()
        server = EmbeddedPostgres(short_dir / "pg")
        await server.start()
        waiting = asyncio.ensure_future(server.wait())
        kill_everything(server)
        async with asyncio.timeout(10):
            await waiting
        await server.start()
        assert server.pid != child.server_pid
        assert await server.is_healthy()
        await server.stop()


async def test_a_zombie_is_not_taken_for_a_running_server(short_dir: Path) -> None:
    async with child_with(short_dir / "pg", "adoptive") as parent:
        await write(parent.dsn, 1)
        cluster = short_dir / "pg" / "cluster"
        kill_processes(servers_in(cluster), signal.SIGKILL)

        async def is_zombie() -> bool:
            return state(parent.server_pid) == "Z"

        await eventually(is_zombie)
        assert (cluster / "postmaster.pid").exists()
        server = EmbeddedPostgres(short_dir / "pg")
        await server.start()
        assert await is_zombie()
        assert server.pid != parent.server_pid
        assert await kept(server.dsn()) == [1]
        await server.stop()


async def test_a_number_that_now_belongs_to_someone_else_is_not_the_server(
    server: EmbeddedPostgres,
) -> None:
    await write(server.dsn(), 1)
    kill_everything(server)
    await server.wait()
    pid_file = server.data_dir / "cluster" / "postmaster.pid"
    words = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *words[1:]]))
    await server.start()
    assert server.pid != os.getpid()
    assert await kept(server.dsn()) == [1]


async def test_children_that_outlive_their_postmaster_are_ended_first(
    server: EmbeddedPostgres,
) -> None:
    await write(server.dsn(), 1)
    connection = await asyncpg.connect(server.dsn())
    stuck = connection.get_server_pid()
    os.kill(stuck, signal.SIGSTOP)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    await server.wait()
    assert stuck in servers_in(server.data_dir / "cluster")
    await server.start()
    assert stuck not in servers_in(server.data_dir / "cluster")
    assert await kept(server.dsn()) == [1]
    connection.terminate()


async def test_a_server_that_needs_long_to_answer_is_waited_for(short_dir: Path) -> None:
    async with child_with(short_dir / "pg", "start") as child:
        child.process.kill()
        await child.process.wait()
        os.kill(child.server_pid, signal.SIGSTOP)
        server = EmbeddedPostgres(short_dir / "pg")
        starting = asyncio.ensure_future(server.start())
        done, _ = await asyncio.wait([starting], timeout=0.5)
        assert not done
        os.kill(child.server_pid, signal.SIGCONT)
        await starting
        assert server.pid == child.server_pid
        await server.stop()


async def test_a_key_pressed_in_the_terminal_does_not_reach_the_server(short_dir: Path) -> None:
    async with child_with(short_dir / "pg", "start") as child:
        assert os.getsid(child.server_pid) == child.server_pid
        assert os.getsid(child.process.pid) == child.process.pid
        os.killpg(child.process.pid, signal.SIGINT)
        await child.goes_away()
        assert child.server_pid in servers_in(short_dir / "pg" / "cluster")
        await EmbeddedPostgres(short_dir / "pg").stop()


async def test_a_watched_server_is_started_again_and_the_pool_heals_by_itself(
    server: EmbeddedPostgres,
) -> None:
    pool = await open_pool(server.dsn(), application_name="test")
    await pool.execute("CREATE TABLE kept (n integer)")

    async def pool_answers() -> bool:
        try:
            return bool(await pool.fetchval("SELECT true"))
        except DatabaseGone:
            return False

    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(server.watch())
        for n in range(3):
            await pool.execute("INSERT INTO kept VALUES ($1)", n)
            began = time.monotonic()
            kill_everything(server)
            await eventually(pool_answers)
            assert time.monotonic() - began < 3.0
        watching.cancel()
    assert await pool.fetchval("SELECT array_agg(n) FROM kept") == [0, 1, 2]
    await pool.close()


async def test_a_stopped_server_is_not_started_again_by_its_watch(
    server: EmbeddedPostgres,
) -> None:
    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        tasks.create_task(server.watch())
        await asyncio.sleep(0)
        await server.stop()
    assert not servers_in(server.data_dir / "cluster")


async def test_work_under_way_when_the_server_dies_is_told_as_database_gone(
    server: EmbeddedPostgres,
) -> None:
    pool = await open_pool(server.dsn(), size=1, application_name="test")

    async def work() -> None:
        async with pool.transaction() as connection:
            sleeping = asyncio.ensure_future(connection.fetchval("SELECT pg_sleep(5)"))
            done, _ = await asyncio.wait([sleeping], timeout=0.1)
            assert not done
            kill_everything(server)
            await sleeping

    with pytest.raises(DatabaseGone):
        await work()
    with pytest.raises(DatabaseGone):
        await pool.fetchval("SELECT 1")
    await server.wait()
    await server.start()
    assert await pool.fetchval("SELECT 1") == 1
    assert await ask(server.dsn(), "SELECT 1") == 1
    await pool.close()


async def test_a_stop_in_the_middle_of_a_restart_wins(server: EmbeddedPostgres) -> None:
    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(server.watch())
        for _ in range(3):
            kill_everything(server)
            await server.wait()
            await server.stop()
            assert not servers_in(server.data_dir / "cluster")
            await server.start()
            tasks.create_task(server.watch())
        await server.stop()
    assert not servers_in(server.data_dir / "cluster")
