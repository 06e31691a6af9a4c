"""Operations: what is checked before their code runs, and how refusals are told."""

import hashlib
import sys
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
import pytest
import structlog
from aiohttp import ClientResponse, web
from pydantic import Field

from core_services.database.errors import DatabaseGone
from queue_server.web.operations import (
    Answer,
    ApiModel,
    ApiRequest,
    Day,
    OperationMistakeError,
    PlainText,
    QueryModel,
    operation,
    operations_of,
)
from queue_server.web.problems import Problems
from queue_server.web.words import Words
from tests.support.site import MakeSite, Site

TICKET = "/api/v1/tickets/0193a5b0-0000-7000-8000-000000000001"


class IssueBody(ApiModel):
    service: PlainText | None = None
    priority: Literal["none", "age65"] = "none"
    count: Annotated[int, Field(ge=1, le=3)] = 1


SEEN: list[ApiRequest[IssueBody]] = []


class NoteBody(ApiModel):
    text: PlainText


class Listing(QueryModel):
    state: Literal["waiting", "called"] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    day: Day | None = None


class Echo(ApiModel):
    said: str


class WindowBusyError(Exception):
    def __init__(self) -> None:
        super().__init__()
        self.window = 5
        self.allowed = ("finish", "recall")


@operation(
    "POST",
    "/tickets",
    tag="tickets",
    summary="Issue",
    scope="issue",
    body=IssueBody,
    answers={201: Echo},
)
async def issue(request: ApiRequest[IssueBody]) -> Answer:
    SEEN.append(request)
    return Answer(201, {"said": request.body.priority}, {"Location": "/somewhere"})


@operation(
    "POST",
    "/tickets/{ticket_id}/note",
    tag="tickets",
    summary="Note",
    scope="act_own_window",
    body=NoteBody,
    answers={200: Echo},
)
async def note(request: ApiRequest[NoteBody], ticket_id: UUID) -> Answer:
    return Answer(content=Echo(said=f"{ticket_id}: {request.body.text}"))


@operation(
    "GET",
    "/tickets",
    tag="tickets",
    summary="List",
    scope="see_tickets",
    query=Listing,
    answers={200: Echo},
)
async def listing(request: ApiRequest[None], query: Listing) -> Answer:
    return Answer(content={"said": f"{query.state} {query.limit}"})


@operation("GET", "/waits", tag="hall", summary="Waits", scope=None, answers={200: Echo})
async def waits(request: ApiRequest[None]) -> Answer:
    return Answer(content=b'{"said":"nothing"}')


@operation("POST", "/call", tag="hall", summary="Call", scope="act_own_window", answers={204: None})
async def call(request: ApiRequest[None]) -> Answer:
    raise WindowBusyError


@operation("GET", "/broken", tag="hall", summary="Breaks", scope=None, answers={200: Echo})
async def broken(request: ApiRequest[None]) -> Answer:
    raise RuntimeError("a secret of the server")


@operation("GET", "/gone", tag="hall", summary="No database", scope=None, answers={200: Echo})
async def gone(request: ApiRequest[None]) -> Answer:
    raise DatabaseGone("connection refused at 10.0.0.3")


def register(app: web.Application, problems: Problems) -> None:
    problems.register(
        WindowBusyError,
        status=409,
        slug="window-busy",
        title=Words("مع الشباك رقم", "The window holds a ticket"),
        detail=Words("شباك {window} معه رقم.", "Window {window} holds a ticket."),
        facts=("allowed",),
    )


@pytest.fixture
async def site(make_site: MakeSite) -> Site:
    SEEN.clear()
    return await make_site([issue, note, listing, waits, call, broken, gone], register)


@pytest.fixture
async def key(site: Site) -> dict[str, str]:
    return await site.key()


async def problem(response: ClientResponse, status: int) -> dict[str, Any]:
    assert response.status == status, await response.text()
    assert response.content_type == "application/problem+json"
    body: dict[str, Any] = await response.json()
    assert body["status"] == status
    assert str(body["type"]).startswith("urn:shubbak:problem:")
    return body


async def test_a_good_request_reaches_its_code_typed(site: Site, key: dict[str, str]) -> None:
    response = await site.client.post("/api/v1/tickets", json={"priority": "age65"}, headers=key)
    assert response.status == 201
    assert response.headers["Location"] == "/somewhere"
    assert await response.json() == {"said": "age65"}
    [seen] = SEEN
    assert isinstance(seen.body, IssueBody)
    assert seen.caller.actor.kind == "key"
    assert seen.caller.may("issue")
    assert seen.claim is None


async def test_a_body_whose_fields_are_all_optional_may_be_missing(
    site: Site, key: dict[str, str]
) -> None:
    response = await site.client.post("/api/v1/tickets", headers=key)
    assert response.status == 201


async def test_an_unsupported_field_is_refused_by_name_in_the_readers_language(
    site: Site, key: dict[str, str]
) -> None:
    body = {"phone": "01001234567"}
    english = await site.client.post(
        "/api/v1/tickets", json=body, headers={**key, "Accept-Language": "en"}
    )
    told = await problem(english, 422)
    assert told["errors"] == [
        {
            "in": "body",
            "field": "phone",
            "code": "extra_forbidden",
            "message": "The field phone is not supported; leave it out.",
        }
    ]
    arabic = await problem(await site.client.post("/api/v1/tickets", json=body, headers=key), 422)
    assert "غير مدعوم" in str(arabic["detail"])
    assert SEEN == []


@pytest.mark.parametrize(
    "body",
    [
        {"count": "1"},
        {"count": 0},
        {"count": 4},
        {"count": 1.5},
        {"priority": "vip"},
        {"service": ""},
        {"service": "x" * 501},
        {"service": 5},
        [],
        "text",
    ],
)
async def test_a_wrong_value_is_refused(site: Site, key: dict[str, str], body: object) -> None:
    response = await site.client.post("/api/v1/tickets", json=body, headers=key)
    told = await problem(response, 422)
    assert told["errors"]


@pytest.mark.parametrize("raw", [b'{"count": 2.0}', b'{"count": 2e0}', b'{"count": 2}'])
async def test_a_whole_number_may_be_written_as_json_allows(
    site: Site, key: dict[str, str], raw: bytes
) -> None:
    response = await site.client.post(
        "/api/v1/tickets", data=raw, headers={**key, "Content-Type": "application/json"}
    )
    assert response.status == 201
    assert SEEN[0].body.count == 2


@pytest.mark.parametrize("raw", [b"{", b"\xff", b'{"service": "\\ud800"}', b'{"a\\u0000": 1}'])
async def test_what_is_not_json_or_holds_nul_is_malformed(
    site: Site, key: dict[str, str], raw: bytes
) -> None:
    response = await site.client.post(
        "/api/v1/tickets", data=raw, headers={**key, "Content-Type": "application/json"}
    )
    await problem(response, 400)


async def test_another_media_type_is_refused(site: Site, key: dict[str, str]) -> None:
    response = await site.client.post("/api/v1/tickets", data={"priority": "none"}, headers=key)
    await problem(response, 415)


async def test_a_body_beyond_the_limit_is_refused(site: Site, key: dict[str, str]) -> None:
    response = await site.client.post(
        "/api/v1/tickets", json={"service": "x" * 70_000}, headers=key
    )
    await problem(response, 413)


async def test_an_operation_without_a_body_refuses_fields(site: Site, key: dict[str, str]) -> None:
    response = await site.client.post("/api/v1/call", json={"window": 5}, headers=key)
    assert "window" in str((await problem(response, 422))["errors"])


async def test_queries_are_typed_and_unknown_parameters_refused(
    site: Site, key: dict[str, str]
) -> None:
    response = await site.client.get("/api/v1/tickets?state=called&limit=7", headers=key)
    assert await response.json() == {"said": "called 7"}
    for query in (
        "state=lost",
        "limit=101",
        "limit=x",
        "page=2",
        "state=%00",
        "day=0",
        "day=2026-13-01",
    ):
        refused = await site.client.get(f"/api/v1/tickets?{query}", headers=key)
        assert refused.status in (400, 422), query
    unasked = await site.client.get("/api/v1/waits?x=1")
    assert "x" in str((await problem(unasked, 422))["errors"])


async def test_a_path_that_is_no_id_is_refused(site: Site, key: dict[str, str]) -> None:
    good = await site.client.post(f"{TICKET}/note", json={"text": " seen "}, headers=key)
    assert (await good.json())["said"].endswith(": seen")
    bad = await site.client.post("/api/v1/tickets/142/note", json={"text": "seen"}, headers=key)
    told = await problem(bad, 422)
    assert told["errors"][0]["field"] == "ticket_id"


async def test_without_a_key_that_holds_nobody_passes(site: Site) -> None:
    for headers in ({}, {"Authorization": "Bearer shubbak_guess"}, {"Authorization": "Basic eDp5"}):
        response = await site.client.post("/api/v1/tickets", json={}, headers=headers)
        await problem(response, 401)
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_key_without_the_scope_is_told_which_permission_it_lacks(site: Site) -> None:
    headers = await site.key("read")
    response = await site.client.post("/api/v1/tickets", json={}, headers=headers)
    assert (await problem(response, 403))["permission"] == "issue"


async def test_another_method_and_another_path_are_problems_too(
    site: Site, key: dict[str, str]
) -> None:
    method = await site.client.delete("/api/v1/tickets", headers=key)
    await problem(method, 405)
    assert method.headers["Allow"] == "GET,POST"
    await problem(await site.client.get("/api/v1/nothing", headers=key), 404)


async def test_an_idempotency_key_becomes_a_claim_in_its_scope(
    site: Site, key: dict[str, str]
) -> None:
    for raw in (b'{"priority":"none","count":2}', b'{ "count": 2, "priority": "none" }'):
        response = await site.client.post(
            "/api/v1/tickets",
            data=raw,
            headers={**key, "Content-Type": "application/json", "Idempotency-Key": "k-1"},
        )
        assert response.status == 201
    first, second = (seen.claim for seen in SEEN)
    assert first is not None
    assert first == second
    assert first.credential == SEEN[0].caller.credential
    assert (first.method, first.path, first.key) == ("POST", "/api/v1/tickets", "k-1")
    canonical = orjson.dumps({"count": 2, "priority": "none"}, option=orjson.OPT_SORT_KEYS)
    assert first.fingerprint == hashlib.sha256(canonical).digest()


@pytest.mark.parametrize("bad", ["two words", "x" * 256, "مفتاح"])
async def test_an_idempotency_key_that_is_none_is_refused(
    site: Site, key: dict[str, str], bad: str
) -> None:
    response = await site.client.post(
        "/api/v1/tickets", json={}, headers={**key, "Idempotency-Key": bad}
    )
    told = await problem(response, 422)
    assert told["errors"][0]["field"] == "Idempotency-Key"


async def test_a_domain_error_tells_its_facts(site: Site, key: dict[str, str]) -> None:
    response = await site.client.post("/api/v1/call", headers={**key, "Accept-Language": "en"})
    told = await problem(response, 409)
    assert told["type"] == "urn:shubbak:problem:window-busy"
    assert told["allowed"] == ["finish", "recall"]
    assert told["detail"] == "Window 5 holds a ticket."
    arabic = await problem(await site.client.post("/api/v1/call", headers=key), 409)
    assert arabic["detail"] == "شباك ٥ معه رقم."


async def test_a_database_that_is_gone_asks_to_come_again(site: Site) -> None:
    response = await site.client.get("/api/v1/gone")
    await problem(response, 503)
    assert response.headers["Retry-After"] == "2"
    assert "10.0.0.3" not in await response.text()


async def test_an_unexpected_error_leaks_nothing_and_is_found_by_its_id(site: Site) -> None:
    with structlog.testing.capture_logs() as logged:
        response = await site.client.get("/api/v1/broken")
    told = await problem(response, 500)
    assert "secret" not in await response.text()
    [entry] = [each for each in logged if each["log_level"] == "error"]
    assert entry["problem_id"] == told["id"]
    assert entry["route"] == "/api/v1/broken"
    assert isinstance(entry["exc_info"], RuntimeError)


async def test_a_signed_in_person_uses_the_api_from_our_own_pages_only(site: Site) -> None:
    await site.add_staff()
    visitor = await site.sign_in()
    page = await visitor.get("/api")
    token = page.find("meta", name="csrf-token").get("content", "")
    good = {"Origin": visitor.origin, "X-CSRF-Token": token}
    for headers in (
        {},
        {"X-CSRF-Token": token},
        {"Origin": visitor.origin},
        {**good, "X-CSRF-Token": "guessed"},
        {**good, "Origin": "http://evil.example"},
    ):
        await problem(await site.client.post("/api/v1/tickets", json={}, headers=headers), 403)
    response = await site.client.post("/api/v1/tickets", json={}, headers=good)
    assert response.status == 201
    [seen] = SEEN
    assert seen.caller.actor.kind == "staff"
    assert seen.caller.session is not None


def test_mistakes_in_declarations_are_found_at_start() -> None:
    async def wrong(request: ApiRequest[None], number: int) -> Answer:
        return Answer()

    declare = operation(
        "GET", "/windows/{n}", tag="t", summary="s", scope="see_hall", answers={200: None}
    )
    with pytest.raises(OperationMistakeError, match="number"):
        declare(wrong)
    open_to_all = operation("POST", "/x", tag="t", summary="s", scope=None, answers={200: None})
    with pytest.raises(OperationMistakeError, match="everybody"):
        open_to_all(wrong)


def test_the_operations_of_a_module_are_those_it_declares() -> None:
    names = [each.name for each in operations_of(sys.modules[__name__])]
    assert names == ["issue", "note", "listing", "waits", "call", "broken", "gone"]
