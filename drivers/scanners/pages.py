"""Checks a scanned page: what it is, whether it is whole, how large, whether anything is on it."""

import hashlib
import io
import re
from dataclasses import dataclass
from typing import Literal

from PIL import Image, UnidentifiedImageError

from drivers.errors import PageDamaged

MediaType = Literal["image/jpeg", "image/png", "application/pdf"]

LARGEST_PIXELS = 80_000_000
"""A3 at 600 dpi has 70 million."""
_TRAILER_BYTES = 1024
"""Within so many bytes of the end a PDF says that it ends (ISO 32000-1, appendix H.3.18)."""
_LOOKED_AT_DOTS = 300
"""A page is looked at this wide: 1 dot is 0.7 mm of A4, so that a pen's line still shows."""
_MARGIN = 0.04
"""Edges show the feeder's rollers and the paper's own edge."""
_DARKER_BY = 40
"""Of 255: print, a stamp, a pencil; shining through from the other side is less."""
_FEWEST_DARK_DOTS = 12
_JPEG_END = re.compile(rb"\xff\xd9[\x00\r\n]*\Z")
_JPEG_IN_PDF = re.compile(rb"stream\r?\n(\xff\xd8\xff.*?\xff\xd9)\s*endstream", re.S)
_PDF_PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
_PDF_BOX = re.compile(rb"/MediaBox\s*\[\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*\]")
_POINTS_PER_INCH = 72


@dataclass(frozen=True, slots=True)
class ScannedPage:
    """A page that is whole, ready to be kept with an application."""

    data: bytes
    media_type: MediaType
    """By its first bytes, whatever the scanner called it."""
    width_px: int
    height_px: int
    dpi: int
    is_blank: bool | None
    """Nothing is on it; None where that cannot be told, as of a PDF of several pages."""
    sha256: str
    page_count: int = 1
    """More than 1 for a scanner that puts all of its pages into one PDF."""


def check_page(data: bytes, url: str, asked_dpi: int) -> ScannedPage:
    """Return the page that these bytes are. Raises PageDamaged, which says what is wrong.

    `asked_dpi` is used where the page does not tell its own. Takes tens of milliseconds.
    """
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith(b"\xff\xd8\xff"):
        if _JPEG_END.search(data[-64:]) is None:
            raise PageDamaged(url, "the page is cut off")
        size, dpi, is_blank = _looked_at(data, url, asked_dpi)
        return ScannedPage(data, "image/jpeg", *size, dpi, is_blank, digest)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        if not data.endswith(b"IEND\xaeB`\x82"):
            raise PageDamaged(url, "the page is cut off")
        size, dpi, is_blank = _looked_at(data, url, asked_dpi)
        return ScannedPage(data, "image/png", *size, dpi, is_blank, digest)
    if data.startswith(b"%PDF-"):
        if b"%%EOF" not in data[-_TRAILER_BYTES:]:
            raise PageDamaged(url, "the page is cut off")
        return _pdf(data, url, asked_dpi, digest)
    raise PageDamaged(
        url, "what came is neither JPEG, PNG nor PDF" if data else "the page is empty"
    )


def _pdf(data: bytes, url: str, asked_dpi: int, digest: str) -> ScannedPage:
    """Look at the one picture of a PDF; of one that holds more only its size is told."""
    pictures = _JPEG_IN_PDF.findall(data)
    pages = max(1, len(_PDF_PAGE.findall(data)))
    box = _PDF_BOX.search(data)
    if len(pictures) == pages == 1:
        (width, height), _, is_blank = _looked_at(pictures[0], url, asked_dpi)
        dpi = asked_dpi
        if box is not None and (inches := (float(box[3]) - float(box[1])) / _POINTS_PER_INCH) > 0:
            dpi = round(width / inches)
        return ScannedPage(data, "application/pdf", width, height, dpi, is_blank, digest)
    if box is None:
        raise PageDamaged(url, "the PDF does not say how large its pages are")
    left, bottom, right, top = (float(each) for each in box.groups())
    width = round((right - left) / _POINTS_PER_INCH * asked_dpi)
    height = round((top - bottom) / _POINTS_PER_INCH * asked_dpi)
    return ScannedPage(data, "application/pdf", width, height, asked_dpi, None, digest, pages)


def _looked_at(data: bytes, url: str, asked_dpi: int) -> tuple[tuple[int, int], int, bool]:
    """Decode a picture, small; return its size in dots, its dpi and whether it is blank."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            size = image.size
            if size[0] * size[1] > LARGEST_PIXELS:
                raise PageDamaged(url, f"a page of {size[0]} by {size[1]} dots is too large")
            dpi = _dpi_of(image, asked_dpi)
            image.draft("L", (_LOOKED_AT_DOTS, _LOOKED_AT_DOTS))
            return size, dpi, _is_blank(image.convert("L"))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, UnidentifiedImageError):
            raise PageDamaged(url, "the page cannot be read as a picture") from error
        raise PageDamaged(url, f"the page cannot be read: {error}") from error


def _dpi_of(image: Image.Image, asked_dpi: int) -> int:
    """Return the resolution that a picture claims, if it is one; scanners leave it out or say 1."""
    claimed = image.info.get("dpi", (0, 0))[0]
    return round(claimed) if 50 <= claimed <= 2400 else asked_dpi


def _is_blank(image: Image.Image) -> bool:
    """Say whether hardly a dot is darker than the paper, whatever colour the paper is."""
    width, height = image.size
    across, down = round(width * _MARGIN), round(height * _MARGIN)
    inner = image.crop((across, down, max(width - across, 1), max(height - down, 1)))
    if inner.width > _LOOKED_AT_DOTS:
        rows = max(1, round(inner.height * _LOOKED_AT_DOTS / inner.width))
        inner = inner.resize((_LOOKED_AT_DOTS, rows), Image.Resampling.BOX)
    shades = inner.histogram()
    paper = _median(shades)
    return sum(shades[: max(0, paper - _DARKER_BY)]) < _FEWEST_DARK_DOTS


def _median(shades: list[int]) -> int:
    half, seen = sum(shades) / 2, 0
    for shade, count in enumerate(shades):
        seen += count
        if seen >= half:
            return shade
    return len(shades) - 1
