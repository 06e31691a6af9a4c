"""Makes the static fonts that paper is set in: typst cannot choose a weight of a variable font."""

import array
import sys
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import fontpkg
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

from core_services.files import write_durably

WEIGHTS = (400, 700, 900)
_PACKAGE = "fontpkg-noto-sans-arabic"
_RECIPE = 1
"""Raised when the steps below change, so that old files are not used."""
_WHOLE = 0xB1B0AFBA
"""The sum of a whole OpenType file, `head.checkSumAdjustment` among it (OpenType 1.9, head)."""


def static_fonts(cache_dir: Path) -> Path:
    """Return a folder under `cache_dir` with Noto Sans Arabic at 400, 700 and 900, made once.

    The first call takes about 1.5 s; files appear whole, so programs may share the folder. One that
    is empty or damaged is made again: without it every slip would fail. Raises OSError.
    """
    folder = cache_dir / f"slip-fonts-{version(_PACKAGE)}-{_RECIPE}"
    folder.mkdir(parents=True, exist_ok=True)
    for weight in WEIGHTS:
        path = folder / f"noto-sans-arabic-{weight}.ttf"
        if not _is_whole(path):
            write_durably(path, _made(weight), mode=0o644)
    return folder


def _made(weight: int) -> bytes:
    with TTFont(fontpkg.path("noto-sans-arabic")) as variable:
        font = instancer.instantiateVariableFont(
            variable, {"wght": weight, "wdth": 100}, updateFontNames=True
        )
        file = BytesIO()
        font.save(file)
    return file.getvalue()


def _is_whole(path: Path) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    words = array.array("I", data + bytes(-len(data) % 4))
    if sys.byteorder == "little":
        words.byteswap()
    return sum(words) & 0xFFFFFFFF == _WHOLE
