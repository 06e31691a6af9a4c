"""The API of appointments over HTTP: slots, bookings, acts, idempotency, refusals, permissions."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from queue_server.appointments.codes import code_from
from tests.support.appointments import add_plan, at_wall
from tests.support.centre_server import CentreServer, Program, a_centre_server
from tests.support.citizens import PHONE, PHONE_AS_WRITTEN
from tests.support.clock import ManualClock
from tests.support.database import Database

FILES = ["تصالح حوض ٣", "رخصة محل", "بيان صلاحية", "تجديد رخصة"]


@pytest.fixture
async def centre_server(database: Database, server_data: Path) -> AsyncIterator[CentreServer]:
    """A server of its own: its clock stands at 9:00 on a Sunday when a test begins."""
    async with a_centre_server(database, server_data) as server:
        yield server


@pytest.fixture
async def program(centre_server: CentreServer) -> Program:
    """A program with all scopes, on a Sunday at 9:00; two of each half hour may be booked."""
    await add_plan(centre_server.queue)
    return await centre_server.program()


def wall(server: CentreServer, text: str, days: int = 0) -> str:
    moment = at_wall(server.queue, text, days=days).astimezone(UTC)
    return moment.isoformat().replace("+00:00", "Z")


async def booked(program: Program, server: CentreServer, text: str = "10:30", **fields: Any) -> Any:
    answer = await program.post("/appointments", {"starts_at": wall(server, text), **fields})
    assert answer.status == 201, answer.body
    return answer.body


async def test_everybody_may_ask_what_can_be_booked(
    centre_server: CentreServer, program: Program
) -> None:
    stranger = centre_server.stranger()
    answer = await stranger.get("/appointments/slots?day=2026-11-23&service=collection")
    assert answer.status == 200
    assert answer.body["next"] is None
    assert len(answer.body["items"]) == 10
    first = answer.body["items"][0]
    assert (first["starts_at"], first["free"]) == ("2026-11-23T07:00:00+00:00", 2)
    await booked(program, centre_server, "10:30")
    today = (await stranger.get("/appointments/slots?day=2026-11-22")).body["items"]
    assert [each["free"] for each in today][:3] == [2, 2, 1]
    assert (await stranger.get("/appointments/slots?day=2027-11-22")).body["items"] == []
    assert (await stranger.get("/appointments/slots")).body["items"] == today
    drop_off = await stranger.get("/appointments/slots?day=2026-11-23&kind=drop_off")
    assert drop_off.body["items"] == []


async def test_a_booking_is_read_listed_moved_and_cancelled(
    centre_server: CentreServer, program: Program
) -> None:
    made = await booked(program, centre_server, service="collection", language="en")
    assert code_from(made["code"]) == made["code"]
    assert made["status_path"].startswith("/b/")
    assert made["status_url"] is None
    assert made["allowed"] == ["check-in", "move", "cancel"]
    assert (made["state"], made["kind"], made["ticket"]) == ("booked", "visit", None)
    read = (await program.get(f"/appointments/{made['id']}")).body
    assert [event["event"] for event in read["events"]] == ["book"]
    assert read["events"][0]["via"] == "api"
    moved = await program.post(
        f"/appointments/{made['id']}/move", {"starts_at": wall(centre_server, "12:00", 1)}
    )
    assert moved.status == 200
    assert (moved.body["code"], moved.body["moves"]) == (made["code"], 1)
    assert moved.body["id"] != made["id"]
    again = await program.post(f"/appointments/{made['id']}/cancel")
    assert again.status == 409
    assert (again.body["state"], again.body["allowed"]) == ("moved", [])
    today = (await program.get("/appointments")).body
    assert today == {"items": [], "next": None}
    tomorrow = (await program.get("/appointments?day=2026-11-23&state=booked")).body["items"]
    assert [each["id"] for each in tomorrow] == [moved.body["id"]]
    cancelled = await program.post(f"/appointments/{moved.body['id']}/cancel")
    assert (cancelled.status, cancelled.body["state"]) == (200, "cancelled")
    assert cancelled.body["allowed"] == []


async def test_a_days_list_comes_in_pages(centre_server: CentreServer, program: Program) -> None:
    for text in ("12:30", "10:30", "11:30"):
        await booked(program, centre_server, text)
    first = (await program.get("/appointments?limit=2")).body
    rest = (await program.get(f"/appointments?limit=2&after={first['next']}")).body
    starts = [each["starts_at"] for each in (*first["items"], *rest["items"])]
    assert starts == sorted(starts)
    assert len(starts) == 3
    assert rest["next"] is None


async def test_a_key_books_once(centre_server: CentreServer, program: Program) -> None:
    body = {"starts_at": wall(centre_server, "10:30")}
    first = await program.post("/appointments", body, Idempotency_Key="one")
    again = await program.post("/appointments", body, Idempotency_Key="one")
    assert (again.status, again.body) == (201, first.body)
    other = await program.post("/appointments", {**body, "language": "en"}, Idempotency_Key="one")
    assert other.status == 409


async def test_refusals_say_what_is_wrong(centre_server: CentreServer, program: Program) -> None:
    for _ in range(2):
        await booked(program, centre_server)
    body = {"starts_at": wall(centre_server, "10:30")}
    full = await program.post("/appointments", body)
    assert (full.status, full.body["type"].rpartition(":")[2]) == (409, "slot-full")
    body = {"starts_at": wall(centre_server, "10:40")}
    never = await program.post("/appointments", body)
    assert (never.status, never.body["type"].rpartition(":")[2]) == (409, "slot-not-offered")
    unknown = "01930000-0000-7000-8000-000000000001"
    assert (await program.get(f"/appointments/{unknown}")).status == 404
    for act in ("cancel", "check-in"):
        assert (await program.post(f"/appointments/{unknown}/{act}")).status == 404


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"phone": "0100123"}, "phone"),
        ({"files": ["one", "two", "three"]}, "files"),
        ({"files": ["x"] * 21}, "files"),
        ({"starts_at": "2026-11-22T10:30:00"}, "starts_at"),
        ({"name": "Mona"}, "name"),
    ],
)
async def test_what_cannot_be_kept_is_refused_by_name(
    centre_server: CentreServer, program: Program, fields: dict[str, Any], field: str
) -> None:
    body = {"starts_at": wall(centre_server, "10:30"), **fields}
    answer = await program.post("/appointments", body)
    assert answer.status == 422
    assert [each["field"] for each in answer.body["errors"]] == [field]


async def test_a_phone_is_kept_and_never_answered(
    centre_server: CentreServer, program: Program
) -> None:
    pool = centre_server.queue.pool
    await pool.execute("INSERT INTO policy_now (centre_id, one_live_per_phone) VALUES (1, true)")
    body = {"starts_at": wall(centre_server, "10:30"), "phone": PHONE_AS_WRITTEN}
    for _ in range(2):
        made = await program.post("/appointments", body, Idempotency_Key="one")
        assert made.status == 201
        assert PHONE[-9:] not in made.raw.decode()
    assert await pool.fetchval("SELECT count(*) FROM appointment_person") == 1
    refused = await program.post("/appointments", {**body, "phone": PHONE})
    assert (refused.status, refused.body["type"].rpartition(":")[2]) == (409, "has-a-booking")
    read = await program.get(f"/appointments/{made.body['id']}")
    assert PHONE[-9:] not in read.raw.decode() + refused.raw.decode()
    kept = await pool.fetch("SELECT fingerprint FROM command_claim")
    tried = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()
    assert tried not in {row["fingerprint"] for row in kept}


async def test_a_live_number_of_the_same_phone_is_named_only_to_who_may_see_numbers(
    centre_server: CentreServer, program: Program
) -> None:
    pool = centre_server.queue.pool
    made = await booked(program, centre_server, phone=PHONE)
    number = (await program.post("/tickets", {"phone": PHONE})).body
    await pool.execute("INSERT INTO policy_now (centre_id, one_live_per_phone) VALUES (1, true)")
    issuing = await centre_server.program("issue")
    for caller, is_named in ((program, True), (issuing, False)):
        refused = await caller.post(f"/appointments/{made['id']}/check-in")
        assert (refused.status, refused.body["type"].rpartition(":")[2]) == (
            409,
            "already-has-a-number",
        )
        assert (number["id"] in refused.raw.decode()) is is_named
        assert ("label" in refused.body) is is_named


async def test_a_drop_off_brings_its_list(centre_server: CentreServer, program: Program) -> None:
    await add_plan(centre_server.queue, kind="drop_off", slot_minutes=60)
    made = await booked(program, centre_server, "10:00", files=FILES)
    assert (made["kind"], made["files"]) == ("drop_off", 4)
    assert (await program.get(f"/appointments/{made['id']}")).body["file_names"] == FILES


async def test_a_check_in_gives_one_number_in_its_place(
    centre_server: CentreServer, program: Program
) -> None:
    clock = centre_server.clock
    assert isinstance(clock, ManualClock)
    made = await booked(program, centre_server, "09:30", service="reconciliation")
    await clock.jump(25 * 60)
    walk_in = (await program.post("/tickets", {"service": "reconciliation"})).body
    await clock.jump(10 * 60)
    done = await program.post(f"/appointments/{made['id']}/check-in", Idempotency_Key="here")
    assert done.status == 200
    ticket = done.body["ticket"]
    assert (ticket["channel"], ticket["state"], ticket["position"]) == ("appointment", "waiting", 2)
    assert done.body["appointment"]["ticket"] == ticket["id"]
    assert done.body["appointment"]["state"] == "checked_in"
    again = await program.post(f"/appointments/{made['id']}/check-in")
    assert again.body["ticket"]["id"] == ticket["id"]
    for window in (5, 6):
        await program.post(f"/windows/{window}/open")
    called = [(await program.post(f"/windows/{window}/call-next")).body for window in (5, 6)]
    assert [each["id"] for each in called] == [walk_in["id"], ticket["id"]]


@pytest.mark.parametrize("year", ["0001-01-01", "9999-12-31", "2020-01-01", "2030-06-01"])
async def test_a_moment_that_no_plan_reaches_is_not_offered(program: Program, year: str) -> None:
    for sent in ("T00:00:00Z", "T23:59:59+14:00", "T00:00:00-14:00"):
        answer = await program.post("/appointments", {"starts_at": year + sent})
        assert (answer.status, answer.body["state"]) == (409, "not_offered")
    assert (await program.get(f"/appointments/slots?day={year}")).body["items"] == []
    assert (await program.get(f"/appointments?day={year}")).body["items"] == []


@pytest.mark.parametrize(
    ("scope", "statuses"),
    [("read", (200, 403)), ("issue", (403, 201))],
)
async def test_programs_need_the_scopes(
    centre_server: CentreServer, program: Program, scope: Any, statuses: tuple[int, int]
) -> None:
    other = await centre_server.program(scope)
    listed = await other.get("/appointments")
    made = await other.post("/appointments", {"starts_at": wall(centre_server, "10:30")})
    assert (listed.status, made.status) == statuses
    assert (await centre_server.stranger().get("/appointments")).status == 401


async def test_times_are_utc(centre_server: CentreServer, program: Program) -> None:
    made = await booked(program, centre_server)
    assert datetime.fromisoformat(made["starts_at"]) == at_wall(centre_server.queue, "10:30")
    assert made["starts_at"].endswith(("Z", "+00:00"))
