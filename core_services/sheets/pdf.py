"""A sheet as paper (PDF, A4): its chart above its table, definitions below, pages numbered."""

from datetime import datetime
from pathlib import Path
from typing import Any, Final

from core_services.l10n import digits, format_date, format_time
from core_services.look.font import FontUnavailableError
from core_services.paper.drawing import DrawingError, draw
from core_services.paper.fonts import page_fonts
from core_services.sheets.model import Sheet, SheetError
from core_services.sheets.texts import write_out

CONTENT_TYPE: Final = "application/pdf"
MOST_PRINTED: Final = 3000
"""Rows; more are for a spreadsheet, not for paper."""
_TEMPLATE: Final = Path(__file__).with_name("sheet.typ")
_WIDE_FROM: Final = 8
"""So many columns lie better on a page turned on its side."""


def as_pdf(
    sheet: Sheet,
    cache_dir: Path,
    *,
    at: datetime,
    centre_name: str,
    charts: tuple[str, ...] = (),
) -> bytes:
    """Return the file; `at`, in the centre's zone, is when it is made.

    `charts` are SVGs that stand alone, drawn above the table. Blocks for about a second. Raises
    DrawingError, and SheetError where the rows are more than `MOST_PRINTED`.
    """
    if len(sheet.rows) > MOST_PRINTED:
        raise SheetError(f"{len(sheet.rows)} rows are too many to print")
    contents = _contents(sheet, at, centre_name, charts)
    try:
        fonts = [page_fonts()]
    except FontUnavailableError as error:
        raise DrawingError(f"{_TEMPLATE.stem} could not be drawn: {error}") from error
    return draw(_TEMPLATE, contents, cache_dir, form="pdf", fonts=fonts)


def _contents(
    sheet: Sheet, at: datetime, centre_name: str, charts: tuple[str, ...]
) -> dict[str, Any]:
    language, table = sheet.language, write_out(sheet)
    made = {"ar": "أُعد في", "en": "Made on"}[language]
    return {
        "language": language,
        "direction": "rtl" if language == "ar" else "ltr",
        "is_wide": len(sheet.columns) >= _WIDE_FROM,
        "centre": centre_name,
        "title": sheet.title,
        "about": list(sheet.about),
        "notes": list(sheet.notes),
        "heads": [head.text for head in table.heads],
        "figures": [head.is_figure for head in table.heads],
        "rows": [[cell.text for cell in row] for row in table.rows],
        "total": [cell.text for cell in table.total],
        "nothing": {"ar": "لا توجد أرقام.", "en": "There are no figures."}[language],
        "definitions": [[each.term, each.meaning] for each in sheet.definitions],
        "definitions_title": {"ar": "التعريفات", "en": "Definitions"}[language],
        "charts": list(charts),
        "made": f"{made} {format_date(at, language)} {format_time(at, language)}",
        "page": {"ar": "صفحة {} من {}", "en": "Page {} of {}"}[language],
        "digits": digits("0123456789", language),
    }
