"""What `centre load` changes while the server runs is followed, and another centre's is not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from core_services.devices.register import add_device
from core_services.link import wire
from core_services.link.greeting_frames import Hello
from queue_server.tickets.model import Actor
from tests.support.centre_server import CentreServer, a_centre_server
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.queue import make_centre

TODAY, YESTERDAY = date(2026, 11, 22), date(2026, 11, 21)


@pytest.fixture
async def server(database: Database, server_data: Path) -> AsyncIterator[CentreServer]:
    """The server of centre 2, at nine in the morning of Cairo."""
    clock = ManualClock(datetime(2026, 11, 22, 7, 0, tzinfo=UTC))
    async with a_centre_server(database, server_data, clock=clock, centre_id=2) as server:
        yield server


async def set_up(database: Database, change: str, *values: object) -> None:
    """Change the row of the centre as `centre load` does."""
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        await owner.execute(f"UPDATE centre SET {change} WHERE id = 2", *values)
    finally:
        await owner.close()


async def until_read(server: CentreServer) -> None:
    """Let the server read its centre once more than it has begun to."""
    version = server.queue.centre.config_version
    assert isinstance(server.clock, ManualClock)
    clock = server.clock

    async def is_read() -> bool:
        await clock.advance(0.5)
        return server.queue.centre.config_version != version

    await eventually(is_read)


async def read_to_the_end(socket: aiohttp.ClientWebSocketResponse) -> None:
    async for message in socket:
        assert message.type is aiohttp.WSMsgType.TEXT


async def home(server: CentreServer) -> str:
    async with server.session.get(f"{server.url}/sign-in") as answer:
        assert answer.status == 200
        return await answer.text()


async def test_a_new_cut_over_holds_for_the_next_number_and_the_next_call(
    server: CentreServer, database: Database
) -> None:
    program = await server.program()
    await program.post("/windows/5/open")
    assert (await program.post("/tickets")).body["business_day"] == str(TODAY)
    await set_up(database, "cut_over = $1, config_version = 2", time(10, 0))
    await until_read(server)
    issued = (await program.post("/tickets")).body
    assert (issued["business_day"], issued["label"]) == (str(YESTERDAY), "101")
    assert server.queue.today()[0] == YESTERDAY
    assert (await program.post("/windows/5/call-next")).body["id"] == issued["id"]


async def test_a_new_name_and_zone_stand_on_the_next_page(
    server: CentreServer, database: Database
) -> None:
    assert "المركز التكنولوجي بالزقازيق" not in await home(server)
    await set_up(
        database,
        "name_ar = $1, zone = $2, config_version = 2",
        "المركز التكنولوجي بالزقازيق",
        "Asia/Riyadh",
    )
    await until_read(server)
    assert "المركز التكنولوجي بالزقازيق" in await home(server)
    assert server.queue.centre.zone.key == "Asia/Riyadh"


async def test_a_machine_is_welcomed_anew_when_the_name_of_its_centre_changes(
    server: CentreServer, database: Database
) -> None:
    made = await add_device(
        server.pool,
        centre_id=2,
        kind="kiosk",
        name="K1",
        actor=Actor("system"),
        at=server.clock.now(),
    )
    address, bearer = f"{server.url}/ws/agent", {"Authorization": f"Bearer {made.token}"}
    hello = Hello(version="test", device="K1", journal_id="test").model_dump_json()
    async with server.session.ws_connect(address, headers=bearer) as socket:
        await socket.send_str(hello)
        assert (await socket.receive_json())["centre"]["unit_ar"] == "كفر صقر"
        await set_up(database, "unit_ar = $1, config_version = 2", "الزقازيق")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(read_to_the_end(socket))
            tasks.create_task(until_read(server))
        assert socket.close_code == wire.GOING_AWAY
    async with server.session.ws_connect(address, headers=bearer) as socket:
        await socket.send_str(hello)
        assert (await socket.receive_json())["centre"]["unit_ar"] == "الزقازيق"


async def test_a_centre_that_is_loaded_beside_it_is_not_taken_for_the_servers_own(
    server: CentreServer, database: Database
) -> None:
    await make_centre(database.owner_dsn, 1)
    await set_up(database, "name_en = $1, config_version = 2", "Zagazig")
    await until_read(server)
    centre = server.queue.centre
    assert (centre.id, centre.code, centre.name_en) == (2, "KFS2", "Zagazig")
    program = await server.program()
    assert (await program.get("/waits")).body["centre"] == "KFS2"
