"""The page that faces the citizen at a window, `/windows/{n}/face`: public, it only shows."""

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from aiohttp import web

from queue_server.broadcasts.broadcasts import Broadcasts
from queue_server.broadcasts.model import Broadcast
from queue_server.live.pages import PublicChanges
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import UnknownWindow
from queue_server.tickets.model import Window
from queue_server.web.keys import PAGES
from queue_server.web.labels import label_words
from queue_server.web.language import page_language
from queue_server.web.render import Pages
from queue_server.web.words import Words

ROOT: Final = "/windows/{number:[1-9][0-9]?}/face"

FaceState = Literal["called", "serving", "open", "prayer", "paused", "closed"]


@dataclass(frozen=True, slots=True)
class FaceView:
    """What stands on the glass of one window: a number, a state in words, nothing personal."""

    template: ClassVar[str] = "_face.html"

    window: int
    state: FaceState
    label: Words | None
    call_id: int | None
    calls: int
    priority_first: bool
    messages: tuple[Broadcast, ...] = ()
    """What was sent to the hall, the gravest first."""

    @property
    def emergency(self) -> Broadcast | None:
        """What stands over everything else."""
        return next((each for each in self.messages if each.is_full_screen), None)

    @property
    def size(self) -> Literal["usual", "long"]:
        """Four digits or a letter take smaller type."""
        return "usual" if self.label is None or len(self.label.ar) <= 3 else "long"


@dataclass(frozen=True, slots=True)
class FacePage:
    """The whole page."""

    template: ClassVar[str] = "face.html"

    view: FaceView


class FacePages:
    """Serves the page, its changing part, and the stream that tells of changes."""

    def __init__(
        self, queue: Queue, pages: Pages, changes: PublicChanges, broadcasts: Broadcasts
    ) -> None:
        self._broadcasts = broadcasts
        self._queue = queue
        self._pages = pages
        self._changes = changes

    async def page(self, request: web.Request) -> web.StreamResponse:
        """Show the window. Raises UnknownWindow."""
        return await self._pages.answer(request, FacePage(await self._view(request)), ask_who=False)

    async def part(self, request: web.Request) -> web.StreamResponse:
        """Answer the part of the page that changes. Raises UnknownWindow."""
        text = self._pages.fragment(page_language(request), await self._view(request))
        return web.Response(text=text, content_type="text/html", charset="utf-8")

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Tell of every change until the tablet goes. Raises UnknownWindow."""
        await self._view(request)
        return await self._changes.stream(request)

    async def _view(self, request: web.Request) -> FaceView:
        number = int(request.match_info["number"])
        for window in (await self._queue.hall()).windows:
            if window.number == number:
                return face_view(window, self._broadcasts.on("face"))
        raise UnknownWindow(number)


def face_view(window: Window, messages: tuple[Broadcast, ...] = ()) -> FaceView:
    """Make the view of a window, with what was sent to the hall."""
    ticket = window.ticket
    return FaceView(
        window=window.number,
        state=_state(window),
        label=None if ticket is None else label_words(ticket.label),
        call_id=None if ticket is None else ticket.call_id,
        calls=0 if ticket is None else ticket.recalls + 1,
        priority_first=window.priority_first,
        messages=messages,
    )


def _state(window: Window) -> FaceState:
    if window.ticket is not None:
        return "called" if window.ticket.state == "called" else "serving"
    if window.state == "paused":
        return "prayer" if window.reason == "prayer" else "paused"
    return "open" if window.state == "open" else "closed"


def install_face(
    app: web.Application, queue: Queue, changes: PublicChanges, broadcasts: Broadcasts
) -> None:
    """Serve the windows' faces; the web frame is installed already."""
    face = FacePages(queue, app[PAGES], changes, broadcasts)
    app.router.add_get(ROOT, face.page)
    app.router.add_get(ROOT + "/now", face.part)
    app.router.add_get(ROOT + "/live", face.live)
