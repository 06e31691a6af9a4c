"""The page of a place in line, `/t/{token}`: for any phone, without a login, cookie or script."""

from dataclasses import dataclass
from typing import ClassVar

from aiohttp import web

from queue_server.broadcasts.broadcasts import Broadcasts
from queue_server.feedback.answers import Answers
from queue_server.live.pages import PublicChanges
from queue_server.service_states.states import ServiceStates
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import UnknownTicket
from queue_server.tickets.place import place_of
from queue_server.tickets.store_citizen import Place
from queue_server.tickets.store_policy import read_policy
from queue_server.web.citizen.feedback import FeedbackPages, PhoneFeedback, install_feedback
from queue_server.web.citizen.private import PRIVATE
from queue_server.web.citizen.view import PhoneView, phone_view
from queue_server.web.keys import BROADCASTS, PAGES, SERVICE_STATES
from queue_server.web.language import choose_language, page_language
from queue_server.web.render import Pages

ROOT = "/t/{token}"


@dataclass(frozen=True, slots=True)
class TicketPage:
    """The whole page."""

    template: ClassVar[str] = "ticket.html"

    path: str
    view: PhoneView
    feedback: PhoneFeedback | None
    """What is asked after the visit."""


@dataclass(frozen=True, slots=True)
class NoTicketPage:
    """What an address shows that belongs to no ticket."""

    template: ClassVar[str] = "ticket_missing.html"


class PhonePages:
    """Serves the page, its changing part, and the stream that tells of changes."""

    def __init__(
        self,
        queue: Queue,
        pages: Pages,
        changes: PublicChanges,
        states: ServiceStates,
        feedback: FeedbackPages,
        broadcasts: Broadcasts,
    ) -> None:
        self._broadcasts = broadcasts
        self._feedback = feedback
        self._queue = queue
        self._states = states
        self._pages = pages
        self._changes = changes

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Show the ticket in its own language, or in the one asked for by `?lang=`."""
        try:
            place = await self._place(request)
        except UnknownTicket:
            choose_language(request, page_language(request))
            return await self._pages.answer(
                request, NoTicketPage(), status=404, headers=PRIVATE, ask_who=False
            )
        return await self._pages.answer(
            request,
            TicketPage(
                path=f"/t/{place.ticket.token.lower()}",
                view=await self._view(place),
                feedback=await self._feedback.of_place(request, place),
            ),
            headers=PRIVATE,
            ask_who=False,
        )

    async def part(self, request: web.Request) -> web.StreamResponse:
        """Answer the part of the page that changes, for its script."""
        place = await self._place(request)
        text = self._pages.fragment(page_language(request), await self._view(place))
        return web.Response(text=text, content_type="text/html", charset="utf-8", headers=PRIVATE)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Tell of every change until the phone goes."""
        await self._place(request)
        return await self._changes.stream(request)

    async def _view(self, place: Place) -> PhoneView:
        self._queue.foresight.note_shown(place.ticket, place.wait, place.told)
        policy = await read_policy(self._queue.pool, self._queue.centre.id)
        return phone_view(
            place,
            self._queue.today()[0],
            await self._states.now(),
            return_within_min=policy.return_within_min(place.ticket.returns),
            messages=self._broadcasts.on("phone"),
        )

    async def _place(self, request: web.Request) -> Place:
        place = await place_of(self._queue, request.match_info["token"])
        wish = request.query.get("lang")
        is_english = wish == "en" or (wish != "ar" and place.ticket.language == "en")
        choose_language(request, "en" if is_english else "ar")
        return place


def install_citizen(
    app: web.Application, queue: Queue, changes: PublicChanges, answers: Answers
) -> None:
    """Serve citizens' phones and the faces at windows; the web frame is installed already."""
    feedback = FeedbackPages(answers)
    install_feedback(app, feedback)
    phone = PhonePages(queue, app[PAGES], changes, app[SERVICE_STATES], feedback, app[BROADCASTS])
    app.router.add_get(ROOT, phone.page)
    app.router.add_get(ROOT + "/now", phone.part)
    app.router.add_get(ROOT + "/live", phone.live)
