"""What is wrong with a request before any rule of the queue is asked.

WebError
├── NotSignedInError          401  no credential, or one that no longer holds
├── NotPermittedError         403  the credential lacks a permission
├── ForeignOriginError        403  the request was sent by another site's page
├── StaleFormError            403  the form's token is not this session's
├── MalformedRequestError     400  not JSON, or bytes that no text may hold
├── UnsupportedMediaError     415  a body that is not application/json
└── InvalidInputError         422  fields that are missing, wrong or not supported
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from queue_server.web.words import Words

Place = Literal["body", "path", "query", "header"]


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that cannot be used, and how to mend it."""

    place: Place
    field: str
    """Its name; parts of nested fields are joined by dots."""
    code: str
    message: Words


class WebError(Exception):
    """The root of what is wrong with a request itself."""


class NotSignedInError(WebError):
    def __str__(self) -> str:
        return "the request carries no credential that holds"


class NotPermittedError(WebError):
    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission

    def __str__(self) -> str:
        return f"the credential lacks the permission {self.permission}"


class ForeignOriginError(WebError):
    def __str__(self) -> str:
        return "the request was sent by a page of another origin"


class StaleFormError(WebError):
    def __str__(self) -> str:
        return "the form's token is not this session's"


class MalformedRequestError(WebError):
    def __init__(self, reason: Words) -> None:
        super().__init__(reason.en)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason.en


class UnsupportedMediaError(WebError):
    def __init__(self, media_type: str) -> None:
        super().__init__(media_type)
        self.media_type = media_type

    def __str__(self) -> str:
        return f"{self.media_type or 'no media type'} where application/json is needed"


class InvalidInputError(WebError):
    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(*errors)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "; ".join(f"{error.field}: {error.message.en}" for error in self.errors)
