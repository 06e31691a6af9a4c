"""A sheet on paper: its Arabic can be copied, its pages are counted, its chart stands on it.

The reader used here turns the letters of a ligature round (لا, في), so its words have none.
"""

import re
import shutil
import subprocess
import tempfile
import unicodedata
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core_services.l10n import format_minutes_seconds, western
from core_services.sheets.model import Column, Definition, Sheet, SheetError
from core_services.sheets.pdf import MOST_PRINTED, as_pdf
from tests.support.chart_scenes import line
from tests.support.fonts import font_cache

AT = datetime(2026, 11, 22, 14, 30, tzinfo=ZoneInfo("Africa/Cairo"))
needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext")


def sheet(rows: int) -> Sheet:
    return Sheet(
        title="مدد شبابيك المركز",
        language="ar",
        columns=(Column("service", "رخصة"), Column("wait_s", "مدة", "seconds")),
        rows=tuple((f"تجديد رخصة محل {nth}", 60 * nth) for nth in range(rows)),
        about=(("يوم", "٢٢/١١/٢٠٢٦"),),
        definitions=(Definition("مدة", "مدة كل نداء."),),
    )


@pytest.fixture(scope="module")
def paper() -> Path:
    """Eighty rows under a chart, drawn once."""
    path = Path(tempfile.mkdtemp(prefix="shubbak-sheet-")) / "sheet.pdf"
    chart = line("ar", is_standalone=True)
    body = as_pdf(sheet(80), font_cache(), at=AT, centre_name="مركز كفر صقر", charts=(chart,))
    path.write_bytes(body)
    return path


def text(paper: Path, *options: str) -> str:
    """Return the text as a reader copies it, without marks of direction and without spaces."""
    done = subprocess.run(
        ["pdftotext", *options, str(paper), "-"], capture_output=True, text=True, check=True
    )
    letters = (each for each in done.stdout if unicodedata.category(each) != "Cf")
    return "".join("".join(letters).split())


@needs_poppler
def test_arabic_is_copied_from_paper_in_its_order(paper: Path) -> None:
    told = text(paper)
    for words in ("مدد شبابيك المركز", "تجديد رخصة محل", "مركز كفر صقر", "مدة كل نداء."):
        assert words.replace(" ", "") in told
    # Durations in the order of their rows, in Eastern digits.
    found = re.findall(r"[٠-٩]{2}:[٠-٩]{2}", text(paper, "-f", "2", "-l", "2"))
    first = int(western(found[0])[:2])
    assert len(found) > 30
    assert found == [format_minutes_seconds(60 * (first + nth), "ar") for nth in range(len(found))]


@needs_poppler
def test_pages_are_counted_and_repeat_title_and_head(paper: Path) -> None:
    told = subprocess.run(["pdfinfo", str(paper)], capture_output=True, text=True, check=True)
    pages = int(re.findall(r"^Pages: +(\d+)$", told.stdout, re.M)[0])
    assert pages == 3
    for page, eastern in enumerate("١٢٣", start=1):
        seen = text(paper, "-f", str(page), "-l", str(page))
        assert f"صفحة{eastern}من٣" in seen
        assert "مددشبابيكالمركز" in seen
        assert "رخصة" in seen


@needs_poppler
def test_the_chart_stands_on_the_first_page_alone(paper: Path) -> None:
    assert "waiting" not in text(paper)
    first, rest = text(paper, "-l", "1"), text(paper, "-f", "2")
    assert "٥٤مقع" in first
    assert "٥٤مقع" not in rest


def test_more_rows_than_paper_is_for_are_refused() -> None:
    with pytest.raises(SheetError, match="too many to print"):
        as_pdf(sheet(MOST_PRINTED + 1), font_cache(), at=AT, centre_name="x")
