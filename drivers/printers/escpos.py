"""Composes the bytes of one piece of paper from its picture.

Pictures only: a printer's own text can't join Arabic letters. python-escpos writes the commands;
our own transports carry them, since its block, and take a short write for a whole one.
"""

import re
from collections.abc import Iterator

from escpos.printer import Dummy
from PIL import Image

from drivers.errors import ImageTooWide
from drivers.printers.commands import AUTO_STATUS_ON, CUT, INITIALISE, feed_rows
from drivers.printers.profiles import Profile

_SHORTEST_SKIP = 4
"""Blank rows fewer than this are sent: skipping them would break the picture up and save little."""
_LONGEST_FEED = 255
_INVERTED = bytes(255 - byte for byte in range(256))
_REAL_TIME = re.compile(rb"\x10(?=[\x04\x05\x14])")
"""DLE EOT, DLE ENQ, DLE DC4: obeyed even inside a picture (status, buffer clear, power off)."""


def compose(image: Image.Image, profile: Profile) -> bytes:
    """Return the whole job: initialise, picture in chunks, feed, cut. Takes about 10 ms.

    Black is ink; anything but a mode-1 image is cut at half grey. Raises ImageTooWide.
    """
    if image.width > profile.width_dots:
        raise ImageTooWide(image.width, profile.width_dots)
    picture = without_real_time_bytes(_two_tone(image))
    writer = Dummy(profile=profile.capabilities)
    writer._raw(INITIALISE)
    if profile.asb:
        writer._raw(AUTO_STATUS_ON)
    for top, bottom, is_blank in _strips(picture, profile):
        if is_blank:
            writer._raw(feed_rows(bottom - top))
        else:
            strip = picture.crop((0, top, picture.width, bottom))
            writer.image(strip, impl="bitImageRaster", fragment_height=profile.chunk_rows)
    for rows in _steps(0, profile.feed_rows, _LONGEST_FEED):
        writer._raw(feed_rows(rows[1] - rows[0]))
    if profile.cut == "partial":
        writer._raw(CUT)
    elif profile.cut == "full":
        writer._raw(b"\x1dVA\x00")
    output: bytes = writer.output
    return output


def without_real_time_bytes(picture: Image.Image) -> Image.Image:
    """Add one dot wherever a picture's bytes would be taken for a real-time command.

    The picture is mode 1 and whole bytes wide.
    """
    ink = _ink(picture)
    traps = [match.end() for match in _REAL_TIME.finditer(ink)]
    if not traps:
        return picture
    changed = bytearray(ink)
    for place in traps:
        changed[place] |= 0x08
    return Image.frombytes("1", picture.size, changed.translate(_INVERTED))


def _two_tone(image: Image.Image) -> Image.Image:
    """Return black on white, 255 and 0, the width filled up to whole bytes with white."""
    picture = image.convert("L").point(lambda grey: 255 if grey >= 128 else 0, "1")
    if picture.width % 8 == 0:
        return picture
    padded = Image.new("1", (picture.width + -picture.width % 8, picture.height), 255)
    padded.paste(picture)
    return padded


def _ink(picture: Image.Image) -> bytes:
    return picture.tobytes().translate(_INVERTED)


def _strips(picture: Image.Image, profile: Profile) -> Iterator[tuple[int, int, bool]]:
    """Yield (top, bottom, blank?) from top to bottom: raster strips and runs to be fed."""
    if not profile.skips_blank:
        for top, bottom in _steps(0, picture.height, profile.chunk_rows):
            yield top, bottom, False
        return
    inked_from = 0
    for blank_from, blank_to in _blank_runs(picture):
        for top, bottom in _steps(inked_from, blank_from, profile.chunk_rows):
            yield top, bottom, False
        for top, bottom in _steps(blank_from, blank_to, _LONGEST_FEED):
            yield top, bottom, True
        inked_from = blank_to
    for top, bottom in _steps(inked_from, picture.height, profile.chunk_rows):
        yield top, bottom, False


def _blank_runs(picture: Image.Image) -> Iterator[tuple[int, int]]:
    row_bytes = picture.width // 8
    ink = _ink(picture)
    blank = bytes(row_bytes)
    start: int | None = None
    for row in range(picture.height + 1):
        is_blank = row < picture.height and ink[row * row_bytes : (row + 1) * row_bytes] == blank
        if is_blank and start is None:
            start = row
        elif not is_blank and start is not None:
            if row - start >= _SHORTEST_SKIP:
                yield start, row
            start = None


def _steps(start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    for top in range(start, end, longest):
        yield top, min(top + longest, end)
