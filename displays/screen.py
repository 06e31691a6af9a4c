"""Serves the board to the browser of this machine: the page, its files, and the live socket."""

import asyncio
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog
from aiohttp import WSCloseCode, WSMsgType, hdrs, web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, Field, ValidationError

from core_services.clock import Clock
from core_services.l10n import Language, Messages
from displays.agent import Display
from displays.audience import Audience, Page
from displays.board import PREVIOUS
from displays.face import FacePainter
from displays.recordings import Recordings
from displays.shell import TYPES, Shell

logger = structlog.get_logger()

HOST = "127.0.0.1"
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
SEND_TIMEOUT_S = 5.0
SHUTDOWN_TIMEOUT_S = 2.0
SOCKET_HEARTBEAT_S = 15.0
LARGEST_FROM_PAGE = 4096

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class FromPage(BaseModel):
    """What a page says: one of these at a time."""

    painted: int | None = None
    """This call stands on its glass."""
    spoken: int | None = None
    """The words of this call were heard to their end."""
    unheard: int | None = None
    """The chime or the words of this call could not be sounded; 0: of no call, a trial."""
    reason: str = Field(default="", max_length=64)
    told: UUID | None = None
    """This message of somebody stands on its glass."""
    heard: bool = False
    """A trial at the start: this page may sound."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Answers the requests of one display's pages."""

    display: Display
    audience: Audience
    shell: Shell
    painter: FacePainter
    messages: Messages
    clock: Clock
    languages: tuple[Language, ...]
    chime: bool
    volume: int
    recordings: Recordings | None
    sockets: "weakref.WeakSet[web.WebSocketResponse]"

    async def page(self, request: web.Request) -> web.Response:
        language = self._language(request)

        def _(msgid: str) -> str:
            return self.messages.gettext(language, msgid)

        before, _mark, after = _("Window {number}").partition("{number}")
        text = self.shell.template.render(
            language=language,
            direction="rtl" if language == "ar" else "ltr",
            version=self.shell.version,
            chime=self.chime,
            voice=self.recordings is not None,
            volume=self.volume,
            rows=PREVIOUS,
            before_window=before.strip(),
            after_window=after.strip(),
            _=_,
        )
        return web.Response(
            text=text, content_type="text/html", headers={"Cache-Control": "no-cache"}
        )

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "worker.js")
        body = self.shell.files.get(name)
        if body is None:
            raise web.HTTPNotFound
        return web.Response(
            body=body,
            headers={
                "Content-Type": TYPES[name.rpartition(".")[2]],
                "Cache-Control": "no-cache",
            },
        )

    async def words(self, request: web.Request) -> web.Response:
        """Return a spoken sentence; its name says what it is, so that it never changes."""
        name = request.match_info["name"]
        headers = {"ETag": f'"{name}"', "Cache-Control": "private, max-age=86400, immutable"}
        if request.headers.get(hdrs.IF_NONE_MATCH) == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        data = None if self.recordings is None else self.recordings.read(name)
        if data is None:
            raise web.HTTPNotFound
        return web.Response(body=data, content_type="audio/wav", headers=headers)

    async def nothing(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def health(self, _request: web.Request) -> web.Response:
        at, state = self.clock.monotonic(), self.display.state
        return web.json_response(
            {
                "connected": self.display.connected,
                "fault": self.display.fault,
                "stale": state.is_stale(at),
                "silent_s": round(at - state.contact, 1),
                "revision": state.revision,
                "pages": len(self.audience),
                "trouble": self.display.trouble,
            },
            headers={"Cache-Control": "no-store"},
        )

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and origin != f"http://{request.host}":
            raise web.HTTPForbidden
        socket = web.WebSocketResponse(
            compress=False, heartbeat=SOCKET_HEARTBEAT_S, max_msg_size=LARGEST_FROM_PAGE
        )
        await socket.prepare(request)
        self.sockets.add(socket)
        page = self.audience.join(self._language(request))
        logger.info("page_opened", language=page.language, pages=len(self.audience))
        try:
            async with asyncio.TaskGroup() as tasks:
                await self.display.audience_changed()
                writer = tasks.create_task(self._write(request, socket, page))
                async for message in socket:
                    if message.type is WSMsgType.TEXT:
                        await self._answer(page, message.data)
                writer.cancel()
        finally:
            self.audience.leave(page)
            logger.info("page_closed", language=page.language, pages=len(self.audience))
            await self.display.audience_changed()
        return socket

    async def close_sockets(self, _app: web.Application) -> None:
        for socket in set(self.sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _write(self, request: web.Request, socket: web.WebSocketResponse, page: Page) -> None:
        """Send the page what is latest, for as long as it takes it."""
        while True:
            glass, sounding = await page.next()
            now = self.clock.now().astimezone(self.display.state.zone)
            face = self.painter.face(glass, page.language, now=now, sounding=sounding)
            try:
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await socket.send_str(face.model_dump_json())
            except (TimeoutError, ConnectionError):
                if request.transport is not None:
                    request.transport.abort()
                return

    async def _answer(self, page: Page, data: str) -> None:
        try:
            said = FromPage.model_validate_json(data)
        except ValidationError:
            return
        if said.painted is not None:
            await self.display.painted(said.painted)
        elif said.spoken is not None:
            await self.display.spoken(page, said.spoken)
        elif said.unheard is not None:
            await self.display.unheard(page, said.unheard, said.reason)
        elif said.told is not None:
            await self.display.told(said.told)
        elif said.heard:
            await self.display.heard(page)

    def _language(self, request: web.Request) -> Language:
        match request.query.get("lang"):
            case "ar" | "en" as asked if asked in self.languages:
                return asked
            case _:
                return self.languages[0]


def create_screen(
    *,
    display: Display,
    audience: Audience,
    shell: Shell,
    messages: Messages,
    clock: Clock,
    languages: tuple[Language, ...],
    chime: bool,
    volume: int = 100,
    recordings: Recordings | None = None,
) -> web.Application:
    """Return the application; it answers only requests that name this machine's loopback."""
    screen = Screen(
        display=display,
        audience=audience,
        shell=shell,
        painter=FacePainter(messages, shell.version),
        messages=messages,
        clock=clock,
        languages=languages,
        chime=chime,
        volume=volume,
        recordings=recordings,
        sockets=weakref.WeakSet(),
    )
    app = web.Application(middlewares=[_only_loopback])
    app.router.add_get("/", screen.page)
    app.router.add_get("/ws", screen.live)
    app.router.add_get("/healthz", screen.health)
    app.router.add_get("/static/{name}", screen.file)
    app.router.add_get("/voice/{name}.wav", screen.words)
    app.router.add_get("/worker.js", screen.file)
    app.router.add_get("/favicon.ico", screen.nothing)
    app.on_shutdown.append(screen.close_sockets)
    app.on_response_prepare.append(_secure)
    return app


@asynccontextmanager
async def serving(app: web.Application, port: int) -> AsyncIterator[int]:
    """Serve on the loopback and give the port (for 0, the one that was free).

    Raises OSError when the port is taken.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_TIMEOUT_S)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


@web.middleware
async def _only_loopback(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse names that are not this machine's, which a foreign page could have rebound to us."""
    try:
        name = request.url.host
    except ValueError:  # as of a port that is no number
        name = None
    if name not in LOOPBACK_NAMES:
        raise web.HTTPForbidden
    return await handler(request)


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
