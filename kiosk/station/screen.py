"""Serves the state of a workstation's devices to this machine's browser, and its health."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import jinja2
from aiohttp import web

from core_services import look
from core_services.l10n import Language, Messages, digits
from kiosk.screen import must_be_of_this_page, only_loopback, secure
from kiosk.shell import TYPES
from kiosk.station.trial import TrialView, try_out
from kiosk.station.view import StationView, station_view
from kiosk.station.workstation import Workstation

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class StationShell:
    """The page's own files, read once."""

    files: dict[str, bytes]
    templates: jinja2.Environment


def load_station_shell(font: Path) -> StationShell:
    """Read the page's files from the packages and `font`; blocking, for the start."""
    shared = Path(look.__path__[0])
    sources = [shared / "tokens.css", shared / "base.css", *sorted((_HERE / "static").iterdir())]
    files = {path.name: path.read_bytes() for path in sources}
    files["font.woff2"] = font.read_bytes()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    return StationShell(files, environment)


def create_station_screen(
    station: Workstation, name: str, shell: StationShell, messages: Messages
) -> web.Application:
    """Return the application; it answers only requests that name this machine's loopback."""
    screen = _Screen(station, name, shell, messages)
    app = web.Application(middlewares=[only_loopback])
    app.router.add_get("/", screen.page)
    app.router.add_get("/now", screen.now)
    app.router.add_post("/trial/{name}", screen.trial)
    app.router.add_get("/healthz", screen.health)
    app.router.add_get("/static/{name}", screen.file)
    app.on_response_prepare.append(_secure)
    return app


@dataclass(frozen=True, slots=True)
class _Screen:
    station: Workstation
    name: str
    shell: StationShell
    messages: Messages

    async def page(self, request: web.Request) -> web.Response:
        return self._answer(request, "station.html")

    async def now(self, request: web.Request) -> web.Response:
        """Answer the part of the page that changes."""
        return self._answer(request, "_station_now.html")

    async def trial(self, request: web.Request) -> web.Response:
        """Scan what lies in a document scanner and show it small; no page of it is kept."""
        must_be_of_this_page(request)
        scanner = self.station.document_scanner(request.match_info["name"])
        if scanner is None:
            raise web.HTTPNotFound
        language = _language(request)
        if scanner.is_trying:
            raise web.HTTPConflict
        view = await try_out(scanner, self.messages, language)
        return self._html("_trial.html", language, view=view)

    async def health(self, _request: web.Request) -> web.Response:
        devices = {each.name: each.state for each in self.station.devices()}
        return web.json_response(
            {
                "status": "ok",
                "connected": self.station.connected,
                "fault": self.station.fault,
                "devices": devices,
                "incoming_dropped": self.station.dropped_incoming,
            },
            headers={"Cache-Control": "no-store"},
        )

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        body = self.shell.files.get(name)
        if body is None:
            raise web.HTTPNotFound
        headers = {"Content-Type": TYPES[name.rpartition(".")[2]], "Cache-Control": "no-cache"}
        return web.Response(body=body, headers=headers)

    def _answer(self, request: web.Request, template: str) -> web.Response:
        language = _language(request)
        view = station_view(self.station, self.name, self.messages, language)
        return self._html(template, language, view=view)

    def _html(
        self, template: str, language: Language, *, view: StationView | TrialView
    ) -> web.Response:
        text = self.shell.templates.get_template(template).render(
            _=partial(self.messages.gettext, language),
            n=lambda number: digits(str(number), language),
            language=language,
            direction="rtl" if language == "ar" else "ltr",
            view=view,
        )
        return web.Response(
            text=text, content_type="text/html", headers={"Cache-Control": "no-store"}
        )


def _language(request: web.Request) -> Language:
    return "en" if request.query.get("lang") == "en" else "ar"


async def _secure(request: web.Request, response: web.StreamResponse) -> None:
    """Allow what a kiosk's page may, and pictures within the page: those of a trial scan."""
    await secure(request, response)
    response.headers["Content-Security-Policy"] += "; img-src 'self' data:"
