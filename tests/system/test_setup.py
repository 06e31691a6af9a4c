"""A server with an empty database is set up in a browser, and goes on as a server by itself."""

import asyncio
import os
import signal
import ssl
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from core_services.settings import load_settings
from queue_server.doctor.examining import _ready
from queue_server.processes.state import read_state, state_path
from queue_server.settings import ServerSettings
from tests.support.command import shubbak
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.setting_up import (
    ADMINISTRATOR,
    STEPS,
    WaitingServer,
    person,
    serves,
    waiting_server,
)
from tests.support.systemd import listening
from tests.support.tls import a_centre

pytestmark = pytest.mark.timeout(180)


async def made(dsn: str) -> tuple[int, ...]:
    """Count centres, windows, open services, administrators, signing keys."""
    connection = await asyncpg.connect(dsn)
    try:
        return tuple(
            [
                await connection.fetchval(f"SELECT count(*)::int FROM {what}")
                for what in (
                    "centre",
                    "service_window",
                    "service WHERE is_open",
                    "staff WHERE role = 'admin'",
                    "signing_key",
                )
            ]
        )
    finally:
        await connection.close()


@pytest.mark.parametrize("processes", [1, 2])
async def test_the_first_administrator_makes_the_centre_and_the_server_goes_on_by_itself(
    database: Database, pool: Pool, tmp_path: Path, processes: int
) -> None:
    async with waiting_server(database, tmp_path, processes=processes) as server:
        async with person(server.url) as sami, person(server.url) as other:
            assert await sami.prove("aaaa-bbbb-cccc-dddd") == 422
            assert await sami.prove(server.code.upper().replace("-", " ")) == 303
            assert await other.prove(server.code) == 303
            await sami.fill()
            assert await made(database.owner_dsn) == (0, 0, 0, 0, 0)
            weak = {**ADMINISTRATOR, "password": "short", "again": "short"}
            status, _, text = await sami.post("/setup/administrator", weak)
            assert status == 422
            assert "10 characters" in text
            assert await made(database.owner_dsn) == (0, 0, 0, 0, 0)
            answers = await asyncio.gather(
                sami.post("/setup/administrator", ADMINISTRATOR),
                other.post("/setup/administrator", ADMINISTRATOR),
                return_exceptions=True,
            )
            await serves(server.url)
            assert await made(database.owner_dsn) == (1, 9, 2, 1, 1)
            won = [each for each in answers if isinstance(each, tuple) and each[0] == 303]
            assert len(won) == 1
            winner = sami if answers[0] is won[0] else other
            status, text = await winner.get(won[0][1])
            assert status == 200, "the administrator is signed in"
            assert "سامي رشاد" in text or "sami" in text
            status, text = await other.get("/setup")
            assert status == 410
            assert "set up already" in text
            assert (await other.post("/setup/code", {"code": server.code}))[0] == 410
        assert (await verify(pool, 1)).is_whole
        assert not (tmp_path / "data" / "setup-draft.json").exists()
        if processes > 1:
            port = int(server.url.rpartition(":")[2])
            path = state_path(tmp_path / "data", port)

            async def all_serve() -> bool:
                state = read_state(path)
                return state is not None and len(state.workers) == processes

            await eventually(all_serve, within_s=60)


async def test_until_then_everything_else_leads_there_or_says_that_it_must_wait(
    database: Database, tmp_path: Path
) -> None:
    async with (
        waiting_server(database, tmp_path) as server,
        aiohttp.ClientSession() as session,
    ):
        async with session.get(
            f"{server.url}/desk", headers={"Accept": "text/html"}, allow_redirects=False
        ) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/setup")
        for path in ("/api/v1/queues", "/ws/agent", "/metrics"):
            async with session.get(server.url + path) as answer:
                assert answer.status == 503
                assert (await answer.json())["type"] == "urn:shubbak:problem:not-set-up"
        async with session.get(f"{server.url}/readyz") as answer:
            assert (answer.status, await answer.json()) == (503, {"status": "not set up"})
        for step in (*STEPS, "administrator"):
            async with session.get(f"{server.url}/setup/{step}", allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, "/setup")
            async with session.post(
                f"{server.url}/setup/{step}",
                data=ADMINISTRATOR,
                headers={"Origin": server.url},
                allow_redirects=False,
            ) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, "/setup")
        (found,) = await _ready(load_settings(ServerSettings, server.config))
        assert found.verdict == "warning", "the doctor knows what it waits for"
        assert "journalctl -u shubbak-server -n 20 --no-pager" in found.commands
        assert server.code not in server.log.read_text().replace(f"    {server.code}\n", "", 1)


async def test_a_server_killed_in_the_middle_goes_on_with_what_was_typed_and_a_new_code(
    database: Database, tmp_path: Path
) -> None:
    before = await filled_and_killed(database, tmp_path)
    assert await made(database.owner_dsn) == (0, 0, 0, 0, 0)
    draft = (tmp_path / "data" / "setup-draft.json").read_text(encoding="utf-8")
    assert "كفر صقر" in draft
    async with waiting_server(database, tmp_path) as server, person(server.url) as sami:
        assert server.code != before
        assert await sami.prove(before) == 422
        assert await sami.prove(server.code) == 303
        _, text = await sami.get("/setup/centre")
        assert "مركز كفر صقر" in text
        status, _, _ = await sami.post("/setup/administrator", ADMINISTRATOR)
        assert status == 303
        await serves(server.url)
        assert await made(database.owner_dsn) == (1, 9, 2, 1, 1)


async def test_killed_at_any_moment_of_the_act_the_centre_is_whole_or_not_there(
    database: Database, tmp_path: Path
) -> None:
    whole, nothing = (1, 9, 2, 1, 1), (0, 0, 0, 0, 0)
    seen: set[tuple[int, ...]] = set()

    async def kill_in_the_act(after_s: float) -> None:
        async with waiting_server(database, tmp_path) as server, person(server.url) as sami:
            await sami.prove(server.code)
            await sami.fill()
            act = asyncio.create_task(sami.post("/setup/administrator", ADMINISTRATOR))
            await asyncio.wait({act}, timeout=after_s)
            os.kill(server.process.pid, signal.SIGKILL)
            await server.process.wait()
            await asyncio.wait({act})
            act.exception()

    for after_s in (0.1, 0.3, 30.0):
        with pytest.raises(AssertionError, match="code -9"):
            await kill_in_the_act(after_s)
        seen.add(await made(database.owner_dsn))
        if whole in seen:
            break
    assert whole in seen
    assert seen <= {whole, nothing}


async def test_of_two_processes_the_one_that_sets_up_is_replaced_when_it_is_killed(
    database: Database, tmp_path: Path
) -> None:
    async with waiting_server(database, tmp_path, processes=2) as server:
        for times, number in enumerate((signal.SIGKILL, signal.SIGTERM), start=1):
            before = server.code

            async def is_served(times: int = times) -> bool:
                return server.log.read_text().count("setup_is_served") == times

            await eventually(is_served)
            (child,) = children_of(server.process.pid)
            os.kill(child, number)

            async def has_another_code(before: str = before) -> bool:
                return server.code != before

            await eventually(has_another_code, within_s=60)
        async with person(server.url) as sami:
            assert await sami.prove(before) == 422
            assert await sami.prove(server.code) == 303
    assert await made(database.owner_dsn) == (0, 0, 0, 0, 0)


async def test_over_tls_it_stays_one_service_for_systemd(
    database: Database, tmp_path: Path, short_dir: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    centre = a_centre(data / "tls")
    trust = ssl.create_default_context(cafile=centre.ca)
    async with (
        listening(str(short_dir / "notify")) as ear,
        waiting_server(database, tmp_path, trust=trust, environment=ear.environment()) as server,
        person(server.url, trust=trust) as sami,
    ):
        await ear.until("READY=1")
        assert "waits to be set up" in ear.status
        assert await sami.prove(server.code) == 303
        assert all(cookie["secure"] for cookie in sami.session.cookie_jar if cookie.key != "lang")
        await sami.fill()
        assert (await sami.post("/setup/administrator", ADMINISTRATOR))[0] == 303
        await serves(server.url, trust=trust)
        await ear.until("READY=1", times=2)
        assert "STOPPING=1" not in ear.heard
        await ear.until_status("serving")


async def test_a_centre_loaded_by_command_ends_the_set_up_too(
    database: Database, tmp_path: Path
) -> None:
    async with waiting_server(database, tmp_path) as server:
        await load(server)
        await serves(server.url)
    assert (await made(database.owner_dsn))[0] == 1


async def filled_and_killed(database: Database, folder: Path) -> str:
    """Do all steps but the last, kill the server, and return its code."""
    codes: list[str] = []

    async def fill_and_kill() -> None:
        async with waiting_server(database, folder) as server, person(server.url) as sami:
            codes.append(server.code)
            await sami.prove(server.code)
            await sami.fill()
            os.kill(server.process.pid, signal.SIGKILL)
            await server.process.wait()

    with pytest.raises(AssertionError, match="code -9"):
        await fill_and_kill()
    return codes[0]


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def load(server: WaitingServer) -> None:
    done = await shubbak("centre", "load", "kafr_saqr.toml", "--config", str(server.config))
    assert done.code == 0, done.err
