"""The page of reports: figures beside those of the period before, charts, table, definitions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final, Literal
from urllib.parse import urlencode

from markupsafe import Markup

from core_services.l10n import Language
from core_services.sheets.model import Cell, Sheet
from core_services.sheets.texts import Table, cell_text, write_out
from queue_server.charts.columns import column_chart
from queue_server.charts.frame import Look
from queue_server.figures import periods
from queue_server.figures.aggregate import Figures
from queue_server.figures.periods import Period
from queue_server.figures.reading import Ranged
from queue_server.figures.report import (
    AT_WINDOWS,
    OF_PEOPLE,
    By,
    Figure,
    figures_of,
)
from queue_server.web.supervisor.export_view import ExportRow
from queue_server.web.words import Words

PATH: Final = "/supervisor/reports"
Better = Literal["higher", "lower", "neither"]
_TILES: Final[tuple[tuple[str, Better], ...]] = (
    ("came", "neither"),
    ("served", "neither"),
    ("no_show", "lower"),
    ("left", "lower"),
    ("wait_mean_s", "lower"),
    ("wait_p80_s", "lower"),
    ("target_called", "higher"),
    ("target_all", "higher"),
)
"""The figures on top of the page, and which way is better."""

_DRAWN: Final[frozenset[By]] = frozenset({"day", "hour", "queue", "priority", "window"})
"""Names of services and people do not fit under columns."""
_MOST_COLUMNS: Final = 31


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the whole period and the same of the period before."""

    title: str
    text: str
    before: str
    change: Literal["better", "worse", "same"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of the form."""

    value: str
    title: Words
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The whole page."""

    template: ClassVar[str] = "supervisor_reports.html"

    period: Period
    before: Period
    by: By
    kinds: tuple[Choice, ...]
    bys: tuple[Choice, ...]
    tiles: tuple[Tile, ...]
    sheet: Sheet
    table: Table
    charts: tuple[Markup, ...]
    days: int
    days_before: int
    told_at: datetime | None
    target: str
    today: date
    exports: tuple[ExportRow, ...]
    problem: Words | None = None

    @property
    def earlier(self) -> str:
        return address(self.period.before, self.by)

    @property
    def later(self) -> str | None:
        return None if self.period.after.first > self.today else address(self.period.after, self.by)

    def file(self, form: str) -> str:
        """Return where the same report lies as a file."""
        return address(self.period, self.by, form=form)


def address(period: Period, by: By, *, form: str = "") -> str:
    """Return where a report is found."""
    query = {"period": period.kind, "day": period.first.isoformat()}
    if period.kind == "range":
        query["to"] = period.last.isoformat()
    return f"{PATH}{form and '.' + form}?{urlencode({**query, 'by': by})}"


KIND_WORDS: Final[dict[periods.Kind, Words]] = {
    "day": Words("يوم", "Day"),
    "week": Words("أسبوع", "Week"),
    "month": Words("شهر", "Month"),
    "range": Words("مدة", "Range"),
}


def tiles_of(now: Ranged, before: Ranged, language: Language) -> tuple[Tile, ...]:
    """Return the figures on top of the page."""
    columns = {each.key: each for each in OF_PEOPLE}
    return tuple(
        _tile(columns[key], better, now.whole, before.whole if before.days else None, language)
        for key, better in _TILES
    )


def _tile(
    column: Figure, better: Better, now: Figures, before: Figures | None, language: Language
) -> Tile:
    is_now = column.of(now)
    was = None if before is None else column.of(before)
    return Tile(
        title=column.title(language),
        text=cell_text(is_now, column.kind, language),
        before=cell_text(was, column.kind, language),
        change=_change(better, is_now, was),
    )


def _change(better: Better, now: Cell, was: Cell) -> Literal["better", "worse", "same"]:
    if (
        better == "neither"
        or not isinstance(now, (int, float))
        or not isinstance(was, (int, float))
    ):
        return "same"
    if now == was:
        return "same"
    return "better" if (now > was) == (better == "higher") else "worse"


def shown(sheet: Sheet, by: By) -> Sheet:
    """Return the part of a report that stands on the page: its files have more columns."""
    keys = [by, *(each.key for each in figures_of(by) if each.is_shown)]
    places = [sheet.index(key) for key in keys]
    return replace(
        sheet,
        columns=tuple(sheet.columns[place] for place in places),
        rows=tuple(tuple(row[place] for place in places) for row in sheet.rows),
        total=tuple(sheet.total[place - 1] for place in places[1:]) if sheet.total else (),
    )


def charts_of(sheet: Sheet, by: By, *, is_standalone: bool = False) -> tuple[str, ...]:
    """Draw how many and how long, from the cells of the table."""
    if by not in _DRAWN or not sheet.rows:
        return ()
    drawn = replace(sheet, rows=sheet.rows[:_MOST_COLUMNS])
    counted = ("finishes", "no_show_calls") if by in AT_WINDOWS else ("came", "served")
    lasting = ("service_mean_s",) if by in AT_WINDOWS else ("wait_mean_s", "wait_p80_s")
    language = sheet.language
    units = {
        "people": Words("عدد", "Number").say(language),
        "minutes": Words("دقيقة", "minutes").say(language),
    }
    return tuple(
        column_chart(
            replace(drawn, title=f"{sheet.title}: {title.say(language)}"),
            Look(language, name, width=760, height=260, is_standalone=is_standalone),
            x=by,
            series=series,
            unit=units[unit],
        )
        for name, title, series, unit in (
            ("report-people", Words("الأعداد", "Numbers"), counted, "people"),
            ("report-times", Words("المدد", "Durations"), lasting, "minutes"),
        )
    )


def page_of(
    *,
    period: Period,
    before_period: Period,
    by: By,
    bys: Sequence[tuple[By, Words]],
    now: Ranged,
    before: Ranged,
    sheet: Sheet,
    target: str,
    today: date,
    exports: tuple[ExportRow, ...],
    problem: Words | None = None,
) -> ReportPage:
    """Put the page together."""
    language = sheet.language
    on_page = shown(sheet, by)
    return ReportPage(
        period=period,
        before=before_period,
        by=by,
        kinds=tuple(Choice(kind, KIND_WORDS[kind], kind == period.kind) for kind in periods.KINDS),
        bys=tuple(Choice(each, title, each == by) for each, title in bys),
        tiles=tiles_of(now, before, language),
        sheet=sheet,
        table=write_out(on_page),
        charts=tuple(Markup(chart) for chart in charts_of(sheet, by)),
        days=now.days,
        days_before=before.days,
        told_at=now.told_at,
        target=target,
        today=today,
        exports=exports,
        problem=problem,
    )
