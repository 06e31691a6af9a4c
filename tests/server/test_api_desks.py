"""Desks over HTTP: hand-over, profiles, alarms, messages and notes, each for whom it is."""

from typing import Any
from uuid import uuid4

import pytest

from core_services.audit.verify import verify
from core_services.people.passwords import Passwords
from tests.server.test_api_staff import person
from tests.support.centre_server import CentreServer, Program, Told
from tests.support.clock import ManualClock


@pytest.fixture
async def mona(centre_server: CentreServer, passwords: Passwords) -> Program:
    """A clerk who sits at window 5."""
    mona = await person(centre_server, passwords, "mona")
    assert (await mona.post("/windows/5/open")).status == 200
    return mona


@pytest.fixture
async def karim(centre_server: CentreServer, passwords: Passwords) -> Program:
    """A clerk without a window."""
    return await person(centre_server, passwords, "karim")


@pytest.fixture
async def hoda(centre_server: CentreServer, passwords: Passwords) -> Program:
    """A supervisor."""
    return await person(centre_server, passwords, "hoda", "supervisor")


def refused(told: Told, slug: str, status: int = 409) -> dict[str, Any]:
    assert (told.status, told.body["type"]) == (status, f"urn:shubbak:problem:{slug}"), told.raw
    return dict(told.body)


async def staff_id(server: CentreServer, username: str) -> str:
    return str(await server.pool.fetchval("SELECT id FROM staff WHERE username = $1", username))


async def called(program: Program, window: int = 5) -> str:
    """Call a new number to the window and return its id."""
    await program.post("/tickets")
    told = await program.post(f"/windows/{window}/call-next")
    assert told.status == 200, told.raw
    return str(told.body["id"])


async def test_a_window_is_offered_kept_and_taken_over_with_its_number(
    mona: Program, karim: Program
) -> None:
    hand = await called(mona)
    refused(await karim.post("/windows/5/offer"), "window-of-another")
    offered = (await mona.post("/windows/5/offer")).body
    assert (offered["is_offered"], offered["gives_way"]) == (True, True)
    assert (await mona.post("/windows/5/keep")).body["is_offered"] is False
    refused(await karim.post("/windows/5/open"), "window-of-another")
    await mona.post("/windows/5/offer")
    taken = (await karim.post("/windows/5/open")).body
    assert (taken["opened_by"], taken["ticket"]["id"]) == ("السيد karim", hand)
    refused(await mona.post("/windows/5/keep"), "window-of-another")
    refused(await mona.post("/windows/9/offer"), "window-act-not-allowed")


async def test_an_offer_sent_twice_with_one_key_is_one_event(
    centre_server: CentreServer, mona: Program
) -> None:
    for _ in range(2):
        told = await mona.post("/windows/5/offer", Idempotency_Key="offer-1")
        assert told.body["is_offered"] is True
    assert (
        await centre_server.pool.fetchval("SELECT count(*) FROM window_event WHERE event = 'offer'")
        == 1
    )


async def test_a_supervisor_gives_a_window_to_somebody_who_may_sit_there(
    centre_server: CentreServer, passwords: Passwords, mona: Program, karim: Program, hoda: Program
) -> None:
    await person(centre_server, passwords, "samia", "receptionist")
    to = {name: {"staff": await staff_id(centre_server, name)} for name in ("karim", "samia")}
    refused(await mona.post("/windows/5/assign", to["karim"]), "not-permitted", 403)
    refused(await hoda.post("/windows/5/assign", to["samia"]), "unknown-staff", 404)
    refused(await hoda.post("/windows/5/assign", {"staff": str(uuid4())}), "unknown-staff", 404)
    hand = await called(mona)
    given = (await hoda.post("/windows/5/assign", to["karim"])).body
    assert (given["opened_by"], given["ticket"]["id"]) == ("السيد karim", hand)
    assert (await karim.post(f"/tickets/{hand}/start")).status == 200


async def test_a_profile_is_one_of_those_that_are_listed(mona: Program, hoda: Program) -> None:
    listed = (await mona.get("/work-profiles")).body["items"]
    assert {each["code"] for each in listed} == {"unified", "first", "rare"}
    refused(await mona.post("/windows/5/profile", {"profile": "rare"}), "not-permitted", 403)
    refused(await hoda.post("/windows/5/profile", {"profile": "no"}), "unknown-profile", 404)
    changed = (await hoda.post("/windows/5/profile", {"profile": "rare"})).body
    assert (changed["profile"], changed["queues"]) == ("rare", ["X"])


async def test_an_alarm_is_told_to_whom_it_is_meant(
    mona: Program, karim: Program, hoda: Program
) -> None:
    await karim.post("/windows/6/open")
    refused(await karim.post("/windows/5/emergency"), "window-of-another")
    silent = (await mona.post("/windows/5/emergency")).body
    assert (silent["kind"], silent["silent"], silent["window"]) == ("emergency", True, 5)
    fault = (await mona.post("/windows/5/report-fault", {"category": "printer"})).body
    call = (await mona.post("/windows/5/call-supervisor")).body
    ids = {silent["id"], fault["id"], call["id"]}

    async def seen(program: Program) -> set[str]:
        return {each["id"] for each in (await program.get("/alarms")).body["items"]}

    assert await seen(hoda) == ids == await seen(mona)
    assert await seen(karim) == set()
    for alarm in ids:
        refused(await karim.post(f"/alarms/{alarm}/accept"), "unknown-alarm", 404)
    aloud = (await mona.post("/windows/5/emergency", {"silent": False})).body
    assert (aloud["id"], aloud["silent"]) == (silent["id"], False)
    assert await seen(karim) == {silent["id"]}
    accepted = (await karim.post(f"/alarms/{silent['id']}/accept")).body
    assert accepted["accepted_by"]
    assert (await hoda.post(f"/alarms/{silent['id']}/accept")).body["accepted_by"] == accepted[
        "accepted_by"
    ]


async def test_an_alarm_is_closed_by_who_raised_it_who_has_the_window_or_a_supervisor(
    mona: Program, karim: Program, hoda: Program
) -> None:
    handled = {"why": "handled"}
    call = (await mona.post("/windows/5/call-supervisor")).body["id"]
    told = refused(await karim.post(f"/alarms/{call}/close", handled), "window-of-another")
    assert told["opened_by"] == "السيد mona"
    closed = (await hoda.post(f"/alarms/{call}/close", handled)).body
    assert (closed["closed_why"], bool(closed["closed_at"])) == ("handled", True)
    fault = (await mona.post("/windows/5/report-fault", {"category": "screen"})).body["id"]
    await mona.post("/windows/5/offer")
    await karim.post("/windows/5/open")
    assert (await karim.post(f"/alarms/{fault}/close", handled)).body["closed_why"] == "handled"
    refused(await hoda.post(f"/alarms/{uuid4()}/close", handled), "unknown-alarm", 404)


async def test_messages_go_both_ways_and_are_read_where_they_were_meant(
    centre_server: CentreServer, mona: Program, karim: Program, hoda: Program
) -> None:
    refused(await mona.post("/messages", {"text": "?"}), "not-permitted", 403)
    refused(await hoda.post("/messages", {"text": "x" * 201}), "invalid-input", 422)
    sent = (await hoda.post("/messages", {"text": "الصلاة بعد قليل", "window": 5})).body["id"]
    [message] = (await mona.get("/windows/5/messages")).body["items"]
    assert (message["id"], message["text"], message["toward"]) == (
        sent,
        "الصلاة بعد قليل",
        "window",
    )
    refused(await karim.get("/windows/5/messages"), "window-of-another")
    refused(await karim.post(f"/messages/{sent}/read", {"window": 5}), "window-of-another")
    refused(await karim.post(f"/messages/{sent}/read"), "invalid-input", 422)
    assert (await mona.post(f"/messages/{sent}/read", {"window": 5})).status == 204
    assert (await mona.get("/windows/5/messages")).body["items"] == []

    refused(await karim.post("/windows/5/messages", {"text": "x"}), "window-of-another")
    assert isinstance(centre_server.clock, ManualClock)
    await centre_server.clock.advance(1)
    back = (await mona.post("/windows/5/messages", {"text": "أحتاج ورقًا"})).body["id"]
    newest, oldest = (await hoda.get("/messages")).body["items"]
    assert (newest["id"], newest["window"], newest["read_by"]) == (back, 5, [])
    assert (oldest["id"], oldest["read_at_windows"]) == (sent, [5])
    assert (await mona.post(f"/messages/{back}/read", {"window": 5})).status == 204
    assert (await hoda.get("/messages?limit=1")).body["items"][0]["read_by"] == []
    assert (await hoda.post(f"/messages/{back}/read")).status == 204
    assert len((await hoda.get("/messages?limit=1")).body["items"][0]["read_by"]) == 1
    assert (await verify(centre_server.pool, 1)).is_whole


async def test_a_message_sent_again_with_its_key_is_one_message(hoda: Program) -> None:
    ids = {
        (await hoda.post("/messages", {"text": "x"}, Idempotency_Key="m-1")).body["id"]
        for _ in range(2)
    }
    assert len(ids) == 1
    assert len((await hoda.get("/messages")).body["items"]) == 1


async def test_a_note_is_kept_by_the_window_that_has_the_number_and_read_while_it_serves(
    centre_server: CentreServer, mona: Program, karim: Program, hoda: Program
) -> None:
    hand = await called(mona)
    path = f"/tickets/{hand}/notes"
    refused(await karim.post(path, {"text": "x"}), "window-of-another")
    refused(await karim.post(path, {"text": "x", "window": 5}), "window-of-another")
    refused(await mona.post(path, {"text": "x", "window": 6}), "ticket-of-another")
    for _ in range(2):
        told = await mona.post(path, {"text": "ينقصه كروكي"}, Idempotency_Key="n-1")
        assert (told.status, told.body["text"], told.body["window"]) == (201, "ينقصه كروكي", 5)
    refused(await mona.get(path), "act-not-allowed")
    await mona.post(f"/tickets/{hand}/start")
    assert [each["text"] for each in (await mona.get(path)).body["items"]] == ["ينقصه كروكي"]
    refused(await karim.get(path), "window-of-another")
    assert len((await hoda.get(path)).body["items"]) == 1
    await mona.post(f"/tickets/{hand}/finish")
    refused(await mona.post(path, {"text": "x"}), "act-not-allowed")
    rows = await centre_server.pool.fetch("SELECT to_jsonb(e) AS body FROM writing_event e")
    assert [row["body"]["event"] for row in rows] == ["note"]
    kept = await centre_server.pool.fetch("SELECT answer::text AS answer FROM command_claim")
    assert all("كروكي" not in str(row["answer"]) for row in kept)
    assert (await verify(centre_server.pool, 1)).is_whole


async def test_a_program_with_all_scopes_acts_for_any_window(
    centre_server: CentreServer, mona: Program
) -> None:
    program = await centre_server.program()
    hand = await called(mona)
    for path, body in (
        ("/windows/5/offer", {}),
        ("/windows/5/keep", {}),
        ("/windows/5/emergency", {}),
        ("/windows/5/messages", {"text": "x"}),
        (f"/tickets/{hand}/notes", {"text": "x"}),
    ):
        told = await program.post(path, body)
        assert told.status in (200, 201), told.raw


async def test_a_stand_in_acts_at_the_window_that_it_opened_alone(
    centre_server: CentreServer, mona: Program
) -> None:
    stand_in = await centre_server.program("read", "issue", "stand_in")
    await stand_in.post("/windows/6/open")
    assert (await stand_in.post("/windows/6/call-supervisor")).status == 200
    refused(await stand_in.post("/windows/5/call-supervisor"), "window-of-another")
    refused(await stand_in.post("/windows/5/messages", {"text": "x"}), "window-of-another")
