"""A websocket server that says to an agent exactly what a test wrote, and keeps what it heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from core_services.link.greeting_frames import Welcome
from tests.support.halls import EPOCH, OPENING

WELCOME = Welcome(
    protocol=1, epoch=EPOCH, revision=500, server_time=OPENING, config_version="1"
).model_dump_json()


class ScriptedServer:
    """Answers every handshake with a status, or opens it and sends its lines."""

    def __init__(self, *lines: str | bytes, status: int = 101, close_code: int | None = None):
        self.lines: tuple[str | bytes, ...] = lines
        self.status = status
        self.close_code = close_code
        """Close after the lines with this code; None keeps the socket open, unread."""
        self.reads = False
        self.heard: list[str] = []
        self.handshakes = 0
        self.port = 0
        self.stop = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.handshakes += 1
        if self.status != 101:
            return web.Response(status=self.status)
        ws = web.WebSocketResponse(compress=False, timeout=0.5)
        await ws.prepare(request)
        self.heard.append(await ws.receive_str())
        for line in self.lines:
            await (ws.send_str(line) if isinstance(line, str) else ws.send_bytes(line))
        if self.close_code is not None:
            await ws.close(code=self.close_code)
            return ws
        if self.reads:
            async for message in ws:
                self.heard.append(str(message.data))
        else:
            await self.stop.wait()
        return ws


@asynccontextmanager
async def scripted(server: ScriptedServer) -> AsyncIterator[ScriptedServer]:
    """Serve for the length of the block."""
    app = web.Application()
    app.router.add_get("/ws/agent", server.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.port = int(runner.addresses[0][1])
    try:
        yield server
    finally:
        server.stop.set()
        await runner.cleanup()
