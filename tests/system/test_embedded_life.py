"""The embedded server from its first start on: what it makes, where it listens, how it stops."""

import asyncio
import os
import pwd
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from core_services.database.cluster import DataDirectoryInUse
from core_services.database.embedded import EmbeddedPostgres
from core_services.database.processes import servers_in
from core_services.database.programs import EmbeddedError, Programs, wheel_programs
from tests.support.eventually import eventually
from tests.system.embedded import ask, child_with, kept, mode, write


@asynccontextmanager
async def _running(data_dir: Path) -> AsyncIterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(data_dir)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@pytest.fixture
def long_dir(short_dir: Path) -> Path:
    """A path that is fine for files and too long for a socket."""
    return short_dir / ("كفر_صقر_" * 12) / "pg"


async def test_the_first_start_makes_the_roles_and_the_database(short_dir: Path) -> None:
    async with _running(short_dir / "pg") as server:
        for role in ("shubbak_owner", "shubbak_app", "shubbak_read"):
            assert await ask(server.dsn(role), "SELECT current_user::text") == role
        owner = await ask(
            server.dsn(),
            "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = 'shubbak'",
        )
        assert owner == "shubbak_owner"


async def test_commits_are_durable_and_pages_carry_checksums(short_dir: Path) -> None:
    async with _running(short_dir / "pg") as server:
        for setting, value in {
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
            "data_checksums": "on",
            "server_encoding": "UTF8",
            "TimeZone": "UTC",
        }.items():
            assert await ask(server.dsn(), f"SHOW {setting}") == value


async def test_it_listens_on_no_network(short_dir: Path) -> None:
    async with _running(short_dir / "pg") as server:
        assert await ask(server.dsn(), "SHOW listen_addresses") == ""
        port = ask("postgresql://postgres@127.0.0.1:5432/postgres?connect_timeout=2", "SELECT 1")
        with pytest.raises(OSError, match="Connect call failed"):
            await port


async def test_data_survives_a_stop_and_a_start(short_dir: Path) -> None:
    async with _running(short_dir / "pg") as server:
        await write(server.dsn(), 1, 2, 3)
    async with _running(short_dir / "pg") as server:
        assert await kept(server.dsn()) == [1, 2, 3]


async def test_a_start_on_a_warm_directory_takes_well_under_a_second(short_dir: Path) -> None:
    async with _running(short_dir / "pg"):
        pass
    began = time.monotonic()
    async with _running(short_dir / "pg"):
        assert time.monotonic() - began < 1.0


async def test_starting_and_stopping_twice_does_no_harm(short_dir: Path) -> None:
    server = EmbeddedPostgres(short_dir / "pg")
    await server.stop()
    await server.start()
    pid = server.pid
    await server.start()
    assert server.pid == pid
    assert await server.is_healthy()
    await server.stop()
    await server.stop()
    assert server.pid is None
    assert not await server.is_healthy()


async def test_a_second_start_of_the_same_directory_is_refused(short_dir: Path) -> None:
    async with _running(short_dir / "pg") as server:
        second = EmbeddedPostgres(short_dir / "pg")
        with pytest.raises(DataDirectoryInUse, match="in use by another running Shubbak"):
            await second.start()
        assert await server.is_healthy()


async def test_another_program_cannot_start_the_same_directory(short_dir: Path) -> None:
    async with child_with(short_dir / "pg", "start") as child:
        with pytest.raises(DataDirectoryInUse):
            await EmbeddedPostgres(short_dir / "pg").start()
        with pytest.raises(DataDirectoryInUse):
            await EmbeddedPostgres(short_dir / "pg").stop()
        assert await ask(child.dsn, "SELECT 1") == 1


async def test_an_open_connection_does_not_delay_the_stop(short_dir: Path) -> None:
    server = EmbeddedPostgres(short_dir / "pg")
    await server.start()
    connection = await asyncpg.connect(server.dsn())
    await connection.execute("BEGIN")
    began = time.monotonic()
    await server.stop()
    assert time.monotonic() - began < 5.0
    connection.terminate()


async def test_a_path_too_long_for_a_socket_gets_a_short_folder_of_its_own(
    long_dir: Path,
) -> None:
    async with _running(long_dir) as server:
        folder = _sockets(server)
        assert not folder.is_relative_to(long_dir)
        assert len(os.fsencode(folder)) < 80
        assert mode(folder) == 0o700
    assert folder.name not in os.listdir(folder.parent)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
async def test_a_socket_folder_that_a_stranger_made_first_is_refused(long_dir: Path) -> None:
    async with _running(long_dir) as server:
        folder = _sockets(server)
    os.mkdir(folder)
    os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
    try:
        with pytest.raises(EmbeddedError, match="belongs to someone else"):
            await EmbeddedPostgres(long_dir).start()
    finally:
        os.rmdir(folder)


async def test_only_the_data_directory_gets_its_mode_set_and_no_user_is_made(
    short_dir: Path,
) -> None:
    users = pwd.getpwall()
    parent = short_dir / "parent"
    os.mkdir(parent)
    os.chmod(parent, 0o710)
    async with _running(parent / "pg"):
        assert mode(parent / "pg") == 0o700
    assert mode(parent) == 0o710
    assert mode(short_dir) == 0o700
    assert pwd.getpwall() == users


async def test_a_directory_that_holds_something_else_is_left_as_it_is(short_dir: Path) -> None:
    os.chmod(short_dir, 0o755)
    (short_dir / "letter.txt").write_text("keep me")
    with pytest.raises(EmbeddedError, match=r"holds 'letter\.txt'"):
        await EmbeddedPostgres(short_dir).start()
    assert mode(short_dir) == 0o755
    assert os.listdir(short_dir) == ["letter.txt"]


async def test_an_initdb_that_was_broken_off_is_begun_again(short_dir: Path) -> None:
    unfinished = short_dir / "pg" / "cluster.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    async with _running(short_dir / "pg") as server:
        assert await ask(server.dsn(), "SELECT 1") == 1


async def test_a_cluster_of_another_major_version_is_refused_in_words(short_dir: Path) -> None:
    async with _running(short_dir / "pg"):
        pass
    newer = Programs(wheel_programs().folder, 19)
    with pytest.raises(EmbeddedError, match="written by PostgreSQL 18 and this program brings 19"):
        await EmbeddedPostgres(short_dir / "pg", programs=newer).start()
    async with _running(short_dir / "pg") as server:
        assert await server.is_healthy()


async def test_a_server_that_will_not_start_is_told_with_its_own_last_words(
    short_dir: Path,
) -> None:
    async with _running(short_dir / "pg"):
        pass
    control = short_dir / "pg" / "cluster" / "global" / "pg_control"
    control.rename(control.with_name("lost"))
    with pytest.raises(EmbeddedError, match="pg_control"):
        await EmbeddedPostgres(short_dir / "pg").start()
    control.with_name("lost").rename(control)
    async with _running(short_dir / "pg") as server:
        assert await server.is_healthy()


async def test_a_cancelled_start_leaves_nothing_running(short_dir: Path) -> None:
    server = EmbeddedPostgres(short_dir / "pg")

    async def has_a_process() -> bool:
        return server.pid is not None

    starting = asyncio.ensure_future(server.start())
    await eventually(has_a_process)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not servers_in(short_dir / "pg" / "cluster")
    async with _running(short_dir / "pg"):
        assert await server.is_healthy()


def _sockets(server: EmbeddedPostgres) -> Path:
    return Path(parse_qs(urlsplit(server.dsn()).query)["host"][0])
