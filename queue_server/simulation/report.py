"""Writes a simulation's report: a page in each language that needs nothing beside it, and its plots
as pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

import core_services.look
from core_services.l10n import Language, digits, format_date_words, format_number
from core_services.sheets.model import Column, Row, Sheet
from core_services.sheets.texts import Table, write_out
from queue_server.charts.columns import column_chart, histogram
from queue_server.charts.frame import Look
from queue_server.charts.lines import Mark, line_chart
from queue_server.simulation import report_words as words
from queue_server.simulation.report_sheets import (
    course_sheet,
    days_sheet,
    faults_sheet,
    taken_sheet,
    truth_sheet,
    waits_sheet,
    windows_sheet,
)
from queue_server.simulation.result import LivedThrough, Simulated

_HERE: Final = Path(__file__).parent
_LANGUAGES: Final[tuple[Language, ...]] = ("ar", "en")
_WIDTH: Final = 860


@dataclass(frozen=True, slots=True)
class Plot:
    """A chart with its table; no chart where there is nothing to draw."""

    name: str
    table: Table
    svg: Markup | None


@dataclass(frozen=True, slots=True)
class DayPlots:
    """The plots of a day."""

    name: str
    plots: tuple[Plot, ...]


def write_report(folder: Path, simulated: Simulated, zone: ZoneInfo) -> list[Path]:
    """Write `report-ar.html`, `report-en.html` and the plots; return the files. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("report.html")
    style = _style()
    written: list[Path] = []
    for language in _LANGUAGES:
        days = [_plots(day, language, zone) for day in simulated.days]
        for day, plots in zip(simulated.days, days, strict=True):
            for plot in plots.plots:
                if plot.svg is not None:
                    name = f"{day.figures.day}-{plot.name}-{language}.svg"
                    written.append(_write(folder / name, plot.svg))
        other: Language = "en" if language == "ar" else "ar"
        title, about = simulated.plan.title, simulated.plan.about
        text = template.render(
            language=language,
            direction="rtl" if language == "ar" else "ltr",
            other=f"report-{other}.html",
            other_language=other,
            style=style,
            words=words,
            title=title.ar if language == "ar" else title.en,
            about=None if about is None else about.ar if language == "ar" else about.en,
            facts=_facts(simulated, language),
            days=write_out(days_sheet(simulated.days, language)),
            faults=write_out(faults_sheet(simulated.plan, language, zone))
            if simulated.plan.faults
            else None,
            screens=_screens(simulated.screens, language),
            charts=days,
        )
        written.append(_write(folder / f"report-{language}.html", text))
    return written


def _plots(day: LivedThrough, language: Language, zone: ZoneInfo) -> DayPlots:
    minutes = words.MINUTES.say(language)
    p80_s = day.figures.waits.p80_s
    mark = None if p80_s is None else Mark(p80_s, words.MARK_80.say(language))
    course = course_sheet(day, language, zone)
    taken = taken_sheet(day, language, zone)
    waits = waits_sheet(day, language)
    windows = windows_sheet(day, language)
    truth = truth_sheet(day, language, zone)
    drawn: list[tuple[str, Sheet, str | None]] = [
        (
            "course",
            course,
            line_chart(course, _look("course", language), x="at", series=("waiting", "open"))
            if course.rows
            else None,
        ),
        (
            "taken",
            taken,
            column_chart(
                taken,
                _look("taken", language),
                x="at",
                series=("kiosk", "elsewhere"),
                is_stacked=True,
            )
            if taken.rows
            else None,
        ),
        (
            "waits",
            waits,
            histogram(
                waits,
                _look("waits", language),
                low="low",
                high="high",
                people="people",
                unit=minutes,
                mark=mark,
            )
            if waits.rows
            else None,
        ),
        (
            "windows",
            windows,
            column_chart(
                windows,
                _look("windows", language),
                x="window",
                series=("served", "absent"),
                is_stacked=True,
            )
            if windows.rows
            else None,
        ),
        (
            "truth",
            truth,
            line_chart(
                truth, _look("truth", language), x="at", series=("said", "waited"), unit=minutes
            )
            if truth.rows
            else None,
        ),
    ]
    plots = tuple(
        Plot(name, write_out(sheet), None if svg is None else Markup(svg))
        for name, sheet, svg in drawn
    )
    return DayPlots(format_date_words(day.figures.day, language), plots)


def _style() -> Markup:
    """Return the page's own style: a report is opened where nothing of ours is beside it."""
    look = Path(core_services.look.__path__[0])
    files = (look / "tokens.css", _HERE / "report.css")
    css = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return Markup("<style>\n") + Markup(css) + Markup("</style>")


def _look(name: str, language: Language) -> Look:
    return Look(language, name, width=_WIDTH, height=300, is_standalone=True)


def _facts(simulated: Simulated, language: Language) -> list[tuple[str, str]]:
    speed = words.MAX_SPEED.say(language)
    if simulated.speed != "max":
        speed = f"{digits(simulated.speed, language)} {words.TIMES.say(language)}"
    return [
        (words.SCENARIO.say(language), simulated.scenario),
        (words.SEED.say(language), format_number(simulated.seed, language)),
        (words.SPEED.say(language), speed),
    ]


def _screens(screens: Mapping[str, Any], language: Language) -> Table | None:
    rows: list[Row] = [
        (
            name.say(language),
            screens[key]["n"],
            *(digits(f"{screens[key][each]:.3f}", language) for each in _SPREAD),
        )
        for key, name in words.SCREEN_NAMES.items()
        if screens.get(key, {}).get("n")
    ]
    if not rows:
        return None
    columns = (
        Column("screen", words.SCREEN.say(language)),
        Column("n", words.CHANGES.say(language), "int"),
        Column("p50_s", words.MIDDLE.say(language)),
        Column("p99_s", words.OF_99.say(language)),
        Column("max_s", words.AT_MOST.say(language)),
    )
    return write_out(Sheet(words.SCREENS.say(language), language, columns, tuple(rows)))


_SPREAD: Final[Sequence[str]] = ("p50_s", "p99_s", "max_s")


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
