"""The emergency book («دفتر الطوارئ»): numbers printed in advance, as an A4 PDF.

A cover that tells the staff what to do, ten slips a page with lines to cut along, and a list on
which reception notes what became of each number, to be keyed in afterwards.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from core_services.l10n import digits, format_date
from core_services.paper.drawing import draw
from core_services.paper.words import SLIP_WORDS

SLIPS_A_PAGE: Final = 10
ROWS_A_SHEET: Final = 25
_TEMPLATE: Final = Path(__file__).with_name("emergency.typ")


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
    is_training: bool = False
    """Of a centre to learn on: the cover, each slip and each list say so."""

    @property
    def pages(self) -> int:
        """How many sheets of paper it takes: cover, slips, list."""
        numbers = self.last - self.first + 1
        return 1 - (-numbers // SLIPS_A_PAGE) - (-numbers // ROWS_A_SHEET)


def draw_book(facts: BookFacts, cache_dir: Path, *, is_reprint: bool = False) -> bytes:
    """Return the PDF, each sheet and slip marked if it is not the first print.

    Raises DrawingError.
    """
    contents = _contents(facts) | {"reprint": "إعادة طباعة" if is_reprint else None}
    return draw(_TEMPLATE, contents, cache_dir, form="pdf")


def _contents(facts: BookFacts) -> dict[str, Any]:
    """Return what `emergency.typ` reads: every figure as it will stand on the paper."""

    def shown(number: int) -> str:
        return f"{facts.letter}-{digits(str(number), 'ar')}"

    return {
        "heading": [line for line in (facts.governorate, facts.unit) if line],
        "centre": facts.centre,
        "training": SLIP_WORDS["ar"].training if facts.is_training else None,
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
