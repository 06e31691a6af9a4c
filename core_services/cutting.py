"""Cuts small fonts out of large ones, in a process of its own.

Cutting takes a second or two and 40 MB, which a program that runs for months should not keep.
"""

import ctypes
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

_TIMEOUT_S: Final = 120.0
"""On a slow machine whose processors are all at work."""

_PR_SET_PDEATHSIG: Final = 1


def cut_apart(module: str, cache_dir: Path) -> None:
    """Run a module that makes the fonts of `cache_dir`, and wait for it. Never raises.

    Whoever calls this looks for the files, and makes them itself when they are not there: that
    tells what is wrong.
    """
    try:
        subprocess.run(
            [sys.executable, "-m", module, str(cache_dir)],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return


def end_with_parent() -> None:
    """Let the kernel end this process when the program that waits for its fonts ends (prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def subset(source: Path, letters: Iterable[int]) -> bytes:
    """Return a font that holds these code points alone, with everything that joins them.

    A font is made smaller before its weights are chosen, not after: choosing them for thousands of
    signs that nobody needs takes most of the time.
    """
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    options = Options()
    options.layout_features = ["*"]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=list(letters))
    with TTFont(source) as font:
        subsetter.subset(font)
        return _saved(font)


def instance(
    font: bytes, axes: Mapping[str, object], *, flavor: str | None = None, renames: bool = False
) -> bytes:
    """Return a variable font with its axes at one place, or between two (`wght` from 400 to 900).

    `flavor` is `woff2` for a browser; `renames` names the font after its weight.
    """
    from fontTools.ttLib import TTFont
    from fontTools.varLib.instancer import instantiateVariableFont

    with TTFont(BytesIO(font)) as variable:
        narrowed = instantiateVariableFont(variable, dict(axes), updateFontNames=renames)
        narrowed.flavor = flavor
        return _saved(narrowed)


def _saved(font: "TTFont") -> bytes:
    file = BytesIO()
    font.save(file)
    return file.getvalue()
