"""Opens a page to signed-in staff who have its permission."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from core_services.people.permissions import Permission
from queue_server.web.callers import Caller
from queue_server.web.keys import CALLERS

StaffPage = Callable[[web.Request, Caller], Awaitable[web.StreamResponse]]
Page = Callable[[web.Request], Awaitable[web.StreamResponse]]


def staff_page(permission: Permission) -> Callable[[StaffPage], Page]:
    """Give the function below the person who asks, once they are known to have the permission.

    `caller.session` is set. State-changing requests must carry the form's token. Raises
    NotSignedInError (a browser is sent to the sign-in page), NotPermittedError,
    ForeignOriginError or StaleFormError.
    """

    def wrap(page: StaffPage) -> Page:
        async def checked(request: web.Request) -> web.StreamResponse:
            caller = await request.app[CALLERS].person(request)
            caller.require(permission)
            return await page(request, caller)

        return checked

    return wrap
