"""Serves style sheets, scripts, pictures and the font from memory; no address goes stale.

All files share one folder name made of all their contents, `/static/<build>/desk.css`, so that a
relative address inside a style sheet or a script module names the same build.
"""

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from aiohttp import web

ROOT = "/static"
FONT = "font.woff2"

_TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml; charset=utf-8",
    ".wav": "audio/wav",
    ".woff2": "font/woff2",
}
_SQUEEZED = frozenset({".css", ".js", ".json", ".svg"})
_YEAR = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent."""

    media_type: str
    body: bytes
    squeezed: bytes | None
    """The gzip form, where it is worth it."""
    etag: str


@dataclass(frozen=True, slots=True)
class Assets:
    """Every file a page may ask for."""

    build: str
    files: Mapping[str, Asset]

    @classmethod
    def load(cls, folders: Iterable[Path], font: Path) -> Self:
        """Read every file of a known type under the folders, and the font as `font.woff2`.

        Raises ValueError when two folders hold the same name.
        """
        bodies: dict[str, bytes] = {FONT: font.read_bytes()}
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                if path.suffix not in _TYPES or not path.is_file():
                    continue
                name = path.relative_to(folder).as_posix()
                if name in bodies:
                    raise ValueError(f"two files are named {name}; the second is {path}")
                bodies[name] = path.read_bytes()
        whole = hashlib.sha256()
        for name, body in sorted(bodies.items()):
            whole.update(f"{name}\0{len(body)}\0".encode())
            whole.update(body)
        files = {name: _asset(name, body) for name, body in bodies.items()}
        return cls(build=whole.hexdigest()[:12], files=files)

    def url(self, name: str) -> str:
        """Return the address of a file; KeyError for a file that does not exist."""
        if name not in self.files:
            raise KeyError(name)
        return f"{ROOT}/{self.build}/{name}"

    def install(self, app: web.Application) -> None:
        """Serve the files under `/static/`."""
        app.router.add_get(ROOT + "/{name:.+}", self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        kept = _ASK_AGAIN
        if name not in self.files:
            build, _, name = name.partition("/")
            kept = _YEAR if build == self.build else _ASK_AGAIN
        asset = self.files.get(name)
        if asset is None:
            raise web.HTTPNotFound
        headers = {
            "Cache-Control": kept,
            "Content-Type": asset.media_type,
            "ETag": asset.etag,
            "Vary": "Accept-Encoding",
        }
        if asset.etag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        if asset.squeezed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return web.Response(body=asset.squeezed, headers=headers)
        return web.Response(body=asset.body, headers=headers)


def _asset(name: str, body: bytes) -> Asset:
    suffix = Path(name).suffix
    squeezed = gzip.compress(body, mtime=0) if suffix in _SQUEEZED else None
    digest = hashlib.sha256(body).hexdigest()[:16]
    return Asset(_TYPES[suffix], body, squeezed, f'W/"{digest}"')
