"""Opens a page to signed-in staff who have its permission."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from aiohttp import web

from core_services.people.permissions import Permission
from queue_server.web.callers import Caller
from queue_server.web.keys import CALLERS, PAGES
from queue_server.web.language import page_language
from queue_server.web.render import Context

StaffPage = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]
Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


TOUCHED_HEADER = "X-Touched"
"""A page that renews itself says `yes` when somebody has touched it since it last asked."""


def staff_page(permission: Permission, *, renews: bool = False) -> Callable[[StaffPage], Page]:
    """Give the function below the person who asks, once they are known to have the permission.

    `renews`: an open page asks by itself, so this is no use of the sign-in, or no unattended one
    would ever end; it is where the page says that it was touched.

    `caller.session` is set. State-changing requests must carry the form's token. Raises
    NotSignedInError (a browser is sent to the sign-in page), NotPermittedError,
    ForeignOriginError or StaleFormError.
    """

    def wrap(page: StaffPage) -> Page:
        async def checked(request: web.Request) -> web.StreamResponse:
            is_use = not renews or request.headers.get(TOUCHED_HEADER) == "yes"
            caller = await request.app[CALLERS].person(request, is_use=is_use)
            caller.require(permission)
            return await page(request, caller)

        return checked

    return wrap


def part_of_page(request: web.Request, caller: Caller, view: Context) -> web.Response:
    """Answer a partial for a page that is open, with the token that its forms carry."""
    csrf = None if caller.session is None else caller.session.csrf
    text = request.app[PAGES].fragment(page_language(request), view, csrf=csrf)
    return web.Response(text=text, content_type="text/html", charset="utf-8")


def uuid_in_path(request: web.Request, name: str) -> UUID:
    """Return the id in a path; what is no id is not found."""
    try:
        return UUID(request.match_info[name])
    except ValueError:
        raise web.HTTPNotFound from None
