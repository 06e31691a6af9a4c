"""A spreadsheet that is written row by row to the disk, however long it gets."""

from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

from core_services.l10n import Language
from core_services.sheets.model import Cell, Column, Sheet
from core_services.sheets.xlsx import DAY_S

_FORMATS = {
    "date": "dd/mm/yyyy",
    "moment": "dd/mm/yyyy hh:mm:ss",
    "seconds": "[hh]:mm:ss",
}
_WIDTH = 18


class SheetBook:
    """One sheet with a head; rows go to the disk as they come. All of it blocks."""

    def __init__(self, path: Path, language: Language, columns: tuple[Column, ...]) -> None:
        """Begin the file; what is written on the way to it lies in the same folder.

        xlsxwriter is imported when the first one is made.
        """
        import xlsxwriter

        self._columns = columns
        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "tmpdir": str(path.parent),
                "strings_to_formulas": False,
                "strings_to_urls": False,
            },
        )
        self._page = self._book.add_worksheet()
        if language == "ar":
            self._page.right_to_left()
        head = self._book.add_format({"bold": True, "bottom": 1, "bg_color": "#e3f1ee"})
        self._formats = {
            kind: self._book.add_format({"num_format": code}) for kind, code in _FORMATS.items()
        }
        self._page.set_column(0, len(columns) - 1, _WIDTH)
        self._page.freeze_panes(1, 0)
        for index, column in enumerate(columns):
            self._page.write_string(0, index, column.title, head)
        self._row = 0

    def append(self, sheet: Sheet) -> None:
        """Write the rows of a sheet with the same columns below those that stand."""
        for cells in sheet.rows:
            self._row += 1
            for index, (column, cell) in enumerate(zip(self._columns, cells, strict=True)):
                self._write(index, column, cell)

    def close(self) -> None:
        """End the file; it is whole from then on. Raises OSError, as of a full disk."""
        from xlsxwriter.exceptions import XlsxFileError

        try:
            self._book.close()
        except XlsxFileError as error:
            raise OSError(str(error)) from error

    def abandon(self) -> None:
        """Let go of a file that will not be whole: xlsxwriter itself closes only those that are."""
        with suppress(OSError):  # of a full disk, which does not take what is still to be written
            self._page._opt_close()

    def _write(self, index: int, column: Column, cell: Cell) -> None:
        form = self._formats.get(column.kind)
        if cell is None:
            return
        if isinstance(cell, str):
            self._page.write_string(self._row, index, cell)
        elif isinstance(cell, datetime):
            wall = cell.replace(tzinfo=None, microsecond=0)
            self._page.write_datetime(self._row, index, wall, form)
        elif isinstance(cell, date):
            self._page.write_datetime(self._row, index, cell, form)
        else:
            value = cell / DAY_S if column.kind == "seconds" else cell
            self._page.write_number(self._row, index, value, form)
