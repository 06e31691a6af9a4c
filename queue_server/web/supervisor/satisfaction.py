"""The supervisor's page of satisfaction: one week by service, the weeks before it, and CSV."""

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Final

from aiohttp import web

from queue_server.configuration import Configuration
from queue_server.feedback.answers import Answers
from queue_server.feedback.publication import Published, Row, last_weeks, total
from queue_server.web.api.satisfaction import NO_SERVICE, row_answer
from queue_server.web.callers import Caller
from queue_server.web.keys import PAGES
from queue_server.web.staff_pages import staff_page
from queue_server.web.words import Words

PATH: Final = "/supervisor/satisfaction"
WEEKS_SHOWN: Final = 8
_BOM: Final = "\ufeff"
"""Spreadsheets take a CSV for UTF-8 by it."""
_COLUMNS: Final = (
    "week_begins",
    "week_ends",
    "service",
    "name_ar",
    "name_en",
    "answers",
    "satisfied_at_least",
    "satisfied_at_most",
    "share_at_least_percent",
    "share_at_most_percent",
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
    csv_address: str


class SatisfactionPages:
    """Shows what may be told of citizens' answers; nothing else is ever read here."""

    def __init__(self, answers: Answers, configuration: Callable[[], Configuration]) -> None:
        self._answers = answers
        self._configuration = configuration

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
            csv_address=f"{PATH}.csv?from={weeks[-1]}&to={weeks[0] + timedelta(days=6)}",
        )
        return await request.app[PAGES].answer(request, page)

    async def table(self, request: web.Request, caller: Caller) -> web.StreamResponse:
        """Answer the published cells of a range of days as CSV; at most 400 days."""
        first, last = _day(request, "from"), _day(request, "to")
        if not 0 <= (last - first).days < 400:
            raise web.HTTPBadRequest
        told = await self._answers.published(first, last)
        names = self._names()
        text = io.StringIO()
        writer = csv.DictWriter(text, _COLUMNS)
        writer.writeheader()
        writer.writerows(row_answer(row, names) for row in told)
        return web.Response(
            text=_BOM + text.getvalue(),
            content_type="text/csv",
            charset="utf-8",
            headers={
                "Content-Disposition": f'attachment; filename="satisfaction-{first}-{last}.csv"'
            },
        )

    def _names(self) -> dict[str, Words]:
        return {
            each.code: Words(each.name_ar, each.name_en) for each in self._configuration().services
        }


def install_satisfaction(
    app: web.Application, answers: Answers, configuration: Callable[[], Configuration]
) -> None:
    """Serve `/supervisor/satisfaction` and its CSV."""
    pages = SatisfactionPages(answers, configuration)
    seen = staff_page("see_satisfaction")
    app.router.add_get(PATH, seen(pages.page))
    app.router.add_get(PATH + ".csv", seen(pages.table))


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
