"""Runs operations: routes a request, checks everything about it once, sends the answer.

What can be prepared is prepared when the route is made; a request pays for its own bytes.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import orjson
from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from queue_server.tickets.model import Actor, Claim
from queue_server.web.bodies import NO_NUL, read_body
from queue_server.web.callers import Caller, Callers
from queue_server.web.errors import MalformedRequestError, UnsupportedMediaError
from queue_server.web.field_errors import input_error
from queue_server.web.idempotency import claim_of
from queue_server.web.language import preferred_language
from queue_server.web.operations import ROOT, Answer, ApiRequest, Operation
from queue_server.web.security import REQUEST_LIMIT_BYTES

NOBODY = Caller(actor=Actor("system"), permissions=frozenset(), credential="open")
"""Who calls an operation that is open to everybody."""

_JSON = "application/json"

Serve = Callable[[web.Request], Awaitable[web.Response]]


def install_operations(
    app: web.Application, operations: Sequence[Operation], callers: Callers
) -> None:
    """Give the application a route for every operation."""
    for each in operations:
        app.router.add_route(each.method, ROOT + each.path, _serve(each, callers))


def _serve(operation: Operation, callers: Callers) -> Serve:
    run, scope = operation.run, operation.scope
    body, query = operation.body, operation.query
    changes_state = operation.changes_state
    parameters: list[tuple[str, TypeAdapter[Any]]] = [
        (name, TypeAdapter(hint)) for name, hint in operation.parameters.items()
    ]
    check_body = _body_reader(_Nothing if body is None else body)

    async def serve(request: web.Request) -> web.Response:
        if scope is None:
            caller = NOBODY
        else:
            caller = await callers.caller(request)
            caller.require(scope)
        values: dict[str, Any] = {}
        if parameters:
            values = _path_values(request, parameters)
        if query is not None:
            values["query"] = _query(request, query)
        elif request.rel_url.raw_query_string:
            _query(request, _Nothing)
        checked: BaseModel | None = None
        claim: Claim | None = None
        if changes_state:
            raw = await read_body(request)
            checked = check_body(request, raw)
            claim = claim_of(request, caller.credential, raw)
        answer = await run(
            ApiRequest(
                body=checked,
                caller=caller,
                language=preferred_language(request.headers.get("Accept-Language")),
                claim=claim,
                http=request,
            ),
            **values,
        )
        return to_response(answer)

    return serve


def to_response(answer: Answer) -> web.Response:
    """Return the HTTP answer; dataclasses, models and mappings become JSON."""
    content = answer.content
    if content is None:
        return web.Response(status=answer.status, headers=answer.headers)
    if not isinstance(content, bytes):
        content = orjson.dumps(content, default=_plain)
    return web.Response(
        body=content, status=answer.status, headers=answer.headers, content_type=_JSON
    )


class _Nothing(BaseModel, extra="forbid"):
    """The body of an operation without one, and the query of one without parameters."""


def _body_reader(model: type[BaseModel]) -> Callable[[web.Request, bytes], BaseModel]:
    validate_json = TypeAdapter(model).validate_json
    may_be_empty = not any(each.is_required() for each in model.model_fields.values())

    def read(request: web.Request, raw: bytes) -> BaseModel:
        if not raw:
            if may_be_empty:
                raw = b"{}"
        elif request.headers.get("Content-Type") != _JSON and request.content_type != _JSON:
            raise UnsupportedMediaError(request.content_type)
        if len(raw) > REQUEST_LIMIT_BYTES:
            raise web.HTTPRequestEntityTooLarge(REQUEST_LIMIT_BYTES, len(raw))
        if b"\\u0000" in raw:
            raise MalformedRequestError(NO_NUL)
        try:
            return validate_json(raw)
        except ValidationError as error:
            wholes = _with_whole_numbers(raw)
            if wholes is None:
                raise input_error("body", error) from error
        try:
            return validate_json(wholes)
        except ValidationError as error:
            raise input_error("body", error) from error

    return read


def _with_whole_numbers(raw: bytes) -> bytes | None:
    """Write 5.0 as 5, which JSON takes for the same number; None where nothing is changed.

    What is nested beyond all measure is left as it is, and refused as it is.
    """
    if b".0" not in raw and b"e" not in raw.lower():
        return None
    try:
        return orjson.dumps(_whole(orjson.loads(raw)))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, RecursionError):
        return None


def _whole(value: Any) -> Any:
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {name: _whole(each) for name, each in value.items()}
        case list():
            return [_whole(each) for each in value]
    return value


def _path_values(
    request: web.Request, parameters: list[tuple[str, TypeAdapter[Any]]]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, adapter in parameters:
        try:
            values[name] = adapter.validate_strings(_text(request.match_info[name]))
        except ValidationError as error:
            raise input_error("path", error, name) from error
    return values


def _query(request: web.Request, model: type[BaseModel]) -> BaseModel:
    texts = {name: _text(value) for name, value in request.rel_url.query.items()}
    try:
        return model.model_validate_strings(texts)
    except ValidationError as error:
        raise input_error("query", error) from error


def _text(text: str) -> str:
    if "\x00" in text:
        raise MalformedRequestError(NO_NUL)
    return text


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, UUID):  # asyncpg's own, a subclass that orjson does not know
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
