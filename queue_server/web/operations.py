"""The API's operations, declared once beside their code.

From each declaration come its route, the checks of its input, its permission, its idempotency claim
and its place in the OpenAPI document.
"""

import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import ModuleType
from typing import Any, Final, Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from core_services.l10n import Language
from core_services.people.permissions import Permission
from queue_server.tickets.model import Claim
from queue_server.web.callers import Caller

ROOT: Final = "/api/v1"

Body = TypeVar("Body")

_CONTROL: Final = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"

PlainText = typing.Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=500,
        pattern=rf"^[^{_CONTROL}]*[^\s{_CONTROL}][^{_CONTROL}]*$",
    ),
]
"""One sentence that a person typed, not white space alone; control characters, which no page and no
terminal shows as they are, are refused but for tabs and ends of lines."""


def _iso_day(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise PydanticCustomError("date_parsing", "not a date in the form 2026-11-22")
    return value


Day = typing.Annotated[date, BeforeValidator(_iso_day)]
"""A date as 2026-11-22 alone; pydantic's own also takes seconds since 1970."""


class ApiModel(BaseModel):
    """A body or an answer: unknown fields are refused by name, "5" is not 5."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class QueryModel(BaseModel):
    """The query of an operation: unknown parameters are refused by name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class ApiRequest(Generic[Body]):
    """A request whose sender, permission and input are in order."""

    body: Body
    caller: Caller
    language: Language
    claim: Claim | None
    """The request's idempotency key in its scope; None where it carries none."""
    http: web.Request

    @property
    def app(self) -> web.Application:
        return self.http.app


@dataclass(frozen=True, slots=True)
class Answer:
    """What an operation answers; bytes are sent as they are, everything else as JSON."""

    status: int = 200
    content: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """How one answer leads to another operation (OpenAPI links)."""

    name: str
    operation: str
    """The other operation's function name."""
    parameters: Mapping[str, str]
    """Runtime expressions by parameter, such as `$response.body#/id`."""
    status: int = 200


Run = Callable[..., Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    name: str
    method: str
    path: str
    """Below `/api/v1`, with its parameters in braces."""
    run: Run
    tag: str
    summary: str
    description: str | None
    scope: Permission | None
    """The permission it needs; None: open to everybody."""
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    parameters: Mapping[str, Any]
    """The types of the path's parameters."""
    answers: Mapping[int, type[BaseModel] | None]
    problems: tuple[int, ...]
    links: tuple[Link, ...]

    @property
    def changes_state(self) -> bool:
        return self.method != "GET"


class OperationMistakeError(Exception):
    """An operation was declared in a way that cannot work; raised at start."""


def operation(
    method: str,
    path: str,
    *,
    tag: str,
    summary: str,
    scope: Permission | None,
    answers: Mapping[int, type[BaseModel] | None],
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    problems: tuple[int, ...] = (),
    links: tuple[Link, ...] = (),
) -> Callable[[Run], Operation]:
    """Make an operation of the function below.

    The function takes an `ApiRequest` first, then by name each parameter of the path and, where
    `query` is given, `query`. `answers` are the successes, `problems` the refusals beyond those
    that every operation has. Raises OperationMistakeError.
    """

    def declare(run: Run) -> Operation:
        hints = typing.get_type_hints(run, include_extras=True)
        if scope is None and method != "GET":
            raise OperationMistakeError(f"{run.__name__} changes things and is open to everybody")
        names = list(inspect.signature(run).parameters)[1:]
        in_path = re.findall(r"\{(\w+)\}", path)
        expected = [*in_path, *(["query"] if query is not None else [])]
        if sorted(names) != sorted(expected):
            raise OperationMistakeError(f"{run.__name__} takes {names}, its path gives {expected}")
        return Operation(
            name=run.__name__,
            method=method,
            path=path,
            run=run,
            tag=tag,
            summary=summary,
            description=inspect.getdoc(run),
            scope=scope,
            body=body,
            query=query,
            parameters={name: hints[name] for name in in_path},
            answers=answers,
            problems=problems,
            links=links,
        )

    return declare


def operations_of(*modules: ModuleType) -> tuple[Operation, ...]:
    """Return the operations declared in the modules, in their order.

    Raises OperationMistakeError when two share a name or a route, or a link leads nowhere.
    """
    found = tuple(
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Operation) and value.run.__module__ == module.__name__
    )
    names = [each.name for each in found]
    routes = [f"{each.method} {each.path}" for each in found]
    for seen in (names, routes):
        twice = {each for each in seen if seen.count(each) > 1}
        if twice:
            raise OperationMistakeError(f"declared twice: {', '.join(sorted(twice))}")
    for each in found:
        for link in each.links:
            if link.operation not in names:
                raise OperationMistakeError(f"{each.name} links to {link.operation}, which is not")
    return found
