"""A server with an empty database gets its centre back from a backup, in a browser."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core_services.database.pool import open_pool
from core_services.people.passwords import Passwords
from core_services.people.staff import create_staff
from queue_server.backup.folder import PARTIAL
from queue_server.backup.keeping import SUFFIX
from queue_server.backup.sealing import SealWith
from queue_server.backup.store_restore import make_room
from queue_server.setup.restoring import MARK
from tests.support.backups import back_up, run_sql
from tests.support.clock import ManualClock
from tests.support.command import shubbak
from tests.support.database import Database, Servers, fresh_database
from tests.support.eventually import eventually
from tests.support.queue import make_centre
from tests.support.setting_up import Person, WaitingServer, person, serves, waiting_server
from tests.support.site import PASSWORD, By

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def lived(postgres_servers: Servers, passwords: Passwords) -> AsyncIterator[Database]:
    """A centre of another machine, with an administrator."""
    async with fresh_database(await postgres_servers.server("embedded")) as other:
        await make_centre(other.owner_dsn)
        pool = await open_pool(other.owner_dsn, size=1, application_name="test")
        try:
            await create_staff(
                pool,
                passwords,
                centre_id=1,
                username="hoda",
                password=PASSWORD,
                role="admin",
                name_ar="هدى",
                name_en="Hoda",
                actor=By(),
                at=ManualClock().now(),
            )
        finally:
            await pool.close()
        yield other


async def until(browser: Person, said: str) -> str:
    """Wait until the page says it, as it renews itself."""
    seen = ""

    async def says() -> bool:
        nonlocal seen
        _, seen = await browser.get("/setup/restore")
        return said in seen

    try:
        await eventually(says, within_s=60)
    except TimeoutError:
        raise AssertionError(seen) from None
    return seen


async def looked_at(browser: Person, said: str, **fields: str) -> str:
    status, where, text = await browser.post("/setup/restore/look", fields)
    assert (status, where) == (303, "/setup/restore"), text
    return await until(browser, said)


async def bring_back(browser: Person) -> None:
    """Press the button under the backup that was found good."""
    _, text = await browser.get("/setup/restore")
    found = re.search(r'name="path" value="([^"]+)"', text)
    assert found is not None, text
    await browser.post("/setup/restore/begin", {"path": found[1]})


async def signs_in(server: WaitingServer) -> None:
    """The administrator of the backup signs in at the server that follows."""
    await serves(server.url)
    async with person(server.url) as hoda:
        status, _, text = await hoda.post("/sign-in", {"username": "hoda", "password": PASSWORD})
        assert status == 303, text


async def test_damage_and_a_wrong_passphrase_are_named_and_a_good_backup_becomes_the_centre(
    lived: Database, database: Database, tmp_path: Path
) -> None:
    clock = ManualClock()
    sealed = SealWith(passphrase="correct horse battery")
    data = tmp_path / "data"
    made = await back_up(lived, data, clock, seal=sealed)
    damaged = tmp_path / "damaged.shubbak"
    content = bytearray(made.path.read_bytes())
    damaged.write_bytes(bytes(content[: len(content) // 2]))
    epoch = await run_sql(lived.owner_dsn, "SELECT epoch FROM centre_head")
    async with waiting_server(database, tmp_path) as server, person(server.url) as hoda:
        await hoda.prove(server.code)
        _, text = await hoda.get("/setup/restore")
        assert made.path.name in text
        assert "sealed" in text
        status, _, text = await hoda.post("/setup/restore/look", {"path": str(tmp_path / "none")})
        assert status == 422
        assert "no such file" in text
        text = await looked_at(hoda, "Not done", path=str(damaged))
        assert "truncated" in text.lower()
        await hoda.post("/setup/restore/begin", {})
        await hoda.post("/setup/restore/again", {})
        text = await looked_at(hoda, "Not done", backup=made.path.name, passphrase="horse")
        assert "Wrong passphrase" in text
        assert "every byte" not in text, "it is told before all of it is read"
        await hoda.post("/setup/restore/again", {})
        text = await looked_at(hoda, "and sealed", backup=made.path.name)
        assert f'name="path" value="{made.path}"' in text, "its secret can be given there"
        assert await run_sql(database.owner_dsn, "SELECT count(*) FROM centre") == 0
        text = await looked_at(
            hoda, "whole and opens", backup=made.path.name, passphrase="correct horse battery"
        )
        assert "KFS1" in text
        await bring_back(hoda)
        text = await until(hoda, "The centre is here again")
        assert "go on from" in text
        await hoda.post("/setup/restore/go-on", {})
        await signs_in(server)
        now = await run_sql(database.owner_dsn, "SELECT epoch FROM centre_head")
        assert now != epoch
        status, text = await hoda.get("/setup/restore")
        assert status == 410
    assert not (data / MARK).exists()


async def test_a_restore_that_was_killed_is_carried_through_and_keys_are_waited_for(
    lived: Database, database: Database, tmp_path: Path
) -> None:
    made = await back_up(lived, tmp_path / "elsewhere", ManualClock())
    data = tmp_path / "data"
    data.mkdir()
    await make_room(database.owner_dsn, aside="before_a_kill")  # as a kill in the middle leaves it
    (data / MARK).touch()
    async with waiting_server(database, tmp_path) as server, person(server.url) as hoda:
        await hoda.prove(server.code)
        _, text = await hoda.get("/setup")
        assert "broken off" in text
        assert "/setup/centre" not in text
        await looked_at(hoda, "whole and opens", path=str(made.path))
        await bring_back(hoda)
        text = await until(hoda, "The centre is here again")
        assert "keys were not in it" in text
        assert str(data / "keys") in text
    # Switched off meanwhile, as to bring the keys: no other keys are made at the next start.
    async with waiting_server(database, tmp_path) as server, person(server.url) as hoda:
        await hoda.prove(server.code)
        text = await until(hoda, "The centre is here again")
        assert "keys were not in it" in text
        assert not (data / "keys").exists()
        await hoda.post("/setup/restore/go-on", {})
        await signs_in(server)
    assert not (data / MARK).exists()


async def test_the_embedded_database_of_two_processes_is_exchanged_for_a_backup_that_is_sent(
    lived: Database, short_dir: Path
) -> None:
    config = short_dir / "server.toml"
    config.write_text(f'data_dir = "{short_dir / "data"}"\n')
    done = await shubbak("migrate", "--config", str(config))
    assert done.code == 0, done.err
    made = await back_up(lived, short_dir / "elsewhere", ManualClock(), with_secrets=True)
    backups = short_dir / "data" / "backups"
    backups.mkdir()
    (backups / f"killed{SUFFIX}{PARTIAL}").touch()
    async with (
        waiting_server(None, short_dir, processes=2) as server,
        person(server.url) as hoda,
    ):
        await hoda.prove(server.code)
        assert list(backups.iterdir()) == [], "what a killed server left is removed"
        await hoda.get("/setup/restore")
        status, where, text = await hoda.send("/setup/restore/upload", made.path)
        assert (status, where) == (303, "/setup/restore"), text
        await until(hoda, "whole and opens")
        await bring_back(hoda)
        await until(hoda, "The centre is here again")
        await hoda.post("/setup/restore/go-on", {})
        await signs_in(server)
    assert list((short_dir / "data").glob("before-*")), "what was there is set aside"
