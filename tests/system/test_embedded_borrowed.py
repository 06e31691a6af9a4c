"""A program that uses another one's embedded database, from the moment when the other one ends."""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Literal

import asyncpg
import pytest

from core_services.database.cluster import claim
from core_services.database.processes import kill_processes, servers_in
from queue_server.database import reach_database
from queue_server.settings import ServerSettings
from tests.support.command import shubbak
from tests.support.eventually import eventually
from tests.support.programs import answers, free_ports, running
from tests.system.embedded import PATIENCE_S, Child, ask, child_with, kept, write

End = Literal["is killed", "stops"]
both_ends = pytest.mark.parametrize("end", ["is killed", "stops"])


async def end_of(lender: Child, end: End) -> None:
    if end == "is killed":
        lender.process.kill()
        await lender.process.wait()
    else:
        await lender.goes_away()


async def until_answered(dsn: str) -> None:
    async def is_answered() -> bool:
        try:
            return await ask(dsn, "SELECT 1") == 1
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False

    await eventually(is_answered, within_s=PATIENCE_S)


async def until_watched(database: Path, dsn: str) -> None:
    """Kill the database until somebody has brought it back, under the address that it had."""
    old = servers_in(database / "cluster")

    async def is_another() -> bool:
        kill_processes(old & servers_in(database / "cluster"), signal.SIGKILL)
        return bool(servers_in(database / "cluster") - old)

    await eventually(is_another, within_s=PATIENCE_S)
    await until_answered(dsn)


async def test_a_server_that_borrowed_its_database_serves_on_when_the_lender_stops(
    short_dir: Path,
) -> None:
    database, config = short_dir / "data" / "database", short_dir / "server.toml"
    url = f"http://127.0.0.1:{free_ports(1)}"
    config.write_text(
        f'data_dir = "{short_dir / "data"}"\nlisten = "{url.removeprefix("http://")}"'
    )
    serve = (sys.executable, "-m", "queue_server.cli", "serve", "--config", config)

    async def is_ready() -> bool:
        return await answers(f"{url}/readyz")

    async with child_with(database, "migrate") as lender:
        loaded = await shubbak("centre", "load", "kafr_saqr.toml", "--config", str(config))
        assert loaded.code == 0, loaded.err
        async with running(serve, f"{url}/readyz", short_dir / "server.log"):
            await end_of(lender, "stops")
            await until_answered(lender.dsn)
            await eventually(is_ready, within_s=PATIENCE_S)
    assert not servers_in(database / "cluster")


@both_ends
async def test_whoever_stays_longer_takes_the_database_over_under_its_address(
    short_dir: Path, end: End
) -> None:
    settings = ServerSettings(data_dir=short_dir)
    database = short_dir / "database"
    async with child_with(database, "start") as lender:
        await write(lender.dsn, 7)
        async with reach_database(settings, takes_over=True) as addresses:
            assert addresses.owner == lender.dsn
            await end_of(lender, end)
            await until_answered(addresses.app)
            assert await kept(lender.dsn) == [7]
            await until_watched(database, lender.dsn)
            assert await kept(lender.dsn) == [7]
        assert not servers_in(database / "cluster")


async def test_a_borrowed_database_is_left_as_it_is(short_dir: Path) -> None:
    settings = ServerSettings(data_dir=short_dir)
    async with child_with(short_dir / "database", "start") as lender:
        for takes_over in (False, True):
            async with reach_database(settings, takes_over=takes_over) as addresses:
                assert await ask(addresses.app, "SELECT 1") == 1
            assert await ask(lender.dsn, "SELECT 1") == 1
        assert lender.server_pid in servers_in(short_dir / "database" / "cluster")


async def test_a_command_leaves_the_database_to_the_server_that_comes_back(short_dir: Path) -> None:
    settings = ServerSettings(data_dir=short_dir)
    async with (
        child_with(short_dir / "database", "start") as killed,
        reach_database(settings) as command,
    ):
        await end_of(killed, "is killed")
        async with reach_database(settings, takes_over=True) as server:
            assert server == command
            assert killed.server_pid in servers_in(short_dir / "database" / "cluster")
            assert await ask(command.app, "SELECT 1") == 1


async def test_a_directory_that_its_owner_is_about_to_leave_is_waited_for(short_dir: Path) -> None:
    settings, database = ServerSettings(data_dir=short_dir), short_dir / "database"
    lock = claim(database)
    async with AsyncExitStack() as stack:
        entering = asyncio.ensure_future(stack.enter_async_context(reach_database(settings)))
        done, _ = await asyncio.wait([entering], timeout=0.3)
        assert not done
        os.close(lock)
        addresses = await entering
        assert await ask(addresses.app, "SELECT 1") == 1
    assert not servers_in(database / "cluster")


async def test_the_address_stays_though_another_program_would_choose_another_one(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = ServerSettings(data_dir=short_dir / ("كفر_صقر_" * 12))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_dir))
    async with child_with(settings.data_dir / "database", "start") as lender:
        monkeypatch.delenv("XDG_RUNTIME_DIR")
        async with reach_database(settings, takes_over=True) as addresses:
            assert str(short_dir) in addresses.app
            await end_of(lender, "stops")
            await until_answered(addresses.app)
