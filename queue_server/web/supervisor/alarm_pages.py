"""Serves the page of alarms, its file, and the press that says «رأيته»."""

import csv
import io
from datetime import date
from typing import Final

from aiohttp import web

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
from queue_server.web.supervisor.alarms_page import EpisodeRow
from queue_server.web.supervisor.notices import as_day, query_of
from queue_server.web.supervisor.pages import ROOT, SUPERVISE
from queue_server.web.supervisor.reading import Reading

PATH: Final = f"{ROOT}/alarms"


class AlarmPages:
    """Shows what is wrong and what was, and notes who has seen it."""

    def __init__(self, queue: Queue, reading: Reading, book: AlarmBook) -> None:
        self._queue = queue
        self._reading = reading
        self._book = book

    def routes(self) -> tuple[tuple[str, Permission, Act], ...]:
        """Return path, permission and act of every form."""
        return (("/alarms/{episode}/seen", SUPERVISE, self.see),)

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show a day, today where none is asked for; what is to come has no alarms."""
        said = "seen" if request.query.get("said") == "alarm-seen" else ""
        page = await self._reading.alarms(self._day(request), said=said)
        return await request.app[PAGES].answer(request, page)

    async def file(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer a day as CSV: every alarm with its times in UTC, codes instead of words."""
        day = self._day(request)
        page = await self._reading.alarms(day)
        language = page_language(request)
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(_COLUMNS)
        for row in sorted((*page.opened, *page.over), key=lambda each: each.episode.raised_at):
            who = "" if row.by is None else row.by.say(language)
            writer.writerow(_cells(row, _safe(who)))
        return web.Response(
            body=text.getvalue().encode("utf-8-sig"),
            content_type="text/csv",
            charset="utf-8",
            headers={"Content-Disposition": f'attachment; filename="alarms-{day}.csv"'},
        )

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


_COLUMNS: Final = (
    "kind",
    "subject",
    "grave",
    "level",
    "raised_at",
    "worse_at",
    "acknowledged_at",
    "acknowledged_by",
    "cleared_at",
    "seconds",
)


def _cells(row: EpisodeRow, who: str) -> tuple[str, ...]:
    episode = row.episode
    return (
        episode.kind,
        _safe(episode.subject),
        "yes" if episode.is_grave else "no",
        str(episode.level),
        episode.raised_at.isoformat(),
        "" if episode.worse_at is None else episode.worse_at.isoformat(),
        "" if episode.acknowledged_at is None else episode.acknowledged_at.isoformat(),
        who,
        "" if episode.cleared_at is None else episode.cleared_at.isoformat(),
        str(row.seconds),
    )


def _safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
