"""Reads the page's own files from the packages: templates, style, scripts, font."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

from core_services import look

TYPES: Mapping[str, str] = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "woff2": "font/woff2",
}
"""Content types by the end of a file's name."""

_HERE = Path(__file__).parent
_TEMPLATES = _HERE / "templates"
_STATIC = _HERE / "static"


@dataclass(frozen=True, slots=True)
class Shell:
    """The page's own files, read once; `version` changes when one of them does."""

    files: Mapping[str, bytes]
    templates: jinja2.Environment
    version: str


def load_shell(font: Path) -> Shell:
    """Read the page's files from the packages and `font`; blocking, for the start."""
    shared = Path(look.__path__[0])
    own = ("tokens.css", "base.css", "scan_keys.js")
    sources = [*(shared / name for name in own), *sorted(_STATIC.iterdir())]
    files = {path.name: path.read_bytes() for path in sources}
    files["font.woff2"] = font.read_bytes()
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(files[name])
    for template in sorted(_TEMPLATES.iterdir()):
        digest.update(template.read_bytes())
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return Shell(files, environment, digest.hexdigest()[:12])
