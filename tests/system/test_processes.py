"""Several server processes behind one port: killed, renewed under load, and nothing is lost."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core_services.audit.verify import verify
from queue_server.processes.share import start_share
from queue_server.processes.supervisor import open_listener
from queue_server.processes.words import Begin
from tests.support.database import Servers, fresh_database
from tests.support.eventually import eventually
from tests.support.programs import START_TIMEOUT_S, answers, free_ports
from tests.support.server_processes import (
    Asked,
    AskingKiosk,
    SeveralProcesses,
    ask_over_http,
    several_processes,
)

PROGRAMS, KIOSKS, PAUSE_S = 6, 4, 0.2
"""Ten that ask five times a second each: fifty commands a second, by three of them anew each."""

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
async def server(
    postgres_servers: Servers, tmp_path_factory: pytest.TempPathFactory, server_data: Path
) -> AsyncIterator[SeveralProcesses]:
    """One server of two processes for all tests here: its start is what costs."""
    async with (
        fresh_database(await postgres_servers.server("embedded")) as database,
        several_processes(database, tmp_path_factory.mktemp("several"), server_data) as running,
    ):
        yield running


class Crowd:
    """Programs and kiosks that ask for numbers while something happens to the server."""

    def __init__(self, server: SeveralProcesses, kiosks: list[AskingKiosk], asked: Asked) -> None:
        self.server = server
        self.kiosks = kiosks
        self.asked = asked

    async def ask_during(self, act: "asyncio.Task[None]", *, programs: int = PROGRAMS) -> None:
        """Ask until the act is done and a moment longer, and until everything is answered."""
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for nth in range(programs):
                asking = ask_over_http(
                    self.server, self.asked, stop, pause_s=PAUSE_S, anew=nth % 2 == 0
                )
                tasks.create_task(asking)
            for kiosk in self.kiosks:
                tasks.create_task(kiosk.run(stop, pause_s=PAUSE_S))
            await act
            await asyncio.sleep(0.5)
            await eventually(self._all_connected)
            stop.set()

    async def require_each_once(self) -> None:
        """Nothing went wrong, each key has one ticket, and there are no other tickets."""
        assert not self.asked.wrong, self.asked.wrong
        told = [ticket for tickets in self.asked.tickets.values() for ticket in tickets]
        assert len(told) == len(self.asked.tickets) == len(set(told))
        pool = self.server.pool
        rows = await pool.fetch("SELECT id FROM ticket WHERE id <> ALL ($1)", self._before)
        assert {str(row["id"]) for row in rows} == set(told)
        verdict = await verify(pool, 1)
        assert verdict.is_whole, verdict.breaks

    async def look_around(self) -> None:
        """Remember the tickets that others took."""
        rows = await self.server.pool.fetch("SELECT id FROM ticket")
        self._before = [row["id"] for row in rows]

    async def _all_connected(self) -> bool:
        return all(kiosk.is_connected for kiosk in self.kiosks)


@pytest.fixture
async def crowd(server: SeveralProcesses, request: pytest.FixtureRequest) -> Crowd:
    asked = Asked()
    kiosks = [
        AskingKiosk(await server.link(f"{hash(request.node.name) % 10**8}-{nth}"), asked)
        for nth in range(KIOSKS)
    ]
    crowd = Crowd(server, kiosks, asked)
    await crowd.look_around()
    return crowd


async def _reload(server: SeveralProcesses, times: int) -> None:
    await asyncio.sleep(0.5)
    for _ in range(times):
        done = await server.reload()
        assert done.code == 0, done.err + server.log.read_text()[-2000:]


async def test_a_rolling_restart_under_fifty_commands_a_second_loses_and_doubles_none(
    crowd: Crowd,
) -> None:
    server, before = crowd.server, crowd.server.state
    await crowd.ask_during(asyncio.create_task(_reload(server, 1)))
    await crowd.require_each_once()
    assert set(server.state.workers).isdisjoint(before.workers)
    assert server.state.supervisor == before.supervisor
    assert any(kiosk.connections > 1 for kiosk in crowd.kiosks)
    assert max(kiosk.away_s for kiosk in crowd.kiosks) < 5.0


@pytest.mark.soak
async def test_ten_rolling_restarts_in_a_row_lose_and_double_none(crowd: Crowd) -> None:
    await crowd.ask_during(asyncio.create_task(_reload(crowd.server, 10)))
    await crowd.require_each_once()


async def test_a_process_that_is_killed_is_replaced_while_the_other_serves(crowd: Crowd) -> None:
    server = crowd.server

    async def kill_both_in_turn() -> None:
        for victim in await server.workers():
            await asyncio.sleep(0.5)
            os.kill(victim, signal.SIGKILL)
            assert await answers(f"{server.url}/healthz"), "the other one goes on"
            await server.workers(without=victim)

    await crowd.ask_during(asyncio.create_task(kill_both_in_turn()), programs=0)
    await crowd.require_each_once()
    assert any(kiosk.connections > 1 for kiosk in crowd.kiosks)
    assert max(kiosk.away_s for kiosk in crowd.kiosks) < 5.0


async def test_a_reload_to_settings_that_cannot_be_used_leaves_everybody_served(
    server: SeveralProcesses,
) -> None:
    before, text = server.state, server.config.read_text()
    server.config.write_text(text + "session_hours = 99\n")
    try:
        os.kill(server.supervisor.pid, signal.SIGHUP)

        async def is_given_up() -> bool:
            return server.state.reloads_done > before.reloads_done

        await eventually(is_given_up, within_s=START_TIMEOUT_S)
    finally:
        server.config.write_text(text)
    assert server.state.problem == "a new server process ended with code 2 before it served"
    assert server.state.workers == before.workers
    assert '"session_hours"' in server.log.read_text()
    assert await answers(f"{server.url}/readyz")


async def test_a_process_whose_supervisor_is_dead_serves_nobody_any_more(
    server: SeveralProcesses,
) -> None:
    port = free_ports(1)
    with open_listener("127.0.0.1", port) as listener:
        begin = Begin(app_dsn=server.dsn, config=server.config, listen=f"127.0.0.1:{port}")
        share = await start_share(begin, listener)
        await share.ready()
        assert await answers(f"http://127.0.0.1:{port}/readyz")
        share.let_go()  # as the kernel does for a dead one
        assert await share.ended() == 0
