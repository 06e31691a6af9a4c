"""The JSON schema of a problem, and what each status means, for the API's document."""

from collections.abc import Mapping
from typing import Any, Final

PROBLEM_WORDS: Final[Mapping[int, str]] = {
    400: "The request cannot be understood: not JSON, or text that holds NUL.",
    401: "No credential, or one that does not hold any more.",
    403: "The credential lacks the permission.",
    404: "There is no such thing.",
    405: "The path does not have this method.",
    409: (
        "The present state forbids it; `state` names it, `allowed` what may be done instead, and "
        "`current` the ticket that it is about."
    ),
    410: "It is over.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    422: "Fields are missing, wrong or not supported; `errors` names each one.",
    429: "Too many requests; wait for Retry-After.",
    500: "An error nobody expected; `id` finds it in the log.",
    503: "The server cannot do it now; nothing is known to be lost. Try again after Retry-After.",
}

PROBLEM_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "title": "Problem",
    "description": "An RFC 9457 problem. Kinds may have members of their own.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "description": "urn:shubbak:problem: and the kind's name."},
        "title": {"type": "string", "description": "For people, in their language."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "How to mend it, in the reader's language."},
        "state": {"type": "string", "description": "The state that forbids the act."},
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The acts that the state allows.",
        },
        "current": {
            "type": ["object", "null"],
            "description": "The ticket that forbids the act; null when no ticket does.",
            "required": ["id", "label", "state"],
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "label": {"type": "string"},
                "state": {"type": "string"},
            },
        },
        "errors": {
            "type": "array",
            "description": "The fields that are not right.",
            "items": {
                "type": "object",
                "required": ["in", "field", "code", "message"],
                "properties": {
                    "in": {"enum": ["body", "path", "query", "header"]},
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
