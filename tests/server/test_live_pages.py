"""Pages that hear of changes: staff by websocket, citizens' phones by an event stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from core_services.clock import SystemClock
from tests.support.live_server import TIMEOUT_S, LiveServer, a_live_server, until


@asynccontextmanager
async def a_page(
    server: LiveServer, *, cookie: str = "good", origin: str | None = None
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a staff page's socket."""
    headers = {"Cookie": f"session={cookie}", "Origin": origin or server.url}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{server.url}/ws/live", headers=headers, compress=15) as ws,
    ):
        yield ws


@asynccontextmanager
async def a_phone(server: LiveServer) -> AsyncIterator[aiohttp.ClientResponse]:
    """Open a citizen's stream."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{server.url}/t/abc/live", timeout=aiohttp.ClientTimeout(TIMEOUT_S)) as answer,
    ):
        yield answer


async def next_event(phone: aiohttp.ClientResponse) -> Any:
    """Return the data of the next event, passing over comments."""
    async for line in phone.content:
        if line.startswith(b"data: "):
            return json.loads(line.removeprefix(b"data: "))
    return None


async def test_a_page_is_told_at_once_where_the_centre_stands_and_then_of_every_change() -> None:
    async with a_live_server() as server, a_page(server) as page:
        at_once = await page.receive_json(timeout=TIMEOUT_S)
        assert at_once == {
            "type": "changed",
            "epoch": str(server.hall.epoch),
            "revision": server.hall.revision,
        }
        server.call("142")
        assert (await page.receive_json(timeout=TIMEOUT_S))["revision"] == server.hall.revision
        assert page.compress == 0


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "data:"])
async def test_a_page_of_another_site_may_not_listen_though_it_brings_the_cookie(
    origin: str,
) -> None:
    async with a_live_server() as server:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with a_page(server, origin=origin):
                pass
        assert refused.value.status == 403


async def test_a_caller_that_names_no_origin_may_not_listen() -> None:
    async with a_live_server() as server, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{server.url}/ws/live", headers={"Cookie": "session=good"})
        assert refused.value.status == 403


async def test_a_page_without_a_session_may_not_listen() -> None:
    async with a_live_server() as server:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            async with a_page(server, cookie="expired"):
                pass
        assert refused.value.status == 401


async def test_a_page_that_talks_too_much_is_closed() -> None:
    async with a_live_server() as server, a_page(server) as page:
        await page.receive_json(timeout=TIMEOUT_S)
        await page.send_str("x" * 5000)
        message = await page.receive(timeout=TIMEOUT_S)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert page.close_code == 1009


async def test_a_closing_server_tells_its_pages_and_phones_and_is_gone_in_time() -> None:
    async with a_live_server() as server, a_page(server) as page, a_phone(server) as phone:
        await page.receive_json(timeout=TIMEOUT_S)
        await next_event(phone)
        began = SystemClock().monotonic()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.stop())
            message = await page.receive(timeout=TIMEOUT_S)
            assert await next_event(phone) is None
        assert message.data == 1012
        assert SystemClock().monotonic() - began < 3
        await server.start()


async def test_a_phone_that_comes_to_a_leaving_process_is_told_to_come_again_at_once() -> None:
    async with a_live_server() as server:
        server.hub.close()
        async with a_phone(server) as phone:
            assert (phone.status, phone.content_type) == (200, "text/event-stream")
            assert await phone.read() == b"retry: 1000\n\n"


async def test_a_phone_hears_at_once_and_then_the_latest_of_many_changes() -> None:
    async with a_live_server() as server, a_phone(server) as phone:
        assert phone.headers["Content-Type"] == "text/event-stream"
        assert phone.headers["Cache-Control"] == "no-store"
        assert (await next_event(phone))["revision"] == server.hall.revision
        for number in range(30):
            server.call(str(200 + number))
            await asyncio.sleep(0)
        revisions: list[int] = []
        while not revisions or revisions[-1] != server.hall.revision:
            revisions.append((await next_event(phone))["revision"])
        assert revisions == sorted(set(revisions))
        assert len(revisions) < 5


async def test_a_quiet_stream_says_that_it_is_there() -> None:
    async with a_live_server() as server, a_phone(server) as phone:
        await next_event(phone)
        lines = [await phone.content.readline() for _ in range(3)]
        assert b": here\n" in lines


async def test_streams_are_bounded_for_each_address_and_a_gone_phone_gives_its_place_back() -> None:
    async with a_live_server() as server, a_phone(server) as first, a_phone(server) as second:
        async with a_phone(server) as third:
            for phone in (first, second, third):
                await next_event(phone)
            async with a_phone(server) as fourth:
                assert fourth.status == 429
                assert fourth.headers["Retry-After"] == "30"
        await until_served(server)


async def until_served(server: LiveServer) -> None:
    """Try until a stream is granted: the server notices a gone phone when it next writes to it."""
    async with asyncio.timeout(TIMEOUT_S):
        while True:
            async with a_phone(server) as phone:
                if phone.status == 200:
                    return
            await asyncio.sleep(0.02)


async def test_a_hundred_pages_cost_one_reading_a_change() -> None:
    async with a_live_server() as server:
        seen: list[int] = []

        async def look(page: aiohttp.ClientWebSocketResponse) -> None:
            async for message in page:
                seen.append(json.loads(message.data)["revision"])

        async with asyncio.TaskGroup() as tasks, aiohttp.ClientSession() as session:
            headers = {"Cookie": "session=good", "Origin": server.url}
            pages = [
                await session.ws_connect(f"{server.url}/ws/live", headers=headers)
                for _ in range(100)
            ]
            looking = [tasks.create_task(look(page)) for page in pages]
            await until(lambda: len(seen) >= 100)
            readings = server.readings
            server.call("142")
            await until(lambda: seen.count(server.hall.revision) == 100)
            assert server.readings == readings + 1
            for task in looking:
                task.cancel()
