"""The web font of every screen: a small woff2 cut from Noto Sans Arabic, made once and kept."""

import hashlib
import os
import sys
from importlib.metadata import version
from pathlib import Path

from core_services.cutting import cut_apart, end_with_parent, instance, subset
from core_services.files import write_durably

_PACKAGE = "fontpkg-noto-sans-arabic"
_FAMILY = "Noto Sans Arabic"
_LIGHTEST, _HEAVIEST = 400, 900
_RECIPE = 2
"""Raised when the steps below change, so that old files are not used."""
_RANGES = (
    (0x0020, 0x007E),  # Latin letters and Western digits
    (0x00A0, 0x00A0),
    (0x00AB, 0x00AB),  # «
    (0x00B0, 0x00B0),
    (0x00B7, 0x00B7),  # ·
    (0x00BB, 0x00BB),  # »
    (0x00D7, 0x00D7),  # ×
    (0x060C, 0x060C),  # Arabic comma, semicolon, question mark
    (0x061B, 0x061C),
    (0x061F, 0x061F),
    (0x0621, 0x063A),  # the letters and vowel marks of Arabic
    (0x0640, 0x0655),
    (0x0660, 0x066D),  # Eastern digits, percent sign, separators
    (0x0670, 0x0671),
    (0x067E, 0x067E),  # letters of foreign names: پ چ ڤ ک گ ی
    (0x0686, 0x0686),
    (0x06A4, 0x06A4),
    (0x06A9, 0x06A9),
    (0x06AF, 0x06AF),
    (0x06CC, 0x06CC),
    (0x200B, 0x200F),  # joiners and direction marks
    (0x2010, 0x203A),  # dashes, quotation marks, ellipsis
    (0x20AC, 0x20AC),
    (0x2212, 0x2212),
)


class FontUnavailableError(Exception):
    """The font package is missing from this installation, or its file cannot be read."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"no Arabic font: {self.reason}; mend with: pip install {_PACKAGE}"


def font_file() -> Path:
    """Return the path of the full variable TTF (weights 100 to 900).

    Raises FontUnavailableError when the package is not installed.
    """
    import fontpkg

    try:
        return Path(fontpkg.path(_FAMILY))
    except (fontpkg.FontpkgError, OSError) as error:
        raise FontUnavailableError(str(error)) from error


def web_font(cache_dir: Path) -> Path:
    """Return the path of the woff2 subset in `cache_dir`, made there unless it is there whole.

    Making it takes about a second, so call this at start or in a thread. The name holds the font's
    version and the recipe; several programs may share one `cache_dir`. Raises
    FontUnavailableError, and OSError when `cache_dir` cannot be written.
    """
    path = _path_in(cache_dir)
    if not _is_whole(path):
        cut_apart(__name__, cache_dir)
    if not _is_whole(path):
        make_web_font(cache_dir)
    return path


def make_web_font(cache_dir: Path) -> None:
    """Make the file here and now. Raises like `web_font`."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    letters = [code for first, last in _RANGES for code in range(first, last + 1)]
    font = instance(
        subset(font_file(), letters),
        {"wdth": None, "wght": (_LIGHTEST, _HEAVIEST)},
        flavor="woff2",
    )
    write_durably(_path_in(cache_dir), font, mode=0o644)


def _path_in(cache_dir: Path) -> Path:
    recipe = (_RECIPE, version(_PACKAGE), version("fonttools"), _LIGHTEST, _HEAVIEST, _RANGES)
    key = hashlib.sha256(repr(recipe).encode()).hexdigest()[:16]
    return cache_dir / f"shubbak-{key}.woff2"


def _is_whole(path: Path) -> bool:
    """Tell a woff2 file from an empty or cut-off one by its head (WOFF 2.0, 4.1): no more is read.

    Its signature stands first, and its own length in the bytes 8 to 12.
    """
    try:
        with path.open("rb") as file:
            head = file.read(12)
            size = os.fstat(file.fileno()).st_size
    except OSError:
        return False
    return head.startswith(b"wOF2") and int.from_bytes(head[8:12], "big") == size


if __name__ == "__main__":
    end_with_parent()
    make_web_font(Path(sys.argv[1]))
