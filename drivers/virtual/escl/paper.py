"""The paper that a virtual scanner scans: pages drawn by its number, as JPEG or PDF."""

import io
from typing import Literal

from PIL import Image, ImageDraw

_PAPER = 246
_INK = 30
_A4_INCHES = (8.27, 11.69)

Format = Literal["image/jpeg", "application/pdf"]


def page(
    number: int,
    *,
    is_blank: bool,
    dpi: int,
    mode: Literal["RGB", "L"],
    region: tuple[int, int, int, int],
    media_type: str,
) -> bytes:
    """Scan page `number` of A4; `region` is left, top, width and height in dots.

    The page has lines of text and a bar of as many blocks as its number says.
    """
    size = round(_A4_INCHES[0] * dpi), round(_A4_INCHES[1] * dpi)
    image = Image.new("L", size, _PAPER)
    if not is_blank:
        _write(image, number, dpi)
    left, top, width, height = region
    cropped = Image.new("L", (width, height), _PAPER)
    cropped.paste(image.crop((left, top, left + width, top + height)))
    scanned = cropped.convert(mode)
    out = io.BytesIO()
    if media_type == "application/pdf":
        scanned.save(out, "PDF", resolution=dpi)
    else:
        scanned.save(out, "JPEG", quality=80, dpi=(dpi, dpi))
    return out.getvalue()


def _write(image: Image.Image, number: int, dpi: int) -> None:
    pen = ImageDraw.Draw(image)
    line, margin = dpi // 4, dpi
    for at in range(margin, image.height - 2 * margin, line):
        indent = (at // line * 37 + number * 53) % (dpi * 2)
        pen.rectangle((margin, at, image.width - margin - indent, at + dpi // 16), fill=_INK)
    for block in range(number):
        left = margin + block * dpi // 3
        bottom = image.height - margin
        pen.rectangle((left, bottom, left + dpi // 5, bottom + dpi // 5), fill=_INK)
