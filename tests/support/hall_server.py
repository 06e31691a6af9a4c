"""A server for displays alone: real sockets, the hall a test writes, and what it was answered."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from uuid import UUID

from aiohttp import WSMsgType, web

from core_services.l10n import digits
from core_services.link.board_frames import Board, BoardCall, BoardWindow, Called, Shown, Withdrawn
from core_services.link.frame import Frame
from core_services.link.frames import AgentFrame, agent_frames
from core_services.link.greeting_frames import CentreNames, Ping, Welcome
from core_services.link.message_frames import BoardMessage
from core_services.link.vocabulary import WaitRange

EPOCH = UUID("00000000-0000-4000-8000-0000000000e1")
NEXT_EPOCH = UUID("00000000-0000-4000-8000-0000000000e2")
TOKEN = "display-token"
NOON = datetime(2026, 11, 22, 10, 5, tzinfo=UTC)
"""12:05 in Cairo."""

KAFR_SAQR = CentreNames(
    code="KFS",
    name_ar="المركز التكنولوجي بكفر صقر",
    name_en="Kafr Saqr Technology Centre",
    short_ar="كفر صقر",
    short_en="Kafr Saqr",
)
PRAYER = BoardMessage(
    text_ar="صلاة الظهر: ٦ شبابيك تعمل، ودورك محفوظ.",
    text_en="Noon prayer: 6 windows are open, and your place is kept.",
)
USUAL_WAIT = WaitRange(low_s=1200, likely_s=1500, high_s=1800)


def call(
    call_id: int, label: str, window: int, *, age_s: float = 0.0, recall: int = 0
) -> BoardCall:
    """Return a call; Latin letters of the label become the Arabic ones of the centre."""
    letters = str.maketrans("AJDSMK", "أجدسمك")
    return BoardCall(
        id=call_id,
        label=label,
        display_label=digits(label.translate(letters), "ar"),
        window=window,
        age_ms=round(age_s * 1000),
        recall=recall,
    )


def board(
    revision: int,
    *calls: BoardCall,
    epoch: UUID = EPOCH,
    wait: WaitRange | None = USUAL_WAIT,
    messages: tuple[BoardMessage, ...] = (),
    windows: tuple[BoardWindow, ...] = (),
) -> Board:
    """Return the whole hall; `calls` newest first."""
    return Board(
        epoch=epoch,
        revision=revision,
        windows=list(windows),
        calls=list(calls),
        waiting=40,
        wait=wait,
        messages=list(messages),
    )


def called(one: BoardCall, *, epoch: UUID = EPOCH, revision: int | None = None) -> Called:
    """Return the frame of one new call."""
    return Called(epoch=epoch, revision=one.id if revision is None else revision, call=one)


def withdrawn(call_id: int, revision: int, *, epoch: UUID = EPOCH) -> Withdrawn:
    """Return the frame of a no-show or cancel."""
    return Withdrawn(epoch=epoch, revision=revision, call=call_id)


def welcome(*, epoch: UUID = EPOCH, revision: int = 0, at: datetime = NOON) -> Welcome:
    """Return the server's first frame."""
    return Welcome(
        protocol=1,
        epoch=epoch,
        revision=revision,
        server_time=at,
        config_version="1",
        centre=KAFR_SAQR,
    )


def ping(at: datetime = NOON) -> Ping:
    """Return the frame that only says the server is there."""
    return Ping(server_time=at)


class HallServer:
    """Greets every display with `welcome` and `board`, and keeps what displays say."""

    def __init__(self) -> None:
        self.welcome = welcome()
        self.board = board(1)
        self.heard: list[AgentFrame] = []
        self.connections = 0
        self.port = 0
        self._sockets: list[web.WebSocketResponse] = []
        self._runner: web.AppRunner | None = None
        self._news = asyncio.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def shown(self) -> list[int]:
        """The calls that displays say they have shown, in order."""
        return [frame.call for frame in self.heard if isinstance(frame, Shown)]

    async def start(self) -> None:
        """Listen, on the same port as before if there was one."""
        app = web.Application()
        app.router.add_get("/ws/agent", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Cut every connection and stop listening."""
        await self.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def cut(self) -> None:
        """Drop every connection without a word."""
        for socket in self._sockets:
            writer = socket._writer
            if writer is not None and writer.transport is not None:
                writer.transport.abort()
        self._sockets.clear()
        await asyncio.sleep(0)

    async def send(self, *frames: Frame) -> None:
        """Send these frames to every display."""
        for frame in frames:
            for socket in list(self._sockets):
                with suppress(ConnectionError):
                    await socket.send_str(frame.model_dump_json())

    async def until(self, is_so: Callable[[], bool], *, within_s: float = 10.0) -> None:
        """Wait until a display's word has made it so."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(is_so)

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise web.HTTPUnauthorized
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await self._keep(agent_frames.validate_json(await socket.receive_str()))
        await socket.send_str(self.welcome.model_dump_json())
        await socket.send_str(self.board.model_dump_json())
        self._sockets.append(socket)
        async with self._news:
            self.connections += 1
            self._news.notify_all()
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._keep(agent_frames.validate_json(message.data))
        finally:
            if socket in self._sockets:
                self._sockets.remove(socket)
        return socket

    async def _keep(self, frame: AgentFrame) -> None:
        async with self._news:
            self.heard.append(frame)
            self._news.notify_all()


@asynccontextmanager
async def hall_server() -> AsyncIterator[HallServer]:
    """Give a listening server, stopped at the end."""
    server = HallServer()
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
