"""Labels for equipment on A4, to cut apart and stick on: a code, the same as a QR code."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import qrcode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import MODE_ALPHA_NUM, QRData

from core_services.paper.drawing import draw

MODEL_LENGTH: Final = 40
_TEMPLATE: Final = Path(__file__).with_name("labels.typ")


@dataclass(frozen=True, slots=True)
class LabelFacts:
    """What stands on one label."""

    code: str
    """Capitals, digits and dashes."""
    kind: str
    """What it is, in the reader's language."""
    model: str


def draw_labels(
    labels: Sequence[LabelFacts], cache_dir: Path, *, centre: str, language: str
) -> bytes:
    """Return the PDF, 24 labels a page. Blocks, about 3 s for a thousand. Raises DrawingError."""
    contents = {
        "centre": centre,
        "language": language,
        "direction": "rtl" if language == "ar" else "ltr",
        "labels": [
            {
                "code": each.code,
                "kind": each.kind,
                "model": _short(each.model),
                "qr": qr_svg(each.code),
            }
            for each in labels
        ],
    }
    return draw(_TEMPLATE, contents, cache_dir, form="pdf")


def _short(model: str) -> str:
    """Return a model's name in the room that a label has, two lines."""
    return model if len(model) <= MODEL_LENGTH else f"{model[: MODEL_LENGTH - 1].rstrip()}…"


def qr_svg(code: str) -> str:
    """Return a label's code as an SVG of whole modules, with its quiet zone of four."""
    made = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    made.add_data(QRData(code.encode(), mode=MODE_ALPHA_NUM), optimize=0)
    made.make(fit=True)
    matrix = made.get_matrix()
    squares = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark
    )
    side = len(matrix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"'
        f' shape-rendering="crispEdges"><path d="{squares}"/></svg>'
    )
