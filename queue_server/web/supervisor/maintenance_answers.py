"""What the technician's forms are answered: on to a page that says what became of the act."""

from urllib.parse import quote, urlencode

from aiohttp import web

from queue_server.maintenance.model import Equipment
from queue_server.web.keys import PAGES
from queue_server.web.redirects import see_other
from queue_server.web.render import Context
from queue_server.web.supervisor.maintenance_form import Said
from queue_server.web.supervisor.maintenance_reading import Came
from queue_server.web.supervisor.maintenance_view import PATH


def said_in(request: web.Request) -> Said | None:
    """Return what the address says became of an act."""
    what = request.query.get("said", "")
    return Said(what[:30], request.query.get("about", "")[:40]) if what else None


def back(address: str, said: str, about: str = "") -> web.Response:
    """Lead to a page that says what became of an act."""
    query = {"said": said, **({"about": about} if about else {})}
    return see_other(f"{address}?{urlencode(query)}")


async def answer_form(
    request: web.Request, page: Context, came: Came | None, *, at: str
) -> web.Response:
    """Show a page; where a form came and was not obeyed, with that form as it came.

    `at` is the page's address: a form's own shows nothing to whoever asks for it.
    """
    if came is None:
        return await request.app[PAGES].answer(request, page)
    return await request.app[PAGES].answer(request, page, status=came.status, at=at)


def address_of(piece: Equipment) -> str:
    """Return where a piece is shown."""
    return f"{PATH}/equipment/{quote(piece.label)}"
