"""The virtual printer's web page: the paper as it comes, and buttons that break the printer."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web
from pydantic import ValidationError

from drivers.virtual.faults import FaultChange
from drivers.virtual.mechanism import Mechanism
from drivers.virtual.slips import Slip, Slips
from drivers.virtual.words import ROWS, WORDS, Language, digits

_FOLDER = Path(__file__).parent
_SHOWN_SLIPS = 12
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def create_page(mechanism: Mechanism, slips: Slips, profile_name: str) -> web.Application:
    """Return the page's application; `POST /faults` takes what `FaultChange` names."""
    page = _Page(mechanism, slips, profile_name)
    app = web.Application(client_max_size=16_384)
    app.on_response_prepare.append(_add_headers)
    app.add_routes(
        [
            web.get("/", page.show),
            web.get("/state", page.state),
            web.get("/slips", page.list_slips),
            web.get(r"/slips/{number:\d{1,9}}.png", page.slip),
            web.post("/faults", page.change_faults),
            web.get("/printer.css", _file("printer.css")),
            web.get("/printer.js", _file("printer.js")),
            web.get("/printer.svg", _file("printer.svg")),
        ]
    )
    return app


class _Page:
    def __init__(self, mechanism: Mechanism, slips: Slips, profile_name: str) -> None:
        self._mechanism = mechanism
        self._slips = slips
        self._profile_name = profile_name
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_FOLDER),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
        )
        self._template = environment.get_template("printer.html")

    async def show(self, request: web.Request) -> web.Response:
        language: Language = "en" if request.query.get("lang") == "en" else "ar"
        text = self._template.render(
            language=language,
            words=WORDS[language],
            digits=lambda number: digits(number, language),
            rows=ROWS,
            state=self._state(),
            slips=self._slips.all()[: -_SHOWN_SLIPS - 1 : -1],
        )
        return web.Response(text=text, content_type="text/html")

    async def state(self, request: web.Request) -> web.Response:
        return web.json_response(self._state())

    async def list_slips(self, request: web.Request) -> web.Response:
        return web.json_response([_facts(slip) for slip in self._slips.all()])

    async def slip(self, request: web.Request) -> web.StreamResponse:
        path = self._slips.path(int(request.match_info["number"]))
        if path is None:
            raise web.HTTPNotFound(text="there is no such slip")
        return web.FileResponse(path)

    async def change_faults(self, request: web.Request) -> web.Response:
        origin = request.headers.get("Origin")
        if origin is not None and origin.split("://")[-1] != request.host:
            raise web.HTTPForbidden(text="another site may not break this printer")
        is_form = request.content_type == "application/x-www-form-urlencoded"
        try:
            wanted: Any = dict(await request.post()) if is_form else await request.json()
            change = FaultChange.model_validate(wanted)
        except json.JSONDecodeError as error:
            raise web.HTTPBadRequest(text=f"not JSON: {error}") from error
        except ValidationError as error:
            problems = error.json(include_url=False, include_input=False, include_context=False)
            return web.Response(status=422, text=problems, content_type="application/json")
        self._mechanism.change(change)
        if is_form:
            language = "en" if request.query.get("lang") == "en" else "ar"
            raise web.HTTPSeeOther(f"/?lang={language}")
        return web.json_response(self._state())

    def _state(self) -> dict[str, Any]:
        slips = self._slips.all()
        return {
            "profile": self._profile_name,
            "faults": asdict(self._mechanism.faults),
            "connected": self._mechanism.is_connected,
            "received_bytes": self._mechanism.received_bytes,
            "kept_bytes": self._mechanism.kept_bytes,
            "unrecognised_bytes": self._mechanism.unrecognised_bytes,
            "last_slip": slips[-1].number if slips else 0,
        }


def _facts(slip: Slip) -> dict[str, Any]:
    return {**asdict(slip), "at": slip.at.isoformat()}


def _file(name: str) -> Any:
    async def give(request: web.Request) -> web.FileResponse:
        return web.FileResponse(_FOLDER / name)

    return give


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
