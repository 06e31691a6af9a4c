"""Every route, used wrongly in every way: each time one problem that says what is wrong."""

import json
from dataclasses import dataclass
from typing import Final, get_args
from uuid import uuid4

import aiohttp
import pytest

from core_services.people.model import Scope
from core_services.people.permissions import ALL_SCOPES, SCOPE_PERMISSIONS
from queue_server.routes import OPERATIONS
from queue_server.tickets.lifecycle import allowed_acts, allowed_window_acts
from queue_server.tickets.model import TicketState, WindowState
from queue_server.web.operations import Operation
from tests.support.centre_server import CentreServer, Program, Told

NOWHERE: Final = str(uuid4())
COMMANDS: Final = [each for each in OPERATIONS if each.changes_state]
READINGS: Final = [each for each in OPERATIONS if not each.changes_state]
GUARDED: Final = [each for each in OPERATIONS if each.scope is not None]
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A body that no command takes, and how it is refused."""

    raw: bytes
    status: int
    slug: str
    content_type: str = "application/json"


BODIES: Final = {
    "no JSON": Wrong(b"{", 400, "malformed"),
    "not UTF-8": Wrong(b'{"reason": "\xff"}', 400, "malformed"),
    "NUL": Wrong(b'{"reason": "a\\u0000b"}', 400, "malformed"),
    "a list": Wrong(b"[]", 422, "invalid-input"),
    "a number": Wrong(b"7", 422, "invalid-input"),
    "null": Wrong(b"null", 422, "invalid-input"),
    "an unknown field": Wrong(b'{"colour": "red"}', 422, "invalid-input"),
    "a form": Wrong(
        b"reason=x", 415, "unsupported-media-type", "application/x-www-form-urlencoded"
    ),
    "text": Wrong(b"{}", 415, "unsupported-media-type", "text/plain"),
    "too much": Wrong(b'{"reason": "' + b"x" * 70_000 + b'"}', 413, "request-entity-too-large"),
}


def names(operations: list[Operation]) -> list[str]:
    return [each.name for each in operations]


def path_of(operation: Operation) -> str:
    path = operation.path.replace("{number}", "5").replace("{name}", "K9")
    for name in (
        "{ticket_id}",
        "{appointment_id}",
        "{alarm_id}",
        "{message_id}",
        "{broadcast_id}",
        "{episode_id}",
        "{order_id}",
        "{plan_id}",
        "{fault_id}",
    ):
        path = path.replace(name, NOWHERE)
    return (
        path.replace("{label}", "PRN-999")
        .replace("{code}", "reconciliation")
        .replace("{group}", "reconciliation")
    )


def check_problem(told: Told, status: int, slug: str) -> None:
    """A problem is RFC 9457's, in the reader's language, and says nothing of the inside."""
    assert told.status == status, told.raw
    assert told.headers["Content-Type"] == "application/problem+json"
    assert told.headers["Content-Language"] in ("ar", "en")
    assert told.body["type"] == f"urn:shubbak:problem:{slug}"
    assert told.body["status"] == status
    assert told.body["title"]
    assert "Traceback" not in told.raw.decode()


async def send(
    program: Program, operation: Operation, raw: bytes, content_type: str = "application/json"
) -> Told:
    """Send bytes as they are."""
    async with aiohttp.request(
        operation.method,
        f"{program.url}/api/v1{path_of(operation)}",
        data=raw,
        headers=program.headers | {"Content-Type": content_type},
    ) as answer:
        text = await answer.read()
        return Told(answer.status, answer.headers, text, json.loads(text) if text else None)


@pytest.fixture
async def program(centre_server: CentreServer) -> Program:
    return await centre_server.program()


@pytest.mark.parametrize("path", sorted({each.path for each in OPERATIONS}))
async def test_a_path_refuses_every_method_that_it_does_not_have(
    program: Program, path: str
) -> None:
    known = {each.method for each in OPERATIONS if each.path == path}
    one = next(each for each in OPERATIONS if each.path == path)
    for method in METHODS:
        if method in known:
            continue
        told = await program.ask(method, path_of(one), {})
        check_problem(told, 405, "method-not-allowed")
        assert known <= set(told.headers["Allow"].split(","))


@pytest.mark.parametrize("state", get_args(TicketState))
def test_every_act_that_a_ticket_is_said_to_allow_has_a_path(state: TicketState) -> None:
    paths = {each.path for each in COMMANDS}
    assert {f"/tickets/{{ticket_id}}/{act}" for act in allowed_acts(state)} <= paths


@pytest.mark.parametrize("state", get_args(WindowState))
def test_every_act_that_a_window_is_said_to_allow_has_a_path(state: WindowState) -> None:
    paths = {each.path for each in COMMANDS}
    acts = allowed_window_acts(state, has_ticket=False)
    assert {f"/windows/{{number}}/{act}" for act in acts} <= paths


async def test_a_path_that_is_not_there_is_told_as_a_problem(program: Program) -> None:
    for path in ("/nothing", "/tickets/", "/windows/5", f"/tickets/{NOWHERE}/fly"):
        check_problem(await program.get(path), 404, "not-found")


@pytest.mark.parametrize("name", names(COMMANDS))
async def test_a_command_refuses_a_body_that_it_cannot_take(program: Program, name: str) -> None:
    [operation] = [each for each in COMMANDS if each.name == name]
    for kind, wrong in BODIES.items():
        told = await send(program, operation, wrong.raw, wrong.content_type)
        check_problem(told, wrong.status, wrong.slug)
        if kind == "an unknown field":
            named = [(each["in"], each["field"]) for each in told.body["errors"]]
            assert ("body", "colour") in named


@pytest.mark.parametrize("name", names(list(OPERATIONS)))
async def test_a_query_that_nobody_knows_is_refused_by_name(program: Program, name: str) -> None:
    [operation] = [each for each in OPERATIONS if each.name == name]
    told = await program.ask(operation.method, path_of(operation) + "?colour=red", {})
    check_problem(told, 422, "invalid-input")
    assert ("query", "colour") in [(each["in"], each["field"]) for each in told.body["errors"]]


@pytest.mark.parametrize("name", names(GUARDED))
async def test_a_guarded_route_wants_a_credential_that_holds(
    centre_server: CentreServer, name: str
) -> None:
    [operation] = [each for each in GUARDED if each.name == name]
    for header in (None, "Bearer nonsense", "Bearer shubbak_" + "a" * 32, "Basic eDp5", "Bearer"):
        stranger = centre_server.stranger(**({} if header is None else {"Authorization": header}))
        told = await stranger.ask(operation.method, path_of(operation), {})
        check_problem(told, 401, "not-signed-in")
        assert told.headers["WWW-Authenticate"] == 'Bearer realm="shubbak"'


@pytest.mark.parametrize("scope", ALL_SCOPES)
async def test_a_key_does_what_its_scope_permits_and_nothing_else(
    centre_server: CentreServer, scope: Scope
) -> None:
    program = await centre_server.program(scope)
    for operation in GUARDED:
        told = await program.ask(operation.method, path_of(operation), {})
        if operation.scope in SCOPE_PERMISSIONS[scope]:
            assert told.status not in (401, 403), operation.name
        else:
            check_problem(told, 403, "not-permitted")
            assert told.body["permission"] == operation.scope


async def test_open_data_need_no_key(centre_server: CentreServer) -> None:
    stranger = centre_server.stranger()
    assert {each.name for each in OPERATIONS if each.scope is None} == {
        "list_services",
        "get_waits",
        "get_waits_truth",
        "get_payment_state",
        "list_slots",
    }
    for path in (
        "/services",
        "/waits",
        "/waits/truth",
        "/e-payment",
        "/appointments/slots",
        "/openapi.json",
    ):
        assert (await stranger.get(path)).status == 200


@pytest.mark.parametrize("name", names([each for each in OPERATIONS if each.parameters]))
async def test_a_path_parameter_that_is_none_is_refused_by_name(
    program: Program, name: str
) -> None:
    [operation] = [each for each in OPERATIONS if each.name == name]
    [parameter] = operation.parameters
    no_ids = ["42", "x" * 36, "%00", "١٢"]
    no_codes = ["-x", "x" * 65, "%00", "بناء"]
    wrong = {
        "ticket_id": no_ids,
        "appointment_id": no_ids,
        "alarm_id": no_ids,
        "fault_id": no_ids,
        "broadcast_id": no_ids,
        "episode_id": no_ids,
        "message_id": no_ids,
        "order_id": no_ids,
        "plan_id": no_ids,
        "label": ["prn-001", "PRN", "P" * 17, "%00", "طابعة١"],
        "number": ["0", "100", "-1", "x", "%00"],
        "code": no_codes,
        "group": no_codes,
        "name": ["-x", "x" * 33, "K 1", "%00", "ك١"],
    }
    for value in wrong[parameter]:
        path = operation.path.replace(f"{{{parameter}}}", value)
        told = await program.ask(operation.method, path, {})
        if value == "%00":
            check_problem(told, 400, "malformed")
            continue
        check_problem(told, 422, "invalid-input")
        assert [(each["in"], each["field"]) for each in told.body["errors"]] == [
            ("path", parameter)
        ]


@pytest.mark.parametrize("name", names([each for each in COMMANDS if "ticket_id" in each.path]))
async def test_an_act_on_a_ticket_that_is_not_there_is_told(program: Program, name: str) -> None:
    [operation] = [each for each in COMMANDS if each.name == name]
    bodies: dict[str, dict[str, object]] = {
        "set_ticket_service": {"service": "reconciliation"},
        "park_ticket": {"reason": "copy"},
        "transfer_ticket": {"to": {"window": 5}, "reason": "cash"},
        "bind_ticket_person": {"phone": "01000000000"},
        "correct_ticket_priority": {"priority": "age65", "reason": "card"},
        "write_note": {"text": "copy"},
    }
    body = bodies.get(name, {})
    told = await program.ask(operation.method, path_of(operation), body)
    check_problem(told, 404, "unknown-ticket")


async def test_a_problem_is_told_in_the_readers_language_and_in_arabic_by_default(
    program: Program,
) -> None:
    for header, language in (
        ("", "ar"),
        ("en", "en"),
        ("fr, en;q=0.5", "en"),
        ("ar-EG, en;q=0.9", "ar"),
    ):
        told = await program.get(f"/tickets/{NOWHERE}", Accept_Language=header)
        assert told.headers["Content-Language"] == language
        assert (
            told.body["title"]
            == {
                "ar": "لا يوجد رقم دور بهذا المعرّف",
                "en": "There is no such ticket",
            }[language]
        )


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
async def test_no_route_answers_what_it_did_not_promise(program: Program, method: str) -> None:
    async with aiohttp.request(
        method, f"{program.url}/api/v1/tickets", headers=program.headers
    ) as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET,POST"


async def test_every_answer_bears_the_headers_that_keep_it_private(program: Program) -> None:
    for path in ("/windows", f"/tickets/{NOWHERE}", "/nothing"):
        told = await program.get(path)
        assert told.headers["Cache-Control"] == "no-store"
        assert told.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'self'" in told.headers["Content-Security-Policy"]
