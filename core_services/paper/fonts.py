"""Makes the static fonts that paper is set in: typst cannot choose a weight of a variable font."""

import array
import sys
from importlib.metadata import version
from pathlib import Path

from core_services.cutting import cut_apart, end_with_parent, instance, subset
from core_services.files import write_durably
from core_services.look.font import FontUnavailableError, font_file

WEIGHTS = (400, 700, 900)
_RANGES = (
    (0x0020, 0x007E),
    (0x00A0, 0x00FF),
    (0x0600, 0x06FF),  # everything Arabic: names of places and people stand on paper
    (0x2000, 0x206F),  # spaces, dashes, quotation marks, direction marks
    (0x20AC, 0x20AC),
    (0x2190, 0x2193),
    (0x2212, 0x2212),
)
_PACKAGE = "fontpkg-noto-sans-arabic"
_PAGE_FAMILY = "IBM Plex Sans Arabic"
_RECIPE = 2
"""Raised when the steps below change, so that old files are not used."""
_WHOLE = 0xB1B0AFBA
"""The sum of a whole OpenType file, `head.checkSumAdjustment` among it (OpenType 1.9, head)."""


def static_fonts(cache_dir: Path) -> Path:
    """Return a folder under `cache_dir` with Noto Sans Arabic at 400, 700 and 900, made once.

    The first call takes about a second; files appear whole, so programs may share the folder. One
    that is empty or damaged is made again: without it every slip would fail. Raises
    FontUnavailableError, OSError.
    """
    folder = _folder_in(cache_dir)
    if _lacking(folder):
        cut_apart(__name__, cache_dir)
    if _lacking(folder):
        make_static_fonts(cache_dir)
    return folder


def page_fonts() -> Path:
    """Return the folder of IBM Plex Sans Arabic, from whose pages Arabic text can be copied.

    Noto sets the dots of letters as marks of their own, which readers of PDF take for letters.
    Raises FontUnavailableError.
    """
    import fontpkg

    try:
        return Path(fontpkg.path(_PAGE_FAMILY, weight=WEIGHTS[0])).parent
    except (fontpkg.FontpkgError, OSError) as error:
        raise FontUnavailableError(str(error)) from error


def make_static_fonts(cache_dir: Path) -> None:
    """Make the files that are missing here and now. Raises like `static_fonts`."""
    folder = _folder_in(cache_dir)
    folder.mkdir(parents=True, exist_ok=True)
    letters = [code for first, last in _RANGES for code in range(first, last + 1)]
    variable = subset(font_file(), letters)
    for weight in _lacking(folder):
        font = instance(variable, {"wght": weight, "wdth": 100}, renames=True)
        write_durably(_path_in(folder, weight), font, mode=0o644)


def _folder_in(cache_dir: Path) -> Path:
    return cache_dir / f"slip-fonts-{version(_PACKAGE)}-{_RECIPE}"


def _path_in(folder: Path, weight: int) -> Path:
    return folder / f"noto-sans-arabic-{weight}.ttf"


def _lacking(folder: Path) -> list[int]:
    return [weight for weight in WEIGHTS if not _is_whole(_path_in(folder, weight))]


def _is_whole(path: Path) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    words = array.array("I", data + bytes(-len(data) % 4))
    if sys.byteorder == "little":
        words.byteswap()
    return sum(words) & 0xFFFFFFFF == _WHOLE


if __name__ == "__main__":
    end_with_parent()
    make_static_fonts(Path(sys.argv[1]))
