"""A whole display on the loopback, and a page without a browser that reads and answers it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import aiohttp

from core_services.clock import Clock
from core_services.l10n import Language, Messages
from core_services.link.client import Link
from core_services.link.glass_picture import TakePicture
from core_services.link.glass_watch import GlassWatch
from core_services.look.font import web_font
from displays.agent import Display, hello
from displays.announcer import Pace
from displays.audience import Audience
from displays.cli import LOCALE
from displays.face import Face
from displays.memory import Memory
from displays.panels import Panels
from displays.recordings import Recordings
from displays.screen import create_screen, serving
from displays.shell import Shell, load_shell
from displays.speaker import Loudness, Speaker
from tests.support.fonts import font_cache
from tests.support.hall_server import TOKEN


@dataclass(frozen=True, slots=True)
class Running:
    """A display that serves its pages."""

    display: Display
    audience: Audience
    port: int
    work: asyncio.Task[None]
    """Done once the display has ended by itself."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@cache
def shell() -> Shell:
    """Return the page's files, made once for all tests."""
    return load_shell(web_font(font_cache()))


@asynccontextmanager
async def running_display(
    server: str,
    data_dir: Path,
    clock: Clock,
    *,
    pace: Pace | None = None,
    languages: tuple[Language, ...] = ("ar", "en"),
    port: int = 0,
    version: str | None = None,
    panels: Panels | None = None,
    speaker: Speaker | None = None,
    recordings: Recordings | None = None,
    loudness: Loudness | None = None,
    chime: bool = True,
    take_picture: TakePicture | None = None,
) -> AsyncIterator[Running]:
    """Run a display of that server until the end of the block; leaving it is like a kill."""
    memory, audience = Memory(data_dir), Audience()
    display = Display(
        link=Link(server=server, token=TOKEN, hello=hello("D1", memory), clock=clock),
        audience=audience,
        glass_watch=GlassWatch(data_dir / "lit"),
        memory=memory,
        pace=pace or Pace(),
        clock=clock,
        panels=panels,
        speaker=speaker,
        loudness=loudness,
        take_picture=take_picture,
    )
    screen = create_screen(
        display=display,
        audience=audience,
        shell=shell() if version is None else replace(shell(), version=version),
        messages=Messages.load(LOCALE),
        clock=clock,
        languages=languages,
        chime=chime,
        recordings=recordings,
    )
    async with serving(screen, port) as bound, asyncio.TaskGroup() as tasks:
        work = tasks.create_task(display.run())
        try:
            yield Running(display, audience, bound, work)
        finally:
            work.cancel()


class PaperPage:
    """Reads the faces a page gets and answers as a page does: what it rang for, what it painted."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, paints: bool) -> None:
        self._socket = socket
        self._paints = paints
        self._news = asyncio.Condition()
        self.faces: list[Face] = []
        self.rung: list[int] = []
        self.current: list[str] = []
        """Labels that stood as the current call, in order."""

    @property
    def face(self) -> Face:
        return self.faces[-1]

    async def read(self) -> None:
        """Read until the agent closes the socket."""
        told = None
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            face = Face.model_validate_json(message.data)
            async with self._news:
                self.faces.append(face)
                if face.current is not None:
                    if face.ring:
                        self.rung.append(face.current.id)
                    if self.current[-1:] != [face.current.label]:
                        self.current.append(face.current.label)
                self._news.notify_all()
            if self._paints and face.current is not None and face.current.id != told:
                told = face.current.id
                await self._socket.send_json({"painted": told})

    async def says(self, **said: object) -> None:
        """Tell the agent something, as the page's script does."""
        await self._socket.send_json(said)

    async def shows(self, label: str, *, within_s: float = 5.0) -> None:
        """Wait until this is the current call."""
        async with asyncio.timeout(within_s), self._news:
            await self._news.wait_for(lambda: self.current[-1:] == [label])


@asynccontextmanager
async def paper_page(
    url: str, *, language: Language = "ar", paints: bool = True
) -> AsyncIterator[PaperPage]:
    """Open a page of the display and wait for its first face."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}/ws?lang={language}") as socket,
        asyncio.TaskGroup() as tasks,
    ):
        page = PaperPage(socket, paints=paints)
        reading = tasks.create_task(page.read())
        try:
            yield page
        finally:
            reading.cancel()
