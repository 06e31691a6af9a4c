"""Reads the page's own files from the packages: template, style, script, font, chime."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

import core_services.look
from displays.chime import chime_wav

TYPES: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "wav": "audio/wav",
    "woff2": "font/woff2",
}
"""Content types by the end of a file's name."""

_HERE = Path(__file__).parent
_LOOK = Path(core_services.look.__path__[0])


@dataclass(frozen=True, slots=True)
class Shell:
    """The page's own files, read once; `version` changes when one of them does."""

    files: Mapping[str, bytes]
    template: jinja2.Template
    version: str


def load_shell(font: Path) -> Shell:
    """Read the page's files from the packages and `font`; blocking, for the start."""
    found = {
        "tokens.css": (_LOOK / "tokens.css").read_bytes(),
        "base.css": (_LOOK / "base.css").read_bytes(),
        "board.css": (_HERE / "static" / "board.css").read_bytes(),
        "board.js": (_HERE / "static" / "board.js").read_bytes(),
        "sound.js": (_HERE / "static" / "sound.js").read_bytes(),
        "font.woff2": font.read_bytes(),
        "chime.wav": chime_wav(),
        "chime-short.wav": chime_wav(hurried=True),
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
