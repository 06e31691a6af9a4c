"""The page of the day's situation: picture and text to send, PDF, and those of past days."""

from dataclasses import dataclass
from datetime import date, time
from typing import ClassVar, Final
from uuid import UUID

from aiohttp import web

from core_services.l10n import Language, format_time
from core_services.paper.drawing import DrawingError
from core_services.people.staff import list_staff
from queue_server.figures import store_daily
from queue_server.figures.daily import DailyReports, NotWorkedOut
from queue_server.figures.store_daily import DailyReport, Drawn
from queue_server.tickets.acts import Queue
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.people_names import names_of
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import staff_page
from queue_server.web.supervisor.pages import SUPERVISE
from queue_server.web.words import Words

PATH: Final = "/supervisor/daily"
DAYS_SHOWN: Final = 30
_SAID: Final = ("nobody", "not-drawn", "not-worked-out", "made")


@dataclass(frozen=True, slots=True)
class DailyRow:
    """One situation that was made."""

    report: DailyReport
    by: Words | None
    """None: it made itself."""
    is_shown: bool

    @property
    def languages(self) -> tuple[Language, ...]:
        """The languages it was drawn in, Arabic first."""
        return ("ar", "en") if self.report.has_english else ("ar",)

    def path(self, language: Language) -> str:
        """Return where its files lie, without their ending."""
        return f"{PATH}/{self.report.day}/{self.report.nth}{'-en' if language == 'en' else ''}"


@dataclass(frozen=True, slots=True)
class DailyPage:
    """The whole page."""

    template: ClassVar[str] = "supervisor_daily.html"

    day: date
    today: date
    made_at_time: time | None
    rows: tuple[DailyRow, ...]
    days: tuple[tuple[date, int], ...]
    said: str

    @property
    def made_at_words(self) -> Words:
        """When one is made by itself, as people read it."""
        wall = self.made_at_time or time()
        return Words(format_time(wall, "ar"), format_time(wall, "en"))

    @property
    def shown(self) -> DailyRow | None:
        return next((row for row in self.rows if row.is_shown), None)


class DailyPages:
    """Shows what was made and makes another when asked to."""

    def __init__(self, queue: Queue, reports: DailyReports) -> None:
        self._queue = queue
        self._reports = reports

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show a day's situations, today's unless another day is asked for."""
        queue = self._queue
        pool, centre_id, today = queue.pool, queue.centre.id, queue.today()[0]
        day = min(_date(request.query.get("day", "")) or today, today)
        reports = await store_daily.read_reports(pool, centre_id, day=day)
        wanted = request.query.get("nth", "")
        shown = next((each for each in reports if str(each.nth) == wanted), None)
        shown = shown or next(iter(reports), None)
        names = names_of(await list_staff(pool, centre_id=centre_id))
        said = request.query.get("said", "")
        page = DailyPage(
            day=day,
            today=today,
            made_at_time=self._reports.at,
            rows=tuple(
                DailyRow(
                    each,
                    None if each.made_by is None else names.get(each.made_by),
                    each is shown,
                )
                for each in reports
            ),
            days=await store_daily.read_days(pool, centre_id, limit=DAYS_SHOWN),
            said=said if said in _SAID else "",
        )
        return await request.app[PAGES].answer(request, page)

    async def make(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Make a day's situation as it stands now."""
        form = await request.post()
        today = self._queue.today()[0]
        day = min(_date(str(form.get("day", ""))) or today, today)
        person: UUID | None = caller.actor.id
        try:
            made = await self._reports.make(day, by=person or UUID(int=0))
        except DrawingError:
            return see_other(f"{PATH}?day={day}&said=not-drawn")
        except NotWorkedOut:
            return see_other(f"{PATH}?day={day}&said=not-worked-out")
        return see_other(f"{PATH}?day={day}&said={'nobody' if made is None else 'made'}")

    async def picture(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the picture."""
        drawn, name = await self._drawn(request)
        return _file(drawn.picture, "image/png", f"{name}.png")

    async def paper(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the page for paper."""
        drawn, name = await self._drawn(request)
        return _file(drawn.paper, "application/pdf", f"{name}.pdf")

    async def _drawn(self, request: web.Request) -> tuple[Drawn, str]:
        """Return what was drawn, and what its files are called."""
        day, nth = _date(request.match_info["day"]), int(request.match_info["nth"])
        language: Language = "en" if request.match_info["language"] else "ar"
        drawn = None
        if day is not None:
            drawn = await store_daily.read_drawn(
                self._queue.pool, self._queue.centre.id, day=day, nth=nth, language=language
            )
        if drawn is None:
            raise web.HTTPNotFound
        return drawn, f"daily-{day}-{nth}{request.match_info['language']}"


def install_daily(app: web.Application, queue: Queue, reports: DailyReports) -> None:
    """Serve `/supervisor/daily`."""
    pages = DailyPages(queue, reports)
    seen = staff_page(SUPERVISE)
    place = PATH + r"/{day:\d{4}-\d\d-\d\d}/{nth:\d{1,2}}{language:(?:-en)?}"
    app.router.add_get(PATH, seen(pages.page))
    app.router.add_post(PATH, seen(pages.make))
    app.router.add_get(place + ".png", seen(pages.picture))
    app.router.add_get(place + ".pdf", seen(pages.paper))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _file(made: bytes, kind: str, name: str) -> web.Response:
    return web.Response(
        body=made,
        content_type=kind,
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            "Cache-Control": "private, max-age=86400",
        },
    )
