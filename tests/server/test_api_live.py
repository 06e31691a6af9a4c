"""The whole server's sockets and health: whose pages may listen, and what they hear."""

import asyncio
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from core_services.people.passwords import Passwords
from core_services.people.staff import create_staff
from tests.support.centre_server import CentreServer, a_centre_server
from tests.support.database import Database
from tests.support.running_clock import RunningClock
from tests.support.site import PASSWORD, By

PUBLIC: Final = "https://kfs.example.gov.eg"
PATIENCE_S: Final = 10.0


async def sign_in(server: CentreServer, passwords: Passwords) -> str:
    """Add a clerk, sign her in as a browser does, and return her cookie."""
    await create_staff(
        server.pool,
        passwords,
        centre_id=1,
        username="mona",
        password=PASSWORD,
        role="clerk",
        name_ar="منى السيد",
        name_en="Mona El-Sayed",
        default_window=5,
        actor=By(),
        at=server.clock.now(),
    )
    form = {"username": "mona", "password": PASSWORD}
    async with server.session.post(
        f"{server.url}/sign-in", data=form, headers={"Origin": server.url}, allow_redirects=False
    ) as answer:
        assert answer.status == 303, await answer.text()
        return "; ".join(f"{each.key}={each.value}" for each in answer.cookies.values())


async def test_only_pages_of_ours_hear_of_changes_and_the_public_address_is_ours(
    database: Database, server_data: Path, passwords: Passwords
) -> None:
    async with (
        a_centre_server(database, server_data, clock=RunningClock(), public_url=PUBLIC) as server,
        aiohttp.ClientSession() as session,
    ):
        cookie = await sign_in(server, passwords)

        async def listen(origin: str | None) -> aiohttp.ClientWebSocketResponse:
            headers = {"Cookie": cookie} | ({} if origin is None else {"Origin": origin})
            return await session.ws_connect(f"{server.url}/ws/live", headers=headers)

        for foreign in (
            None,
            "null",
            "https://evil.example",
            f"{PUBLIC}.evil.example",
            PUBLIC.replace("https", "http"),
            server.url.replace("http", "https"),
        ):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await listen(foreign)
            assert refused.value.status == 403, foreign
        for own in (server.url, PUBLIC):
            page = await listen(own)
            assert (await page.receive_json(timeout=PATIENCE_S))["type"] == "changed"
            await page.close()


async def test_a_page_hears_of_every_commit_within_a_moment(
    database: Database, server_data: Path, passwords: Passwords
) -> None:
    async with (
        a_centre_server(database, server_data, clock=RunningClock()) as server,
        aiohttp.ClientSession() as session,
    ):
        headers = {"Cookie": await sign_in(server, passwords), "Origin": server.url}
        program = await server.program()
        async with session.ws_connect(f"{server.url}/ws/live", headers=headers) as page:
            await page.receive_json(timeout=PATIENCE_S)
            for _ in range(3):
                ticket = (await program.post("/tickets")).body
                async with asyncio.timeout(PATIENCE_S):
                    while True:
                        heard = await page.receive_json()
                        if heard["revision"] == ticket["revision"]:
                            break


async def test_a_server_says_that_it_lives_and_when_it_is_ready(
    database: Database, server_data: Path
) -> None:
    async with a_centre_server(database, server_data, clock=RunningClock()) as server:
        async with server.session.get(f"{server.url}/healthz") as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "ok"})
        async with asyncio.timeout(PATIENCE_S):
            while True:
                async with server.session.get(f"{server.url}/readyz") as answer:
                    if answer.status == 200:
                        break
                    assert answer.status == 503
