"""A slip that the server has not heard of, served at a window through the API."""

import pytest

from tests.support.centre_server import CentreServer, Program, Told


@pytest.fixture
async def program(centre_server: CentreServer) -> Program:
    program = await centre_server.program()
    assert (await program.post("/windows/5/open")).status == 200
    return program


def refusal(told: Told, slug: str) -> dict[str, object]:
    assert told.status == 409, told.body
    assert told.body["type"] == f"urn:shubbak:problem:{slug}"
    return dict(told.body)


@pytest.mark.parametrize("typed", ["ك-١٠٥", "ك١٠٥", "K105", "k 105"])
async def test_a_slip_is_served_at_once_however_its_label_is_typed(
    program: Program, typed: str
) -> None:
    told = await program.post(
        "/windows/5/adopt", {"label": typed, "service": "reconciliation", "priority": "age65"}
    )
    assert told.status == 200, told.body
    assert (told.body["label"], told.body["state"], told.body["window"]) == ("K105", "serving", 5)
    assert (told.body["channel"], told.body["is_late"]) == ("adopted", True)
    done = await program.post(f"/tickets/{told.body['id']}/finish", {"outcome": "served"})
    assert done.status == 200


async def test_the_same_key_adopts_once(program: Program) -> None:
    first = await program.post("/windows/5/adopt", {"label": "L101"}, Idempotency_Key="adopt-1")
    again = await program.post("/windows/5/adopt", {"label": "L101"}, Idempotency_Key="adopt-1")
    assert first.status == again.status == 200
    assert first.body["id"] == again.body["id"]
    other = await program.post("/windows/5/adopt", {"label": "L102"}, Idempotency_Key="adopt-1")
    assert other.status == 409


async def test_what_cannot_be_adopted_is_told_why(program: Program) -> None:
    issued = (await program.post("/tickets")).body
    known = refusal(await program.post("/windows/5/adopt", {"label": "١٠١"}), "label-taken")
    assert known["current"] == {"id": issued["id"], "label": "101", "state": "waiting"}
    for typed in ("ك٩٩", "K1001", "٩٩٩٩", "?", "D101"):
        refusal(await program.post("/windows/5/adopt", {"label": typed}), "label-not-given")
    refusal(await program.post("/windows/5/adopt", {"label": "ط١٠١"}), "of-the-emergency-book")
    unknown = await program.post("/windows/5/adopt", {"label": "K101", "service": "none"})
    assert unknown.status == 404
    refusal(await program.post("/windows/6/adopt", {"label": "K101"}), "window-not-open")
    assert (await program.post("/windows/5/adopt", {"label": "K101"})).status == 200
    refusal(await program.post("/windows/5/adopt", {"label": "K102"}), "window-busy")


async def test_a_key_without_the_windows_scope_adopts_nothing(
    centre_server: CentreServer, program: Program
) -> None:
    reader = await centre_server.program("read")
    assert (await reader.post("/windows/5/adopt", {"label": "K101"})).status == 403
