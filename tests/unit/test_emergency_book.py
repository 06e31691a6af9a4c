"""The emergency book as a PDF: its pages, its numbers in both digits, what it tells the staff."""

import re
import shutil
import subprocess
import tempfile
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core_services.paper.emergency import BookFacts, draw_book
from tests.support.fonts import font_cache

FACTS = BookFacts(
    governorate="محافظة الشرقية",
    unit="الوحدة المحلية لمركز ومدينة كفر صقر",
    centre="المركز التكنولوجي لخدمة المواطنين",
    code="KFS-T-3",
    series="T",
    letter="ط",
    first=101,
    last=200,
    for_day=date(2026, 11, 29),
)
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext")


@pytest.fixture(scope="module")
def book() -> Path:
    """A book of a hundred numbers, drawn once."""
    path = Path(tempfile.mkdtemp(prefix="shubbak-book-")) / "book.pdf"
    path.write_bytes(draw_book(FACTS, font_cache()))
    return path


def text(book: Path, page: int | None = None) -> str:
    """Return a page's text without marks of direction."""
    pages = [] if page is None else ["-f", str(page), "-l", str(page)]
    done = subprocess.run(
        ["pdftotext", *pages, str(book), "-"], capture_output=True, text=True, check=True
    )
    return "".join(each for each in done.stdout if unicodedata.category(each) != "Cf")


@needs_poppler
def test_a_hundred_numbers_are_a_cover_ten_pages_of_slips_and_four_of_lists(book: Path) -> None:
    told = subprocess.run(["pdfinfo", str(book)], capture_output=True, text=True, check=True)
    assert int(re.search(r"^Pages: +(\d+)$", told.stdout, re.M)[1]) == FACTS.pages == 15  # type: ignore[index]
    assert "595.276 x 841.89" in told.stdout


def pixels(path: Path, page: int) -> bytes:
    """Return a page as it looks, small."""
    command = ["pdftoppm", "-gray", "-r", "40", "-f", str(page), "-l", str(page), str(path)]
    return subprocess.run(command, capture_output=True, check=True).stdout


@needs_poppler
def test_a_book_for_training_says_so_on_its_cover_each_slip_and_each_list_and_fits(
    tmp_path: Path,
) -> None:
    real, learning = tmp_path / "real.pdf", tmp_path / "learning.pdf"
    facts = replace(FACTS, last=130)
    real.write_bytes(draw_book(facts, font_cache(), is_reprint=True))
    learning.write_bytes(draw_book(replace(facts, is_training=True), font_cache(), is_reprint=True))
    told = subprocess.run(["pdfinfo", str(learning)], capture_output=True, text=True, check=True)
    assert int(re.search(r"^Pages: +(\d+)$", told.stdout, re.M)[1]) == facts.pages  # type: ignore[index]
    for page in range(1, facts.pages + 1):
        assert pixels(learning, page) != pixels(real, page), page


@needs_poppler
def test_each_number_stands_on_one_slip_in_eastern_and_in_western_digits(book: Path) -> None:
    slips = "".join(text(book, page) for page in range(2, 12))
    assert sorted(re.findall(r"\bT(\d+)\b", slips), key=int) == [
        str(number) for number in range(101, 201)
    ]
    eastern = re.findall(r"[٠-٩]{3}", slips)
    assert sorted(eastern) == sorted(
        str(number).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        for number in range(101, 201)
    )
    assert slips.count("KFS-T-3") == 100


@needs_poppler
def test_the_list_has_a_row_for_each_number(book: Path) -> None:
    lists = "".join(text(book, page) for page in range(12, 16))
    assert len(set(re.findall(r"[٠-٩]{3}", lists))) == 100


@needs_poppler
def test_the_cover_names_the_book_and_its_day(book: Path) -> None:
    cover = text(book, 1)
    assert "KFS-T-3" in cover
    assert "٢٩/١١/٢٠٢٦" in cover or "٢٠٢٦/١١/٢٩" in cover
    assert {"١٠١", "٢٠٠"} <= set(re.findall(r"[٠-٩]+", cover))


@pytest.mark.parametrize(("last", "pages"), [(110, 3), (111, 4), (200, 15), (1100, 141)])
def test_the_pages_are_counted_as_they_are_drawn(last: int, pages: int) -> None:
    facts = BookFacts("", "", "", "X-T-1", "T", "ط", 101, last, date(2026, 11, 29))
    assert facts.pages == pages


def test_the_same_book_is_drawn_the_same(book: Path) -> None:
    again = draw_book(FACTS, font_cache())
    assert len(again) == book.stat().st_size
