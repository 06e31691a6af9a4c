"""Composes the bytes of one piece of paper from its picture.

Pictures only: a printer's own text can't join Arabic letters. python-escpos writes the commands;
our own transports carry them, since its block, and take a short write for a whole one.
"""

import re
from collections.abc import Iterator, Mapping

from PIL import Image

from drivers.errors import ImageTooWide
from drivers.printers.commands import AUTO_STATUS_ON, CUT, CUT_THROUGH, INITIALISE, feed_rows
from drivers.printers.escpos_library import Dummy
from drivers.printers.profiles import Profile, Raster

_SHORTEST_SKIP = 4
"""Blank rows fewer than this are sent: skipping them would break the picture up and save little."""
_LONGEST_FEED = 255
_COLUMN_ROWS = 24
"""Rows of one line of ESC * in its dense mode."""
_GRAPHICS_HEAD_BYTES = 10
"""What GS ( L counts beside the dots. Its length has two bytes; python-escpos lets it overflow."""
_IMPLEMENTATIONS: Mapping[Raster, str] = {
    "gs_v0": "bitImageRaster",
    "gs_L": "graphics",
    "esc_star": "bitImageColumn",
}
_INVERTED = bytes(255 - byte for byte in range(256))
_REAL_TIME = re.compile(rb"\x10(?=[\x04\x05\x14])")
"""DLE EOT, DLE ENQ, DLE DC4: obeyed even inside a picture (status, buffer clear, power off)."""


def compose(image: Image.Image, profile: Profile) -> bytes:
    """Return the whole job: initialise, picture in chunks, feed, cut. Takes about 10 ms.

    Black is ink; anything but a mode-1 image is cut at half grey. Raises ImageTooWide.
    """
    if image.width > profile.width_dots:
        raise ImageTooWide(image.width, profile.width_dots)
    picture = _two_tone(image)
    writer = Dummy(profile=profile.capabilities)
    writer._raw(INITIALISE)
    if profile.asb:
        writer._raw(AUTO_STATUS_ON)
    writer._raw(profile.before_job)
    for top, bottom, is_blank in _strips(picture, profile):
        if is_blank:
            writer._raw(feed_rows(bottom - top))
        else:
            _draw(writer, picture.crop((0, top, picture.width, bottom)), profile)
    for rows in _steps(0, profile.feed_rows, _LONGEST_FEED):
        writer._raw(feed_rows(rows[1] - rows[0]))
    if profile.cut == "partial":
        writer._raw(CUT)
    elif profile.cut == "full":
        writer._raw(CUT_THROUGH)
    if profile.cut != "none":
        writer._raw(profile.after_cut)
    writer._raw(profile.beep)
    output: bytes = writer.output
    return output


def length_mm(image: Image.Image, profile: Profile) -> float:
    """Return how much of the roll a picture takes, with what is fed to the knife."""
    knife_mm = 0.0 if profile.cut == "none" else profile.head_to_knife_mm
    return profile.mm(image.height + profile.feed_rows) + knife_mm


def without_real_time_bytes(picture: Image.Image, raster: Raster = "gs_v0") -> Image.Image:
    """Add one dot wherever a picture's bytes would be taken for a real-time command.

    The picture is mode 1 and whole bytes wide, and goes out in one piece. No command straddles its
    ends: before it stands a number below 16, after it a command's first byte.
    """
    if raster != "esc_star":
        return _dodged(picture)
    dodged = picture.copy()
    for top, bottom in _steps(0, picture.height, _COLUMN_ROWS):
        line = Image.new("1", (picture.width, _COLUMN_ROWS), 255)
        line.paste(picture.crop((0, top, picture.width, bottom)))
        # In columns: 24 dots from top to bottom are three bytes, then the next column.
        columns = _dodged(line.transpose(Image.Transpose.TRANSPOSE))
        line = columns.transpose(Image.Transpose.TRANSPOSE)
        dodged.paste(line, (0, top))
    return dodged


def _draw(writer: Dummy, strip: Image.Image, profile: Profile) -> None:
    """Write one strip of the picture in the profile's way."""
    if profile.raster == "gs_L" and _length_is_obeyed(strip):
        for top, bottom in ((0, strip.height - 1), (strip.height - 1, strip.height)):
            _draw(writer, strip.crop((0, top, strip.width, bottom)), profile)
        return
    writer.image(
        without_real_time_bytes(strip, profile.raster),
        impl=_IMPLEMENTATIONS[profile.raster],
        fragment_height=max(strip.height, 1),
    )


def _length_is_obeyed(strip: Image.Image) -> bool:
    """GS ( L begins with its length, and those two bytes must be no real-time command either."""
    length = strip.width // 8 * strip.height + _GRAPHICS_HEAD_BYTES
    return strip.height > 1 and _REAL_TIME.match(length.to_bytes(2, "little")) is not None


def _dodged(picture: Image.Image) -> Image.Image:
    ink = _ink(picture)
    traps = [match.end() for match in _REAL_TIME.finditer(ink)]
    if not traps:
        return picture
    changed = bytearray(ink)
    for place in traps:
        changed[place] |= 0x08
    return Image.frombytes("1", picture.size, bytes(changed).translate(_INVERTED))


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
    """Yield (top, bottom, blank?) from top to bottom: raster strips and runs to be fed.

    In columns each strip but the last is whole lines, since the paper moves by whole lines.
    """
    unit = _COLUMN_ROWS if profile.raster == "esc_star" else 1
    longest = profile.chunk_rows // unit * unit
    top = 0
    runs = list(_blank_runs(picture)) if profile.skips_blank else []
    for blank_from, blank_to in (*runs, (picture.height, picture.height)):
        if blank_from > top:
            lines = -(-(blank_from - top) // unit)
            inked_to = min(top + lines * unit, picture.height)
            for start, end in _steps(top, inked_to, longest):
                yield start, end, False
            top = inked_to
        for start, end in _steps(top, blank_to, _LONGEST_FEED):
            yield start, end, True
        top = max(top, blank_to)


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
