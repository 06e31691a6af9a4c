"""The supervisor's pages that only show: the hall, its two live parts, the tickets, one ticket."""

from dataclasses import dataclass
from typing import ClassVar, get_args
from uuid import UUID

from aiohttp import web

from core_services.people.permissions import Permission
from queue_server.tickets.model import TicketState
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.staff_pages import part_of_page, uuid_in_path
from queue_server.web.supervisor.day import DaySoFar
from queue_server.web.supervisor.notices import Notice, notice_from
from queue_server.web.supervisor.reading import Reading
from queue_server.web.supervisor.tickets import TicketSearch
from queue_server.web.supervisor.view import HallNow

ROOT = "/supervisor"
SUPERVISE: Permission = "close_any_window"
"""What supervisors and administrators have and clerks have not."""


@dataclass(frozen=True, slots=True)
class SupervisorPage:
    """The whole page of the hall."""

    template: ClassVar[str] = "supervisor.html"

    now: HallNow
    today: DaySoFar
    notice: Notice | None = None


class SupervisorPages:
    """Shows the hall to those who look after it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    async def hall(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the hall, and what was done if an act has led here."""
        page = SupervisorPage(
            now=await self._reading.now(caller),
            today=await self._reading.today(),
            notice=notice_from(request.query),
        )
        return await request.app[PAGES].answer(request, page)

    async def now(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the part of the page that changes with each act."""
        return part_of_page(request, caller, await self._reading.now(caller))

    async def today(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the part of the page that tells of the whole day."""
        return part_of_page(request, caller, await self._reading.today())

    async def patterns(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the signs that one hand takes many numbers, and what was done if an act led here."""
        page = await self._reading.all_patterns(notice=notice_from(request.query))
        return await request.app[PAGES].answer(request, page)

    async def windows(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show the windows: who has them, what they serve, messages, and the day's counts."""
        page = await self._reading.windows(notice=notice_from(request.query))
        return await request.app[PAGES].answer(request, page)

    async def seats(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer who sits where, for a page that is open."""
        return part_of_page(request, caller, await self._reading.seats())

    async def messages(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the messages, for a page that is open."""
        return part_of_page(request, caller, await self._reading.messages())

    async def counts(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the day's counts, for a page that is open."""
        return part_of_page(request, caller, await self._reading.counts())

    async def tickets(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show today's tickets, or those that are looked for."""
        page = await self._reading.tickets(_search(request))
        return await request.app[PAGES].answer(request, page)

    async def ticket(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show one ticket, and what was done if an act has led here. Raises UnknownTicket."""
        page = await self._reading.ticket(
            uuid_in_path(request, "ticket"), caller, notice=notice_from(request.query)
        )
        return await request.app[PAGES].answer(request, page)


def _search(request: web.Request) -> TicketSearch:
    """Read a search from the address; what cannot be meant is passed over."""
    states: dict[str, TicketState] = {state: state for state in get_args(TicketState)}
    query = {name: value.replace("\0", "").strip() for name, value in request.query.items()}
    return TicketSearch(
        text=query.get("label", "")[:20],
        state=states.get(query.get("state", "")),
        queue=query.get("queue") or None,
        is_doubtful=query.get("paper") == "doubtful",
        after=as_uuid(query.get("after", "")),
    )


def as_uuid(text: str) -> UUID | None:
    """Return the id that a text is, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None
