"""Sets lines of Arabic as paper does and looks at the ink: do letters join, do lines run right?

What is judged is the picture, so that a font without its tables, a missing font and a setter that
knows no direction are all found.
"""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typst
from PIL import Image, ImageChops

from core_services.paper.fonts import static_fonts

_TEMPLATE: Final = Path(__file__).with_name("proof.typ")
_PPI: Final = 203.2
_INK_BELOW: Final = 144
_WORD: Final = "بيت"
_APART: Final = "\u200c".join(_WORD)
"""The same letters, none of which may join."""
_TOLERANCE: Final = 0.02
"""The share of the ink in which two pictures of the same may differ by their place on the dots."""


class ProofFailed(Exception):
    """Nothing could be set: the fonts cannot be read, or the setter refused."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the ink shows."""

    joins: bool
    """Letters take their joined forms."""
    digits: bool
    """Figures keep their order in a line from right to left, left of the word before them."""
    brackets: bool
    """Brackets turn with the line."""

    @property
    def is_good(self) -> bool:
        return self.joins and self.digits and self.brackets


def prove(cache_dir: Path) -> Proof:
    """Set the lines with the fonts of `cache_dir` and judge them. Blocks for a second or so.

    Raises FontUnavailableError, OSError, ProofFailed.
    """
    texts = (
        ("ar", _WORD),
        ("ar", _APART),
        ("ar", "ا ١٤٢"),
        ("en", "١٤٢"),
        ("ar", "(ا"),
        ("en", ")"),
    )
    pages = _pages(static_fonts(cache_dir), texts)
    word, apart, line, figures, turned, bracket = (_ink(page) for page in pages)
    return Proof(
        joins=_runs(word) < _runs(apart),
        digits=_is_left_part(line, figures),
        brackets=_is_right_part(turned, bracket),
    )


def _pages(fonts: Path, texts: tuple[tuple[str, str], ...]) -> list[bytes]:
    compiler = typst.Compiler(
        _TEMPLATE,
        root=_TEMPLATE.parent,
        font_paths=typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts]
        ),
        ignore_system_fonts=True,
    )
    contents = {"lines": [{"language": language, "text": text} for language, text in texts]}
    try:
        pages = compiler.compile(
            format="png",
            ppi=_PPI,
            sys_inputs={"contents": json.dumps(contents, ensure_ascii=False)},
        )
    except typst.TypstError as error:
        raise ProofFailed(error.message) from error
    if not isinstance(pages, list) or len(pages) != len(texts):
        raise ProofFailed(f"{len(texts)} lines were not set as so many pages")
    return pages


def _ink(page: bytes) -> Image.Image:
    """Return the ink alone, white on black, cut to its edges. Raises ProofFailed without any."""
    with Image.open(io.BytesIO(page)) as shades:
        tones = shades.getchannel("G").point(lambda shade: 255 if shade < _INK_BELOW else 0)
    edges = tones.getbbox()
    if edges is None:
        raise ProofFailed("a line left no ink")
    return tones.crop(edges)


def _runs(ink: Image.Image) -> int:
    """Count the pieces of a line that no column of white parts."""
    columns = ink.resize((ink.width, 1), Image.Resampling.BOX).tobytes()
    return sum(
        bool(here) and not before for before, here in zip(b"\0" + columns, columns, strict=False)
    )


def _is_left_part(line: Image.Image, part: Image.Image) -> bool:
    return _is_same(line.crop((0, 0, part.width, line.height)), part)


def _is_right_part(line: Image.Image, part: Image.Image) -> bool:
    return _is_same(line.crop((line.width - part.width, 0, line.width, line.height)), part)


def _is_same(found: Image.Image, part: Image.Image) -> bool:
    """Compare two pieces of ink as they stand on the line, at their best place within a dot."""
    edges = found.getbbox()
    if edges is None:
        return False
    found = found.crop(edges).resize(part.size)
    difference = ImageChops.difference(found, part)
    return _sum(difference) <= _sum(part) * (_TOLERANCE + 4 / part.height)


def _sum(ink: Image.Image) -> int:
    return sum(ink.tobytes())
