"""Draws a template in a process of its own, so that typst's 60 MB go when the paper is drawn."""

import io
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from core_services.paper.fonts import static_fonts

Form = Literal["pdf", "png", "picture"]
"""`png` is for a thermal printer: two tones; `picture` is for screens: in colours."""

DOTS_PER_MM: Final = 8
"""Of a picture for a thermal printer: 203.2 dpi."""
PICTURE_DPI: Final = 144.0
"""Of a picture for screens: two pixels a point."""
_TIMEOUT_S: Final = 120.0
"""On a slow machine whose processors are all at work."""
_INK_BELOW: Final = 144


class DrawingError(Exception):
    """A paper could not be drawn."""


def draw(
    template: Path,
    contents: Mapping[str, Any],
    cache_dir: Path,
    *,
    form: Form,
    fonts: Sequence[Path] = (),
) -> bytes:
    """Return the paper as a PDF, as one picture of two tones (PNG, eight dots a millimetre), or as
    one picture in colours (PNG, two pixels a point).

    The template reads `contents` as JSON from `sys.inputs.contents`; `fonts` are folders of fonts
    that it uses beside Noto Sans Arabic. Blocks for about a second. Raises DrawingError.
    """
    asked = json.dumps(
        {
            "template": str(template),
            "form": form,
            "contents": contents,
            "fonts": [str(folder) for folder in fonts],
        },
        ensure_ascii=False,
    )
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, str(cache_dir)],
            check=False,
            input=asked.encode(),
            capture_output=True,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DrawingError(f"{template.stem} could not be drawn: {error}") from error
    if done.returncode != 0:
        last_line = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise DrawingError(f"{template.stem} could not be drawn: {last_line}")
    return done.stdout


def _compile(
    template: Path,
    contents: Mapping[str, Any],
    cache_dir: Path,
    form: Form,
    more_fonts: Sequence[str],
) -> bytes:
    import typst

    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[static_fonts(cache_dir), *(Path(folder) for folder in more_fonts)],
    )
    compiler = typst.Compiler(
        template, root=template.parent, font_paths=fonts, ignore_system_fonts=True
    )
    paper = compiler.compile(
        format="pdf" if form == "pdf" else "png",
        ppi=PICTURE_DPI if form == "picture" else 25.4 * DOTS_PER_MM,
        sys_inputs={"contents": json.dumps(contents, ensure_ascii=False)},
    )
    if not isinstance(paper, bytes):
        raise DrawingError(f"{template.name} must make one document")
    return _two_tones(paper) if form == "png" else paper


def _two_tones(png: bytes) -> bytes:
    from PIL import Image

    drawn = io.BytesIO()
    with Image.open(io.BytesIO(png)) as shades:
        tones = shades.getchannel("G").point(lambda shade: 0 if shade < _INK_BELOW else 255, "1")
        tones.save(drawn, "PNG", optimize=True)
    return drawn.getvalue()


def _main(cache_dir: Path) -> None:
    asked = json.load(sys.stdin)
    paper = _compile(
        Path(asked["template"]), asked["contents"], cache_dir, asked["form"], asked["fonts"]
    )
    sys.stdout.buffer.write(paper)


if __name__ == "__main__":
    from core_services.cutting import end_with_parent

    end_with_parent()
    _main(Path(sys.argv[1]))
