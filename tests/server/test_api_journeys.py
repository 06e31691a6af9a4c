"""The acts beside the straight way over HTTP: what each answers, and what it refuses."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from queue_server.web.api.shapes import TicketShape
from tests.support.centre_server import CentreServer, Program, Told
from tests.support.clock import ManualClock


@pytest.fixture
async def program(centre_server: CentreServer) -> Program:
    return await centre_server.program()


@pytest.fixture
def clock(centre_server: CentreServer) -> ManualClock:
    assert isinstance(centre_server.clock, ManualClock)
    return centre_server.clock


async def issue(program: Program, **body: object) -> dict[str, Any]:
    told = await program.post("/tickets", body)
    assert told.status == 201, told.raw
    assert isinstance(told.body, dict)
    return told.body


async def serving(program: Program, window: int = 5) -> dict[str, Any]:
    """Return a ticket that is served at the window."""
    ticket = await issue(program)
    await program.post(f"/windows/{window}/open")
    await program.post(f"/windows/{window}/call-next")
    return ticket_of(await program.post(f"/tickets/{ticket['id']}/start"))


def ticket_of(told: Told) -> dict[str, Any]:
    assert told.status == 200, told.raw
    TicketShape.model_validate_json(told.raw)
    assert isinstance(told.body, dict)
    return told.body


def refusal(told: Told, slug: str) -> dict[str, Any]:
    assert told.status == 409, told.raw
    assert told.body["type"] == f"urn:shubbak:problem:{slug}"
    assert told.body["state"]
    assert isinstance(told.body, dict)
    return told.body


async def test_needs_and_requests_are_kept_and_told(program: Program) -> None:
    ticket = await issue(program, needs=["more_time", "cannot_hear"], requests=2)
    assert (ticket["needs"], ticket["requests"]) == (["more_time", "cannot_hear"], 2)


@pytest.mark.parametrize(
    "body", [{"needs": ["gold"]}, {"requests": 4}, {"requests": 0}, {"needs": "more_time"}]
)
async def test_needs_and_requests_that_are_not_known_are_refused_by_name(
    program: Program, body: dict[str, object]
) -> None:
    told = await program.post("/tickets", body)
    assert told.status == 422
    assert next(iter(body)) in told.body["errors"][0]["field"]


async def test_a_parked_ticket_is_resumed_at_its_window(
    program: Program, clock: ManualClock
) -> None:
    ticket = await serving(program)
    path = f"/tickets/{ticket['id']}"
    parked = ticket_of(await program.post(f"{path}/park", {"reason": "copy", "minutes": 10}))
    assert (parked["state"], parked["window"], parked["allowed"]) == (
        "parked",
        5,
        ["resume", "cancel"],
    )
    until = datetime.fromisoformat(parked["parked_until"])
    assert until == clock.now() + timedelta(minutes=10)
    assert ticket_of(await program.post(f"{path}/resume"))["state"] == "waiting"
    assert ticket_of(await program.post("/windows/5/call-next"))["id"] == ticket["id"]
    refusal(await program.post(f"{path}/resume"), "act-not-allowed")


async def test_a_park_or_transfer_without_a_reason_is_refused(program: Program) -> None:
    ticket = await serving(program)
    for act, body in (("park", {}), ("transfer", {"to": {"window": 6}})):
        told = await program.post(f"/tickets/{ticket['id']}/{act}", body)
        assert told.status == 422
        assert told.body["errors"][0]["field"] == "reason"


@pytest.mark.parametrize("to", [{}, {"queue": "X", "window": 6}])
async def test_a_transfer_goes_to_exactly_one_place(program: Program, to: dict[str, Any]) -> None:
    ticket = await serving(program)
    told = await program.post(f"/tickets/{ticket['id']}/transfer", {"to": to, "reason": "cash"})
    assert told.status == 422
    assert all(each["field"].startswith("to.") for each in told.body["errors"])


async def test_a_transfer_answers_the_ticket_in_its_new_line(program: Program) -> None:
    ticket = await serving(program)
    moved = ticket_of(
        await program.post(
            f"/tickets/{ticket['id']}/transfer", {"to": {"queue": "X"}, "reason": "cash"}
        )
    )
    assert (moved["state"], moved["queue"], moved["label"]) == ("waiting", "X", ticket["label"])


@pytest.mark.parametrize(
    ("to", "status", "slug"),
    [
        ({"window": 8}, 409, "nobody-there"),
        ({"window": 99}, 409, "nobody-there"),
        ({"queue": "none"}, 404, "unknown-queue"),
        ({"staff": str(uuid4())}, 404, "unknown-staff"),
    ],
)
async def test_nobody_is_sent_where_nobody_is(
    program: Program, to: dict[str, Any], status: int, slug: str
) -> None:
    ticket = await serving(program)
    told = await program.post(f"/tickets/{ticket['id']}/transfer", {"to": to, "reason": "cash"})
    assert (told.status, told.body["type"]) == (status, f"urn:shubbak:problem:{slug}")


async def test_a_no_show_returns_once(program: Program) -> None:
    ticket = await issue(program)
    path = f"/tickets/{ticket['id']}"
    await program.post("/windows/5/open")
    for returns in (1, 2):
        await program.post("/windows/5/call-next")
        missed = ticket_of(await program.post(f"{path}/no-show"))
        assert missed["allowed"] == ["return"]
        told = await program.post(f"{path}/return", {"reason": "was at the mosque"})
        if returns == 1:
            assert ticket_of(told)["returns"] == 1
        else:
            assert refusal(told, "limit-reached")["limit"] == 1


async def test_one_particular_ticket_is_called_by_id_or_by_label(program: Program) -> None:
    await issue(program)
    second, third = await issue(program), await issue(program)
    for window, chosen in ((5, second["id"]), (6, third["label"])):
        await program.post(f"/windows/{window}/open")
        called = ticket_of(
            await program.post(f"/windows/{window}/call", {"ticket": chosen, "reason": "frail"})
        )
        assert (called["state"], called["window"]) == ("called", window)
    told = await program.post("/windows/6/call", {"ticket": "999", "reason": "frail"})
    busy = refusal(
        await program.post("/windows/6/call", {"ticket": "101", "reason": "x"}), "window-busy"
    )
    assert (told.status, busy["current"]["label"]) == (404, third["label"])


async def test_a_call_out_of_order_without_a_reason_is_refused(program: Program) -> None:
    ticket = await issue(program)
    await program.post("/windows/5/open")
    told = await program.post("/windows/5/call", {"ticket": ticket["id"]})
    assert told.status == 422


async def test_somebody_without_a_number_is_served_at_once(program: Program) -> None:
    refusal(await program.post("/windows/5/walk-direct", {}), "window-not-open")
    await program.post("/windows/5/open")
    told = await program.post("/windows/5/walk-direct", {"service": "collection"})
    ticket = ticket_of(told)
    assert (ticket["state"], ticket["window"], ticket["service"]) == ("serving", 5, "collection")
    assert (await program.post("/windows/5/walk-direct", {"service": "none"})).status == 409
    await program.post(f"/tickets/{ticket['id']}/finish")
    assert (await program.post("/windows/5/walk-direct", {"service": "none"})).status == 404


async def test_an_undo_is_told_what_it_undid(program: Program, clock: ManualClock) -> None:
    ticket = await serving(program)
    path = f"/tickets/{ticket['id']}"
    await program.post(f"{path}/finish", {"outcome": "done"})
    assert ticket_of(await program.post(f"{path}/undo"))["state"] == "serving"
    events = (await program.get(path)).body["events"]
    assert [event["event"] for event in events[-2:]] == ["finish", "undo"]
    refusal(await program.post(f"{path}/undo"), "nothing-to-undo")
    await program.post(f"{path}/finish")
    await clock.advance(31)
    assert refusal(await program.post(f"{path}/undo"), "too-late")["seconds"] == 1


async def test_a_void_is_made_valid_once(program: Program) -> None:
    ticket = await issue(program)
    path = f"/tickets/{ticket['id']}"
    await program.post(f"{path}/void")
    assert ticket_of(await program.post(f"{path}/reinstate"))["state"] == "waiting"
    await program.post(f"{path}/void")
    refusal(await program.post(f"{path}/reinstate"), "limit-reached")


async def test_numbers_are_kept_for_a_later_day_alone(
    centre_server: CentreServer, program: Program
) -> None:
    day = centre_server.queue.today()[0]
    today, tomorrow = day.isoformat(), (day + timedelta(days=1)).isoformat()
    ticket = await issue(program)
    told = await program.post("/day/carry-over", {"to_day": today})
    assert refusal(told, "day-not-later")["state"] == today
    told = await program.post("/day/carry-over", {"to_day": tomorrow})
    assert told.body == {"kept": 1, "to_day": tomorrow}
    page = (await program.get(f"/tickets?day={tomorrow}")).body["items"]
    assert [(each["label"], each["channel"]) for each in page] == [(ticket["label"], "carried")]
    await program.post("/windows/5/open")
    assert (await program.post("/windows/5/call-next")).status == 204, "its day has not come"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("park", {"reason": "copy"}),
        ("transfer", {"to": {"queue": "X"}, "reason": "cash"}),
        ("undo", {}),
    ],
)
async def test_an_act_sent_twice_with_its_key_is_done_once(
    program: Program, path: str, body: dict[str, Any]
) -> None:
    ticket = await serving(program)
    sent = [
        await program.post(f"/tickets/{ticket['id']}/{path}", body, idempotency_key="same")
        for _ in range(2)
    ]
    assert sent[0].status == 200
    assert sent[0].raw == sent[1].raw


@pytest.mark.parametrize(
    "path",
    ["/tickets/{id}/park", "/tickets/{id}/reinstate", "/windows/5/call", "/day/carry-over"],
)
async def test_a_key_that_may_only_read_acts_on_nothing(
    centre_server: CentreServer, program: Program, path: str
) -> None:
    ticket = await issue(program)
    reader = await centre_server.program("read")
    bodies: dict[str, dict[str, str]] = {
        "/tickets/{id}/park": {"reason": "x"},
        "/windows/5/call": {"ticket": ticket["id"], "reason": "x"},
        "/day/carry-over": {"to_day": "2026-11-23"},
    }
    told = await reader.post(path.replace("{id}", ticket["id"]), bodies.get(path, {}))
    assert told.status == 403
