"""Serves the supervisor's charts: their page, its two parts that renew themselves, their files."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar, Final, Literal, get_args

from aiohttp import web

from core_services.l10n import Language
from core_services.paper.drawing import DrawingError
from core_services.sheets import csv_file, pdf, xlsx
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

PATH: Final = f"{ROOT}/charts"
FileForm = Literal["csv", "xlsx", "pdf", "svg"]
FORMS: Final[tuple[FileForm, ...]] = get_args(FileForm)


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
    slow: ChartsPart
    weeks: tuple[int, ...] = WEEKS


class ChartPages:
    """Shows charts and hands them out as files; all of them from the same sheets."""

    def __init__(self, reading: ChartReading, cache_dir: Path) -> None:
        """`cache_dir` holds the fonts that paper is set in."""
        self._reading = reading
        self._cache_dir = cache_dir
        self._paper = asyncio.Semaphore(1)

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show a day, today unless another is asked for, and the weeks before today."""
        choice, names, language = await self._asked(request)
        page = ChartsPage(
            choice=choice,
            today=self._reading.queue.today()[0],
            names=names,
            day=await self._day_part(choice, names, language),
            slow=await self._slow_part(choice, names, language),
        )
        return await request.app[PAGES].answer(request, page)

    async def day(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the charts of the day, for a page that is open."""
        return part_of_page(request, caller, await self._day_part(*await self._asked(request)))

    async def slow(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the charts that change seldom, for a page that is open."""
        return part_of_page(request, caller, await self._slow_part(*await self._asked(request)))

    async def file(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer one chart's sheet as CSV, XLSX or PDF, or its picture as SVG."""
        choice, names, language = await self._asked(request)
        chart_names: dict[str, ChartName] = {each: each for each in get_args(ChartName)}
        forms: dict[str, FileForm] = {each: each for each in FORMS}
        name = chart_names.get(request.match_info["name"])
        form = forms.get(request.match_info["form"])
        if name is None or form is None:
            raise web.HTTPNotFound
        chart = await self._reading.chart(name, choice, names, language)
        body, content_type = await self._write(chart, form)
        return web.Response(
            body=body,
            content_type=content_type,
            charset="utf-8" if form in ("csv", "svg") else None,
            headers={
                "Content-Disposition": f'attachment; filename="{name}-{choice.day}.{form}"',
                "Cache-Control": "no-store",
            },
        )

    async def _write(self, chart: Chart, form: FileForm) -> tuple[bytes, str]:
        """Write a file, off the loop what takes long, one paper at a time."""
        reading, sheet = self._reading, chart.sheet
        match form:
            case "csv":
                return csv_file.as_csv(sheet), csv_file.CONTENT_TYPE
            case "svg":
                return chart.picture.encode(), "image/svg+xml"
            case "xlsx":
                made = await asyncio.to_thread(xlsx.as_xlsx, sheet, at=reading.now())
                return made, xlsx.CONTENT_TYPE
            case "pdf":
                return await self._print(chart), pdf.CONTENT_TYPE

    async def _print(self, chart: Chart) -> bytes:
        async with self._paper:
            try:
                return await asyncio.to_thread(
                    pdf.as_pdf,
                    chart.sheet,
                    self._cache_dir,
                    at=self._reading.now(),
                    centre_name=self._reading.centre_name.say(chart.sheet.language),
                    charts=(chart.picture,) if chart.has_figures else (),
                )
            except DrawingError as error:
                raise web.HTTPServiceUnavailable from error

    async def _asked(self, request: web.Request) -> tuple[Choice, Names, Language]:
        names = await self._reading.names()
        choice = choice_of(request.query, names, self._reading.queue.today()[0])
        return choice, names, page_language(request)

    async def _day_part(self, choice: Choice, names: Names, language: Language) -> ChartsPart:
        charts = await self._reading.day_charts(choice, names, language)
        at = self._reading.now() if choice.is_today else None
        return ChartsPart(charts, choice.query(language), at)

    async def _slow_part(self, choice: Choice, names: Names, language: Language) -> ChartsPart:
        charts = await self._reading.slow_charts(choice, names, language)
        return ChartsPart(charts, choice.query(language))


def install_charts(app: web.Application, reading: ChartReading, *, cache_dir: Path) -> None:
    """Serve `/supervisor/charts`, its parts and its files."""
    pages = ChartPages(reading, cache_dir)
    shown, renewed = staff_page(SUPERVISE), staff_page(SUPERVISE, renews=True)
    app.router.add_get(PATH, shown(pages.page))
    app.router.add_get(PATH + "/day", renewed(pages.day))
    app.router.add_get(PATH + "/slow", renewed(pages.slow))
    app.router.add_get(PATH + "/{name}.{form}", shown(pages.file))
