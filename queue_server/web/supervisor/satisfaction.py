"""The supervisor's page of satisfaction: a week by service, those before it, their files."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Final

from aiohttp import web

from core_services.l10n import Language
from core_services.sheets.model import Column, Kind, Sheet
from queue_server.configuration import Configuration
from queue_server.feedback.answers import Answers
from queue_server.feedback.publication import Published, Row, last_weeks, total
from queue_server.web.api.satisfaction import NO_SERVICE, row_answer
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.language import page_language
from queue_server.web.staff_pages import staff_page
from queue_server.web.supervisor.sheet_files import FORMS, SheetFiles
from queue_server.web.words import Words

PATH: Final = "/supervisor/satisfaction"
WEEKS_SHOWN: Final = 8
_TITLE: Final = Words("رضا المواطنين", "How satisfied citizens were")
_COLUMNS: Final[tuple[tuple[str, Words, Kind], ...]] = (
    ("week_begins", Words("أول الأسبوع", "Week begins"), "date"),
    ("week_ends", Words("آخر الأسبوع", "Week ends"), "date"),
    ("service", Words("رمز الخدمة", "Code of the service"), "text"),
    ("name_ar", Words("الخدمة بالعربية", "Service in Arabic"), "text"),
    ("name_en", Words("الخدمة بالإنجليزية", "Service in English"), "text"),
    ("answers", Words("إجابات", "Answers"), "int"),
    ("satisfied_at_least", Words("راضون، على الأقل", "Satisfied, at least"), "int"),
    ("satisfied_at_most", Words("راضون، على الأكثر", "Satisfied, at most"), "int"),
    ("share_at_least_percent", Words("النسبة على الأقل (٪)", "Percent, at least"), "int"),
    ("share_at_most_percent", Words("النسبة على الأكثر (٪)", "Percent, at most"), "int"),
)


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service in the week shown."""

    name: Words
    told: Published


@dataclass(frozen=True, slots=True)
class WeekLine:
    """A week in the list; its sum is one of published cells."""

    first: date
    last: date
    told: Published
    is_shown: bool


@dataclass(frozen=True, slots=True)
class SatisfactionPage:
    """The whole page."""

    template: ClassVar[str] = "supervisor_satisfaction.html"

    first: date
    last: date
    whole: Published
    services: tuple[ServiceLine, ...]
    weeks: tuple[WeekLine, ...]
    reasons: tuple[tuple[str, int], ...]
    texts: tuple[str, ...]
    files: str
    """The weeks of the list, for the addresses of their files."""


class SatisfactionPages:
    """Shows what may be told of citizens' answers; nothing else is ever read here."""

    def __init__(
        self, answers: Answers, configuration: Callable[[], Configuration], files: SheetFiles
    ) -> None:
        self._answers = answers
        self._configuration = configuration
        self._files = files

    async def page(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Show a week that is over, the last one unless another of the list is asked for."""
        weeks = self._answers.weeks_over(
            last_weeks(self._answers.queue.today()[0], WEEKS_SHOWN + 1)
        )[:WEEKS_SHOWN]
        shown = next((week for week in weeks if str(week) == request.query.get("week")), weeks[0])
        told = await self._answers.published(weeks[-1], weeks[0] + timedelta(days=6))
        of_week = {week: tuple(row for row in told if row.week == week) for week in weeks}
        names = self._names()
        page = SatisfactionPage(
            first=shown,
            last=shown + timedelta(days=6),
            whole=total(of_week[shown]),
            services=tuple(ServiceLine(_name(row, names), row.told) for row in of_week[shown]),
            weeks=tuple(
                WeekLine(week, week + timedelta(days=6), total(of_week[week]), week == shown)
                for week in weeks
            ),
            reasons=await self._answers.reasons(shown),
            texts=await self._answers.texts(shown),
            files=f"from={weeks[-1]}&to={weeks[0] + timedelta(days=6)}",
        )
        return await request.app[PAGES].answer(request, page)

    async def file(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the published cells of a range of days as a file; at most 400 days."""
        first, last = _day(request, "from"), _day(request, "to")
        form = next((each for each in FORMS if each == request.match_info["form"]), None)
        if form is None or not 0 <= (last - first).days < 400:
            raise web.HTTPBadRequest
        told = await self._answers.published(first, last)
        sheet = satisfaction_sheet(told, self._names(), page_language(request))
        return await self._files.answer(sheet, form, f"satisfaction-{first}-{last}")

    def _names(self) -> dict[str, Words]:
        return {
            each.code: Words(each.name_ar, each.name_en) for each in self._configuration().services
        }


def install_satisfaction(
    app: web.Application,
    answers: Answers,
    configuration: Callable[[], Configuration],
    files: SheetFiles,
) -> None:
    """Serve `/supervisor/satisfaction` and its files."""
    pages = SatisfactionPages(answers, configuration, files)
    seen = staff_page("see_satisfaction")
    app.router.add_get(PATH, seen(pages.page))
    app.router.add_get(PATH + ".{form:csv|xlsx}", seen(pages.file))


def satisfaction_sheet(told: Iterable[Row], names: dict[str, Words], language: Language) -> Sheet:
    """Return published cells as a sheet."""
    answers = (row_answer(row, names) for row in told)
    return Sheet(
        title=_TITLE.say(language),
        language=language,
        columns=tuple(Column(key, title.say(language), kind) for key, title, kind in _COLUMNS),
        rows=tuple(tuple(each[key] for key, _, _ in _COLUMNS) for each in answers),
    )


def _name(row: Row, names: Mapping[str, Words]) -> Words:
    if row.service is None:
        return NO_SERVICE
    return names.get(row.service, Words(row.service, row.service))


def _day(request: web.Request, name: str) -> date:
    try:
        day = date.fromisoformat(request.query.get(name, ""))
    except ValueError:
        raise web.HTTPBadRequest from None
    if not 2000 <= day.year < 2200:
        raise web.HTTPBadRequest
    return day
