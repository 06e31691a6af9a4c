"""The one place where an exception becomes an answer: a problem for programs, a page for people."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote
from uuid import uuid4

import structlog
from aiohttp import web

from core_services.l10n import Language
from queue_server.web.errors import NotSignedInError
from queue_server.web.keys import PUBLIC_URL
from queue_server.web.language import page_language, preferred_language
from queue_server.web.problems import MEDIA_TYPE, Problem, Problems, unexpected
from queue_server.web.redirects import see_other
from queue_server.web.render import Pages
from queue_server.web.security import own_referrer

SIGN_IN = "/sign-in"
_API = "/api/v1/"

logger = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What a person sees when a page cannot be given."""

    template: ClassVar[str] = "error.html"

    status: int
    title: str
    detail: str | None
    home: str


def answer_errors(problems: Problems, pages: Pages) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Make the application's one middleware."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return await _answer(request, error, problems, pages)
        except Exception as error:
            if isinstance(error, ConnectionResetError) and _is_gone(request):
                return web.Response()  # nobody reads it, and nobody is at fault
            return await _answer(request, error, problems, pages)

    return middleware


def _is_gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


async def _answer(
    request: web.Request, error: Exception, problems: Problems, pages: Pages
) -> web.StreamResponse:
    wants_page = is_for_a_person(request)
    if wants_page and isinstance(error, NotSignedInError):
        return see_other(await _sign_in_address(request))
    language: Language = (
        page_language(request)
        if wants_page
        else preferred_language(request.headers.get("Accept-Language"))
    )
    problem = problems.translate(error, language)
    if problem is None:
        problem = unexpected(uuid4().hex[:12], language)
        _log_unexpected(request, error, problem)
    elif problem.status >= 500:
        logger.warning("request refused", route=_route(request), problem=problem.slug)
    if wants_page:
        page = ErrorPage(problem.status, problem.title, problem.detail, home="/")
        return await pages.answer(
            request, page, status=problem.status, headers=problem.headers, ask_who=False
        )
    return web.Response(
        body=problem.to_json(),
        status=problem.status,
        content_type=MEDIA_TYPE,
        headers={**problem.headers, "Content-Language": language},
    )


def is_for_a_person(request: web.Request) -> bool:
    """Say whether the answer is shown by a browser as a page."""
    if request.path.startswith(_API):
        return False
    return "text/html" in request.headers.get("Accept", "")


async def _sign_in_address(request: web.Request) -> str:
    """Return where to sign in: from there one comes back to the page that one asked for or, after
    a form, to the page on which it stood. A form is never sent again."""
    page = request.path_qs
    if request.method != "GET":
        page = own_referrer(request, request.app[PUBLIC_URL])
        if not await _is_page(request, page):
            return SIGN_IN
    return f"{SIGN_IN}?next={quote(page, safe='/')}"


async def _is_page(request: web.Request, address: str) -> bool:
    """Say whether something here answers GET at an address: a form's refusal stands at its own."""
    if not address:
        return False
    asked = request.clone(method="GET", rel_url=address)
    return (await request.app.router.resolve(asked)).http_exception is None


def _log_unexpected(request: web.Request, error: Exception, problem: Problem) -> None:
    logger.error(
        "unexpected error",
        problem_id=problem.facts["id"],
        method=request.method,
        route=_route(request),
        exc_info=error,
    )


def _route(request: web.Request) -> str:
    """Return the route's template: paths hold tokens and stay out of the log."""
    resource = request.match_info.route.resource
    return "unknown" if resource is None else resource.canonical
