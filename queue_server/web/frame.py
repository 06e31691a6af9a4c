"""Puts the web frame into an application: errors, headers, files, sign-in, operations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

import core_services.look
from queue_server.web.api_page import install_api_page
from queue_server.web.callers import Callers
from queue_server.web.dispatch import install_operations
from queue_server.web.error_answers import answer_errors
from queue_server.web.keys import CALLERS, PAGES, PUBLIC_URL, SESSIONS
from queue_server.web.operations import Operation
from queue_server.web.problems import Problems
from queue_server.web.render import Pages
from queue_server.web.security import protect
from queue_server.web.sessions import Sessions
from queue_server.web.sign_in import install_sign_in
from queue_server.web.static import Assets
from queue_server.web.words import Words

LOOK = Path(core_services.look.__path__[0])
STATIC = Path(__file__).parent / "static"
TRAINING_HEADER: Final = "Shubbak-Training"
"""Stands in every answer of a training server."""


@dataclass(frozen=True, slots=True)
class WebFrame:
    """What every page and operation stands on."""

    assets: Assets
    pages: Pages
    problems: Problems
    sessions: Sessions
    callers: Callers
    public_url: str | None
    is_training: bool = False


def web_frame(
    *,
    font: Path,
    centre_name: Callable[[], Words],
    zone: Callable[[], ZoneInfo],
    problems: Problems,
    sessions: Sessions,
    callers: Callers,
    public_url: str | None,
    cache_dir: Path | None = None,
    is_plain_lan: bool = False,
    is_training: bool = False,
) -> WebFrame:
    """Read templates, messages and files, and compile them (about 0.2 s, once for a `cache_dir`).

    `font` is what `core_services.look.font.web_font` returns.
    """
    assets = Assets.load([LOOK, STATIC], font)
    pages = Pages(
        assets=assets,
        centre_name=centre_name,
        zone=zone,
        sessions=sessions,
        cache_dir=cache_dir,
        is_plain_lan=is_plain_lan,
        is_training=is_training,
    )
    return WebFrame(
        assets=assets,
        pages=pages,
        problems=problems,
        sessions=sessions,
        callers=callers,
        public_url=public_url,
        is_training=is_training,
    )


def install(app: web.Application, frame: WebFrame, operations: Sequence[Operation]) -> None:
    """Install everything; make the app with `client_max_size=security.REQUEST_LIMIT_BYTES`."""
    app[CALLERS] = frame.callers
    app[PAGES] = frame.pages
    app[PUBLIC_URL] = frame.public_url
    app[SESSIONS] = frame.sessions
    app.middlewares.append(answer_errors(frame.problems, frame.pages))
    app.on_response_prepare.append(protect)
    if frame.is_training:
        app.on_response_prepare.append(_mark)
    frame.assets.install(app)
    install_sign_in(app)
    install_operations(app, operations, frame.callers)
    install_api_page(app, operations)


async def _mark(_request: web.Request, response: web.StreamResponse) -> None:
    """Let programs see in each answer, and in each file's name, that nothing of it is real."""
    response.headers[TRAINING_HEADER] = "true"
    named = response.headers.get("Content-Disposition")
    if named is not None:
        response.headers["Content-Disposition"] = named.replace('filename="', 'filename="training-')
