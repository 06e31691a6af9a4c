"""A kiosk and a display of the first days at today's server: every word of theirs is answered."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from core_services.devices.model import DeviceKind
from core_services.devices.register import add_device
from tests.support.centre_server import CentreServer
from tests.support.live_server import TIMEOUT_S
from tests.support.recorded import always_said, recorded_of
from tests.support.site import By


class OldMachine:
    """A socket on which recorded messages are sent, and whatever comes back is remembered."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws

    async def say(self, frame: dict[str, Any], **changes: object) -> None:
        await self._ws.send_str(json.dumps(frame | changes))

    async def hears(self, *types: str, about: str | None = None) -> dict[str, Any]:
        """Return the next message of these types, about that thing where one is named.

        Whatever comes has all that the first server always said.
        """
        while True:
            frame: dict[str, Any] = await self._ws.receive_json(timeout=TIMEOUT_S)
            assert always_said("server", frame["type"]) <= set(frame), frame
            is_meant = about is None or about in (frame.get("key"), frame.get("about"))
            if frame["type"] in types and is_meant:
                return frame


@asynccontextmanager
async def an_old_machine(server: CentreServer, kind: DeviceKind) -> AsyncIterator[OldMachine]:
    made = await add_device(
        server.pool, centre_id=1, kind=kind, name="OLD", actor=By(), at=server.clock.now()
    )
    async with server.session.ws_connect(
        f"{server.url}/ws/agent", headers={"Authorization": f"Bearer {made.token}"}
    ) as ws:
        machine = OldMachine(ws)
        await machine.say(recorded_of("agent", "hello")[0], device="OLD")
        assert (await machine.hears("welcome"))["protocol"] == 1
        for status in recorded_of("agent", "status"):
            await machine.say(status)
        yield machine


async def test_a_kiosk_of_the_first_days_gets_its_numbers_and_an_answer_to_each_word(
    centre_server: CentreServer,
) -> None:
    async with an_old_machine(centre_server, "kiosk") as kiosk:
        await kiosk.hears("hall")
        issues = [
            each
            for each in recorded_of("agent", "issue")
            if each.get("service") is None and each.get("national_id") is None
        ]
        (*_, printed), kept = issues, issues[0]
        await kiosk.say(printed, key="key-of-old-1")
        number = await kiosk.hears("issued", about="key-of-old-1")
        paper = recorded_of("agent", "paper")[0]
        await kiosk.say(paper, ticket=number["ticket"]["id"], state="done")
        settled = await kiosk.hears("settled", about=number["ticket"]["id"])
        assert settled["state"] == "waiting"

        await kiosk.say(kept, key="key-of-old-2")
        other = await kiosk.hears("issued", about="key-of-old-2")
        await kiosk.say(recorded_of("agent", "void")[0], ticket=other["ticket"]["id"])
        assert (await kiosk.hears("settled", about=other["ticket"]["id"]))["state"] == "void"

        for kind in ("abandon", "look", "check_in"):
            frame = recorded_of("agent", kind)[0]
            await kiosk.say(frame)
            await kiosk.hears("settled", "refused", about=frame["key"])
        await kiosk.say(recorded_of("agent", "help")[0])
        assert (await kiosk.hears("settled", about="help"))["state"] == "told"


async def test_a_display_of_the_first_days_is_told_of_a_call_and_hears_no_more_than_it_knew(
    centre_server: CentreServer,
) -> None:
    program = await centre_server.program()
    assert (await program.post("/windows/2/open")).status == 200
    assert (await program.post("/tickets")).status == 201
    async with an_old_machine(centre_server, "display") as display:
        await display.hears("board")
        assert (await program.post("/windows/2/call-next")).status == 200
        called = await display.hears("called")
        assert set(recorded_of("server", "called")[0]["call"]) <= set(called["call"])
        await display.say(recorded_of("agent", "shown")[0], call=called["call"]["id"])
        board = await display.hears("board")
        assert board["calls"][0]["id"] == called["call"]["id"]


@pytest.mark.parametrize("kind", ["kiosk", "display", "workstation"])
async def test_a_machine_that_speaks_a_later_version_too_is_answered_in_ours(
    centre_server: CentreServer, kind: DeviceKind
) -> None:
    made = await add_device(
        centre_server.pool, centre_id=1, kind=kind, name="N", actor=By(),
        at=centre_server.clock.now(),
    )  # fmt: skip
    async with centre_server.session.ws_connect(
        f"{centre_server.url}/ws/agent", headers={"Authorization": f"Bearer {made.token}"}
    ) as ws:
        hello = recorded_of("agent", "hello")[0] | {"device": "N", "protocol": [1, 2]}
        await ws.send_str(json.dumps(hello | {"of_2031": True}))
        assert (await ws.receive_json(timeout=TIMEOUT_S))["protocol"] == 1
