"""The day's situation («الموقف اليومي»): a picture for messaging, 1080 × 1350, and a page."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from core_services.l10n import Language
from core_services.look.font import FontUnavailableError
from core_services.paper.drawing import DrawingError, draw
from core_services.paper.fonts import page_fonts

_TEMPLATE: Final = Path(__file__).with_name("daily.typ")


@dataclass(frozen=True, slots=True)
class DailySheet:
    """All that stands on it, as it is read: numbers are written out already."""

    language: Language
    governorate: str
    unit: str
    centre: str
    title: str
    day: str
    made: str
    figures: tuple[tuple[str, str], ...]
    """The large ones: what it is, and how many."""
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...]
    chart: str
    """An SVG that stands alone; empty where there is none."""
    notes: tuple[str, ...]


def draw_daily(sheet: DailySheet, cache_dir: Path) -> tuple[bytes, bytes]:
    """Return the picture (PNG) and the page (PDF, A4). Blocks for some seconds.

    Raises DrawingError.
    """
    contents: Mapping[str, Any] = asdict(sheet)
    try:
        fonts = [page_fonts()]
    except FontUnavailableError as error:
        raise DrawingError(f"{_TEMPLATE.stem} could not be drawn: {error}") from error
    picture = draw(
        _TEMPLATE, {**contents, "is_picture": True}, cache_dir, form="picture", fonts=fonts
    )
    paper = draw(_TEMPLATE, {**contents, "is_picture": False}, cache_dir, form="pdf", fonts=fonts)
    return picture, paper
