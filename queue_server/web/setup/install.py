"""The whole application of a server that has no centre yet: its set-up, and 503 for all else."""

import asyncio
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from core_services.look.font import web_font
from queue_server.parts import cache_dir
from queue_server.setup.desk import SetupDesk
from queue_server.web.error_answers import answer_errors, is_for_a_person
from queue_server.web.frame import LOOK, STATIC
from queue_server.web.keys import PAGES
from queue_server.web.language import remember_language
from queue_server.web.own_problems import register_own_problems
from queue_server.web.problems import Problems
from queue_server.web.redirects import see_other
from queue_server.web.render import Pages
from queue_server.web.security import REQUEST_LIMIT_BYTES, protect
from queue_server.web.setup.pages import ROOT, SetupPages
from queue_server.web.setup.restore_pages import RestorePages
from queue_server.web.static import Assets
from queue_server.web.words import Words

NAME: Final = Words("شبّاك: إعداد المركز", "Shubbak: set-up of the centre")
RETRY_AFTER_S: Final = 30


class NotSetUp(Exception):
    """Something was asked that only a centre can answer."""


async def setup_application(desk: SetupDesk) -> web.Application:
    """Return the application that serves a set-up. It is for one event loop."""
    folder = cache_dir(desk.settings)
    assets = await asyncio.to_thread(lambda: Assets.load([LOOK, STATIC], web_font(folder)))
    pages = await asyncio.to_thread(
        lambda: Pages(
            assets=assets,
            centre_name=lambda: NAME,
            zone=lambda: ZoneInfo("Africa/Cairo"),
            cache_dir=folder,
            is_plain_lan=desk.settings.is_plain_lan,
            is_training=desk.settings.training,
        )
    )
    problems = Problems()
    register_own_problems(problems)
    problems.register(
        NotSetUp,
        status=503,
        slug="not-set-up",
        title=Words("المركز لم يُعدّ بعد", "The centre is not set up yet"),
        detail=Words(
            "افتح صفحة الإعداد /setup واكتب الرمز المكتوب على شاشة الخادم.",
            "Open the set-up page /setup and give the code that stands on the server's console.",
        ),
        retry_after_s=RETRY_AFTER_S,
    )
    app = web.Application(client_max_size=REQUEST_LIMIT_BYTES)
    app[PAGES] = pages
    app.middlewares.append(answer_errors(problems, pages))
    app.on_response_prepare.append(protect)
    assets.install(app)
    pages_of_setup = SetupPages(desk)
    pages_of_setup.install(app)
    RestorePages(desk, pages_of_setup).install(app)
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)

    async def elsewhere(request: web.Request) -> web.StreamResponse:
        """Lead people to the set-up; programs and machines are told to come later."""
        is_page = request.method == "GET" and is_for_a_person(request)
        if desk.is_over and is_page:
            response = see_other(request.path_qs)
            response.force_close()  # over another connection the server itself answers
            return response
        if is_page:
            answer = see_other(ROOT)
            remember_language(request, answer)
            return answer
        raise NotSetUp

    app.router.add_route("*", "/{rest:.*}", elsewhere)
    return app


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


async def _readyz(_request: web.Request) -> web.Response:
    return web.json_response(
        {"status": "not set up"}, status=503, headers={"Retry-After": str(RETRY_AFTER_S)}
    )
