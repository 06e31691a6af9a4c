"""A process that goes while others stay: what it still answers says not to ask it again."""

from dataclasses import dataclass

from aiohttp import web


@dataclass(slots=True)
class Leaving:
    """Whether this process takes no new connections any more."""

    is_leaving: bool = False


LEAVING = web.AppKey("leaving", Leaving)


def install_leaving(app: web.Application) -> None:
    """Have every answer of a leaving process end its connection.

    A connection that is closed between two requests may lose one that is just on its way; with
    `Connection: close` (RFC 9112 §9.6) the client knows beforehand and opens another.
    """
    app[LEAVING] = Leaving()

    async def say_so(_request: web.Request, response: web.StreamResponse) -> None:
        if app[LEAVING].is_leaving and not isinstance(response, web.WebSocketResponse):
            response.headers["Connection"] = "close"
            response.force_close()

    app.on_response_prepare.append(say_so)
