"""A sheet's files: CSV for programs, XLSX with real numbers, both the same cells as the table."""

import csv
import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from xml.etree.ElementTree import Element, fromstring
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_services.l10n import Language
from core_services.sheets.csv_file import as_csv, harmless
from core_services.sheets.model import Cell, Column, Definition, Kind, Sheet, SheetError
from core_services.sheets.texts import cell_text, write_out
from core_services.sheets.xlsx import as_xlsx

CAIRO = ZoneInfo("Africa/Cairo")
AT = datetime(2026, 11, 22, 14, 30, tzinfo=CAIRO)
COLUMNS: Final = (
    Column("service", "الخدمة"),
    Column("people", "العدد", "int"),
    Column("mean", "متوسط", "number"),
    Column("wait_s", "الانتظار", "seconds"),
    Column("within", "ضمن المستهدف", "share"),
    Column("day", "اليوم", "date"),
    Column("at", "متى", "moment"),
    Column("time", "الساعة", "time"),
    Column("hour", "ساعة", "hour"),
    Column("weekday", "يوم الأسبوع", "weekday"),
    Column("grave", "جسيم", "flag"),
)
FULL: Final = (
    "طلب تصالح", 1250, 9.25, 4271, 0.8333, date(2026, 11, 22), AT, AT, 13, 6, True,
)  # fmt: skip
EMPTY: Final = (None,) * len(COLUMNS)
MAIN: Final = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def sheet(*rows: tuple[Cell, ...], language: Language = "ar") -> Sheet:
    return Sheet(
        title="أرقام اليوم",
        language=language,
        columns=COLUMNS,
        rows=rows,
        about=(("اليوم", "الأحد ٢٢/١١/٢٠٢٦"),),
        notes=("من صدور الرقم إلى أول نداء.",),
        definitions=(Definition("الانتظار", "من صدور الرقم إلى أول نداء."),),
    )


def parsed(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))


class Book:
    """A spreadsheet read from its parts, knowing nothing of who wrote it."""

    def __init__(self, body: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            assert parts.testzip() is None
            self._parts = {name: parts.read(name) for name in parts.namelist()}
        strings = self.part("xl/sharedStrings.xml")
        self._strings = ["".join(each.itertext()) for each in strings]

    def part(self, name: str) -> Element:
        return fromstring(self._parts[name])

    @property
    def names(self) -> list[str]:
        return [each.get("name", "") for each in self.part("xl/workbook.xml").iter(f"{MAIN}sheet")]

    def page(self, number: int) -> Element:
        return self.part(f"xl/worksheets/sheet{number}.xml")

    def rows(self, number: int) -> list[list[Any]]:
        """Return the cells of each row that has any: texts, numbers, None between them."""
        return [self._cells(row) for row in self.page(number).iter(f"{MAIN}row") if len(row)]

    def formats(self, number: int) -> list[str]:
        """Return the number formats of the last row's cells."""
        styles = self.part("xl/styles.xml")
        codes = {
            each.get("numFmtId"): each.get("formatCode") for each in styles.iter(f"{MAIN}numFmt")
        }
        [kinds] = styles.iter(f"{MAIN}cellXfs")
        row = list(self.page(number).iter(f"{MAIN}row"))[-1]
        return [codes.get(kinds[int(each.get("s", "0"))].get("numFmtId")) or "" for each in row]

    def _cells(self, row: Element) -> list[Any]:
        found: list[Any] = []
        for cell in row:
            column = "".join(each for each in cell.get("r", "") if each.isalpha())
            found += [None] * (ord(column) - ord("A") - len(found))
            value = cell.find(f"{MAIN}v")
            assert cell.find(f"{MAIN}f") is None, "a cell is a formula"
            if value is None or value.text is None:
                found.append(None)
            elif cell.get("t") == "s":
                found.append(self._strings[int(value.text)])
            else:
                found.append(float(value.text))
        return found


def since_1900(value: float) -> datetime:
    """A spreadsheet's day 1 is 1 January 1900, and it believes in 29 February 1900."""
    return datetime(1899, 12, 30) + timedelta(days=value)


def test_csv_is_for_programs_keys_seconds_and_iso_times() -> None:
    body = as_csv(sheet(FULL, EMPTY))
    assert body.startswith(b"\xef\xbb\xbf")
    assert body.count(b"\r\n") == body.count(b"\n") == 3
    assert parsed(body) == [
        [column.key for column in COLUMNS],
        ["طلب تصالح", "1250", "9.25", "4271", "0.8333", "2026-11-22",
         "2026-11-22T14:30:00+02:00", "2026-11-22T14:30:00+02:00", "13", "7", "yes"],
        [""] * len(COLUMNS),
    ]  # fmt: skip


@given(st.lists(st.text(max_size=30), min_size=1, max_size=8))
def test_any_text_comes_back_from_csv_or_is_a_formula_made_harmless(texts: list[str]) -> None:
    one = Sheet(
        "x", "ar", (Column("a", "a"), Column("b", "b")), tuple((each, "z") for each in texts)
    )
    body = as_csv(one)
    assert [row[0] for row in parsed(body)[1:]] == [harmless(each) for each in texts]
    for text in texts:
        safe = harmless(text)
        assert safe in (text.replace("\0", ""), "'" + text.replace("\0", ""))
        assert not safe.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


@pytest.mark.parametrize(
    "text", ["=1+1", "+2", "-3", "@SUM(A1)", "\t=1", "  =1", "=cmd|' /C x'!A0"]
)
def test_no_spreadsheet_carries_a_text_out(text: str) -> None:
    assert harmless(text) == f"'{text}"
    one = Sheet("x", "ar", (Column("a", "a"),), ((text,),))
    assert Book(as_xlsx(one, at=AT)).rows(1)[-1] == [text]


def test_xlsx_holds_real_numbers_times_and_durations_to_the_second() -> None:
    book = Book(as_xlsx(sheet(FULL, FULL), at=AT))
    service, people, mean, wait, within, day, at, time, hour, weekday, grave = book.rows(1)[-1]
    assert (service, people, mean) == ("طلب تصالح", 1250, 9.25)
    assert round(wait * 86_400, 6) == 4271
    assert within == 0.8333
    assert since_1900(day).date() == date(2026, 11, 22)
    assert since_1900(round(at * 86_400) / 86_400) == datetime(2026, 11, 22, 14, 30)
    assert time == at
    assert round(hour * 24, 9) == 13
    assert (weekday, grave) == ("الأحد", "نعم")
    assert book.formats(1)[1:9] == [
        "#,##0", "#,##0.0", "[mm]:ss", "0.0%", "dd/mm/yyyy", "dd/mm/yyyy hh:mm", "hh:mm", "hh:mm",
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["ar", "en"])
def test_xlsx_runs_in_the_direction_of_its_language_with_its_head_frozen(
    language: Language,
) -> None:
    book = Book(as_xlsx(sheet(FULL, language=language), at=AT))
    assert (
        book.names == {"ar": ["الأرقام", "التعريفات"], "en": ["Figures", "Definitions"]}[language]
    )
    for number in (1, 2):
        [view] = book.page(number).iter(f"{MAIN}sheetView")
        assert (view.get("rightToLeft") == "1") == (language == "ar")
    rows = book.rows(1)
    head = [column.title for column in COLUMNS]
    assert rows[0] == ["أرقام اليوم"]
    assert head in rows
    [pane] = book.page(1).iter(f"{MAIN}pane")
    numbers = [int(row.get("r", "0")) for row in book.page(1).iter(f"{MAIN}row") if len(row)]
    assert int(float(pane.get("ySplit", "0"))) == numbers[rows.index(head)]
    assert book.rows(2) == [["الانتظار", "من صدور الرقم إلى أول نداء."]]


def test_an_empty_sheet_has_its_files_too() -> None:
    assert parsed(as_csv(sheet())) == [[column.key for column in COLUMNS]]
    assert Book(as_xlsx(sheet(), at=AT)).rows(1)[-1] == [column.title for column in COLUMNS]
    assert write_out(sheet()).rows == ()


def test_the_whole_stands_below_the_rows_for_readers_and_is_no_row_for_programs() -> None:
    columns = (Column("day", "اليوم", "date"), Column("n", "العدد", "int"))
    rows = ((date(2026, 11, 21), 30), (date(2026, 11, 22), 40))
    one = Sheet(
        "x", "ar", (*columns, Column("s", "مدة", "seconds")), (*((*r, 60) for r in rows),), (70, 90)
    )
    assert [cell.text for cell in write_out(one).total] == ["الكل", "٧٠", "٠١:٣٠"]
    name, people, seconds = Book(as_xlsx(one, at=AT)).rows(1)[-1]
    assert (name, people, round(seconds * 86_400)) == ("الكل", 70, 90)
    [found] = Book(as_xlsx(one, at=AT)).page(1).iter(f"{MAIN}autoFilter")
    assert found.get("ref") == "A3:C5"
    assert len(parsed(as_csv(one))) == 3
    with pytest.raises(SheetError, match="2 cells for 1 columns"):
        Sheet("x", "ar", columns, rows, (70, 1))


def test_the_same_sheet_twice_is_the_same_file() -> None:
    assert as_xlsx(sheet(FULL), at=AT) == as_xlsx(sheet(FULL), at=AT)


@pytest.mark.parametrize(
    ("cell", "kind", "ar", "en"),
    [
        (None, "int", "–", "–"),
        (1250, "int", "١٬٢٥٠", "1,250"),
        (4271, "seconds", "٧١:١١", "71:11"),
        (90_061, "hours", "٢٥:٠١", "25:01"),
        (0.8333, "share", "٨٣٫٣٪", "83.3%"),
        (9.25, "number", "٩٫٢", "9.2"),
        (13, "hour", "١ م", "1 pm"),
        (0, "hour", "١٢ ص", "12 am"),
        (5, "weekday", "السبت", "Saturday"),
        (False, "flag", "لا", "no"),
        (AT, "time", "٢:٣٠ م", "2:30 pm"),
        (date(2026, 11, 22), "date", "الأحد ٢٢/١١/٢٠٢٦", "Sunday 22/11/2026"),
    ],
)
def test_a_cell_is_written_as_its_reader_writes(cell: Cell, kind: Kind, ar: str, en: str) -> None:
    assert (cell_text(cell, kind, "ar"), cell_text(cell, kind, "en")) == (ar, en)


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("int", 1.5),
        ("int", True),
        ("share", True),
        ("flag", 1),
        ("seconds", 3.2),
        ("hours", 3.2),
        ("number", float("nan")),
        ("share", float("inf")),
        ("text", 3),
        ("hour", 24),
        ("weekday", 7),
        ("date", AT),
        ("time", datetime(2026, 11, 22)),
    ],
)
def test_a_cell_that_is_not_of_its_column_is_refused(kind: Kind, cell: Cell) -> None:
    with pytest.raises(SheetError):
        Sheet("x", "ar", (Column("a", "a", kind),), ((cell,),))


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ((), ()),
        ((Column("a", "a"), Column("a", "b")), ()),
        ((Column("a", "a"),), (("x", "y"),)),
        ((Column("a", "a"),), (("x",),) * 100_001),
    ],
)
def test_a_sheet_that_does_not_hold_together_is_refused(
    columns: tuple[Column, ...], rows: Sequence[tuple[Cell, ...]]
) -> None:
    with pytest.raises(SheetError):
        Sheet("x", "ar", columns, tuple(rows))
