"""Windows over HTTP: open, pause, close, call next, and what each refuses; the open data."""

from typing import Any

import asyncpg
import pytest

from queue_server.tickets.lifecycle import allowed_acts
from queue_server.web.api.shapes import QueueList, ServiceList, TicketShape, WindowList
from queue_server.web.api.waits import WaitsShape
from tests.support.centre_server import CentreServer, Program, Shared
from tests.support.clock import ManualClock
from tests.support.eventually import eventually


@pytest.fixture
async def program(centre_server: CentreServer) -> Program:
    return await centre_server.program(name="panel")


async def window(program: Program, number: int) -> dict[str, Any]:
    told = await program.get("/windows")
    assert told.status == 200
    [found] = [each for each in told.body["items"] if each["number"] == number]
    assert isinstance(found, dict)
    return found


async def test_windows_are_listed_with_what_they_have_in_hand(program: Program) -> None:
    await program.post("/tickets", {"priority": "disability"})
    await program.post("/windows/1/open")
    called = await program.post("/windows/1/call-next")
    assert called.status == 200
    told = await program.get("/windows")
    windows = WindowList.model_validate_json(told.raw)
    assert windows.next is None
    assert [each.number for each in windows.items] == list(range(1, 100))
    first = windows.items[0]
    assert (first.state, first.priority_first, first.queues) == ("open", True, ["U", "X"])
    assert first.opened_by == "panel"
    assert first.ticket == TicketShape.model_validate_json(called.raw)
    assert first.allowed == []
    assert windows.items[1].ticket is None


async def test_a_window_goes_through_its_day(program: Program, centre_server: CentreServer) -> None:
    steps = [
        ("close", 409, "closed"),
        ("pause", 409, "closed"),
        ("call-next", 409, "closed"),
        ("open", 200, "open"),
        ("open", 200, "open"),
        ("call-next", 204, "open"),
        ("pause", 200, "paused"),
        ("pause", 409, "paused"),
        ("call-next", 409, "paused"),
        ("open", 200, "open"),
        ("pause", 200, "paused"),
        ("close", 200, "closed"),
        ("close", 409, "closed"),
        ("open", 200, "open"),
        ("close", 200, "closed"),
    ]
    allowed = {
        "closed": ["open"],
        "open": ["call-next", "call", "walk-direct", "pause", "close"],
    }
    allowed["paused"] = ["open", "close"]
    for act, status, state in steps:
        told = await program.post(f"/windows/5/{act}")
        assert told.status == status, (act, told.raw)
        if status == 409:
            assert (told.body["state"], told.body["allowed"]) == (state, allowed[state]), act
            assert told.body["window"] == 5
            assert told.body["current"] is None
        assert (await window(program, 5))["state"] == state
        assert (await window(program, 5))["allowed"] == allowed[state]
    events = await centre_server.pool.fetch("SELECT event FROM window_event ORDER BY revision")
    assert [row["event"] for row in events] == [
        *("open", "pause", "resume", "pause", "close", "open", "close")
    ]


@pytest.mark.parametrize("act", ["pause", "close", "call-next"])
async def test_a_window_with_a_ticket_in_hand_refuses_and_names_it(
    program: Program, act: str
) -> None:
    ticket = (await program.post("/tickets")).body
    await program.post("/windows/5/open")
    await program.post("/windows/5/call-next")
    for state in ("called", "serving"):
        told = await program.post(f"/windows/5/{act}")
        assert told.status == 409
        assert told.body["type"] == "urn:shubbak:problem:window-busy"
        assert told.body["state"] == state
        assert told.body["allowed"] == list(allowed_acts(state))
        assert told.body["current"] == {
            "id": ticket["id"],
            "label": ticket["label"],
            "state": state,
        }
        await program.post(f"/tickets/{ticket['id']}/start")


async def test_a_window_that_another_opened_is_not_opened_again_but_may_be_closed(
    program: Program, centre_server: CentreServer
) -> None:
    other = await centre_server.program(name="another")
    await program.post("/windows/5/open")
    told = await other.post("/windows/5/open")
    assert told.status == 409
    assert told.body["type"] == "urn:shubbak:problem:window-of-another"
    assert (told.body["state"], told.body["opened_by"]) == ("open", "panel")
    assert (told.body["allowed"], told.body["current"]) == ([], None)
    assert (await other.post("/windows/5/close")).status == 200


async def test_a_window_that_the_centre_does_not_have_is_told(
    program: Program, shared_server: Shared
) -> None:
    owner = await asyncpg.connect(shared_server.database.owner_dsn)
    try:
        await owner.execute("DELETE FROM service_window WHERE number = 98")
        for act in ("open", "pause", "close", "call-next"):
            told = await program.post(f"/windows/98/{act}", Idempotency_Key=act)
            assert told.status == 404
            assert told.body["type"] == "urn:shubbak:problem:unknown-window"
        await owner.execute(
            "INSERT INTO service_window (centre_id, number, profile) VALUES (1, 98, 'unified')"
        )
    finally:
        await owner.close()
    for act in ("open", "call-next", "close"):
        told = await program.post(f"/windows/98/{act}", Idempotency_Key=act)
        assert told.status in (200, 204), "a window that was not there is not remembered as such"


async def test_finish_and_call_next_ends_one_visit_and_begins_the_next(
    program: Program, centre_server: CentreServer
) -> None:
    assert isinstance(centre_server.clock, ManualClock)
    first = (await program.post("/tickets")).body
    second = (await program.post("/tickets")).body
    await program.post("/windows/5/open")
    await program.post("/windows/5/call-next")
    await centre_server.clock.advance(120)
    told = await program.post("/windows/5/call-next", {"finish": True, "outcome": "done"})
    assert told.body["id"] == second["id"]
    ended = (await program.get(f"/tickets/{first['id']}")).body
    assert (ended["state"], ended["events"][-1]["reason"]) == ("finished", "done")
    told = await program.post("/windows/5/call-next", {"finish": True})
    assert (told.status, told.raw) == (204, b"")


async def test_a_window_of_one_rare_queue_calls_only_that(program: Program) -> None:
    await program.post("/tickets")
    await program.post("/windows/99/open")
    assert (await program.post("/windows/99/call-next")).status == 204
    await program.post("/tickets", {"service": "collection"})
    assert (await program.post("/windows/99/call-next")).body["label"] == "A101"


async def test_open_data_say_how_long_one_waits_and_nothing_of_persons(
    program: Program, centre_server: CentreServer
) -> None:
    assert isinstance(centre_server.clock, ManualClock)
    for _ in range(4):
        await program.post("/tickets", {"priority": "age65"})
    await program.post("/windows/5/open")
    await centre_server.clock.advance(90)
    told = await centre_server.stranger().get("/waits")
    waits = WaitsShape.model_validate_json(told.raw)
    assert (waits.centre, waits.windows_open) == ("KFS1", 1)
    unified = {queue.code: queue for queue in waits.items}["U"]
    assert (unified.waiting, unified.longest_wait_s, unified.windows_open) == (4, 90, 1)
    assert unified.wait is not None
    assert unified.wait.low_s <= 4 * 300 <= unified.wait.high_s

    async def are_told_alike() -> bool:
        waits = WaitsShape.model_validate_json((await centre_server.stranger().get("/waits")).raw)
        queues = QueueList.model_validate_json((await program.get("/queues")).raw)
        return [each.model_dump() for each in queues.items] == [
            each.model_dump(exclude={"priorities"}) for each in waits.items
        ]

    # The last look at the hall may still be on its way; the clock stands still.
    await eventually(are_told_alike)


async def test_services_are_listed_with_their_line_and_whether_they_are_open(
    program: Program, centre_server: CentreServer
) -> None:
    await centre_server.pool.execute("UPDATE service SET is_open = false WHERE code = 'collection'")
    told = await centre_server.stranger().get("/services")
    services = ServiceList.model_validate_json(told.raw)
    assert {each.code: (each.queue, each.open) for each in services.items} == {
        "reconciliation": ("U", True),
        "collection": ("X", False),
    }
