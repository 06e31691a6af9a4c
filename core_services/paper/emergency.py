"""The emergency book («دفتر الطوارئ»): numbers printed in advance, as an A4 PDF.

A cover that tells the staff what to do, ten slips a page with lines to cut along, and a list on
which reception notes what became of each number, to be keyed in afterwards.
"""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from core_services.l10n import digits, format_date
from core_services.paper.fonts import static_fonts

SLIPS_A_PAGE: Final = 10
ROWS_A_SHEET: Final = 25
_TEMPLATE: Final = Path(__file__).with_name("emergency.typ")
_TIMEOUT_S: Final = 120.0
"""On a slow machine whose processors are all at work."""


class BookError(Exception):
    """The book could not be drawn."""


@dataclass(frozen=True, slots=True)
class BookFacts:
    """Everything that stands in one book; numbers `first` to `last` under the letter `series`."""

    governorate: str
    unit: str
    centre: str
    code: str
    """Names the batch on every sheet, such as `KFS-T-3`."""
    series: str
    letter: str
    """What people read in place of `series`."""
    first: int
    last: int
    for_day: date

    @property
    def pages(self) -> int:
        """How many sheets of paper it takes: cover, slips, list."""
        numbers = self.last - self.first + 1
        return 1 - (-numbers // SLIPS_A_PAGE) - (-numbers // ROWS_A_SHEET)


def draw_book(facts: BookFacts, cache_dir: Path) -> bytes:
    """Return the PDF, drawn in a process of its own: typst's 60 MB go when it is done.

    Raises BookError.
    """
    asked = json.dumps(asdict(facts) | {"for_day": facts.for_day.isoformat()}, ensure_ascii=False)
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(cache_dir)],
            check=False,
            input=asked.encode(),
            capture_output=True,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BookError(f"the emergency book could not be drawn: {error}") from error
    if done.returncode != 0:
        last_line = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise BookError(f"the emergency book could not be drawn: {last_line}")
    return done.stdout


def _contents(facts: BookFacts) -> dict[str, Any]:
    """Return what `emergency.typ` reads: every figure as it will stand on the paper."""

    def shown(number: int) -> str:
        return f"{facts.letter}-{digits(str(number), 'ar')}"

    return {
        "heading": [line for line in (facts.governorate, facts.unit) if line],
        "centre": facts.centre,
        "code": facts.code,
        "for_day": format_date(facts.for_day, "ar"),
        "first": shown(facts.first),
        "last": shown(facts.last),
        "numbers": [
            {"large": shown(number), "small": f"{facts.series}{number}"}
            for number in range(facts.first, facts.last + 1)
        ],
        "slips_a_page": SLIPS_A_PAGE,
        "rows_a_sheet": ROWS_A_SHEET,
        "spoken": facts.letter,
    }


def _compile(facts: BookFacts, cache_dir: Path) -> bytes:
    import typst

    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[static_fonts(cache_dir)],
    )
    compiler = typst.Compiler(
        _TEMPLATE, root=_TEMPLATE.parent, font_paths=fonts, ignore_system_fonts=True
    )
    contents = json.dumps(_contents(facts), ensure_ascii=False)
    pdf = compiler.compile(format="pdf", sys_inputs={"book": contents})
    if not isinstance(pdf, bytes):
        raise BookError(f"{_TEMPLATE.name} must make one document")
    return pdf


def _main(cache_dir: Path) -> None:
    asked = json.load(sys.stdin)
    facts = BookFacts(**asked | {"for_day": date.fromisoformat(asked["for_day"])})
    sys.stdout.buffer.write(_compile(facts, cache_dir))


if __name__ == "__main__":
    from core_services.cutting import end_with_parent

    end_with_parent()
    _main(Path(sys.argv[1]))
