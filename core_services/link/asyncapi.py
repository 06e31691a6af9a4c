"""The AsyncAPI document of the sockets, made from the frames themselves."""

import json
from collections.abc import Iterator, Mapping, Sequence
from inspect import cleandoc
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from core_services.link import frames, greeting_frames, wire
from core_services.link.pages import Changed

_ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "hello": ("welcome",),
    "issue": ("issued", "refused"),
    "check_in": ("issued", "refused"),
    "look": ("found", "refused"),
    "paper": ("settled", "refused"),
    "void": ("settled", "refused"),
    "abandon": ("settled", "refused"),
    "given": ("settled", "refused"),
    "help": ("settled", "refused"),
    "outcome": ("settled", "refused"),
    "picture": ("settled", "refused"),
    "scanned": ("settled", "refused"),
}
"""What an agent's frame is answered with; the others have no answer."""

_CLOSE_CODES: Final[Mapping[int, str]] = {
    wire.GOING_AWAY: "The server restarts, or its next welcome says something new; come back.",
    wire.TRY_LATER: "The server cannot welcome anybody now; come back.",
    1009: f"A message was longer than {wire.LARGEST_FROM_AGENT} bytes.",
    wire.REVOKED: "The device's token is no longer valid.",
    wire.PROTOCOL_REFUSED: "No protocol version in common.",
    wire.HELLO_LATE: "No valid hello came within 5 s.",
    wire.REPLACED: "The same device opened another connection; the newer one stays.",
}


def asyncapi_document() -> dict[str, Any]:
    """Return the document of `/ws/agent` and `/ws/live`, AsyncAPI 3.0.

    It is written from the server's side: it *receives* what agents say and *sends* the rest.
    """
    from_agents = _models(frames.AgentFrame)
    from_server = _models(frames.ServerFrame)
    everything: tuple[type[BaseModel], ...] = (*from_agents, *from_server, Changed)
    _, schemas = models_json_schema(
        [(model, "validation") for model in from_agents]
        + [(model, "serialization") for model in everything[len(from_agents) :]],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Shubbak sockets",
            "version": str(greeting_frames.PROTOCOLS[-1]),
            "description": "JSON, one frame a message. Receivers ignore fields and frame types "
            "that they do not know. docs/protocol.md says what the frames mean together.",
        },
        "defaultContentType": "application/json",
        "channels": {
            "agent": {
                "address": "/ws/agent",
                "description": "Kiosks, displays and workstations, with "
                "`Authorization: Bearer <device token>` in the handshake.",
                "messages": _references((*from_agents, *from_server)),
                "bindings": {"ws": {"method": "GET"}},
                "x-close-codes": {str(code): text for code, text in sorted(_CLOSE_CODES.items())},
            },
            "pages": {
                "address": "/ws/live",
                "description": "Staff pages, with a session's cookie and the page's own origin.",
                "messages": _references((Changed,)),
                "bindings": {"ws": {"method": "GET"}},
            },
        },
        "operations": dict(_operations(from_agents, from_server)),
        "components": {
            "messages": {_type_of(model): _message(model) for model in everything},
            "schemas": dict(sorted(schemas["$defs"].items())),
        },
    }


def asyncapi_text() -> str:
    """Return the document as `docs/asyncapi.json` holds it."""
    return json.dumps(asyncapi_document(), ensure_ascii=False, indent=2) + "\n"


def _operations(
    from_agents: Sequence[type[BaseModel]], from_server: Sequence[type[BaseModel]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """One operation for each frame of an agent, with its answers, and one for what is unasked."""
    for model in from_agents:
        name = _type_of(model)
        operation: dict[str, Any] = {
            "action": "receive",
            "channel": {"$ref": "#/channels/agent"},
            "messages": [_in_channel("agent", name)],
        }
        if name in _ANSWERS:
            operation["reply"] = {
                "channel": {"$ref": "#/channels/agent"},
                "messages": [_in_channel("agent", answer) for answer in _ANSWERS[name]],
            }
        yield f"receive-{name}", operation
    answers = {answer for several in _ANSWERS.values() for answer in several}
    yield (
        "send-unasked",
        {
            "action": "send",
            "channel": {"$ref": "#/channels/agent"},
            "messages": [
                _in_channel("agent", _type_of(model))
                for model in from_server
                if _type_of(model) not in answers
            ],
        },
    )
    yield (
        "send-changed",
        {
            "action": "send",
            "channel": {"$ref": "#/channels/pages"},
            "messages": [_in_channel("pages", _type_of(Changed))],
        },
    )


def _models(union: object) -> tuple[type[BaseModel], ...]:
    """Return the frames of an annotated union, in their order."""
    members: tuple[type[BaseModel], ...] = get_args(get_args(union)[0])
    return members


def _type_of(model: type[BaseModel]) -> str:
    return str(model.model_fields["type"].default)


def _message(model: type[BaseModel]) -> dict[str, Any]:
    return {
        "name": _type_of(model),
        "summary": cleandoc(model.__doc__ or "").partition("\n\n")[0].replace("\n", " "),
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
    }


def _references(models: Sequence[type[BaseModel]]) -> dict[str, dict[str, str]]:
    return {
        _type_of(model): {"$ref": f"#/components/messages/{_type_of(model)}"} for model in models
    }


def _in_channel(channel: str, message: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{channel}/messages/{message}"}
