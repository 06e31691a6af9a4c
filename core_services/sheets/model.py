"""A sheet: titled columns and their rows, from which charts, tables and files are all made.

Whoever shows figures in several forms makes one sheet and hands it to each: what stands in the
chart, its table twin, CSV, XLSX and PDF then are the same cells.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from core_services.l10n import Language

Kind = Literal[
    "text",
    "int",
    "number",
    "seconds",
    "hours",
    "share",
    "date",
    "moment",
    "time",
    "hour",
    "weekday",
    "flag",
]
"""What a column holds:

- `text`; `int`; `number` (one decimal is shown);
- `seconds`: a duration in whole seconds, shown as minutes and seconds; `hours`: the same where it
  is long, shown as hours and minutes;
- `share`: 0 to 1, shown in percent with one decimal;
- `date`; `moment` (an aware datetime, day and time), `time` (the same, shown as time of day alone);
- `hour`: 0 to 23, the hour that begins then; `weekday`: 0 is Monday, as in `date.weekday`;
- `flag`: whether something is so.
"""

Cell = str | int | float | date | datetime | None
"""None: not known, or nothing to tell. Datetimes are aware and in the zone to be shown."""

Row = tuple[Cell, ...]

MOST_ROWS: Final = 100_000
"""More are no sheet for a person; a spreadsheet's own end is at 1,048,576."""


class SheetError(ValueError):
    """A sheet was put together wrongly: too long, a row of another length, a cell of no kind."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `key` is its name for programs (CSV), `title` the one for readers."""

    key: str
    title: str
    kind: Kind = "text"

    @property
    def is_figure(self) -> bool:
        """Whether its cells are aligned as figures are."""
        return self.kind not in ("text", "flag")


@dataclass(frozen=True, slots=True)
class Definition:
    """What a word on the sheet means exactly."""

    term: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under titled columns, in one reader's language.

    Raises SheetError when a row does not fit the columns, or there are more than `MOST_ROWS`.
    """

    title: str
    language: Language
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row = ()
    """The figures of the whole, one for each column but the first; empty where there is none. It
    stands below the rows for readers; for programs it would be one row more."""
    about: tuple[tuple[str, str], ...] = ()
    """What the sheet is of: names and values, such as the day, the queue, when it was made."""
    notes: tuple[str, ...] = ()
    """What must be known to read it, each a sentence."""
    definitions: tuple[Definition, ...] = ()

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        if len(set(keys)) != len(keys) or not keys:
            raise SheetError(f"a sheet needs columns with keys of their own, not {keys}")
        if len(self.rows) > MOST_ROWS:
            raise SheetError(f"{len(self.rows)} rows are more than {MOST_ROWS}")
        for row in self.rows:
            _check(self.columns, row)
        if self.total:
            _check(self.columns[1:], self.total)

    def index(self, key: str) -> int:
        """Return where a column stands. Raises KeyError."""
        for index, column in enumerate(self.columns):
            if column.key == key:
                return index
        raise KeyError(key)

    def column(self, key: str) -> Column:
        """Return a column by its key. Raises KeyError."""
        return self.columns[self.index(key)]

    def cells(self, key: str) -> tuple[Cell, ...]:
        """Return the cells of a column from the first row to the last. Raises KeyError."""
        index = self.index(key)
        return tuple(row[index] for row in self.rows)

    def figures(self, key: str) -> tuple[float | None, ...]:
        """Return the cells of a column of figures. Raises KeyError, and SheetError for others."""
        return tuple(_figures(self.cells(key), key))


def _check(columns: Sequence[Column], row: Row) -> None:
    if len(row) != len(columns):
        raise SheetError(f"a row has {len(row)} cells for {len(columns)} columns")
    for column, cell in zip(columns, row, strict=True):
        if not _fits(column.kind, cell):
            raise SheetError(f"{cell!r} is no {column.kind} for the column {column.key}")


def _figures(cells: Sequence[Cell], key: str) -> Iterator[float | None]:
    for cell in cells:
        if cell is not None and not isinstance(cell, (int, float)):
            raise SheetError(f"{cell!r} in the column {key} is no figure")
        yield None if cell is None else float(cell)


def _fits(kind: Kind, cell: Cell) -> bool:
    if cell is None:
        return True
    if isinstance(cell, bool):
        return kind == "flag"
    match kind:
        case "text":
            return isinstance(cell, str)
        case "int" | "seconds" | "hours":
            return isinstance(cell, int)
        case "number" | "share":
            return isinstance(cell, (int, float)) and math.isfinite(cell)
        case "date":
            return isinstance(cell, date) and not isinstance(cell, datetime)
        case "moment" | "time":
            return isinstance(cell, datetime) and cell.tzinfo is not None
        case "hour":
            return isinstance(cell, int) and 0 <= cell <= 23
        case "weekday":
            return isinstance(cell, int) and 0 <= cell <= 6
        case "flag":
            return False
