"""A number asked for with a phone, an ID or needs; one live number where the policy says so."""

from typing import Any

import pytest

from core_services.database.pool import Pool
from tests.support.centre_server import CentreServer, Program
from tests.support.citizens import GROWN, OLD, OTHER_PHONE, PHONE, PHONE_AS_WRITTEN

HAS_ONE = "urn:shubbak:problem:already-has-a-number"


@pytest.fixture
async def program(centre_server: CentreServer) -> Program:
    return await centre_server.program()


async def let_one_live(pool: Pool, *, phone: bool = True, national_id: bool = True) -> None:
    """Set the centre's policy: one live number for a phone, for an ID."""
    await pool.execute(
        "INSERT INTO policy_now (centre_id, one_live_per_phone, one_live_per_national_id)"
        " VALUES (1, $1, $2)",
        phone,
        national_id,
    )


async def person_of(program: Program, ticket: dict[str, Any]) -> Any:
    return (await program.get(f"/tickets/{ticket['id']}")).body["person"]


async def test_a_phone_and_an_id_given_at_issue_are_kept_and_shown_masked(
    program: Program,
) -> None:
    told = await program.post("/tickets", {"phone": PHONE_AS_WRITTEN, "national_id": GROWN})
    assert told.status == 201
    assert "person" not in told.body
    assert await person_of(program, told.body) == {
        "phone": "+20••••••••17",
        "national_id_last4": "0007",
        "age65_holds": None,
    }


async def test_a_number_needs_neither_phone_nor_id(
    centre_server: CentreServer, program: Program
) -> None:
    told = await program.post("/tickets")
    assert told.status == 201
    assert await person_of(program, told.body) is None
    assert await centre_server.pool.fetchval("SELECT count(*) FROM ticket_person") == 0


async def test_wrong_fields_are_refused_by_name_and_no_number_is_given(
    centre_server: CentreServer, program: Program
) -> None:
    told = await program.post(
        "/tickets", {"phone": "12", "national_id": "34", "needs": ["a chair"]}
    )
    assert told.status == 422
    body = {"phone": "12", "national_id": "34"}
    told = await program.post("/tickets", body)
    assert [error["field"] for error in told.body["errors"]] == ["phone", "national_id"]
    assert await centre_server.pool.fetchval("SELECT count(*) FROM ticket") == 0


async def test_needs_are_kept_and_an_accessible_window_is_a_lane_of_its_own(
    centre_server: CentreServer, program: Program
) -> None:
    needs = ["accessible_window", "cannot_hear"]
    told = await program.post("/tickets", {"needs": needs})
    assert told.status == 201
    row = await centre_server.pool.fetchrow("SELECT lane, needs FROM ticket")
    assert row is not None
    assert (row["lane"], sorted(row["needs"])) == ("accessible", needs)
    unknown = await program.post("/tickets", {"needs": ["a chair"]}, Accept_Language="en")
    assert unknown.status == 422
    assert "accessible_window" in unknown.body["errors"][0]["message"]


async def test_the_same_key_gives_the_same_number_and_another_person_under_it_is_refused(
    centre_server: CentreServer, program: Program
) -> None:
    body = {"phone": PHONE, "national_id": GROWN}
    first = await program.post("/tickets", body, Idempotency_Key="k")
    again = await program.post("/tickets", body, Idempotency_Key="k")
    assert (first.status, first.body) == (again.status, again.body)
    other = await program.post("/tickets", {**body, "national_id": OLD}, Idempotency_Key="k")
    assert other.body["type"] == "urn:shubbak:problem:key-reused"
    assert await centre_server.pool.fetchval("SELECT count(*) FROM ticket_person") == 1


@pytest.mark.parametrize(
    "again",
    [{"phone": PHONE}, {"national_id": GROWN}, {"phone": OTHER_PHONE, "national_id": GROWN}],
)
async def test_one_person_has_one_live_number_where_the_policy_says_so(
    centre_server: CentreServer, program: Program, again: dict[str, str]
) -> None:
    await let_one_live(centre_server.pool)
    first = (await program.post("/tickets", {"phone": PHONE, "national_id": GROWN})).body
    told = await program.post("/tickets", again, Accept_Language="en")
    assert (told.status, told.body["type"]) == (409, HAS_ONE)
    assert (told.body["label"], told.body["state"]) == (first["label"], "waiting")
    assert first["label"] in told.body["detail"]
    events = (await program.get(f"/tickets/{first['id']}")).body["events"]
    assert [event["event"] for event in events].count("asked_again") == 1
    await program.post(f"/tickets/{first['id']}/cancel")
    assert (await program.post("/tickets", again)).status == 201


async def test_a_program_that_may_not_see_tickets_is_told_only_that_there_is_one(
    centre_server: CentreServer, program: Program
) -> None:
    await let_one_live(centre_server.pool)
    first = (await program.post("/tickets", {"phone": PHONE})).body
    kiosk = await centre_server.program("issue", name="a public kiosk")
    told = await kiosk.post("/tickets", {"phone": PHONE})
    assert (told.status, told.body["type"]) == (409, HAS_ONE)
    assert first["label"] not in told.raw.decode()
    assert first["id"] not in told.raw.decode()
    assert "waiting" not in told.raw.decode()


async def test_a_refusal_sent_again_is_noted_once(
    centre_server: CentreServer, program: Program
) -> None:
    await let_one_live(centre_server.pool)
    await program.post("/tickets", {"phone": PHONE})
    for _ in range(3):
        told = await program.post("/tickets", {"phone": PHONE}, Idempotency_Key="k")
        assert told.body["type"] == HAS_ONE
    noted = await centre_server.pool.fetchval(
        "SELECT count(*) FROM ticket_person_event WHERE event = 'asked_again'"
    )
    assert noted == 1


async def test_without_the_policy_one_person_may_have_several_numbers(program: Program) -> None:
    for _ in range(3):
        told = await program.post("/tickets", {"phone": PHONE, "national_id": GROWN})
        assert told.status == 201


async def test_an_id_with_a_live_number_is_not_bound_to_another_where_the_policy_says_so(
    centre_server: CentreServer, program: Program
) -> None:
    await let_one_live(centre_server.pool)
    await program.post("/windows/5/open")
    await program.post("/tickets")
    hand = (await program.post("/windows/5/call-next")).body
    first = (await program.post("/tickets", {"national_id": GROWN})).body
    told = await program.post(f"/tickets/{hand['id']}/person", {"national_id": GROWN})
    assert (told.status, told.body["type"]) == (409, HAS_ONE)
    assert told.body["label"] == first["label"]
    assert (await program.get(f"/tickets/{hand['id']}")).body["state"] == "called"
    done = await program.post(f"/tickets/{hand['id']}/person", {"national_id": OLD})
    assert done.status == 200
