"""Serves the page of alarms, its files, and the press that says «رأيته»."""

from datetime import date
from typing import Final

from aiohttp import web
from markupsafe import Markup

from core_services.people.permissions import Permission
from queue_server.alarms.book import AlarmBook
from queue_server.alarms.errors import UnknownEpisode
from queue_server.tickets.acts import Queue
from queue_server.web.api.days import within_calendar
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.language import page_language
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import uuid_in_path
from queue_server.web.supervisor.acts import Act
from queue_server.web.supervisor.alarm_sheet import AlarmTitle, alarms_sheet
from queue_server.web.supervisor.alarms_page import EpisodeRow
from queue_server.web.supervisor.notices import as_day, query_of
from queue_server.web.supervisor.pages import ROOT, SUPERVISE
from queue_server.web.supervisor.reading import Reading
from queue_server.web.supervisor.sheet_files import FORMS, SheetFiles

PATH: Final = f"{ROOT}/alarms"


class AlarmPages:
    """Shows what is wrong and what was, and notes who has seen it."""

    def __init__(self, queue: Queue, reading: Reading, book: AlarmBook, files: SheetFiles) -> None:
        self._queue = queue
        self._reading = reading
        self._book = book
        self._files = files

    def routes(self) -> tuple[tuple[str, Permission, Act], ...]:
        """Return path, permission and act of every form."""
        return (("/alarms/{episode}/seen", SUPERVISE, self.see),)

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show a day, today where none is asked for; what is to come has no alarms."""
        said = "seen" if request.query.get("said") == "alarm-seen" else ""
        page = await self._reading.alarms(self._day(request), said=said)
        return await request.app[PAGES].answer(request, page)

    async def file(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer a day's alarms as a file, each with its times, in words and in codes."""
        form = next((each for each in FORMS if each == request.match_info["form"]), None)
        if form is None:
            raise web.HTTPNotFound
        language, pages = page_language(request), request.app[PAGES]
        page = await self._reading.alarms(self._day(request))

        def words(row: EpisodeRow) -> str:
            return Markup(pages.fragment(language, AlarmTitle(row))).striptags()

        sheet = alarms_sheet(page, language, self._queue.centre.zone, words)
        return await self._files.answer(sheet, form, f"alarms-{page.day}")

    async def see(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Note that somebody has seen an alarm; one that was seen, or is over, stays as it is."""
        try:
            await self._book.acknowledge(uuid_in_path(request, "episode"), actor=caller.actor)
        except UnknownEpisode:
            raise web.HTTPNotFound from None
        back = PATH if (await read_fields(request)).get("from") == "alarms" else ROOT
        return see_other(f"{back}?{query_of('alarm-seen')}")

    def _day(self, request: web.Request) -> date:
        today = self._queue.today()[0]
        asked = as_day(request.query.get("day", ""))
        return today if asked is None or asked > today else within_calendar(asked)
