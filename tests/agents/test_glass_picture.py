"""Whatever answers where DevTools should be, there is a picture or a reason for none."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core_services.link.glass_picture import DevTools, NoPicture

PAGE = "http://127.0.0.1:1/"


async def reason_of(listed: Any, said: Any = None) -> str:
    """Return why there is no picture where DevTools list these pages and answer so."""

    async def pages(request: web.Request) -> web.Response:
        address = f"ws://127.0.0.1:{server.port}/page"
        known = [{"type": "page", "url": PAGE, "webSocketDebuggerUrl": address}]
        return web.json_response(known if listed == "known" else listed)

    async def page(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if said is None:
                break
            await socket.send_json(said if said != "echo" else message.json())
        return socket

    app = web.Application()
    app.router.add_get("/json/list", pages)
    app.router.add_get("/page", page)
    server = TestServer(app)
    await server.start_server()
    try:
        with pytest.raises(NoPicture) as none:
            await DevTools(f"http://127.0.0.1:{server.port}", PAGE)()
    finally:
        await server.close()
    return none.value.why


@pytest.mark.parametrize("listed", [{"error": "no"}, ["page"], [None], 7, None])
async def test_pages_that_are_none_end_no_program(listed: Any) -> None:
    assert await reason_of(listed) in ("no_answer", "no_page")


@pytest.mark.parametrize("said", [None, "echo", {"id": 1}, {"id": 1, "result": []}])
async def test_an_answer_that_is_none_ends_no_program(said: Any) -> None:
    assert await reason_of("known", said) in ("no_answer", "no_devtools")
