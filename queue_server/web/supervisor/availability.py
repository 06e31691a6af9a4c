"""The report of availability and maintenance work: its page, and files of the same cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Final
from urllib.parse import urlencode

from aiohttp import web

from core_services.l10n import Language, format_date
from core_services.sheets.model import Sheet
from core_services.sheets.texts import Table, cell_text, write_out
from queue_server.figures import periods
from queue_server.figures.periods import Period, period_of
from queue_server.maintenance.availability import Availability
from queue_server.maintenance.downtime import Standstill
from queue_server.maintenance.report import availability_sheet, available
from queue_server.web.api.days import MOST_DAYS, within_calendar
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.language import page_language
from queue_server.web.staff_pages import staff_page
from queue_server.web.supervisor.pages import SUPERVISE
from queue_server.web.supervisor.report_view import KIND_WORDS, Choice
from queue_server.web.supervisor.sheet_files import FORMS, SheetFiles

PATH: Final = "/supervisor/reports/availability"


@dataclass(frozen=True, slots=True)
class AvailabilityPage:
    """The whole page."""

    template: ClassVar[str] = "supervisor_availability.html"

    period: Period
    kinds: tuple[Choice, ...]
    sheet: Sheet
    table: Table
    machines: str
    """The share of their hours in which machines could work, as it is read."""
    windows: str
    closed_for_fault: str
    orders_done: int
    work_minutes: int
    today: date

    @property
    def earlier(self) -> str:
        return address(self.period.before)

    @property
    def later(self) -> str | None:
        return None if self.period.after.first > self.today else address(self.period.after)

    def file(self, form: str) -> str:
        """Return where the same report lies as a file."""
        return address(self.period, form=form)


class AvailabilityPages:
    """Shows the report to whoever supervises."""

    def __init__(self, availability: Availability, files: SheetFiles) -> None:
        self._availability = availability
        self._files = files

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show a period, today unless another is asked for."""
        language = page_language(request)
        period, found, sheet = await self._asked(request, language)
        windows = [each for each in found if each.kind == "window"]
        closed = sum(each.closed_for_fault_s for each in windows)
        page = AvailabilityPage(
            period=period,
            kinds=tuple(
                Choice(kind, KIND_WORDS[kind], kind == period.kind) for kind in periods.KINDS
            ),
            sheet=sheet,
            table=write_out(sheet),
            machines=_share([each for each in found if each.kind != "window"], language),
            windows=_share(windows, language),
            closed_for_fault=cell_text(closed, "hours", language),
            orders_done=sum(each.orders_done for each in found),
            work_minutes=sum(each.work_minutes for each in found),
            today=self._availability.queue.today()[0],
        )
        return await request.app[PAGES].answer(request, page)

    async def file(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the same cells as a file."""
        form = next((each for each in FORMS if each == request.match_info["form"]), None)
        if form is None:
            raise web.HTTPNotFound
        period, _, sheet = await self._asked(request, page_language(request))
        return await self._files.answer(sheet, form, f"availability-{period.first}-{period.last}")

    async def _asked(
        self, request: web.Request, language: Language
    ) -> tuple[Period, tuple[Standstill, ...], Sheet]:
        """Read an address, where what cannot be meant is passed over, and work its report out."""
        query, today = request.query, self._availability.queue.today()[0]
        kind: periods.Kind = next((k for k in periods.KINDS if k == query.get("period")), "day")
        day = within_calendar(_day(query.get("day", "")) or today)
        period, left_out = period_of(kind, day), 0
        if kind == "range":
            to = within_calendar(_day(query.get("to", "")) or day)
            first, last = min(day, to), max(day, to)
            left_out = max(0, (last - first).days + 1 - MOST_DAYS)
            period = Period("range", first + timedelta(days=left_out), last)
        found = await self._availability.of(period.first, period.last)
        span = _span(period, language)
        sheet = availability_sheet(
            found, language, period=span, most_days=MOST_DAYS if left_out else None
        )
        return period, found, sheet


def install_availability(
    app: web.Application, availability: Availability, files: SheetFiles
) -> None:
    """Serve `/supervisor/reports/availability` and its files."""
    pages = AvailabilityPages(availability, files)
    seen = staff_page(SUPERVISE)
    app.router.add_get(PATH, seen(pages.page))
    app.router.add_get(PATH + ".{form}", seen(pages.file))


def address(period: Period, *, form: str = "") -> str:
    """Return where the report of a period is found."""
    query = {"period": period.kind, "day": period.first.isoformat()}
    if period.kind == "range":
        query["to"] = period.last.isoformat()
    return f"{PATH}{form and '.' + form}?{urlencode(query)}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _share(lines: Sequence[Standstill], language: Language) -> str:
    return cell_text(available(lines), "share", language)


def _span(period: Period, language: Language) -> str:
    first, last = format_date(period.first, language), format_date(period.last, language)
    if period.first == period.last:
        return first
    return f"من {first} إلى {last}" if language == "ar" else f"{first} to {last}"
