"""Turns figures of a range into the sheet of a report, from which page and files are made; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from core_services.l10n import Language, digits, format_date, minutes_words, plural
from core_services.sheets.model import Cell, Column, Definition, Kind, Row, Sheet
from queue_server.figures.aggregate import Durations, Figures, Slice
from queue_server.figures.definitions import DEFINITIONS, FOLLOW_UP
from queue_server.figures.reading import Line, Ranged

By = Literal["day", "hour", "queue", "service", "priority", "window", "clerk"]
BYS: Final[tuple[By, ...]] = get_args(By)
AT_WINDOWS: Final[frozenset[str]] = frozenset({"window", "clerk"})
"""Reports of what happened at windows; they bear the sentence of follow-up."""

_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Figure:
    """A column of a report: how it is called, which definitions it needs, and what it is."""

    key: str
    title_ar: str
    title_en: str
    kind: Kind
    of: Callable[[Figures], Cell]
    defined: tuple[str, ...]
    is_shown: bool = True
    """It stands on the page; the others stand in the files."""

    def title(self, language: Language) -> str:
        return self.title_ar if language == "ar" else self.title_en


def seconds(us: int | None) -> int | None:
    """Round microseconds to the nearest second, halves up."""
    return None if us is None else (us + _MICROSECONDS // 2) // _MICROSECONDS


def share(part: int, whole: int) -> float | None:
    """Return a part of a whole; None of nothing."""
    return part / whole if whole else None


def target_called(figures: Figures) -> float | None:
    """The share within the target of those who were called."""
    return share(figures.counted.within_target, figures.wait.n)


def target_all(figures: Figures) -> float | None:
    """The share within the target of all who waited, also those who were never called."""
    return share(figures.counted.within_target, figures.wait.n + figures.counted.gone)


def occupancy(figures: Figures) -> float | None:
    """The share of its open time in which a window had somebody in hand."""
    counted = figures.counted
    return share(counted.busy_us, counted.open_s * _MICROSECONDS)


def _count(key: str, ar: str, en: str, *, is_shown: bool = True) -> Figure:
    def of(figures: Figures) -> Cell:
        value: int = getattr(figures.counted, key)
        return value

    return Figure(key, ar, en, "int", of, (key,), is_shown)


def _mean(measure: str, ar: str, en: str, *, is_shown: bool = True) -> Figure:
    def of(figures: Figures) -> Cell:
        return seconds(_durations(figures, measure).mean_us)

    return Figure(f"{measure}_mean_s", ar, en, "seconds", of, (measure, "mean"), is_shown)


def _quantile(measure: str, p: float, ar: str, en: str, *, is_shown: bool = False) -> Figure:
    def of(figures: Figures) -> Cell:
        return seconds(_durations(figures, measure).quantile_us(p))

    key = f"{measure}_p{round(p * 100)}_s"
    return Figure(key, ar, en, "seconds", of, (measure, "quantile"), is_shown)


def _spent(key: str, name: str, ar: str, en: str, *, is_shown: bool = True) -> Figure:
    def of(figures: Figures) -> Cell:
        value: int = getattr(figures.counted, name)
        return seconds(value) if name.endswith("_us") else value

    return Figure(f"{key}_s", ar, en, "seconds", of, (key,), is_shown)


def _durations(figures: Figures, measure: str) -> Durations:
    value: Durations = getattr(figures, measure)
    return value


OF_PEOPLE: Final[tuple[Figure, ...]] = (
    _count("came", "أرقام صدرت", "Numbers taken"),
    _count("requests", "طلبات", "Requests", is_shown=False),
    _count("served", "تمت خدمتهم", "Served"),
    _count("no_show", "لم يحضروا", "Did not come"),
    _count("left", "انصرفوا قبل النداء", "Left before a call"),
    _count("cancelled", "أُلغيت بعد النداء", "Cancelled after a call", is_shown=False),
    _count("lapsed", "انتهى اليوم قبلهم", "The day ended first"),
    _count("carried_over", "حُفظت ليوم آخر", "Kept for another day", is_shown=False),
    _count("marked", "لا يُقاس انتظارهم", "Wait not measured", is_shown=False),
    _mean("wait", "متوسط الانتظار", "Mean wait"),
    _quantile("wait", 0.5, "نصفهم انتظر", "Half waited at most"),
    _quantile("wait", 0.8, "٨٠٪ انتظروا حتى", "80 % waited at most", is_shown=True),
    _quantile("wait", 0.9, "٩٠٪ انتظروا حتى", "90 % waited at most"),
    _quantile("wait", 0.95, "٩٥٪ انتظروا حتى", "95 % waited at most"),
    Figure(
        "target_called",
        "ضمن المستهدف (ممن نودي)",
        "Within target (of those called)",
        "share",
        target_called,
        ("target_called",),
    ),
    Figure(
        "target_all",
        "ضمن المستهدف (من الكل)",
        "Within target (of all)",
        "share",
        target_all,
        ("target_all",),
    ),
    _count("calls", "نداءات", "Calls", is_shown=False),
    _mean("walk", "متوسط الوصول", "Mean walk", is_shown=False),
    _mean("service", "متوسط الخدمة", "Mean service"),
    _quantile("service", 0.9, "٩٠٪ خُدموا خلال", "90 % served within"),
    _mean("total", "متوسط الزيارة", "Mean visit", is_shown=False),
    _quantile("total", 0.9, "٩٠٪ أنهوا زيارتهم خلال", "90 % of visits within"),
)

OF_WINDOWS: Final[tuple[Figure, ...]] = (
    _count("calls", "نداءات", "Calls"),
    _count("finishes", "خدمات أُنهيت", "Services finished"),
    _count("no_show_calls", "لم يحضر أصحابها", "Nobody came"),
    _mean("walk", "متوسط الوصول", "Mean walk", is_shown=False),
    _mean("service", "متوسط الخدمة", "Mean service"),
    _quantile("service", 0.5, "نصف الخدمات خلال", "Half of services within"),
    _quantile("service", 0.9, "٩٠٪ من الخدمات خلال", "90 % of services within"),
    _mean("wait", "متوسط انتظار من نودي", "Mean wait of those called", is_shown=False),
    _spent("open", "open_s", "مدة الفتح", "Open"),
    _spent("busy", "busy_us", "مدة العمل", "At work", is_shown=False),
    Figure("occupancy", "نسبة الإشغال", "Occupancy", "share", occupancy, ("busy", "occupancy")),
    _spent("idle", "idle_s", "فراغ والناس منتظرون", "Idle while people waited"),
    _spent("pause", "pause_s", "استراحات", "Pauses"),
    _count("out_of_order", "خارج الدور", "Out of order"),
    _count("undos", "تُراجع عنها", "Undone", is_shown=False),
)


def figures_of(by: By) -> tuple[Figure, ...]:
    """Return the columns of a report."""
    return OF_WINDOWS if by in AT_WINDOWS else OF_PEOPLE


def slice_of(by: By) -> Slice:
    """Return the slice that a report by this is made of; by day it is the whole of each day."""
    return "all" if by == "day" else by


@dataclass(frozen=True, slots=True)
class Named:
    """How keys are called; one that has no name is shown itself."""

    head: str
    names: Mapping[str, str]
    nobody: str
    """In place of the empty key: a service that was not set, a clerk whom nobody knows."""


def report_sheet(
    ranged: Ranged,
    by: By,
    named: Named,
    *,
    title: str,
    language: Language,
    days: tuple[tuple[date, Figures], ...] = (),
) -> Sheet:
    """Return the whole report, a row for each key with something in it; the whole stands last.

    `days` are the rows of a report by day.
    """
    columns = figures_of(by)
    rows: list[Row] = []
    if by == "day":
        rows = [(day, *_cells(columns, figures)) for day, figures in days]
    else:
        rows = [
            (_first_cell(by, line, named), *_cells(columns, line.figures))
            for line in _ordered(ranged.lines, by, named)
        ]
    kinds: dict[By, Kind] = {"day": "date", "hour": "hour"}
    return Sheet(
        title=title,
        language=language,
        columns=(
            Column(by, named.head, kinds.get(by, "text")),
            *(Column(each.key, each.title(language), each.kind) for each in columns),
        ),
        rows=tuple(rows),
        total=_cells(columns, ranged.whole) if rows else (),
        about=about_of(ranged, language),
        notes=notes_of(ranged, by, language),
        definitions=definitions_of(by, ranged.targets_s, language),
    )


def about_of(ranged: Ranged, language: Language) -> tuple[tuple[str, str], ...]:
    """Say what the report is of."""
    first, last = format_date(ranged.first, language), format_date(ranged.last, language)
    if language == "ar":
        span = first if ranged.first == ranged.last else f"من {first} إلى {last}"
        return (("المدة", span), ("أيام العمل", days_words(ranged.days, language)))
    span = first if ranged.first == ranged.last else f"{first} to {last}"
    return (("Period", span), ("Working days", days_words(ranged.days, language)))


def notes_of(ranged: Ranged, by: By, language: Language) -> tuple[str, ...]:
    """Say what must be known to read the report."""
    notes: list[str] = []
    if by in AT_WINDOWS:
        notes += [FOLLOW_UP.term(language), FOLLOW_UP.meaning(language)]
    coming = ranged.missing - len(ranged.failed)
    if coming:
        notes.append(
            f"لم تُحسب بعد: {days_words(coming, language)}. أعد فتح التقرير بعد دقيقة."
            if language == "ar"
            else f"Not worked out yet: {days_words(coming, language)}. "
            "Open the report again in a minute."
        )
    if ranged.failed:
        days = ("، " if language == "ar" else ", ").join(
            format_date(day, language) for day in ranged.failed
        )
        notes.append(
            f"تعذر حساب أرقام: {days}. ليست في هذا التقرير، والسبب في سجل الخادم."
            if language == "ar"
            else f"The figures of these days cannot be worked out: {days}. They are not in this "
            "report; the server's log says why."
        )
    return tuple(notes)


def definitions_of(
    by: By, targets_s: tuple[int, ...], language: Language
) -> tuple[Definition, ...]:
    """Return what the report's columns mean, each once, in their order."""
    codes = dict.fromkeys(code for each in figures_of(by) for code in each.defined)
    minutes = target_words(targets_s, language)
    return tuple(
        Definition(
            DEFINITIONS[code].term(language),
            DEFINITIONS[code].meaning(language).replace("{minutes}", minutes),
        )
        for code in codes
    )


def target_words(targets_s: tuple[int, ...], language: Language) -> str:
    """Say the target in minutes, or both ends where it changed within the range."""
    words = [minutes_words(target // 60, language) for target in targets_s]
    if len(words) == 1:
        return words[0]
    return f"{words[0]} – {words[-1]}"


def days_words(days: int, language: Language) -> str:
    """Say a number of days."""
    if language == "ar":
        return digits(
            plural(
                days, "لا أيام", "يوم واحد", "يومان", f"{days} أيام", f"{days} يومًا", f"{days} يوم"
            ),
            language,
        )
    return "1 day" if days == 1 else f"{days} days"


def _cells(columns: tuple[Figure, ...], figures: Figures) -> tuple[Cell, ...]:
    return tuple(column.of(figures) for column in columns)


def _first_cell(by: By, line: Line, named: Named) -> Cell:
    if by == "hour":
        return line.hour
    return named.names.get(line.key, line.key) if line.key else named.nobody


def _ordered(lines: tuple[Line, ...], by: By, named: Named) -> list[Line]:
    """Windows and hours in their order, others by their size, the unnamed last."""
    if by == "hour":
        return list(lines)
    if by == "window":
        return sorted(lines, key=lambda line: int(line.key))
    if by == "clerk":
        return sorted(lines, key=lambda line: (not line.key, named.names.get(line.key, line.key)))
    return sorted(lines, key=lambda line: (not line.key, -line.figures.counted.came, line.key))
