"""The cells of a sheet as its reader sees them: on pages, on paper, along axes; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from core_services import l10n
from core_services.l10n import Language
from core_services.sheets.model import Cell, Column, Kind, Row, Sheet

NOTHING = "–"
"""Stands where nothing is known."""
ALL: Final[Mapping[Language, str]] = {"ar": "الكل", "en": "All"}
"""Stands before the figures of the whole."""
_FLAGS: Final[Mapping[Language, tuple[str, str]]] = {"ar": ("لا", "نعم"), "en": ("no", "yes")}


@dataclass(frozen=True, slots=True)
class Written:
    """A cell as it is read."""

    text: str
    is_figure: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet, written out."""

    title: str
    heads: tuple[Written, ...]
    rows: tuple[tuple[Written, ...], ...]
    total: tuple[Written, ...] = ()
    """The last row, its name first; empty where there is none."""


def write_out(sheet: Sheet) -> Table:
    """Return the sheet as its table twin shows it."""
    return Table(
        title=sheet.title,
        heads=tuple(Written(column.title, column.is_figure) for column in sheet.columns),
        rows=tuple(_written(sheet.columns, row, sheet.language) for row in sheet.rows),
        total=(
            Written(ALL[sheet.language], is_figure=False),
            *_written(sheet.columns[1:], sheet.total, sheet.language),
        )
        if sheet.total
        else (),
    )


def cell_text(cell: Cell, kind: Kind, language: Language) -> str:
    """Write one cell; a dash where nothing is known."""
    if cell is None:
        return NOTHING
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return _FLAGS[language][cell]
    if isinstance(cell, datetime):
        time = l10n.format_time(cell, language)
        return time if kind == "time" else f"{l10n.format_date(cell, language)} {time}"
    if isinstance(cell, date):
        return l10n.format_date(cell, language)
    return _figure(cell, kind, language)


def column_text(column: Column, cell: Cell, language: Language) -> str:
    """Write one cell of a column."""
    return cell_text(cell, column.kind, language)


def _written(columns: Sequence[Column], row: Row, language: Language) -> tuple[Written, ...]:
    return tuple(
        Written(cell_text(cell, column.kind, language), column.is_figure)
        for column, cell in zip(columns, row, strict=True)
    )


def _figure(cell: int | float, kind: Kind, language: Language) -> str:
    match kind:
        case "seconds":
            return l10n.format_minutes_seconds(cell, language)
        case "hours":
            return l10n.format_hours_minutes(cell, language)
        case "share":
            percent = l10n.format_number(cell * 100, language, decimals=1)
            return f"{percent}٪" if language == "ar" else f"{percent}%"
        case "number":
            return l10n.format_number(cell, language, decimals=1)
        case "hour":
            return hour_text(int(cell), language)
        case "weekday":
            return l10n.weekday_name(int(cell), language)
        case _:
            return l10n.format_number(cell, language)


def hour_text(hour: int, language: Language) -> str:
    """Write the hour that begins then: `٩ ص`, `9 am`."""
    half = {"ar": ("ص", "م"), "en": ("am", "pm")}[language][hour >= 12]
    return l10n.digits(f"{hour % 12 or 12} {half}", language)
