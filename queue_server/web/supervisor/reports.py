"""The supervisor's reports: day, week, month, by what one asks, with files of the same cells."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from aiohttp import web

from core_services.l10n import Language, format_date
from core_services.sheets import csv_file, xlsx
from core_services.sheets.model import Sheet
from queue_server.configuration import Configuration
from queue_server.figures import periods
from queue_server.figures.exports import LONGEST_DAYS, ExportRefused, Exports
from queue_server.figures.periods import Period, period_of
from queue_server.figures.reading import FiguresReading
from queue_server.figures.report import BYS, By, report_sheet, slice_of, target_words
from queue_server.figures.store_exports import ExportFormat
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.language import page_language
from queue_server.web.redirects import see_other
from queue_server.web.staff_pages import part_of_page, staff_page, uuid_in_path
from queue_server.web.supervisor.export_view import ExportRow, ExportsPart, export_rows
from queue_server.web.supervisor.pages import SUPERVISE
from queue_server.web.supervisor.report_names import HEADS, ReportNames
from queue_server.web.supervisor.report_view import PATH, charts_of, page_of
from queue_server.web.supervisor.sheet_files import FORMS, SheetFiles
from queue_server.web.words import Words

EXPORTS_SHOWN: Final = 10
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
_FORMATS: Final[dict[str, ExportFormat]] = {"csv": "csv", "xlsx": "xlsx"}
_PROBLEMS: Final = {
    "too_long": Words(
        "الملف يتسع لأربعمائة يوم على الأكثر، ولعشرين ملفًا في الانتظار.",
        "A file holds 400 days at most, and 20 may wait to be made.",
    ),
    "too_many_rows": Words(
        "الأرقام أكثر مما يتسع له جدول XLSX. اطلبها CSV أو قصّر المدة.",
        "There are more numbers than an XLSX sheet holds. Ask for CSV or a shorter range.",
    ),
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What an address asks for."""

    period: Period
    by: By


class ReportPages:
    """Shows figures of past and present days; whoever may not see staff sees no names of clerks."""

    def __init__(
        self,
        reading: FiguresReading,
        exports: Exports,
        configuration: Callable[[], Configuration],
        files: SheetFiles,
    ) -> None:
        self._reading = reading
        self._exports = exports
        self._names = ReportNames(reading.queue, configuration)
        self._files = files

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show a report, of today unless another is asked for."""
        asked = self._asked(request, caller)
        problem = _PROBLEMS.get(request.query.get("problem", ""))
        language = page_language(request)
        reading, period = self._reading, asked.period
        now = await reading.ranged(period.first, period.last, slice_of(asked.by))
        earlier = await self._before(period)
        before = await reading.ranged(earlier.first, earlier.last, "all")
        page = page_of(
            period=period,
            before_period=earlier,
            by=asked.by,
            bys=[(by, HEADS[by]) for by in _bys(caller)],
            now=now,
            before=before,
            sheet=await self._sheet(asked, language),
            target=target_words(now.targets_s, language),
            today=reading.queue.today()[0],
            exports=await self._listed(caller),
            problem=problem,
        )
        return await request.app[PAGES].answer(request, page)

    async def file(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the report as a file: CSV, a spreadsheet, or paper with its charts."""
        asked = self._asked(request, caller)
        form = next((each for each in FORMS if each == request.match_info["form"]), None)
        if form is None:
            raise web.HTTPNotFound
        sheet = await self._sheet(asked, page_language(request))
        name = f"report-{asked.by}-{asked.period.first}-{asked.period.last}"
        pictures = charts_of(sheet, asked.by, is_standalone=True) if form == "pdf" else ()
        return await self._files.answer(sheet, form, name, charts=pictures)

    async def exports(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the list of long files, for a page that is open."""
        return part_of_page(request, caller, ExportsPart(await self._listed(caller)))

    async def ask(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Begin a long file, and show that it is being made."""
        form = await request.post()
        first, last = _day(form.get("from")), _day(form.get("to"))
        kind = _FORMATS.get(str(form.get("format")))
        if first is None or last is None or kind is None or caller.actor.id is None:
            raise web.HTTPBadRequest
        try:
            await self._exports.ask(first, last, kind, page_language(request), by=caller.actor.id)
        except ExportRefused as refused:
            return see_other(f"{PATH}?problem={refused.why}#files")
        return see_other(f"{PATH}#files")

    async def download(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer a long file that lies ready, to whoever asked for it."""
        person = caller.actor.id
        found = (
            None
            if person is None
            else await self._exports.file(uuid_in_path(request, "export"), person=person)
        )
        if found is None:
            raise web.HTTPNotFound
        export, path = found
        kind = csv_file.CONTENT_TYPE if export.format == "csv" else xlsx.CONTENT_TYPE
        name = f"numbers-{export.first}-{export.last}.{export.format}"
        return web.FileResponse(
            path,
            headers={
                "Content-Type": kind,
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "no-store",
            },
        )

    async def _sheet(self, asked: _Asked, language: Language) -> Sheet:
        period, by, reading = asked.period, asked.by, self._reading
        ranged = await reading.ranged(period.first, period.last, slice_of(by))
        days = await reading.each_day(period.first, period.last) if by == "day" else ()
        return report_sheet(
            ranged,
            by,
            await self._names.of(by, language),
            title=_title(asked, language),
            language=language,
            days=days,
        )

    async def _before(self, period: Period) -> Period:
        """Return what a period is compared with; a day with the last one on which anybody came."""
        if period.kind != "day":
            return period.before
        day = await self._reading.earlier_day(period.first)
        return period.before if day is None else period_of("day", day)

    async def _listed(self, caller: Caller) -> tuple[ExportRow, ...]:
        person: UUID | None = caller.actor.id
        if person is None:
            return ()
        return export_rows(await self._exports.of(person, limit=EXPORTS_SHOWN))

    def _asked(self, request: web.Request, caller: Caller) -> _Asked:
        """Read an address; what cannot be meant is passed over, what may not be seen too."""
        query, today = request.query, self._reading.queue.today()[0]
        kind: periods.Kind = next((k for k in periods.KINDS if k == query.get("period")), "day")
        day = _day(query.get("day")) or today
        by: By = next((by for by in _bys(caller) if by == query.get("by")), "hour")
        if kind != "range":
            return _Asked(period_of(kind, day), by)
        last = _day(query.get("to")) or day
        first, last = min(day, last), max(day, last)
        return _Asked(
            Period("range", max(first, last - timedelta(days=LONGEST_DAYS - 1)), last), by
        )


def install_reports(
    app: web.Application,
    reading: FiguresReading,
    exports: Exports,
    configuration: Callable[[], Configuration],
    files: SheetFiles,
) -> None:
    """Serve `/supervisor/reports` and its files."""
    pages = ReportPages(reading, exports, configuration, files)
    seen, renewed = staff_page(SUPERVISE), staff_page(SUPERVISE, renews=True)
    app.router.add_get(PATH, seen(pages.page))
    app.router.add_get(PATH + ".{form}", seen(pages.file))
    app.router.add_get(PATH + "/files", renewed(pages.exports))
    app.router.add_post(PATH + "/files", seen(pages.ask))
    app.router.add_get(PATH + "/files/{export}", seen(pages.download))


def _bys(caller: Caller) -> tuple[By, ...]:
    return tuple(by for by in BYS if by != "clerk" or caller.may("see_staff"))


def _title(asked: _Asked, language: Language) -> str:
    head = HEADS[asked.by].say(language)
    period = asked.period
    first, last = format_date(period.first, language), format_date(period.last, language)
    if language == "ar":
        span = first if period.first == period.last else f"من {first} إلى {last}"
        return f"تقرير حسب {head}، {span}"
    span = first if period.first == period.last else f"{first} to {last}"
    return f"Report by {head.lower()}, {span}"


def _day(text: object) -> date | None:
    if not isinstance(text, str):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if _FIRST_DAY <= day <= _LAST_DAY else None
