"""Puts the administrator's pages into the application."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from queue_server.configuration import Configuration
from queue_server.policy.preview import Previews
from queue_server.tickets.acts import Queue
from queue_server.web.admin.pages import MANAGE, ROOT, PolicyPages
from queue_server.web.staff_pages import staff_page


def install_policy(
    app: web.Application,
    queue: Queue,
    *,
    configuration: Callable[[], Configuration],
    reread: Callable[[], Awaitable[None]],
    previews: Previews,
) -> None:
    """Serve `/admin/policy`; the web frame is installed already."""
    pages = PolicyPages(queue, configuration, reread, previews)
    managed = staff_page(MANAGE)
    app.router.add_get(ROOT, managed(pages.form))
    app.router.add_post(ROOT, managed(pages.save))
    app.router.add_get(ROOT + "/preview", managed(pages.preview))
    app.router.add_get(ROOT + "/publish", managed(pages.confirm))
    app.router.add_post(ROOT + "/publish", managed(pages.publish))
    app.router.add_post(ROOT + "/withdraw", managed(pages.withdraw))
    app.router.add_post(ROOT + "/discard", managed(pages.discard))
    app.router.add_get(ROOT + "/history", managed(pages.history))
