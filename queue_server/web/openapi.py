"""Writes the OpenAPI 3.1 document of the operations, from their declarations alone."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Literal

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from queue_server.web.idempotency import HEADER, MAX_LENGTH, PATTERN
from queue_server.web.operations import ROOT, Operation
from queue_server.web.problem_schema import PROBLEM_SCHEMA, PROBLEM_WORDS
from queue_server.web.problems import MEDIA_TYPE

Json = dict[str, Any]

_REF: Final = "#/components/schemas/{model}"
_INFO: Final[Json] = {
    "title": "Shubbak",
    "version": "1",
    "summary": "The queue of a technology centre for citizen service.",
    "description": (
        "Times are RFC 3339 in UTC. Money is whole piastres. Clients ignore fields they do not "
        "know; the server refuses, by name, fields it does not know. Errors are RFC 9457 problems "
        "in the language of Accept-Language, Arabic by default."
    ),
    "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
}


def openapi_document(operations: Sequence[Operation]) -> Json:
    """Return the document as JSON values; the same operations always give the same document."""
    schemas, components = _schemas(operations)
    paths: Json = {}
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, schemas)
    return {
        "openapi": "3.1.0",
        "info": _INFO,
        "servers": [{"url": ROOT}],
        "tags": [{"name": tag} for tag in dict.fromkeys(each.tag for each in operations)],
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": PROBLEM_SCHEMA},
            "headers": _HEADERS,
            "parameters": {"IdempotencyKey": _IDEMPOTENCY_KEY},
            "responses": {
                f"Problem{status}": _problem_response(status) for status in PROBLEM_WORDS
            },
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key, made with `shubbak key add`.",
                },
            },
        },
    }


def problem_statuses(operation: Operation) -> tuple[int, ...]:
    """Return every status with which the operation may refuse."""
    statuses = {405, 500, 503, *operation.problems}
    if operation.scope is not None:
        statuses |= {401, 403}
    if operation.changes_state:
        statuses |= {400, 409, 413, 415, 422}
    if operation.query is not None or operation.parameters:
        statuses |= {400, 422}
    statuses.add(422)  # a query parameter that nobody knows
    return tuple(sorted(statuses))


Schemas = Mapping[tuple[type[Any], JsonSchemaMode], Json]


def _schemas(operations: Sequence[Operation]) -> tuple[Schemas, Json]:
    wanted: dict[tuple[type[Any], JsonSchemaMode], None] = {}
    for each in operations:
        if each.body is not None:
            wanted[each.body, "validation"] = None
        for model in each.answers.values():
            if model is not None:
                wanted[model, "serialization"] = None
    schemas, definitions = models_json_schema(
        list(wanted), ref_template=_REF, schema_generator=GenerateJsonSchema
    )
    components: Json = definitions.get("$defs", {})
    return schemas, components


def _operation(operation: Operation, schemas: Schemas) -> Json:
    described: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
    }
    if operation.description:
        described["description"] = operation.description
    if operation.scope is not None:
        described["security"] = [{"key": []}]
        described["x-permission"] = operation.scope
    else:
        described["security"] = []
    parameters = [*_path_parameters(operation), *_query_parameters(operation)]
    if operation.changes_state:
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if parameters:
        described["parameters"] = parameters
    if operation.body is not None:
        described["requestBody"] = {
            "required": "anyOf" in operation.body.model_json_schema()
            or any(each.is_required() for each in operation.body.model_fields.values()),
            "content": {"application/json": {"schema": schemas[operation.body, "validation"]}},
        }
    responses: Json = {}
    for status, model in operation.answers.items():
        responses[str(status)] = _answer(operation, status, model, schemas)
    for status in problem_statuses(operation):
        responses[str(status)] = {"$ref": f"#/components/responses/Problem{status}"}
    described["responses"] = responses
    return described


def _answer(
    operation: Operation, status: int, model: type[BaseModel] | None, schemas: Schemas
) -> Json:
    answer: Json = {"description": HTTPStatus(status).phrase}
    if model is not None:
        answer["content"] = {"application/json": {"schema": schemas[model, "serialization"]}}
    links = {
        link.name: {"operationId": link.operation, "parameters": dict(link.parameters)}
        for link in operation.links
        if link.status == status
    }
    if links:
        answer["links"] = links
    return answer


def _path_parameters(operation: Operation) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": TypeAdapter(hint).json_schema()}
        for name, hint in operation.parameters.items()
    ]


def _query_parameters(operation: Operation) -> list[Json]:
    if operation.query is None:
        return []
    schema = operation.query.model_json_schema(ref_template=_REF)
    required = schema.get("required", [])
    parameters: list[Json] = []
    for name, field in schema.get("properties", {}).items():
        place: Literal["query"] = "query"
        parameter: Json = {"name": name, "in": place, "required": name in required}
        if "description" in field:
            parameter["description"] = field["description"]
        parameter["schema"] = {
            key: value for key, value in _without_null(field).items() if key != "description"
        }
        parameters.append(parameter)
    return parameters


def _without_null(field: Json) -> Json:
    """Return the schema of a query parameter that may be left out but can never be null."""
    choices = [each for each in field.get("anyOf", []) if each != {"type": "null"}]
    if len(choices) != 1:
        return field
    rest = {key: value for key, value in field.items() if key not in ("anyOf", "default")}
    return {**choices[0], **rest}


def _problem_response(status: int) -> Json:
    response: Json = {
        "description": PROBLEM_WORDS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    headers = {
        name: {"$ref": f"#/components/headers/{name}"} for name in _SENT_WITH.get(status, ())
    }
    if headers:
        response["headers"] = headers
    return response


_SENT_WITH: Final[Mapping[int, tuple[str, ...]]] = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
_HEADERS: Final[Json] = {
    "Allow": {"description": "The methods that the path has.", "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Seconds until it is worth trying again.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "WWW-Authenticate": {"description": "How to sign in.", "schema": {"type": "string"}},
}
_IDEMPOTENCY_KEY: Final[Json] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": (
        "A key of the client's choice, new for every command and the same for its repetitions: the "
        "command is carried out once within 72 hours and its answer given again. The same key with "
        "another body is refused with 409."
    ),
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH, "pattern": PATTERN},
}
