"""Turns every error into one RFC 9457 problem, in one place and in the reader's language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from aiohttp import web

from core_services.l10n import Language, digits, isolate
from queue_server.web.words import Words

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:shubbak:problem:"

ErrorType = TypeVar("ErrorType", bound=Exception)


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem, ready to be shown or sent."""

    status: int
    slug: str
    title: str
    detail: str | None
    facts: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Return the bytes of the `application/problem+json` answer."""
        members: dict[str, object] = {
            "type": TYPE_PREFIX + self.slug,
            "title": self.title,
            "status": self.status,
        }
        if self.detail is not None:
            members["detail"] = self.detail
        return orjson.dumps({**members, **self.facts})


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """What is said about one type of error."""

    status: int
    slug: str
    title: Words
    detail: Callable[[Any, Language], str] | None
    facts: Callable[[Any, Language], Mapping[str, object]]
    retry_after_s: Callable[[Any], int] | None


class Problems:
    """Knows a problem for every type of error; programs register theirs once, at start."""

    def __init__(self) -> None:
        self._kinds: dict[type[Exception], ProblemKind] = {}

    def register(
        self,
        error_type: type[ErrorType],
        *,
        status: int,
        slug: str,
        title: Words,
        detail: Words | Callable[[ErrorType, Language], str] | None = None,
        facts: tuple[str, ...] | Callable[[ErrorType, Language], Mapping[str, object]] = (),
        retry_after_s: int | Callable[[ErrorType], int] | None = None,
    ) -> None:
        """Say how errors of this type, and of its subtypes without an own entry, are answered.

        `detail` is a sentence whose {names} are the error's attributes; `facts` names the
        attributes that become members of the problem. Both may also be made by a function.
        """
        self._kinds[error_type] = ProblemKind(
            status=status,
            slug=slug,
            title=title,
            detail=_sentence(detail) if isinstance(detail, Words) else detail,
            facts=_attributes(facts) if isinstance(facts, tuple) else facts,
            retry_after_s=_always(retry_after_s)
            if isinstance(retry_after_s, int)
            else retry_after_s,
        )

    def kinds(self) -> tuple[ProblemKind, ...]:
        """Return every kind of problem known, in the order of their statuses."""
        return tuple(sorted(self._kinds.values(), key=lambda kind: (kind.status, kind.slug)))

    def translate(self, error: Exception, language: Language) -> Problem | None:
        """Return the problem that tells of this error; None for an error nobody expected."""
        for error_type in type(error).__mro__:
            kind = self._kinds.get(error_type)
            if kind is not None:
                return _problem(kind, error, language)
        if isinstance(error, web.HTTPException):
            return _http_problem(error, language)
        return None


def unexpected(problem_id: str, language: Language) -> Problem:
    """Return the problem for an error nobody expected; only its id leaves the server."""
    title = Words("حدث خطأ في الخادم", "Something went wrong on the server")
    detail = Words(
        "لم يكتمل الطلب. حاول مرة أخرى، وإن تكرر الخطأ فأبلغ مسؤول النظام بهذا الرقم: {}",
        "The request was not completed. Try again; if it happens again, tell the person who "
        "looks after the system this number: {}",
    )
    return Problem(
        status=500,
        slug="unexpected",
        title=title.say(language),
        detail=detail.say(language).format(isolate(problem_id)),
        facts={"id": problem_id},
    )


def _problem(kind: ProblemKind, error: Exception, language: Language) -> Problem:
    headers: dict[str, str] = {}
    if kind.retry_after_s is not None:
        headers["Retry-After"] = str(kind.retry_after_s(error))
    if kind.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="shubbak"'
    return Problem(
        status=kind.status,
        slug=kind.slug,
        title=kind.title.say(language),
        detail=None if kind.detail is None else kind.detail(error, language),
        facts=kind.facts(error, language),
        headers=headers,
    )


def _sentence(words: Words) -> Callable[[Exception, Language], str]:
    return lambda error, language: words.say(language).format_map(_Attributes(error, language))


def _attributes(names: tuple[str, ...]) -> Callable[[Exception, Language], Mapping[str, object]]:
    return lambda error, _language: {name: getattr(error, name) for name in names}


def _always(seconds: int) -> Callable[[Exception], int]:
    return lambda _error: seconds


class _Attributes(dict[str, str]):
    """An error's attributes as text: numbers in the reader's digits, everything else isolated."""

    def __init__(self, error: Exception, language: Language) -> None:
        super().__init__()
        self._error = error
        self._language = language

    def __missing__(self, name: str) -> str:
        value = getattr(self._error, name)
        if isinstance(value, int):
            return digits(str(value), self._language)
        return isolate(str(value))


_HTTP_TITLES: Mapping[int, Words] = {
    400: Words("طلب غير مفهوم", "The request cannot be understood"),
    401: Words("يلزم تسجيل الدخول", "Sign in first"),
    403: Words("غير مسموح", "Not allowed"),
    404: Words("غير موجود", "Not found"),
    405: Words("هذا الفعل غير متاح هنا", "This method is not available here"),
    413: Words("الطلب أكبر من المسموح", "The request is too large"),
    415: Words("نوع المحتوى غير مدعوم", "This media type is not supported"),
    503: Words("الخدمة غير متاحة الآن", "The service is not available now"),
}
_KEPT_HEADERS = ("Allow", "Retry-After")


def _http_problem(error: web.HTTPException, language: Language) -> Problem:
    """Translate what the HTTP library raises itself: no such path, method, or a body too large."""
    phrase = HTTPStatus(error.status).phrase
    title = _HTTP_TITLES.get(error.status, Words(phrase, phrase))
    return Problem(
        status=error.status,
        slug=phrase.lower().replace(" ", "-"),
        title=title.say(language),
        detail=None,
        headers={name: error.headers[name] for name in _KEPT_HEADERS if name in error.headers},
    )
