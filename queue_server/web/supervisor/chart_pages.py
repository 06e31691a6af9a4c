"""Serves the supervisor's charts: their page, its two parts that renew themselves, their files."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Final, get_args

from aiohttp import web
from markupsafe import Markup

from core_services.l10n import Language
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.language import page_language
from queue_server.web.staff_pages import part_of_page, staff_page
from queue_server.web.supervisor.chart import Chart, ChartName
from queue_server.web.supervisor.chart_reading import (
    WEEKS,
    ChartReading,
    Choice,
    Names,
    choice_of,
)
from queue_server.web.supervisor.pages import ROOT, SUPERVISE
from queue_server.web.supervisor.sheet_files import FORMS, SheetFiles, attachment

PATH: Final = f"{ROOT}/charts"
CHARTS: Final[tuple[ChartName, ...]] = get_args(ChartName)
_DRAWN_KEPT: Final = 24


@dataclass(frozen=True, slots=True)
class ChartsPart:
    """Charts that are renewed together."""

    template: ClassVar[str] = "_supervisor_charts.html"

    charts: tuple[Chart, ...]
    query: str
    """The choice, for the addresses of their files."""
    at: datetime | None = None
    """When they were so, where they are today's."""
    path: str = PATH


@dataclass(frozen=True, slots=True)
class ChartsPage:
    """The whole page."""

    template: ClassVar[str] = "supervisor_charts.html"

    choice: Choice
    today: date
    names: Names
    day: ChartsPart
    slow: Markup
    slow_query: str
    weeks: tuple[int, ...] = WEEKS


class ChartPages:
    """Shows charts and hands them out as files; all of them from the same sheets."""

    def __init__(self, reading: ChartReading, files: SheetFiles) -> None:
        self._reading = reading
        self._files = files
        self._drawn: dict[tuple[Choice, Language], tuple[tuple[Chart, ...], str]] = {}

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show a day, today unless another is asked for, and the weeks before today."""
        choice, names, language = await self._asked(request)
        page = ChartsPage(
            choice=choice,
            today=self._reading.queue.today()[0],
            names=names,
            day=await self._day_part(choice, names, language),
            slow=Markup(await self._slow_html(request, choice, names, language)),
            slow_query=choice.query(language),
        )
        return await request.app[PAGES].answer(request, page)

    async def day(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the charts of the day, for a page that is open."""
        return part_of_page(request, caller, await self._day_part(*await self._asked(request)))

    async def slow(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the charts that change seldom, for a page that is open."""
        text = await self._slow_html(request, *await self._asked(request))
        return web.Response(text=text, content_type="text/html", charset="utf-8")

    async def file(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer one chart's sheet as CSV, XLSX or PDF, or its picture as SVG."""
        choice, names, language = await self._asked(request)
        name = next((each for each in CHARTS if each == request.match_info["name"]), None)
        asked = request.match_info["form"]
        form = next((each for each in FORMS if each == asked), None)
        if name is None or (form is None and asked != "svg"):
            raise web.HTTPNotFound
        chart = await self._reading.chart(name, choice, names, language)
        file_name = f"{name}-{choice.day}"
        if form is None:
            return attachment(chart.picture.encode(), "image/svg+xml", f"{file_name}.svg")
        pictures = (chart.picture,) if form == "pdf" and chart.has_figures else ()
        return await self._files.answer(chart.sheet, form, file_name, charts=pictures)

    async def _asked(self, request: web.Request) -> tuple[Choice, Names, Language]:
        names = await self._reading.names()
        choice = choice_of(request.query, names, self._reading.queue.today()[0])
        return choice, names, page_language(request)

    async def _day_part(self, choice: Choice, names: Names, language: Language) -> ChartsPart:
        charts = await self._reading.day_charts(choice, names, language)
        at = self._reading.now() if choice.is_today else None
        return ChartsPart(charts, choice.query(language), at)

    async def _slow_html(
        self, request: web.Request, choice: Choice, names: Names, language: Language
    ) -> str:
        """Draw the charts that change seldom, once for as long as they are the same."""
        charts = await self._reading.slow_charts(choice, names, language)
        drawn = self._drawn.get((choice, language))
        if drawn is None or drawn[0] is not charts:
            part = ChartsPart(charts, choice.query(language))
            while len(self._drawn) >= _DRAWN_KEPT:
                del self._drawn[next(iter(self._drawn))]
            drawn = (charts, request.app[PAGES].fragment(language, part))
            self._drawn[choice, language] = drawn
        return drawn[1]


def install_charts(app: web.Application, reading: ChartReading, files: SheetFiles) -> None:
    """Serve `/supervisor/charts`, its parts and its files."""
    pages = ChartPages(reading, files)
    shown, renewed = staff_page(SUPERVISE), staff_page(SUPERVISE, renews=True)
    app.router.add_get(PATH, shown(pages.page))
    app.router.add_get(PATH + "/day", renewed(pages.day))
    app.router.add_get(PATH + "/slow", renewed(pages.slow))
    app.router.add_get(PATH + "/{name}.{form}", shown(pages.file))
