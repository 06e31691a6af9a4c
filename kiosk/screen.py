"""Serves the kiosk's screen to this machine's browser: the page, its files, the live socket."""

import asyncio
import weakref
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiohttp import WSCloseCode, WSMsgType, hdrs, web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from drivers.errors import VoiceFailed
from drivers.voices.sound import write_wav
from drivers.voices.voice import Voice
from kiosk.agent import Kiosk
from kiosk.audience import Audience, Viewer
from kiosk.shell import TYPES, Shell
from kiosk.spoken import spoken
from kiosk.view import Face, Painter

logger = structlog.get_logger()

HOST = "127.0.0.1"
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
SEND_TIMEOUT_S = 5.0
SHUTDOWN_TIMEOUT_S = 2.0
SOCKET_HEARTBEAT_S = 15.0
LARGEST_FROM_PAGE = 4096
LONGEST_ROLL_M = 500.0

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; object-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Touch(BaseModel):
    """What a page says: the name of the button that was touched."""

    touch: str = Field(min_length=1, max_length=64)


class TypedScan(BaseModel):
    """What a page says of a scanner that types into it."""

    scan: str = Field(min_length=1, max_length=600)


_FROM_PAGE: TypeAdapter[Touch | TypedScan] = TypeAdapter(Touch | TypedScan)


@dataclass(frozen=True, slots=True)
class Screen:
    """Answers the requests of one kiosk's pages."""

    kiosk: Kiosk
    audience: Audience
    shell: Shell
    painter: Painter
    voice: Voice | None
    sockets: "weakref.WeakSet[web.WebSocketResponse]"

    def face(self) -> Face:
        """Return what stands on the glass now."""
        kiosk = self.kiosk
        return self.painter.face(
            kiosk.flow,
            kiosk.place,
            now=kiosk.local_time(),
            elapsed=kiosk.elapsed(),
            fault=kiosk.fault,
        )

    async def page(self, _request: web.Request) -> web.Response:
        return _html(self.painter.document(self.face()))

    async def closed(self, _request: web.Request) -> web.Response:
        """Answer with the page that a browser keeps for when this program is away."""
        return _html(self.shell.templates.get_template("closed.html").render())

    async def file(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "worker.js")
        body = self.shell.files.get(name)
        if body is None:
            raise web.HTTPNotFound
        headers = {"Content-Type": TYPES[name.rpartition(".")[2]], "Cache-Control": "no-cache"}
        return web.Response(body=body, headers=headers)

    async def say(self, _request: web.Request) -> web.Response:
        """Return what this moment's page says; nobody keeps it, since it may be a number."""
        kiosk = self.kiosk
        utterance = spoken(kiosk.flow, is_training=kiosk.place.centre.training)
        if self.voice is None or utterance is None:
            raise web.HTTPNotFound
        try:
            said = await self.voice.say([utterance])
        except VoiceFailed:
            raise web.HTTPServiceUnavailable from None
        return web.Response(
            body=write_wav(said.sound),
            content_type="audio/wav",
            headers={"Cache-Control": "no-store"},
        )

    async def nothing(self, _request: web.Request) -> web.Response:
        return web.Response(status=204)

    async def health(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "status": "ok",
                "connected": self.kiosk.connected,
                "fault": self.kiosk.fault,
                "printer": self.kiosk.machines.printer,
                "printer_reason": self.kiosk.machines.printer_trouble,
                "scanner": self.kiosk.machines.scanner,
                "step": self.face().step,
                "pages": len(self.audience),
                "own_numbers": self.kiosk.own_numbers,
            },
            headers={"Cache-Control": "no-store"},
        )

    async def roll(self, request: web.Request) -> web.Response:
        """Take a technician's measure of the paper left on the roll: `left_m=35`, in metres."""
        must_be_of_this_page(request)
        text = (await request.post()).get("left_m", "")
        try:
            left_m = float(text if isinstance(text, str) else "")
        except ValueError:
            left_m = -1.0
        if not 0 <= left_m <= LONGEST_ROLL_M:
            raise web.HTTPBadRequest(text=f"left_m must be from 0 to {LONGEST_ROLL_M:g} metres\n")
        if not self.kiosk.machines.correct_roll(left_m):
            raise web.HTTPConflict(text="this kiosk has no printer\n")
        return web.Response(status=204)

    async def live(self, request: web.Request) -> web.WebSocketResponse:
        must_be_of_this_page(request)
        socket = web.WebSocketResponse(
            compress=False, heartbeat=SOCKET_HEARTBEAT_S, max_msg_size=LARGEST_FROM_PAGE
        )
        await socket.prepare(request)
        self.sockets.add(socket)
        viewer = self.audience.join()
        self.kiosk.audience_changed()
        logger.info("page_opened", pages=len(self.audience))
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self._write(request, socket, viewer))
                async for message in socket:
                    if message.type is WSMsgType.TEXT:
                        self._take(message.data)
                writer.cancel()
        finally:
            self.audience.leave(viewer)
            self.kiosk.audience_changed()
            logger.info("page_closed", pages=len(self.audience))
        return socket

    async def close_sockets(self, _app: web.Application) -> None:
        for socket in set(self.sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _write(
        self, request: web.Request, socket: web.WebSocketResponse, viewer: Viewer
    ) -> None:
        """Send the page what is latest, for as long as it takes it."""
        sent: Face | None = None
        while True:
            await viewer.next()
            face = self.face()
            if face == sent:
                continue
            try:
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await socket.send_str(face.model_dump_json())
            except (TimeoutError, ConnectionError):
                if request.transport is not None:
                    request.transport.abort()
                return
            sent = face

    def _take(self, data: str) -> None:
        try:
            said = _FROM_PAGE.validate_json(data)
        except ValidationError:
            return
        if isinstance(said, Touch):
            self.kiosk.touch(said.touch)
        else:
            self.kiosk.scan(said.scan)


def create_screen(
    *,
    kiosk: Kiosk,
    audience: Audience,
    shell: Shell,
    painter: Painter,
    voice: Voice | None = None,
) -> web.Application:
    """Return the application; it answers only requests that name this machine's loopback."""
    screen = Screen(kiosk, audience, shell, painter, voice, weakref.WeakSet())
    app = web.Application(middlewares=[only_loopback])
    app.router.add_get("/", screen.page)
    app.router.add_get("/closed", screen.closed)
    app.router.add_get("/ws", screen.live)
    app.router.add_post("/roll", screen.roll)
    app.router.add_get("/healthz", screen.health)
    app.router.add_get("/static/{name}", screen.file)
    app.router.add_get("/say.wav", screen.say)
    app.router.add_get("/worker.js", screen.file)
    app.router.add_get("/favicon.ico", screen.nothing)
    app.on_shutdown.append(screen.close_sockets)
    app.on_response_prepare.append(secure)
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


def must_be_of_this_page(request: web.Request) -> None:
    """Refuse what another page of this machine's browser asks for; a program sends no origin."""
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is not None and origin != f"http://{request.host}":
        raise web.HTTPForbidden


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", headers={"Cache-Control": "no-store"})


@web.middleware
async def only_loopback(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse names that are not this machine's, which a foreign page could have rebound to us."""
    try:
        name = request.url.host
    except ValueError:  # as of a port that is no number
        name = None
    if name not in LOOPBACK_NAMES:
        raise web.HTTPForbidden
    return await handler(request)


async def secure(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
