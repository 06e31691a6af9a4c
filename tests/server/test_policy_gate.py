"""Numbers outside the hours: refused everywhere with a reason, and never twice under one key."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from core_services.devices.model import DeviceKind
from core_services.devices.register import add_device
from core_services.link.citizen_frames import Issue
from core_services.link.greeting_frames import Hello
from queue_server.app import open_server
from queue_server.policy import versions
from queue_server.policy.body import OpeningHours, PolicyBody
from queue_server.policy.model import Seen
from queue_server.settings import ServerSettings
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Channel
from queue_server.web.keys import CONFIGURATION, QUEUE, REREAD
from tests.support.centre_server import CentreServer, a_centre_server
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import make_centre

ADMIN = Actor("staff", uuid4())
HOURS: dict[str, Any] = {
    "applies": True,
    "decree_number": "77",
    "week": {"sunday": {"opens": "08:00", "closes": "15:00"}},
    "holidays": [{"day": "2026-12-06", "name_ar": "عيد", "name_en": "Feast"}],
}


async def publish(server: CentreServer, **parts: Any) -> None:
    """Publish a policy with those hours, and others of its parts."""
    body = PolicyBody.model_validate({"hours": HOURS, **parts})
    draft = await versions.save(server.queue, body, seen=Seen(), actor=ADMIN)
    await versions.publish(server.queue, seen=draft.seen, note=None, actor=ADMIN)
    await server.app[REREAD]()


class SetClock(ManualClock):
    """A clock whose hands a test may set without waking anybody."""

    def go_to(self, moment: datetime) -> None:
        self._start += moment - self.now()


@pytest.fixture
async def centre_server(database: Database, server_data: Path) -> AsyncIterator[CentreServer]:
    async with a_centre_server(database, server_data, clock=SetClock()) as server:
        yield server


def go_to(server: CentreServer, moment: datetime) -> None:
    assert isinstance(server.clock, SetClock)
    server.clock.go_to(moment)


CLOSED = datetime(2026, 11, 29, 14, 0, tzinfo=UTC)  # Sunday, 16:00 in Cairo
OPEN = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
NEXT = "2026-12-13T06:00:00Z"
"""The Sunday after next: the one between is a holiday."""


async def test_a_closed_centre_answers_409_with_its_state_and_the_next_opening(
    centre_server: CentreServer,
) -> None:
    await publish(centre_server)
    go_to(centre_server, CLOSED)
    program = await centre_server.program()
    told = await program.post("/tickets", Accept_Language="ar")
    assert told.status == 409
    assert told.body["type"].endswith("not-issuing")
    assert (told.body["state"], told.body["opens_at"]) == ("closed", "2026-12-13T06:00:00+00:00")
    assert told.body["detail"] == "توقّف حجز الأرقام الآن، ومن معه رقم ستُقضى خدمته."
    go_to(centre_server, OPEN)
    assert (await program.post("/tickets")).status == 201


async def test_a_version_that_waits_for_its_day_tells_the_next_opening_by_its_own_hours(
    centre_server: CentreServer,
) -> None:
    await publish(centre_server)
    go_to(centre_server, CLOSED)
    later = {"applies": True, "week": {"monday": {"opens": "10:00", "closes": "14:00"}}}
    body = PolicyBody.model_validate({"hours": later})
    draft = await versions.save(centre_server.queue, body, seen=Seen(), actor=ADMIN)
    tomorrow = centre_server.queue.today()[0] + timedelta(days=1)
    await versions.publish(
        centre_server.queue, seen=draft.seen, note=None, actor=ADMIN, holds_from=tomorrow
    )
    await centre_server.app[REREAD]()
    told = (await (await centre_server.program("read")).get("/policy")).body
    assert told["issuing"]["opens_at"] == "2026-11-30T08:00:00+00:00"


async def test_a_refusal_is_repeated_under_its_key_and_so_is_a_ticket(
    centre_server: CentreServer,
) -> None:
    await publish(centre_server)
    go_to(centre_server, OPEN)
    program = await centre_server.program()
    made = await program.post("/tickets", Idempotency_Key="early")
    go_to(centre_server, CLOSED)
    refused = await program.post("/tickets", Idempotency_Key="late")
    assert (await program.post("/tickets", Idempotency_Key="early")).body["id"] == made.body["id"]
    assert (await program.post("/tickets", Idempotency_Key="late")).body == refused.body
    other = await program.post("/tickets", {"priority": "age65"}, Idempotency_Key="late")
    assert other.body["type"].endswith("key-reused")
    go_to(centre_server, OPEN)
    again = await program.post("/tickets", Idempotency_Key="late")
    assert again.status == 409
    assert again.body["type"].endswith("not-issuing")


async def test_a_kiosk_and_a_board_are_told_before_anybody_tries_and_an_attempt_is_refused(
    centre_server: CentreServer,
) -> None:
    await publish(centre_server, morning={"opens": "08:00", "closes": "23:00"})
    go_to(centre_server, CLOSED)
    words = "توقّف حجز الأرقام اليوم، ومن معه رقم ستُقضى خدمته."
    again = "الحجز القادم: الأحد ١٣/١٢/٢٠٢٦ الساعة ٨:٠٠ ص."
    async with connected(centre_server, "kiosk") as kiosk:
        hall = await frame(kiosk, "hall")
        while hall["state"] != "closed":  # the hall is read again every five seconds
            assert isinstance(centre_server.clock, ManualClock)
            await centre_server.clock.advance(1)
            hall = await frame(kiosk, "hall")
        assert (hall["issuing"], hall["morning"], hall["opens_at"]) == (False, True, NEXT)
        assert hall["closed_ar"] == f"{words} {again}"
        await kiosk.send_str(Issue(key="touch-0001").model_dump_json())
        refused = await frame(kiosk, "refused")
        assert (refused["key"], refused["problem"]["status"]) == ("touch-0001", 409)
    async with connected(centre_server, "display") as display:
        board = await frame(display, "board")
        assert [each["text_ar"] for each in board["messages"]][:2] == [words, again]
    assert await centre_server.pool.fetchval("SELECT count(*) FROM ticket") == 0


@asynccontextmanager
async def connected(
    server: CentreServer, kind: DeviceKind
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Connect a machine of that kind."""
    made = await add_device(
        server.pool, centre_id=1, kind=kind, name=kind, actor=Actor("system"), at=server.clock.now()
    )
    bearer = {"Authorization": f"Bearer {made.token}"}
    async with server.session.ws_connect(f"{server.url}/ws/agent", headers=bearer) as socket:
        hello = Hello(version="test", device=kind, journal_id="test")
        await socket.send_str(hello.model_dump_json())
        yield socket


async def frame(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """Return the next frame of that kind."""
    async with asyncio.timeout(10):
        while True:
            found: dict[str, Any] = await socket.receive_json()
            if found["type"] == kind:
                return found


@pytest.mark.parametrize("channel", ["emergency", "appointment"])
async def test_who_is_here_already_gets_a_number_at_any_hour(
    centre_server: CentreServer, channel: Channel
) -> None:
    await publish(centre_server)
    go_to(centre_server, CLOSED)
    ticket = await centre_server.queue.issue(IssueRequest(ADMIN, channel))
    assert ticket.state == "waiting"


async def test_a_stop_by_a_supervisor_holds_for_the_day_alone(centre_server: CentreServer) -> None:
    program = await centre_server.program()
    stopped = await program.post("/issuing/stop")
    assert stopped.body["state"] == "stopped"
    told = await program.post("/tickets")
    assert (told.status, told.body["state"]) == (409, "stopped")
    assert (await program.post("/issuing/start")).body["state"] == "open"
    assert (await program.post("/tickets")).status == 201
    await program.post("/issuing/stop")
    go_to(centre_server, centre_server.clock.now() + timedelta(days=1))
    assert (await program.post("/tickets")).status == 201


async def test_stopping_numbers_needs_a_supervisors_scope(centre_server: CentreServer) -> None:
    program = await centre_server.program("read", "issue", "act")
    assert (await program.post("/issuing/stop")).status == 403


async def test_numbers_end_by_the_predicted_closing_and_the_line_is_served(
    centre_server: CentreServer,
) -> None:
    await publish(centre_server, closing={"cuts_off": True})
    go_to(centre_server, datetime(2026, 11, 29, 12, 40, tzinfo=UTC))  # 20 minutes before closing
    program = await centre_server.program()
    await program.post("/windows/2/open")
    await program.post("/windows/99/open")  # it serves the other line alone
    long_line = {"service": "reconciliation"}
    made = [await program.post("/tickets", long_line) for _ in range(4)]
    assert [each.status for each in made] == [201] * 4
    assert isinstance(centre_server.clock, ManualClock)
    told = await program.post("/tickets", long_line)
    for _ in range(50):  # the line is read after each commit, by another task
        if told.status == 409:
            break
        await centre_server.clock.advance(1)
        told = await program.post("/tickets", long_line)
    assert (told.status, told.body["state"]) == (409, "cut_off")
    assert (await program.post("/tickets", {"service": "collection"})).status == 201
    assert (await program.post("/windows/2/call-next")).body["id"] == made[0].body["id"]


async def test_the_policy_is_told_to_whoever_may_see_the_hall(centre_server: CentreServer) -> None:
    await publish(
        centre_server,
        credits={"age65": {"minutes": 20, "basis_ar": "قانون", "basis_en": "Law"}},
        returns={"credit_minutes": 25},
        numbers={"capacity": [{"service": "collection", "count": 9}]},
    )
    go_to(centre_server, CLOSED)
    told = (await (await centre_server.program("read")).get("/policy")).body
    assert (told["version"], told["bound_s"]) == (1, 1500)
    assert told["credits"]["age65"] == {"credit_s": 1200, "basis_ar": "قانون", "basis_en": "Law"}
    assert told["capacity"] == {"collection": 9}
    assert told["holds_since"] == told["published_at"]
    assert told["coming"] is None
    assert told["out_of_order"]["seven_days"] == {"called": 0, "direct": 0}
    assert "أكثر من ٢٥ دقيقة" in told["sentence_ar"]
    assert told["issuing"]["state"] == "closed"
    sunday = next(each for each in told["week"] if each["day"] == "sunday")
    assert (sunday["opens"], sunday["closes"]) == ("08:00:00", "15:00:00")
    assert (await (await centre_server.program("issue")).get("/policy")).status == 403
    assert (await centre_server.stranger().get("/policy")).status == 401


async def test_a_server_that_was_off_at_the_opening_obeys_the_new_rules_before_it_answers(
    database: Database, server_data: Path
) -> None:
    await make_centre(database.owner_dsn)
    settings, clock = ServerSettings(data_dir=server_data), ManualClock()
    body = PolicyBody.model_validate({"credits": {"age65": {"minutes": 40}}})
    async with open_server(settings, database.app_dsn, clock=clock) as app:
        queue = app[QUEUE]
        saved = await versions.save(queue, body, seen=Seen(), actor=ADMIN)
        tomorrow = queue.today()[0] + timedelta(days=1)
        await versions.publish(queue, seen=saved.seen, note=None, actor=ADMIN, holds_from=tomorrow)
        await queue.issue(IssueRequest(ADMIN, "reception"))
    later = ManualClock(clock.now() + timedelta(days=2))
    async with open_server(settings, database.app_dsn, clock=later) as app:
        assert app[CONFIGURATION]().policy.body == body
        assert app[CONFIGURATION]().coming is None
        ticket = await app[QUEUE].issue(IssueRequest(ADMIN, "reception", priority="age65"))
        assert ticket.issued_at - ticket.rank_at == timedelta(minutes=40)


async def test_a_version_to_come_that_cannot_be_read_spoils_nothing_else(
    database: Database, server_data: Path
) -> None:
    clock = SetClock()
    async with a_centre_server(database, server_data, clock=clock) as server:
        queue = server.queue
        saved = await versions.save(queue, PolicyBody(), seen=Seen(), actor=ADMIN)
        tomorrow = queue.today()[0] + timedelta(days=1)
        await versions.publish(queue, seen=saved.seen, note=None, actor=ADMIN, holds_from=tomorrow)
        await server.app[REREAD]()
        await queue.pool.execute("UPDATE policy_version SET body = '{\"credits\": 7}'")
        clock.go_to(clock.now() + timedelta(days=1))
        async with asyncio.timeout(10):
            while server.app[CONFIGURATION]().coming is not None:
                await clock.advance(1.0)
        assert (await queue.issue(IssueRequest(ADMIN, "reception"))).label == "101"
    async with open_server(ServerSettings(data_dir=server_data), database.app_dsn) as app:
        assert app[CONFIGURATION]().coming_problem is not None


async def test_without_a_policy_the_centre_is_always_open(centre_server: CentreServer) -> None:
    told = (await (await centre_server.program()).get("/policy")).body
    assert (told["version"], told["hours_apply"]) == (None, False)
    assert told["issuing"] == {"state": "open", "opens_at": None, "closes_at": None}


def test_hours_that_are_empty_apply_to_nothing() -> None:
    assert PolicyBody(hours=OpeningHours()).opening_hours() is None
