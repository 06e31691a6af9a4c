"""People at the API: bound at the window, masked in answers, one live number, a priority."""

import pytest

from core_services.people.passwords import Passwords
from tests.server.test_api_staff import person
from tests.support.centre_server import CentreServer, Program
from tests.support.citizens import GROWN, OLD, PHONE_AS_WRITTEN

MASKED = "+20••••••••17"


async def called(by: Program, window: int = 5, **body: object) -> dict[str, object]:
    """Let somebody come and be called to a window."""
    await by.post("/tickets", body)
    ticket: dict[str, object] = (await by.post(f"/windows/{window}/call-next")).body
    return ticket


@pytest.fixture
async def program(centre_server: CentreServer) -> Program:
    """A program that may do everything, with window 5 open."""
    made = await centre_server.program()
    await made.post("/windows/5/open")
    return made


async def test_a_person_is_bound_at_the_window_and_shown_masked(program: Program) -> None:
    ticket = await called(program, priority="age65")
    told = await program.post(
        f"/tickets/{ticket['id']}/person", {"national_id": GROWN, "phone": PHONE_AS_WRITTEN}
    )
    assert (told.status, told.body["state"]) == (200, "serving")
    shown = {"phone": MASKED, "national_id_last4": "0007", "age65_holds": False}
    assert told.body["person"] == shown
    read = (await program.get(f"/tickets/{ticket['id']}")).body
    assert read["person"] == shown
    assert [event["event"] for event in read["events"]][-3:] == ["bind", "claim_checked", "reveal"]


async def test_who_lacks_the_permission_sees_no_person_and_leaves_no_trace(
    centre_server: CentreServer, program: Program
) -> None:
    ticket = await called(program)
    await program.post(f"/tickets/{ticket['id']}/person", {"national_id": OLD})
    reader = await centre_server.program("read")
    read = (await reader.get(f"/tickets/{ticket['id']}")).body
    assert read["person"] is None
    revealed = await centre_server.pool.fetchval(
        "SELECT count(*) FROM ticket_person_event WHERE event = 'reveal'"
    )
    assert revealed == 1, "of the program that bound it"


async def test_a_clerk_sees_the_person_of_the_own_ticket_in_hand_alone(
    centre_server: CentreServer, passwords: Passwords
) -> None:
    mona = await person(centre_server, passwords, "mona")
    karim = await person(centre_server, passwords, "karim")
    hoda = await person(centre_server, passwords, "hoda", "supervisor")
    await mona.post("/windows/5/open")
    path = f"/tickets/{(await called(mona))['id']}"
    refused = await karim.post(f"{path}/person", {"national_id": OLD})
    assert refused.body["type"] == "urn:shubbak:problem:window-of-another"
    bound = await mona.post(f"{path}/person", {"national_id": OLD})
    assert bound.body["person"]["national_id_last4"] == OLD[-4:]
    assert (await mona.get(path)).body["person"]["national_id_last4"] == OLD[-4:]
    assert (await karim.get(path)).body["person"] is None
    assert (await hoda.get(path)).body["person"]["national_id_last4"] == OLD[-4:]
    await mona.post(f"{path}/finish")
    assert (await mona.get(path)).body["person"] is None, "it is in her hand no more"
    assert (await hoda.get(path)).body["person"] is not None


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"phone": "0119876543"}, "phone", "not_a_phone"),
        ({"national_id": GROWN[:13]}, "national_id", "national_id_length"),
        ({"national_id": "1" + GROWN[1:]}, "national_id", "national_id_century"),
        ({"national_id": "29013171300007"}, "national_id", "national_id_birth_date"),
        ({"national_id": "29005170500007"}, "national_id", "national_id_governorate"),
        ({}, "national_id", "missing"),
    ],
)
async def test_a_wrong_field_is_refused_by_name_with_how_to_mend_it(
    program: Program, body: dict[str, str], field: str, code: str
) -> None:
    ticket = await called(program)
    for language in ("ar", "en"):
        told = await program.post(f"/tickets/{ticket['id']}/person", body, Accept_Language=language)
        assert told.status == 422
        [error] = told.body["errors"]
        assert (error["in"], error["field"], error["code"]) == ("body", field, code)
        assert field in error["message"]
        assert not any(text in told.raw.decode() for text in body.values())


async def test_a_binding_sent_again_is_done_once_and_another_under_its_key_is_refused(
    centre_server: CentreServer, program: Program
) -> None:
    path = f"/tickets/{(await called(program))['id']}/person"
    first = await program.post(path, {"national_id": OLD}, Idempotency_Key="k")
    again = await program.post(path, {"national_id": OLD}, Idempotency_Key="k")
    assert first.body == again.body
    other = await program.post(path, {"national_id": GROWN}, Idempotency_Key="k")
    assert other.body["type"] == "urn:shubbak:problem:key-reused"
    bound = await centre_server.pool.fetchval(
        "SELECT count(*) FROM ticket_person_event WHERE event = 'bind'"
    )
    assert bound == 1


async def test_a_clerk_corrects_the_priority_in_hand_and_a_supervisor_in_line_too(
    centre_server: CentreServer, passwords: Passwords
) -> None:
    mona = await person(centre_server, passwords, "mona")
    hoda = await person(centre_server, passwords, "hoda", "supervisor")
    await mona.post("/windows/5/open")
    hand = await called(mona, priority="age65")
    waiting = (await mona.post("/tickets", {"priority": "none"})).body
    correction = {"priority": "none", "reason": "under 65 on the card"}
    told = await mona.post(f"/tickets/{hand['id']}/priority", correction)
    assert (told.status, told.body["priority"]) == (200, "none")
    raised = {"priority": "disability", "reason": "a card of disability"}
    refused = await mona.post(f"/tickets/{waiting['id']}/priority", raised)
    assert (refused.status, refused.body["type"]) == (409, "urn:shubbak:problem:ticket-of-another")
    done = await hoda.post(f"/tickets/{waiting['id']}/priority", raised)
    assert (done.status, done.body["priority"]) == (200, "disability")
    [*_, last] = (await hoda.get(f"/tickets/{waiting['id']}")).body["events"]
    assert (last["event"], last["reason"]) == ("set_priority", "a card of disability")


async def test_a_priority_is_corrected_only_with_a_reason(program: Program) -> None:
    ticket = (await program.post("/tickets")).body
    told = await program.post(f"/tickets/{ticket['id']}/priority", {"priority": "age65"})
    assert (told.status, told.body["errors"][0]["field"]) == (422, "reason")
