"""A sheet as a spreadsheet (XLSX): real numbers, times and durations, definitions beside them.

In Arabic the spreadsheet runs from right to left. xlsxwriter is imported when the first is made:
a server that makes none does not carry it.
"""

import io
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from core_services.l10n import Language
from core_services.sheets.model import Cell, Column, Kind, Sheet
from core_services.sheets.texts import cell_text, write_out

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

CONTENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DAY_S: Final = 86_400
"""A spreadsheet counts time in days."""

_NUMBER_FORMATS: Final[Mapping[Kind, str]] = {
    "int": "#,##0",
    "number": "#,##0.0",
    "seconds": "[mm]:ss",
    "hours": "[h]:mm",
    "share": "0.0%",
    "date": "dd/mm/yyyy",
    "moment": "dd/mm/yyyy hh:mm",
    "time": "hh:mm",
    "hour": "hh:mm",
}
_NAMES: Final[Mapping[Language, tuple[str, str]]] = {
    "ar": ("الأرقام", "التعريفات"),
    "en": ("Figures", "Definitions"),
}
_NARROWEST, _HEAD_WRAPS_AT, _WIDEST = 9, 18, 48
"""Widths of columns, in letters."""


def as_xlsx(sheet: Sheet, *, at: datetime) -> bytes:
    """Return the file; `at` is when it is made. Blocks, about 0.1 s for a thousand rows."""
    import xlsxwriter

    made = io.BytesIO()
    with xlsxwriter.Workbook(
        made,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    ) as book:
        book.set_properties({"title": sheet.title, "created": at.replace(tzinfo=None)})
        figures, definitions = _NAMES[sheet.language]
        _write_figures(book, _page(book, figures, sheet.language), sheet)
        if sheet.definitions:
            _write_definitions(book, _page(book, definitions, sheet.language), sheet)
    return made.getvalue()


def _page(book: "Workbook", name: str, language: Language) -> "Worksheet":
    page = book.add_worksheet(name)
    if language == "ar":
        page.right_to_left()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    return page


def _write_figures(book: "Workbook", page: "Worksheet", sheet: Sheet) -> None:
    title = book.add_format({"bold": True, "font_size": 14})
    quiet = book.add_format({"font_color": "#4a5b60"})
    head = book.add_format(
        {"bold": True, "bottom": 1, "bg_color": "#e3f1ee", "text_wrap": True, "valign": "top"}
    )
    start = {"align": _start(sheet.language)}
    formats = {
        kind: book.add_format({"num_format": code, **start})
        for kind, code in _NUMBER_FORMATS.items()
    }
    last = {"bold": True, "top": 1}
    totals = {
        kind: book.add_format({"num_format": code, **start, **last})
        for kind, code in _NUMBER_FORMATS.items()
    }
    row = 0
    page.write_string(row, 0, sheet.title, title)
    for name, value in sheet.about:
        row += 1
        page.write_string(row, 0, f"{name}: {value}", quiet)
    for note in sheet.notes:
        row += 1
        page.write_string(row, 0, note, quiet)
    row += 2
    first = row
    for index, column in enumerate(sheet.columns):
        page.write_string(row, index, column.title, head)
    for cells in sheet.rows:
        row += 1
        for index, (column, cell) in enumerate(zip(sheet.columns, cells, strict=True)):
            _write_cell(page, row, index, cell, column, formats, sheet.language)
    page.freeze_panes(first + 1, 0)
    page.repeat_rows(first)
    if sheet.rows:
        page.autofilter(first, 0, row, len(sheet.columns) - 1)
    table = write_out(sheet)
    if table.total:
        page.write_string(row + 1, 0, table.total[0].text, book.add_format(last))
        for index, (column, cell) in enumerate(zip(sheet.columns[1:], sheet.total, strict=True), 1):
            _write_cell(page, row + 1, index, cell, column, totals, sheet.language)
    for index, head_cell in enumerate(table.heads):
        rows = (*table.rows, table.total) if table.total else table.rows
        longest = max((len(each[index].text) for each in rows), default=0)
        wanted = max(_NARROWEST, longest + 2, min(len(head_cell.text) + 2, _HEAD_WRAPS_AT))
        page.set_column(index, index, min(_WIDEST, wanted))


def _write_cell(
    page: "Worksheet",
    row: int,
    index: int,
    cell: Cell,
    column: Column,
    formats: "Mapping[Kind, Format]",
    language: Language,
) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        page.write_string(row, index, cell)
    elif isinstance(cell, (datetime, date)):
        page.write_datetime(row, index, _naive(cell), formats[column.kind])
    elif column.kind in ("weekday", "flag"):
        page.write_string(row, index, cell_text(cell, column.kind, language))
    else:
        page.write_number(row, index, _in_its_unit(cell, column.kind), formats[column.kind])


def _naive(cell: datetime | date) -> Any:
    """A spreadsheet knows no zones: it gets the time on the wall."""
    return cell.replace(tzinfo=None, microsecond=0) if isinstance(cell, datetime) else cell


def _in_its_unit(figure: float, kind: Kind) -> float:
    if kind in ("seconds", "hours"):
        return figure / DAY_S
    return figure / 24 if kind == "hour" else figure


def _start(language: Language) -> str:
    return "right" if language == "ar" else "left"


def _write_definitions(book: "Workbook", page: "Worksheet", sheet: Sheet) -> None:
    term = book.add_format({"bold": True, "valign": "top"})
    meaning = book.add_format({"text_wrap": True, "valign": "top"})
    page.set_column(0, 0, 28)
    page.set_column(1, 1, 90)
    for row, definition in enumerate(sheet.definitions):
        page.write_string(row, 0, definition.term, term)
        page.write_string(row, 1, definition.meaning, meaning)
