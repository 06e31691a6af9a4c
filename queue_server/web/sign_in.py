"""The page where staff sign in and out, and the way from `/` to everybody's own page."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from aiohttp import web

from core_services.l10n import western
from core_services.people.errors import TooManyAttemptsError, WrongCredentialsError
from core_services.people.model import Role
from queue_server.web.bodies import read_fields
from queue_server.web.error_answers import SIGN_IN
from queue_server.web.errors import ForeignOriginError
from queue_server.web.keys import CALLERS, PAGES, PUBLIC_URL, SESSIONS
from queue_server.web.language import remember_language
from queue_server.web.redirects import local_path, see_other
from queue_server.web.security import is_same_origin

SIGN_OUT = "/sign-out"

HOMES: dict[Role, str] = {
    "receptionist": "/reception",
    "clerk": "/desk",
    "supervisor": "/supervisor",
    "admin": "/supervisor",
}


@dataclass(frozen=True, slots=True)
class SignInPage:
    """The sign-in form, with what went wrong at the last attempt."""

    template: ClassVar[str] = "sign_in.html"

    next: str
    username: str = ""
    username_missing: bool = False
    password_missing: bool = False
    is_wrong: bool = False
    wait_s: int | None = None
    """Seconds until the next attempt; None: at once."""

    @property
    def has_error(self) -> bool:
        return self.username_missing or self.password_missing or self.is_wrong or bool(self.wait_s)


def install_sign_in(app: web.Application) -> None:
    """Serve `/`, `/sign-in` and `/sign-out`."""
    app.router.add_get("/", home)
    app.router.add_get(SIGN_IN, show)
    app.router.add_post(SIGN_IN, submit)
    app.router.add_post(SIGN_OUT, leave)


async def home(request: web.Request) -> web.StreamResponse:
    """Send staff to their own page and everybody else to the sign-in page."""
    session = await request.app[SESSIONS].of(request)
    response = see_other(SIGN_IN if session is None else HOMES[session.staff.role])
    remember_language(request, response)
    return response


async def show(request: web.Request) -> web.StreamResponse:
    """Show the form; who is signed in already goes on to their page."""
    session = await request.app[SESSIONS].of(request)
    wanted = _wanted(request.query.get("next", ""))
    if session is not None:
        return see_other(wanted or HOMES[session.staff.role])
    return await request.app[PAGES].answer(request, SignInPage(next=wanted))


async def submit(request: web.Request) -> web.StreamResponse:
    """Sign in, or show the form again with what to mend.

    There is no session yet whose token the form could carry; the origin check stands alone.
    """
    if not is_same_origin(request, request.app[PUBLIC_URL]):
        raise ForeignOriginError
    form = await read_fields(request)
    username = western(form.get("username", "")).strip()
    password = form.get("password", "")
    wanted = _wanted(form.get("next", ""))
    page = SignInPage(
        next=wanted,
        username=username[:64],
        username_missing=not username,
        password_missing=not password,
    )
    at = f"{SIGN_IN}?next={quote(wanted, safe='/')}" if wanted else SIGN_IN
    if page.has_error:
        return await request.app[PAGES].answer(request, page, status=422, at=at)
    try:
        signed_in = await request.app[SESSIONS].sign_in(
            request, username=username, password=password
        )
    except WrongCredentialsError:
        page = SignInPage(next=wanted, username=page.username, is_wrong=True)
        return await request.app[PAGES].answer(request, page, status=422, at=at)
    except TooManyAttemptsError as error:
        page = SignInPage(next=wanted, username=page.username, wait_s=max(1, error.wait_s))
        return await request.app[PAGES].answer(
            request, page, status=429, headers={"Retry-After": str(page.wait_s)}, at=at
        )
    response = see_other(wanted or HOMES[signed_in.session.staff.role])
    request.app[SESSIONS].give_cookie(request, response, signed_in.token)
    return response


async def leave(request: web.Request) -> web.StreamResponse:
    """Sign out; somebody who is not signed in any more just sees the form."""
    if await request.app[SESSIONS].of(request) is not None:
        await request.app[CALLERS].person(request)
        await request.app[SESSIONS].sign_out(request)
    response = see_other(SIGN_IN)
    request.app[SESSIONS].take_cookie(response)
    return response


def _wanted(asked: str) -> str:
    """Return the page somebody wanted before they had to sign in; nothing for these pages."""
    path = local_path(asked)
    return "" if path.startswith((SIGN_IN, SIGN_OUT)) else path
