"""The web page of a virtual device: what it does, and buttons that break it.

Each device has a folder with a template that extends `device.html`, its words and its rows of
buttons; this module gives it `/`, `/state`, `POST /faults` and the shared files.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import jinja2
from aiohttp import web
from pydantic import BaseModel, ValidationError

Language = Literal["ar", "en"]
Change = TypeVar("Change", bound=BaseModel)

_HERE = Path(__file__).parent
_SHARED_FILES = ("device.css", "device.js", "device.svg")
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")

SHARED_WORDS: Mapping[Language, Mapping[str, str]] = {
    "ar": {
        "connected": "برنامج متصل",
        "alone": "لا يتصل به أحد",
        "lost": "البرنامج متوقف عن الرد.",
        "faults": "الأعطال",
        "other": "English",
        "other_language": "en",
    },
    "en": {
        "connected": "A program is connected",
        "alone": "Nobody is connected",
        "lost": "The program does not answer.",
        "faults": "Faults",
        "other": "العربية",
        "other_language": "ar",
    },
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: the fault field, the value it sets, its words."""

    field: str
    value: str
    ar: str
    en: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of buttons, of which one is pressed."""

    ar: str
    en: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Face(Generic[Change]):
    """What the page of one device is made of.

    `state` returns at least `faults`, a mapping of fault fields to values, and `connected`.
    `words` are added to the shared ones and win over them. `context` returns what else the
    template needs.
    """

    folder: Path
    template: str
    words: Mapping[Language, Mapping[str, str]]
    rows: Sequence[Row]
    kind: type[Change]
    change: Callable[[Change], None]
    state: Callable[[], dict[str, Any]]
    context: Callable[[], dict[str, Any]] = dict
    files: Sequence[str] = ()


def create_page(face: Face[Change], routes: Sequence[web.RouteDef] = ()) -> web.Application:
    """Return the page's application; `POST /faults` takes what the device's change names."""
    page = _Page(face)
    app = web.Application(client_max_size=65_536)
    app.on_response_prepare.append(_add_headers)
    app.add_routes(
        [
            web.get("/", page.show),
            web.get("/state", page.state),
            web.post("/faults", page.change_faults),
            *(web.get(f"/{name}", _file(_HERE / name)) for name in _SHARED_FILES),
            *(web.get(f"/{name}", _file(face.folder / name)) for name in face.files),
            *routes,
        ]
    )
    return app


def digits(number: int, language: Language) -> str:
    """Write a number in the digits of a language."""
    return str(number).translate(_EASTERN) if language == "ar" else str(number)


def refuse_other_origins(request: web.Request) -> None:
    """Raise HTTPForbidden for a request that another site's page makes."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.split("://")[-1] != request.host:
        raise web.HTTPForbidden(text="another site may not use this device")


class _Page(Generic[Change]):
    def __init__(self, face: Face[Change]) -> None:
        self._face = face
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([face.folder, _HERE]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
        )
        self._template = environment.get_template(face.template)

    async def show(self, request: web.Request) -> web.Response:
        language: Language = "en" if request.query.get("lang") == "en" else "ar"
        text = self._template.render(
            language=language,
            words={**SHARED_WORDS[language], **self._face.words[language]},
            digits=lambda number: digits(number, language),
            rows=self._face.rows,
            state=self._face.state(),
            **self._face.context(),
        )
        return web.Response(text=text, content_type="text/html")

    async def state(self, request: web.Request) -> web.Response:
        return web.json_response(self._face.state())

    async def change_faults(self, request: web.Request) -> web.Response:
        refuse_other_origins(request)
        is_form = request.content_type == "application/x-www-form-urlencoded"
        try:
            wanted: Any = dict(await request.post()) if is_form else await request.json()
            change = self._face.kind.model_validate(wanted)
        except json.JSONDecodeError as error:
            raise web.HTTPBadRequest(text=f"not JSON: {error}") from error
        except ValidationError as error:
            problems = error.json(include_url=False, include_input=False, include_context=False)
            return web.Response(status=422, text=problems, content_type="application/json")
        self._face.change(change)
        if is_form:
            language = "en" if request.query.get("lang") == "en" else "ar"
            raise web.HTTPSeeOther(f"/?lang={language}")
        return web.json_response(self._face.state())


def _file(path: Path) -> Any:
    async def give(request: web.Request) -> web.FileResponse:
        return web.FileResponse(path)

    return give


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
