"""The trial paper («ورقة تجربة»): what a technician prints to see that a printer is set up right.

It shows whose it is, letters that join, figures in both digits, and where the paper ends. Receipt
printers get a picture as wide as their paper, page printers an A4 page.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from core_services.l10n import digits, format_date, format_time
from core_services.paper.drawing import DOTS_PER_MM, draw

_TEMPLATE: Final = Path(__file__).with_name("trial.typ")


@dataclass(frozen=True, slots=True)
class TrialFacts:
    """What stands on a trial paper."""

    centre_ar: str
    centre_en: str
    machine: str
    """The workstation's name."""
    printer: str
    """The printer's, as in the workstation's settings."""
    at: datetime
    """In the centre's zone."""
    is_reprint: bool = False


def draw_trial_receipt(facts: TrialFacts, width_dots: int, cache_dir: Path) -> bytes:
    """Return a PNG of two tones exactly `width_dots` wide. Blocks; raises DrawingError."""
    width_mm = width_dots / DOTS_PER_MM
    width = [f"{digits(f'{width_mm:g}', 'ar')} مم", f"{width_mm:g} mm · {width_dots} dots"]
    contents = _contents(facts) | {"width_mm": width_mm, "width": width}
    return draw(_TEMPLATE, contents, cache_dir, form="png")


def draw_trial_page(facts: TrialFacts, cache_dir: Path) -> bytes:
    """Return a PDF of one A4 page. Blocks; raises DrawingError."""
    return draw(_TEMPLATE, _contents(facts) | {"width_mm": None}, cache_dir, form="pdf")


def _contents(facts: TrialFacts) -> dict[str, Any]:
    at = facts.at
    return {
        "centre": [facts.centre_ar, facts.centre_en],
        "machine": facts.machine,
        "printer": facts.printer,
        "when": [
            f"{format_date(at, 'ar')} {format_time(at, 'ar')}",
            f"{format_date(at, 'en')} {format_time(at, 'en')}",
        ],
        "reprint": "إعادة طباعة · Reprint" if facts.is_reprint else None,
    }
