"""The day's situation («الموقف اليومي») of the queue by department, in numbers and words; pure.

The ministry's columns (وارد، منجز، تحت الإجراء، متأخر، مرفوض) are of applications. What stands here
is what the queue knows of the same departments: numbers taken, served, still there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from core_services.l10n import (
    Language,
    digits,
    format_date,
    format_date_words,
    format_minutes_seconds,
    format_number,
    format_time,
)
from core_services.paper.daily import DailySheet
from core_services.sheets.model import Column, Sheet
from queue_server.charts.columns import column_chart
from queue_server.charts.frame import Look
from queue_server.figures.aggregate import Figures
from queue_server.figures.report import seconds, target_called, target_words

LONGEST_TEXT: Final = 900
_SHOWN: Final = 10
"""Departments on the picture; the smallest of more are added up."""
_FEW: Final = 5
"""With so few the chart may be higher."""

_TITLE: Final = ("الموقف اليومي", "The day's situation")
_OTHERS: Final = ("جهات أخرى", "Other departments")
_NO_DEPARTMENT: Final = ("خدمة لم تُحدد", "Service not set")
_HEADS: Final = (
    ("الجهة", "Department"),
    ("وارد", "Taken"),
    ("منجز", "Served"),
    ("في الصالة", "In the hall"),
    ("لم يحضر", "Did not come"),
    ("لم يُخدم", "Not served"),
)
_NOTES: Final = (
    (
        "من أرقام الدور: وارد = رقم صدر، منجز = تمت خدمته، في الصالة = ينتظر أو عند شباك، "
        "لم يُخدم = انصرف أو أُلغي أو انتهى اليوم أو حُفظ ليوم آخر.",
        "Of queue numbers: taken, served, in the hall (waiting or at a window), not served (left, "
        "cancelled, the day ended, kept for another day).",
    ),
    (
        "موقف الطلبات نفسها (تحت الإجراء، متأخر، مرفوض) غير مسجل في هذا النظام بعد.",
        "Applications themselves (in progress, late, refused) are not recorded in this system yet.",
    ),
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One department's day."""

    name_ar: str
    name_en: str
    came: int = 0
    served: int = 0
    here: int = 0
    no_show: int = 0
    unserved: int = 0

    def __add__(self, other: "Standing") -> "Standing":
        return replace(
            self,
            came=self.came + other.came,
            served=self.served + other.served,
            here=self.here + other.here,
            no_show=self.no_show + other.no_show,
            unserved=self.unserved + other.unserved,
        )

    @property
    def numbers(self) -> tuple[int, ...]:
        return self.came, self.served, self.here, self.no_show, self.unserved


@dataclass(frozen=True, slots=True)
class Situation:
    """A day of the queue at one moment."""

    day: date
    made_at: datetime
    """In the centre's zone."""
    departments: tuple[Standing, ...]
    whole: Figures
    target_s: int
    windows_open: int | None
    """None: the day is over."""
    hours: tuple[tuple[int, int, int], ...]
    """The hour, who came in it, who of them was served."""

    @property
    def total(self) -> Standing:
        return sum(self.departments, Standing("الإجمالي", "Total"))


def departments_of(
    by_service: Iterable[tuple[str, Figures]], departments: Mapping[str, tuple[str, str]]
) -> tuple[Standing, ...]:
    """Add up figures by the department that each service belongs to, the largest first.

    A service that is in no department's list stands under its own absence.
    """
    found: dict[tuple[str, str], Standing] = {}
    for service, figures in by_service:
        names = departments.get(service, _NO_DEPARTMENT)
        counted = figures.counted
        mine = Standing(
            *names,
            came=counted.came,
            served=counted.served,
            here=counted.open,
            no_show=counted.no_show,
            unserved=counted.left + counted.cancelled + counted.lapsed + counted.carried_over,
        )
        found[names] = mine if names not in found else found[names] + mine
    return tuple(
        sorted(found.values(), key=lambda each: (each.name_ar == _NO_DEPARTMENT[0], -each.came))
    )


def sheet_of(
    situation: Situation, language: Language, *, governorate: str, unit: str, centre: str
) -> DailySheet:
    """Return what stands on picture and page."""
    say = _sayer(language)
    shown = _at_most(situation.departments)
    return DailySheet(
        language=language,
        governorate=governorate,
        unit=unit,
        centre=centre,
        title=say(_TITLE),
        day=format_date(situation.day, language),
        made=made_words(situation.made_at, language),
        figures=tuple((say(name), value) for name, value in _figures(situation, language)),
        heads=tuple(say(head) for head in _HEADS),
        rows=tuple(_row(each, language) for each in shown),
        total=_row(situation.total, language),
        chart=_chart(situation, language),
        notes=tuple(say(note) for note in _NOTES),
    )


def text_of(situation: Situation, language: Language, *, centre: str) -> str:
    """Return the situation as a message, within `LONGEST_TEXT` characters."""
    say = _sayer(language)
    head = [f"{say(_TITLE)} – {centre}", format_date_words(situation.day, language)]
    figures = [f"{say(name)}: {value}" for name, value in _figures(situation, language)]
    comma = "، " if language == "ar" else ", "
    lines = [
        f"• {each.name_ar if language == 'ar' else each.name_en}: "
        + comma.join(
            f"{say(name)} {format_number(number, language)}"
            for name, number in zip(_HEADS[1:4], each.numbers[:3], strict=True)
        )
        for each in situation.departments
    ]
    tail = [say(_NOTES[1]), made_words(situation.made_at, language)]
    while lines and len("\n".join([*head, *figures, *lines, *tail])) > LONGEST_TEXT:
        lines.pop()
    return "\n".join([*head, *figures, *lines, *tail])


def made_words(at: datetime, language: Language) -> str:
    """Say when it was made."""
    when = f"{format_date(at, language)} {format_time(at, language)}"
    return f"أُعد في {when}" if language == "ar" else f"Made on {when}"


def _figures(situation: Situation, language: Language) -> list[tuple[tuple[str, str], str]]:
    total, whole = situation.total, situation.whole
    target = target_words((situation.target_s,), language)
    within = target_called(whole)
    mean, most = seconds(whole.wait.mean_us), seconds(whole.wait.quantile_us(0.8))
    figures = [
        (("وارد", "Numbers taken"), format_number(total.came, language)),
        (("منجز", "Served"), format_number(total.served, language)),
        (("في الصالة الآن", "In the hall now"), format_number(total.here, language)),
        (("لم يحضر عند النداء", "Did not come"), format_number(total.no_show, language)),
        (("متوسط الانتظار", "Mean wait"), _minutes(mean, language)),
        (("٨٠٪ انتظروا حتى", "80 % waited at most"), _minutes(most, language)),
        (
            (f"انتظروا {target} أو أقل", f"Waited {target} or less"),
            "–" if within is None else _percent(within, language),
        ),
    ]
    if situation.windows_open is not None:
        words = ("شبابيك مفتوحة", "Windows open")
        figures.append((words, format_number(situation.windows_open, language)))
    return figures


def _percent(value: float, language: Language) -> str:
    return format_number(round(value * 100), language) + ("٪" if language == "ar" else " %")


def _minutes(value: int | None, language: Language) -> str:
    return "–" if value is None else format_minutes_seconds(value, language)


def _row(standing: Standing, language: Language) -> tuple[str, ...]:
    name = standing.name_ar if language == "ar" else standing.name_en
    return (name, *(digits(str(number), language) for number in standing.numbers))


def _at_most(departments: Sequence[Standing]) -> tuple[Standing, ...]:
    if len(departments) <= _SHOWN:
        return tuple(departments)
    rest = sum(departments[_SHOWN - 1 :], Standing(*_OTHERS))
    return (*departments[: _SHOWN - 1], rest)


def _chart(situation: Situation, language: Language) -> str:
    if not situation.hours:
        return ""
    say = _sayer(language)
    sheet = Sheet(
        title=say(("من جاء ومن خُدم منهم، بالساعة", "Who came and who of them was served, by hour")),
        language=language,
        columns=(
            Column("hour", say(("الساعة", "Hour")), "hour"),
            Column("came", say(("أرقام صدرت", "Numbers taken")), "int"),
            Column("served", say(("تمت خدمتهم", "Served")), "int"),
        ),
        rows=situation.hours,
    )
    room = 280 if len(situation.departments) > _FEW else 320
    look = Look(language, "daily", width=760, height=room, is_standalone=True)
    unit = say(("عدد", "Number"))
    return column_chart(sheet, look, x="hour", series=("came", "served"), unit=unit)


def _sayer(language: Language) -> Callable[[tuple[str, str]], str]:
    return lambda both: both[language == "en"]
