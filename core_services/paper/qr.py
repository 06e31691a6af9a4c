"""Draws a link as a QR code whose every module is a whole number of printer dots."""

import re

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, QRData

QUIET_MODULES = 4
MODULE_DOTS = 5
"""0.6 mm; a link too long for the paper gets 4 dots, 0.5 mm, what a cheap phone still reads."""

_PARTS = re.compile(
    r"(?P<site>https?://[a-z0-9.-]+(?::[0-9]+)?/)(?P<page>(?:.*/)?t/)(?P<token>[a-z2-7]+)",
    re.IGNORECASE,
)
"""A ticket's page, `<public_url>/t/<token>`; only these three parts are known to bear capitals."""


def qr_code(url: str, width_dots: int) -> Image.Image:
    """Return a mode "1" square for paper of `width_dots`, error correction M, no quiet zone.

    Whoever places it leaves QUIET_MODULES white on each side.
    Site and token are written in capitals, which the code packs tighter: neither minds its case.
    """
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=0)
    for part in _segments(url):
        code.add_data(part, optimize=0)
    code.make(fit=True)
    matrix = code.get_matrix()
    side = len(matrix)
    dots = MODULE_DOTS if (side + 2 * QUIET_MODULES) * MODULE_DOTS <= width_dots else 4
    image = Image.new("1", (side, side), 1)
    image.putdata([0 if dark else 255 for row in matrix for dark in row])
    return image.resize((side * dots, side * dots), Image.Resampling.NEAREST)


def _segments(url: str) -> list[QRData]:
    parts = _PARTS.fullmatch(url)
    if parts is None:
        return [QRData(url.encode(), mode=MODE_8BIT_BYTE)]
    return [
        QRData(parts["site"].upper().encode(), mode=MODE_ALPHA_NUM),
        QRData(parts["page"].encode(), mode=MODE_8BIT_BYTE),
        QRData(parts["token"].upper().encode(), mode=MODE_ALPHA_NUM),
    ]
