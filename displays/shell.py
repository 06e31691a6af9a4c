"""Reads the page's own files from the packages: template, style, script, font, chime."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import jinja2

from displays.chime import chime_wav

TYPES: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "wav": "audio/wav",
    "woff2": "font/woff2",
}
"""Content types by the end of a file's name."""


@dataclass(frozen=True, slots=True)
class Shell:
    """The page's own files, read once; `version` changes when one of them does."""

    files: Mapping[str, bytes]
    template: jinja2.Template
    version: str


def load_shell(font: Path) -> Shell:
    """Read the page's files from the packages and `font`; blocking, for the start."""
    look, own = files("core_services.look"), files("displays")
    found = {
        "tokens.css": (look / "tokens.css").read_bytes(),
        "base.css": (look / "base.css").read_bytes(),
        "board.css": (own / "static" / "board.css").read_bytes(),
        "board.js": (own / "static" / "board.js").read_bytes(),
        "font.woff2": font.read_bytes(),
        "chime.wav": chime_wav(),
    }
    source = (own / "templates" / "board.html").read_text(encoding="utf-8")
    worker = (own / "static" / "worker.js").read_bytes()
    digest = hashlib.sha256(source.encode() + worker)
    for name in sorted(found):
        digest.update(found[name])
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return Shell(
        {**found, "worker.js": worker}, environment.from_string(source), digest.hexdigest()[:12]
    )
