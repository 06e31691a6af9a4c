"""Tickets over HTTP: issue, the acts of their life, what each state refuses, lists and pages."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from queue_server.tickets.lifecycle import ACTS, allowed_acts, state_after
from queue_server.web.api.shapes import TicketPage, TicketShape, TicketWithEvents
from tests.support.centre_server import CentreServer, Program, Told
from tests.support.clock import ManualClock
from tests.support.seeding import seed_tickets

BODIES: dict[str, dict[str, Any]] = {
    "service": {"service": "reconciliation"},
    "park": {"reason": "copy"},
    "transfer": {"to": {"queue": "X"}, "reason": "cash"},
}
"""What an act needs to be told beside the ticket."""


@pytest.fixture
async def program(centre_server: CentreServer) -> Program:
    return await centre_server.program()


@pytest.fixture
def clock(centre_server: CentreServer) -> ManualClock:
    assert isinstance(centre_server.clock, ManualClock)
    return centre_server.clock


def check_refusal(told: Told, state: str, allowed: tuple[str, ...], slug: str) -> dict[str, Any]:
    """A 409 names the state that forbids and what may be done instead."""
    assert told.status == 409, told.raw
    assert told.body["type"] == f"urn:shubbak:problem:{slug}"
    assert told.body["state"] == state
    assert told.body["allowed"] == list(allowed)
    assert isinstance(told.body, dict)
    return told.body


async def issue(program: Program, **body: object) -> dict[str, Any]:
    told = await program.post("/tickets", body)
    assert told.status == 201, told.raw
    assert isinstance(told.body, dict)
    return told.body


async def in_state(program: Program, state: str, window: int = 5) -> dict[str, Any]:
    """Return a ticket that came to be in this state by acts of the API alone."""
    ticket = await issue(program)
    path = f"/tickets/{ticket['id']}"
    await program.post(f"/windows/{window}/open")
    steps = {
        "waiting": [],
        "called": ["call"],
        "serving": ["call", "start"],
        "finished": ["call", "start", "finish"],
        "no_show": ["call", "no-show"],
        "cancelled": ["cancel"],
        "void": ["void"],
    }
    for step in steps[state]:
        told = await program.post(
            f"/windows/{window}/call-next" if step == "call" else f"{path}/{step}"
        )
        assert told.status == 200, told.raw
    told = await program.get(path)
    assert told.body["state"] == state
    assert isinstance(told.body, dict)
    return told.body


async def test_a_ticket_is_answered_as_promised(program: Program, clock: ManualClock) -> None:
    told = await program.post(
        "/tickets", {"service": "collection", "priority": "age65", "language": "en"}
    )
    assert told.status == 201
    ticket = TicketShape.model_validate_json(told.raw)
    assert told.headers["Location"] == f"/api/v1/tickets/{ticket.id}"
    assert (ticket.label, ticket.display_label, ticket.number, ticket.series) == (
        "A101",
        "أ-١٠١",
        101,
        "A",
    )
    assert (ticket.queue, ticket.service, ticket.priority) == ("X", "collection", "age65")
    assert (ticket.state, ticket.channel, ticket.language, ticket.paper) == (
        "waiting",
        "api",
        "en",
        "none",
    )
    assert (ticket.position, ticket.wait, ticket.window) == (1, None, None)
    assert ticket.issued_at == clock.now()
    assert told.body["issued_at"].endswith("Z") or told.body["issued_at"].endswith("+00:00")
    assert ticket.status_path.startswith("/t/")
    assert ticket.status_path == ticket.status_path.lower()
    assert ticket.status_url is None
    assert ticket.allowed == list(allowed_acts("waiting"))


async def test_a_read_ticket_tells_its_place_now_and_every_act(
    program: Program, clock: ManualClock
) -> None:
    first, second = await issue(program), await issue(program)
    await program.post("/windows/5/open")
    await clock.advance(60)
    await program.post("/windows/5/call-next")
    told = await program.get(f"/tickets/{second['id']}")
    waiting = TicketWithEvents.model_validate_json(told.raw)
    assert (second["position"], waiting.position) == (2, 1)
    told = await program.get(f"/tickets/{first['id']}")
    called = TicketWithEvents.model_validate_json(told.raw)
    assert (called.position, called.state, called.window) == (None, "called", 5)
    assert [(event.event, event.actor, event.window) for event in called.events] == [
        ("issue", "key", None),
        ("call", "key", 5),
    ]
    assert called.events[-1].at == called.called_at == clock.now()


async def test_a_wait_is_told_as_soon_as_a_window_is_open(program: Program) -> None:
    assert (await issue(program))["wait"] is None
    await program.post("/windows/5/open")
    wait = (await issue(program))["wait"]
    assert wait["low_s"] <= 300 <= wait["high_s"]
    assert wait["low_s"] <= wait["likely_s"] <= wait["high_s"]


@pytest.mark.parametrize("state", ["waiting", "called", "serving", "finished", "no_show"])
@pytest.mark.parametrize("act", sorted(ACTS))
async def test_an_act_is_done_or_refused_as_the_life_table_says(
    program: Program, state: str, act: str
) -> None:
    ticket = await in_state(program, state)
    told = await program.post(f"/tickets/{ticket['id']}/{act}", BODIES.get(act, {}))
    after = state_after(ACTS[act], state)
    if after is None:
        refused = check_refusal(told, state, allowed_acts(state), "act-not-allowed")
        assert refused["current"] == {
            "id": ticket["id"],
            "label": ticket["label"],
            "state": state,
        }
    else:
        assert told.status == 200
        assert TicketShape.model_validate_json(told.raw).state == after


@pytest.mark.parametrize("state", ["cancelled", "void"])
async def test_a_ticket_that_is_gone_refuses_every_act_but_the_way_back(
    program: Program, state: str
) -> None:
    ticket = await in_state(program, state)
    for act in set(ACTS) - set(allowed_acts(state)):
        told = await program.post(f"/tickets/{ticket['id']}/{act}", BODIES.get(act, {}))
        check_refusal(told, state, allowed_acts(state), "act-not-allowed")


@pytest.mark.parametrize("act", ["recall", "start", "no-show", "service"])
async def test_another_windows_ticket_is_refused_with_its_state(program: Program, act: str) -> None:
    ticket = await in_state(program, "called", window=5)
    body: dict[str, object] = {"window": 6}
    if act == "service":
        body["service"] = "reconciliation"
    told = await program.post(f"/tickets/{ticket['id']}/{act}", body)
    refused = check_refusal(told, "called", (), "ticket-of-another")
    assert refused["window"] == 5


async def test_an_unknown_service_is_told_and_changes_nothing(program: Program) -> None:
    for told in (
        await program.post("/tickets", {"service": "flying"}),
        await program.post(
            f"/tickets/{(await in_state(program, 'called'))['id']}/service", {"service": "flying"}
        ),
    ):
        assert told.status == 404
        assert told.body["type"] == "urn:shubbak:problem:unknown-service"
    assert (await issue(program))["label"] == "102"


async def test_a_closed_service_is_refused_with_its_name(
    centre_server: CentreServer, program: Program
) -> None:
    await centre_server.pool.execute("UPDATE service SET is_open = false WHERE code = 'collection'")
    told = await program.post("/tickets", {"service": "collection"}, Accept_Language="en")
    check_refusal(told, "closed", (), "service-closed")
    assert told.body["service"] == "collection"
    assert "collection" in told.body["detail"]


@pytest.mark.parametrize("field", ["email", "mobile"])
@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("ar", "الحقل {} غير مدعوم؛ احذفه."),
        ("en", "The field {} is not supported; leave it out."),
    ],
)
async def test_a_field_that_is_not_supported_yet_is_refused_by_name_in_the_callers_language(
    centre_server: CentreServer, program: Program, field: str, language: str, sentence: str
) -> None:
    told = await program.post(
        "/tickets", {"priority": "none", field: "01001234567"}, Accept_Language=language
    )
    assert told.status == 422
    [error] = told.body["errors"]
    assert (error["in"], error["field"], error["code"]) == ("body", field, "extra_forbidden")
    assert error["message"] == sentence.format(field)
    assert b"01001234567" not in told.raw
    assert await centre_server.pool.fetchval("SELECT count(*) FROM ticket") == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"priority": "vip"}, "priority"),
        ({"priority": None}, "priority"),
        ({"language": "fr"}, "language"),
        ({"channel": "kiosk"}, "channel"),
        ({"service": "two words"}, "service"),
        ({"service": 7}, "service"),
        ({"service": "s" * 65}, "service"),
    ],
)
async def test_a_wrong_value_is_refused_by_its_fields_name(
    program: Program, body: dict[str, object], field: str
) -> None:
    told = await program.post("/tickets", body)
    assert told.status == 422
    assert {each["field"] for each in told.body["errors"]} == {field}


async def test_pages_of_a_day_cover_every_ticket_once_in_the_order_of_issue(
    centre_server: CentreServer, program: Program, shared_dsn: str
) -> None:
    day, at = centre_server.queue.today()
    tickets = await seed_tickets(shared_dsn, 620, day=day, at=at)
    await seed_tickets(shared_dsn, 10, day=day - timedelta(days=1), at=at - timedelta(days=1))
    for limit in (1000, 500, 100, 31):
        if limit > 500:
            assert (await program.get(f"/tickets?limit={limit}")).status == 422
            continue
        seen, after = [], ""
        while True:
            told = await program.get(f"/tickets?limit={limit}{after}")
            page = TicketPage.model_validate_json(told.raw)
            seen += [ticket.id for ticket in page.items]
            if page.next is None:
                break
            assert len(page.items) == limit
            after = f"&after={page.next}"
        assert seen == [UUID(int=ticket.id.int) for ticket in tickets]


@pytest.fixture
def shared_dsn(shared_server: Any) -> str:
    dsn: str = shared_server.database.app_dsn
    return dsn


async def test_a_list_is_narrowed_by_state_queue_label_and_day(
    centre_server: CentreServer, program: Program, shared_dsn: str
) -> None:
    day, at = centre_server.queue.today()
    yesterday = day - timedelta(days=1)
    await seed_tickets(shared_dsn, 3, day=yesterday, at=at - timedelta(days=1))
    await issue(program)
    await issue(program, service="collection")
    cancelled = await issue(program)
    await program.post(f"/tickets/{cancelled['id']}/cancel")

    async def labels(query: str) -> list[str]:
        told = await program.get(f"/tickets?{query}")
        assert told.status == 200, told.raw
        return [ticket["label"] for ticket in told.body["items"]]

    assert await labels("") == ["101", "A101", "102"]
    assert await labels("state=cancelled") == ["102"]
    assert await labels("queue=X") == ["A101"]
    assert await labels("queue=NONE") == []
    assert await labels("label=102") == ["102"]
    assert await labels(f"day={yesterday}") == ["101", "102", "103"]
    assert await labels(f"day={yesterday}&state=waiting&label=103") == ["103"]
    assert await labels("state=waiting&queue=U") == ["101"]


@pytest.mark.parametrize(
    "query",
    [
        "day=0",
        "day=1795305600",
        "day=today",
        "day=2026-11-31",
        "day=2026-11-22T00:00:00",
        "state=lost",
        "limit=0",
        "limit=501",
        "limit=x",
        "after=42",
        "label=%D9%A1%D9%A4%D9%A2",
        "queue=U%20X",
    ],
)
async def test_a_wrong_filter_is_refused_by_its_name(program: Program, query: str) -> None:
    told = await program.get(f"/tickets?{query}")
    assert told.status == 422, told.raw
    assert [each["field"] for each in told.body["errors"]] == [query.partition("=")[0]]
    assert [each["in"] for each in told.body["errors"]] == ["query"]


async def test_times_are_utc_whatever_the_zone_of_the_centre(
    program: Program, clock: ManualClock
) -> None:
    ticket = await issue(program)
    at = datetime.fromisoformat(ticket["issued_at"])
    assert at.utcoffset() == timedelta(0)
    assert at == clock.now().astimezone(UTC)


async def test_a_visits_reasons_and_outcomes_are_kept(program: Program) -> None:
    ticket = await in_state(program, "called")
    await program.post(f"/tickets/{ticket['id']}/no-show")
    told = await program.get(f"/tickets/{ticket['id']}")
    assert told.body["events"][-1]["reason"] == "absent"
    other = await in_state(program, "serving", window=6)
    await program.post(f"/tickets/{other['id']}/finish", {"outcome": "papers_missing"})
    told = await program.get(f"/tickets/{other['id']}")
    assert told.body["events"][-1]["reason"] == "papers_missing"


@pytest.mark.parametrize("letter", ["\x07", "\x1b", "\x7f", "\x00", "\x85"])
async def test_a_reason_holds_no_control_character(program: Program, letter: str) -> None:
    ticket = await in_state(program, "waiting")
    told = await program.post(f"/tickets/{ticket['id']}/cancel", {"reason": f"left{letter}[31m"})
    assert told.status in (400, 422)
    told = await program.post(f"/tickets/{ticket['id']}/cancel", {"reason": "left\n\tearly"})
    assert told.status == 200
