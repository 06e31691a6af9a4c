"""A process that leaves: it answers everybody, tells them not to come again, and ends in time."""

import asyncio

import aiohttp
from aiohttp import web

from queue_server.processes.leave import leave
from queue_server.web.leaving import install_leaving
from tests.support.live_server import LiveServer, a_live_server, until


class Served:
    """A small application on a port, which leaves as a server process does."""

    def __init__(self, live: LiveServer) -> None:
        self._live = live
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.app = web.Application()
        self.app.router.add_post("/number", self._number)
        install_leaving(self.app)
        self.runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1.0)

    async def _number(self, _request: web.Request) -> web.Response:
        await self.may_answer.wait()
        return web.json_response({"number": 142})

    async def start(self) -> str:
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self.runner.addresses[0][1]}"

    @property
    def connections(self) -> int:
        assert self.runner.server is not None
        return len(self.runner.server.connections)

    async def leave(self, *, within_s: float) -> None:
        await leave(self.runner, self.app, self._live.agents, self._live.hub, within_s=within_s)


async def test_a_connection_that_is_kept_alive_is_told_with_its_next_answer_to_end() -> None:
    async with a_live_server() as live, aiohttp.ClientSession() as client:
        served = Served(live)
        url = await served.start()
        async with client.post(f"{url}/number") as answer:
            assert "Connection" not in answer.headers
        leaving = asyncio.create_task(served.leave(within_s=30))
        await until(lambda: live.hub.is_closed)
        async with client.post(f"{url}/number") as answer:
            assert answer.headers["Connection"] == "close"
            assert await answer.json() == {"number": 142}
        await asyncio.wait_for(leaving, 5)
        await served.runner.cleanup()


async def test_a_request_under_way_is_answered_and_an_idle_connection_holds_up_nobody() -> None:
    async with (
        a_live_server() as live,
        aiohttp.ClientSession() as idle,
        aiohttp.ClientSession() as busy,
    ):
        served = Served(live)
        url = await served.start()
        async with idle.post(f"{url}/number") as answer:
            await answer.read()
        served.may_answer.clear()
        asking = asyncio.create_task(busy.post(f"{url}/number"))
        await until(lambda: served.connections == 2)
        leaving = asyncio.create_task(served.leave(within_s=0.2))
        await until(lambda: live.hub.is_closed)
        served.may_answer.set()
        async with await asking as answer:
            assert answer.headers["Connection"] == "close"
            assert await answer.json() == {"number": 142}
        await asyncio.wait_for(leaving, 5)
        await served.runner.cleanup()
