"""Reads the page's own files from the packages: template, style, script, font, chime."""

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

from core_services.look import font as look_font
from displays.chime import chime_wav

TYPES: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "wav": "audio/wav",
    "woff2": "font/woff2",
}
"""Content types by the end of a file's name."""


FONT_TIMEOUT_S = 120.0
_HERE = Path(__file__).parent
_LOOK = Path(look_font.__file__).parent
_MAKE_FONT = """
import sys
from pathlib import Path
from core_services.look.font import web_font
web_font(Path(sys.argv[1]))
"""


@dataclass(frozen=True, slots=True)
class Shell:
    """The page's own files, read once; `version` changes when one of them does."""

    files: Mapping[str, bytes]
    template: jinja2.Template
    version: str


def font_in(cache: Path) -> Path:
    """Return the web font, made in a child process where it is missing.

    Cutting the font takes 40 MB that a program which runs for months should not keep. Where the
    child fails the font is made here, which raises what was wrong.
    """
    subprocess.run(
        [sys.executable, "-c", _MAKE_FONT, str(cache)],
        check=False,
        capture_output=True,
        timeout=FONT_TIMEOUT_S,
    )
    return look_font.web_font(cache)


def load_shell(font: Path) -> Shell:
    """Read the page's files from the packages and `font`; blocking, for the start."""
    found = {
        "tokens.css": (_LOOK / "tokens.css").read_bytes(),
        "base.css": (_LOOK / "base.css").read_bytes(),
        "board.css": (_HERE / "static" / "board.css").read_bytes(),
        "board.js": (_HERE / "static" / "board.js").read_bytes(),
        "font.woff2": font.read_bytes(),
        "chime.wav": chime_wav(),
    }
    source = (_HERE / "templates" / "board.html").read_text(encoding="utf-8")
    worker = (_HERE / "static" / "worker.js").read_bytes()
    digest = hashlib.sha256(source.encode() + worker)
    for name in sorted(found):
        digest.update(found[name])
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return Shell(
        {**found, "worker.js": worker}, environment.from_string(source), digest.hexdigest()[:12]
    )
