"""What whoever asks for the set-up is told once there is a centre: it is never opened again."""

from dataclasses import dataclass
from typing import ClassVar, Final

from aiohttp import web

from queue_server.web.keys import PAGES

STATUS: Final = 410


@dataclass(frozen=True, slots=True)
class AlreadyPage:
    """The centre is there."""

    template: ClassVar[str] = "setup_already.html"


async def already_answer(request: web.Request) -> web.StreamResponse:
    """Say so; the next request of this browser is for the server itself."""
    response = await request.app[PAGES].answer(request, AlreadyPage(), status=STATUS, ask_who=False)
    response.force_close()
    return response


def install_already(app: web.Application) -> None:
    """Serve `/setup` of a server that has a centre."""
    app.router.add_route("*", "/setup", already_answer)
    app.router.add_route("*", "/setup/{rest:.*}", already_answer)
