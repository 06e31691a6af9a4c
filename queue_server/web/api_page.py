"""Serves the API's document as JSON, and as a page for people who write programs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson
from aiohttp import web

from queue_server.web.keys import PAGES
from queue_server.web.openapi import Json, openapi_document
from queue_server.web.operations import ROOT, Operation


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A parameter or a field of a body."""

    name: str
    place: str
    type: str
    is_required: bool
    description: str


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A status and what it means."""

    status: str
    description: str
    model: str


@dataclass(frozen=True, slots=True)
class OperationCard:
    """One operation as the page shows it."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    permission: str
    fields: tuple[FieldRow, ...]
    answers: tuple[AnswerRow, ...]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A body or an answer and its fields."""

    name: str
    description: str
    fields: tuple[FieldRow, ...]


@dataclass(frozen=True, slots=True)
class ApiPage:
    """The whole API."""

    template: ClassVar[str] = "api.html"

    root: str
    operations: tuple[OperationCard, ...]
    models: tuple[ModelCard, ...]


def install_api_page(app: web.Application, operations: Sequence[Operation]) -> None:
    """Serve `/api/v1/openapi.json` and `/api`; both are made when somebody first asks.

    Few centres ever ask, and making them would be a third of a server's start.
    """
    made: asyncio.Future[tuple[bytes, ApiPage]] | None = None

    def make() -> tuple[bytes, ApiPage]:
        document = openapi_document(operations)
        return orjson.dumps(document), api_page(document)

    async def ready() -> tuple[bytes, ApiPage]:
        nonlocal made
        if made is None:
            made = asyncio.ensure_future(asyncio.to_thread(make))
        return await asyncio.shield(made)

    async def openapi_json(_request: web.Request) -> web.Response:
        body, _ = await ready()
        return web.Response(body=body, content_type="application/json")

    async def api(request: web.Request) -> web.Response:
        _, page = await ready()
        return await request.app[PAGES].answer(request, page)

    app.router.add_get(f"{ROOT}/openapi.json", openapi_json, allow_head=False)
    app.router.add_get("/api", api)


def api_page(document: Json) -> ApiPage:
    """Return what the page shows of an OpenAPI document made by `openapi_document`."""
    components = document["components"]
    return ApiPage(
        root=document["servers"][0]["url"],
        operations=tuple(
            _operation_card(path, method, described, components)
            for path, methods in document["paths"].items()
            for method, described in methods.items()
        ),
        models=tuple(
            ModelCard(name, model.get("description", ""), _fields(model, "body"))
            for name, model in components["schemas"].items()
            if "properties" in model
        ),
    )


def _operation_card(path: str, method: str, described: Json, components: Json) -> OperationCard:
    parameters = [_resolved(each, components) for each in described.get("parameters", [])]
    rows = [
        FieldRow(
            name=each["name"],
            place=each["in"],
            type=_type(each["schema"]),
            is_required=each["required"],
            description=each.get("description", ""),
        )
        for each in parameters
    ]
    if "requestBody" in described:
        schema = described["requestBody"]["content"]["application/json"]["schema"]
        rows += _fields(_resolved(schema, components), "body")
    answers = []
    for status, answer in described["responses"].items():
        whole = _resolved(answer, components)
        content: Json = next(iter(whole.get("content", {}).values()), {})
        model = _type(content["schema"]) if content else ""
        answers.append(AnswerRow(status, whole["description"], model))
    return OperationCard(
        name=described["operationId"],
        method=method.upper(),
        path=path,
        summary=described["summary"],
        description=described.get("description", ""),
        permission=described.get("x-permission", ""),
        fields=tuple(rows),
        answers=tuple(answers),
    )


def _fields(model: Json, place: str) -> tuple[FieldRow, ...]:
    required = model.get("required", [])
    return tuple(
        FieldRow(name, place, _type(field), name in required, field.get("description", ""))
        for name, field in model.get("properties", {}).items()
    )


def _resolved(value: Json, components: Json) -> Json:
    if "$ref" not in value:
        return value
    _, _, kind, name = value["$ref"].split("/")
    found: Json = components[kind][name]
    return found


def _type(schema: Json) -> str:
    """Say in a few words what a value is."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema or "const" in schema:
        choices: list[Any] = schema.get("enum", [schema.get("const")])
        return " | ".join(str(each) for each in choices)
    if "anyOf" in schema:
        return " | ".join(_type(each) for each in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return str(schema.get("format") or schema.get("type", ""))
