"""Pictures for the drivers' tests: slips of a real size, and small ones that carry a number."""

import random

from PIL import Image, ImageDraw

from drivers.printers.escpos import compose
from drivers.printers.profiles import Profile

_CELL = 16


def noise(width: int, height: int, seed: int = 1) -> Image.Image:
    """Return a picture that no encoder can make smaller."""
    return Image.frombytes(
        "1", (width, height), random.Random(seed).randbytes((width + 7) // 8 * height)
    )


def numbered(number: int, width: int = 384, *, is_copy: bool = False) -> Image.Image:
    """Return a small slip whose number can be read back from its dots."""
    image = Image.new("1", (width, 3 * _CELL), 255)
    draw = ImageDraw.Draw(image)
    cells = [True, *(bool(number >> bit & 1) for bit in range(16)), is_copy]
    for place, is_black in enumerate(cells):
        if is_black:
            left = place * _CELL
            draw.rectangle((left, _CELL, left + _CELL - 1, 2 * _CELL - 1), fill=0)
    return image


def number_of(paper: Image.Image) -> int:
    """Read a number back from its paper; copies come out negative."""
    row = 3 * _CELL // 2
    cells = [not paper.getpixel((place * _CELL + _CELL // 2, row)) for place in range(18)]
    assert cells[0], "this is no numbered slip"
    number = sum(1 << bit for bit in range(16) if cells[1 + bit])
    return -number if cells[17] else number


def job(number: int, profile: Profile) -> tuple[bytes, bytes]:
    """Return a numbered slip's bytes and those of its copy."""
    return (
        compose(numbered(number), profile),
        compose(numbered(number, is_copy=True), profile),
    )


def ticket(width: int = 576, height: int = 938) -> Image.Image:
    """Return a slip with white space, rules and a large number, about as full as a real one."""
    image = Image.new("1", (width, height), 255)
    draw = ImageDraw.Draw(image)
    for top in range(20, height - 40, 90):
        draw.rectangle((30, top, width - 40, top + 18), fill=0)
    draw.ellipse((width // 3, height // 3, 2 * width // 3, height // 2), fill=0)
    image.paste(noise(160, 160), (40, height - 200))
    return image
