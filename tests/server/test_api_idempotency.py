"""A command sent again does its work once and is answered with the same bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final
from uuid import uuid4

import asyncpg
import pytest

from tests.support.centre_server import CentreServer, Program, Shared, Told
from tests.support.clock import ManualClock

KEY: Final = "Idempotency_Key"


@asynccontextmanager
async def the_lock_held(dsn: str) -> AsyncIterator[None]:
    """Hold the centre's lock for the block."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT lock_centre(1)")
            yield
    finally:
        await connection.close()


async def how_many(server: CentreServer, table: str) -> int:
    queries = {
        "ticket": "SELECT count(*) FROM ticket",
        "event": "SELECT count(*) FROM ticket_event",
    }
    return int(await server.pool.fetchval(queries[table]))


def same(answers: list[Told]) -> Told:
    """Check that all answers are the same bytes with the same status, and return one."""
    assert len({(each.status, each.raw, each.headers["Content-Type"]) for each in answers}) == 1
    return answers[0]


@pytest.fixture
async def program(centre_server: CentreServer) -> Program:
    return await centre_server.program()


async def test_one_issue_sent_three_times_at_once_is_one_ticket(
    centre_server: CentreServer, program: Program
) -> None:
    answers = await asyncio.gather(
        *(program.post("/tickets", {"priority": "age65"}, Idempotency_Key="tap") for _ in range(3))
    )
    told = same(list(answers))
    assert told.status == 201
    assert {each.headers["Location"] for each in answers} == {f"/api/v1/tickets/{told.body['id']}"}
    assert await how_many(centre_server, "ticket") == 1


async def test_a_hundred_issues_each_sent_three_times_at_once_are_a_hundred_tickets(
    centre_server: CentreServer, program: Program
) -> None:
    answers = await asyncio.gather(
        *(
            program.post("/tickets", Idempotency_Key=f"tap-{nth}")
            for _ in range(3)
            for nth in range(100)
        )
    )
    for nth in range(100):
        same([answers[nth], answers[nth + 100], answers[nth + 200]])
    labels = {each.body["label"] for each in answers}
    assert labels == {str(number) for number in range(101, 201)}
    assert await how_many(centre_server, "ticket") == 100


async def test_the_same_key_with_another_body_is_refused(
    centre_server: CentreServer, program: Program
) -> None:
    await program.post("/tickets", {"priority": "none"}, Idempotency_Key="tap")
    told = await program.post("/tickets", {"priority": "infant"}, Idempotency_Key="tap")
    assert told.status == 409
    assert told.body["type"] == "urn:shubbak:problem:key-reused"
    assert told.body["state"] == "key_reused"
    assert told.body["allowed"] == []
    assert await how_many(centre_server, "ticket") == 1


async def test_two_bodies_at_once_under_one_key_are_one_ticket_and_one_refusal(
    program: Program,
) -> None:
    answers = await asyncio.gather(
        *(
            program.post("/tickets", {"priority": priority}, Idempotency_Key="tap")
            for priority in ("none", "infant")
        )
    )
    assert sorted(each.status for each in answers) == [201, 409]


async def test_fields_in_another_order_and_white_space_are_the_same_request(
    program: Program,
) -> None:
    first = await program.post(
        "/tickets", {"priority": "age65", "language": "en"}, Idempotency_Key="tap"
    )
    again = await program.post(
        "/tickets", {"language": "en", "priority": "age65"}, Idempotency_Key="tap"
    )
    same([first, again])


async def test_every_act_of_a_visit_sent_again_later_is_answered_with_the_same_bytes(
    centre_server: CentreServer, program: Program
) -> None:
    clock = centre_server.clock
    assert isinstance(clock, ManualClock)
    made = await program.post("/tickets", Idempotency_Key="issue")
    await program.post("/tickets")
    ticket = made.body["id"]
    steps: list[tuple[str, dict[str, object], str]] = [
        ("/tickets", {}, "issue"),
        ("/windows/5/open", {"reason": "morning"}, "open"),
        ("/windows/5/call-next", {}, "call"),
        (f"/tickets/{ticket}/recall", {}, "recall"),
        (f"/tickets/{ticket}/start", {"window": 5}, "start"),
        (f"/tickets/{ticket}/service", {"service": "reconciliation"}, "service"),
        (f"/tickets/{ticket}/start", {}, "start-again"),
        ("/windows/5/pause", {}, "pause-with-a-ticket-in-hand"),
        (f"/tickets/{ticket}/finish", {"outcome": "done"}, "finish"),
        ("/windows/5/pause", {"reason": "prayer"}, "pause"),
        ("/windows/5/call-next", {}, "call-while-paused"),
        ("/windows/5/open", {}, "resume"),
        ("/windows/5/call-next", {"finish": True}, "call-the-second"),
        ("/windows/5/call-next", {"finish": True}, "nobody-left"),
        ("/windows/5/close", {}, "close"),
    ]
    first = {}
    for path, body, key in steps:
        first[key] = await program.post(path, body, Idempotency_Key=key)
        await clock.advance(20)
    statuses = {key: told.status for key, told in first.items()}
    assert statuses == dict.fromkeys(first, 200) | {
        "issue": 201,
        "nobody-left": 204,
        "start-again": 409,
        "pause-with-a-ticket-in-hand": 409,
        "call-while-paused": 409,
    }
    events = await how_many(centre_server, "event")
    for _ in range(2):
        for path, body, key in steps:
            again = await program.post(path, body, Idempotency_Key=key)
            assert (again.status, again.raw) == (first[key].status, first[key].raw), key
    assert await how_many(centre_server, "event") == events


async def test_a_refusal_stays_a_refusal_under_its_key_though_the_state_has_changed(
    program: Program,
) -> None:
    await program.post("/tickets")
    refused = await program.post("/windows/5/call-next", Idempotency_Key="early")
    assert refused.status == 409
    await program.post("/windows/5/open")
    same([refused, await program.post("/windows/5/call-next", Idempotency_Key="early")])
    assert (await program.post("/windows/5/call-next", Idempotency_Key="late")).status == 200


async def test_keys_of_another_credential_are_other_keys(
    centre_server: CentreServer, program: Program
) -> None:
    other = await centre_server.program(name="another panel")
    mine = await program.post("/tickets", Idempotency_Key="tap")
    theirs = await other.post("/tickets", {"priority": "infant"}, Idempotency_Key="tap")
    assert (mine.status, theirs.status) == (201, 201)
    assert mine.body["id"] != theirs.body["id"]


async def test_a_key_on_another_path_is_another_key(program: Program) -> None:
    for window in (5, 6):
        told = await program.post(f"/windows/{window}/open", Idempotency_Key="open")
        assert (told.status, told.body["number"]) == (200, window)


async def test_without_a_key_every_command_is_a_new_one(
    centre_server: CentreServer, program: Program
) -> None:
    for _ in range(3):
        assert (await program.post("/tickets")).status == 201
    assert await how_many(centre_server, "ticket") == 3


async def test_what_was_not_carried_out_is_not_kept_under_its_key(
    shared_server: Shared, centre_server: CentreServer, program: Program
) -> None:
    async with the_lock_held(shared_server.database.app_dsn):
        busy = await program.post("/tickets", Idempotency_Key="tap")
        slow = await program.post("/windows/5/open", Idempotency_Key="tap")
    for told in (busy, slow):
        assert told.status == 503
        assert told.body["type"] == "urn:shubbak:problem:busy"
        assert told.headers["Retry-After"] == "1"
    stranger = centre_server.stranger()
    assert (await stranger.post("/tickets", Idempotency_Key="tap")).status == 401
    reader = await centre_server.program("read")
    assert (await reader.post("/tickets", Idempotency_Key="tap")).status == 403
    wrong = await program.post("/tickets", {"priority": "nobility"}, Idempotency_Key="tap")
    assert wrong.status == 422
    unknown = await program.post("/tickets", {"service": "flying"}, Idempotency_Key="tap")
    assert unknown.status == 404
    nowhere = await program.post("/windows/77/open", Idempotency_Key="tap")
    assert nowhere.status == 200, "the small centre has 99 windows"
    assert (await program.post("/tickets", Idempotency_Key="tap")).status == 201
    assert (await program.post("/windows/5/open", Idempotency_Key="tap")).status == 200
    gone = await program.post(f"/tickets/{uuid4()}/start", Idempotency_Key="tap")
    assert gone.status == 404
    assert await centre_server.pool.fetchval("SELECT count(*) FROM command_claim") == 3


async def test_a_key_is_kept_for_three_days_and_then_free_again(
    centre_server: CentreServer, program: Program
) -> None:
    first = await program.post("/tickets", Idempotency_Key="tap")
    for hours, is_kept in ((71.9, True), (0.2, False)):
        await centre_server.pool.execute(
            "UPDATE command_claim SET at = at - $1::interval", timedelta(hours=hours)
        )
        await centre_server.queue.forget_claims()
        again = await program.post("/tickets", Idempotency_Key="tap")
        assert (again.status, again.raw == first.raw) == (201, is_kept)


@pytest.mark.parametrize("key", ["", "two words", "k" * 256, "مفتاح"])
async def test_a_key_that_is_none_is_refused_by_name(program: Program, key: str) -> None:
    told = await program.post("/tickets", {}, **{KEY: key})
    assert told.status == 422
    assert [(each["in"], each["field"]) for each in told.body["errors"]] == [
        ("header", "Idempotency-Key")
    ]
