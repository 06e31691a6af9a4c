"""A sheet as CSV (RFC 4180), for programs and for spreadsheets that open it; pure.

Names of columns are their keys, durations whole seconds, shares fractions of one, times ISO 8601
with their offset, weekdays ISO numbers (Monday is 1), flags yes or no; nothing is rounded for the
eye, and the whole of the rows is left to whoever adds them up.
"""

import csv
import io
from datetime import date, datetime
from typing import Final

from core_services.sheets.model import Cell, Kind, Sheet

CONTENT_TYPE: Final = "text/csv"
_BOM: Final = "\ufeff"
"""Spreadsheets take a CSV for UTF-8 by it."""
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_DECIMALS: Final = 6


def as_csv(sheet: Sheet) -> bytes:
    """Return the file: a byte order mark, a line of keys, the rows, each line ended by CR LF.

    A text that a spreadsheet would take for a formula begins with an apostrophe instead.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(column.key for column in sheet.columns)
    for row in sheet.rows:
        writer.writerow(
            _machine(cell, column.kind) for column, cell in zip(sheet.columns, row, strict=True)
        )
    return (_BOM + text.getvalue()).encode("utf-8")


def _machine(cell: Cell, kind: Kind) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return harmless(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    if kind == "weekday":
        return str(int(cell) + 1)
    return str(cell) if isinstance(cell, int) else f"{cell:.{_DECIMALS}f}".rstrip("0").rstrip(".")


def harmless(text: str) -> str:
    """Return a text that no spreadsheet carries out: `=1+1` becomes `'=1+1`, NUL goes."""
    text = text.replace("\0", "")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text
