"""A clerk's own day at `/desk/my-day`: the same counts a supervisor sees, and a reply to them."""

from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web
from pydantic import ValidationError

from queue_server.tickets import windows
from queue_server.tickets.acts import Queue
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.desk.forms import ReplyForm
from queue_server.web.keys import PAGES
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import part_of_page, staff_page
from queue_server.web.supervisor.windows import CountsPart, counts_rows

ROOT = "/desk/my-day"


@dataclass(frozen=True, slots=True)
class MyDayPage:
    """The whole page."""

    template: ClassVar[str] = "my_day.html"

    counts: CountsPart
    is_kept: bool
    """A reply has just been kept."""


class MyDay:
    """Shows a clerk what is counted, and takes what they say to it."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    async def show(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the counts of the person who asks."""
        is_kept = request.query.get("said") == "kept"
        page = MyDayPage(await self._counts(caller), is_kept)
        return await request.app[PAGES].answer(request, page)

    async def show_counts(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the counts alone, for a page that is open."""
        return part_of_page(request, caller, await self._counts(caller))

    async def reply(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Keep a reply to the counts of one's own window; an empty one changes nothing."""
        window = int(request.match_info["window"])
        if window not in {row.counts.window for row in (await self._counts(caller)).rows}:
            raise web.HTTPNotFound
        try:
            form = ReplyForm.model_validate(dict(await read_fields(request)))
        except ValidationError:
            return see_other(ROOT)
        await windows.write_reply(self._queue, window, form.text, actor=caller.actor)
        return see_other(f"{ROOT}?said=kept")

    async def _counts(self, caller: Caller) -> CountsPart:
        counts = await windows.counts_of_day(self._queue)
        own = [each for each in counts if each.person == caller.actor.id]
        return CountsPart(
            counts_rows(own, await windows.replies(self._queue), {}), has_person=False
        )


def install_my_day(app: web.Application, queue: Queue) -> None:
    """Serve the page; the web frame is installed already."""
    my_day, clerk = MyDay(queue), staff_page("act_own_window")
    app.router.add_get(ROOT, clerk(my_day.show))
    renewed = staff_page("act_own_window", renews=True)
    app.router.add_get(f"{ROOT}/counts", renewed(my_day.show_counts))
    app.router.add_post(ROOT + r"/{window:[1-9]\d?}/reply", clerk(my_day.reply))
