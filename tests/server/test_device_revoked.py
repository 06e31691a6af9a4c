"""A device that is taken out of service loses the connection that it has."""

from pathlib import Path

import aiohttp

from core_services.clock import SystemClock
from core_services.devices.register import add_device, revoke_device
from core_services.link import wire
from core_services.link.greeting_frames import Hello
from queue_server.tickets.model import Actor
from tests.support.centre_server import a_centre_server
from tests.support.database import Database

SYSTEM = Actor("system")


async def test_a_revoked_kiosk_is_sent_away(database: Database, server_data: Path) -> None:
    async with a_centre_server(database, server_data, clock=SystemClock()) as server:
        now = server.clock.now()
        new = await add_device(
            server.pool, centre_id=1, kind="kiosk", name="K9", actor=SYSTEM, at=now
        )
        async with server.session.ws_connect(
            f"{server.url}/ws/agent", headers={"Authorization": f"Bearer {new.token}"}
        ) as socket:
            hello = Hello(version="test", device="K9", journal_id="test")
            await socket.send_str(hello.model_dump_json())
            await revoke_device(
                server.pool,
                centre_id=1,
                device_id=new.device.id,
                actor=SYSTEM,
                at=server.clock.now(),
            )
            async for message in socket:
                assert message.type is aiohttp.WSMsgType.TEXT
            assert socket.close_code == wire.REVOKED
