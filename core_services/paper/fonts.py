"""Makes the static fonts that paper is set in: typst cannot choose a weight of a variable font."""

import os
import tempfile
from importlib.metadata import version
from pathlib import Path

import fontpkg
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

WEIGHTS = (400, 700, 900)
_PACKAGE = "fontpkg-noto-sans-arabic"
_RECIPE = 1
"""Raised when the steps below change, so that old files are not used."""


def static_fonts(cache_dir: Path) -> Path:
    """Return a folder under `cache_dir` with Noto Sans Arabic at 400, 700 and 900, made once.

    The first call takes about 1.5 s; files appear whole, so programs may share the folder.
    """
    folder = cache_dir / f"slip-fonts-{version(_PACKAGE)}-{_RECIPE}"
    folder.mkdir(parents=True, exist_ok=True)
    for weight in WEIGHTS:
        path = folder / f"noto-sans-arabic-{weight}.ttf"
        if not path.exists():
            _make(weight, path)
    return folder


def _make(weight: int, path: Path) -> None:
    with TTFont(fontpkg.path("noto-sans-arabic")) as variable:
        font = instancer.instantiateVariableFont(
            variable, {"wght": weight, "wdth": 100}, updateFontNames=True
        )
        handle, unfinished = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            font.save(file)
        os.replace(unfinished, path)
