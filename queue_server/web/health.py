"""`/healthz`: this process runs. `/readyz`: the database answers and changes reach the screens."""

from aiohttp import web

from core_services.database.errors import DatabaseError
from queue_server.live.feed import Feed
from queue_server.web.keys import QUEUE

FEED = web.AppKey("feed", Feed)


def install_health(app: web.Application, feed: Feed) -> None:
    """Give the application the two addresses, open to everybody and without facts."""
    app[FEED] = feed
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", _readyz)


async def is_ready(app: web.Application) -> bool:
    """Say whether the database answers and changes reach the screens."""
    try:
        await app[QUEUE].pool.fetchval("SELECT 1")
    except DatabaseError:
        return False
    return app[FEED].is_live


def status_of(app: web.Application, listen: str) -> str:
    """Return in one line how the server stands."""
    kind = "serving for training at" if app[QUEUE].centre.is_training else "serving"
    return f"{kind} {listen}; database: {'heard' if app[FEED].is_live else 'away'}"


async def _healthz(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"} | _mark(request))


async def _readyz(request: web.Request) -> web.Response:
    await request.app[QUEUE].pool.fetchval("SELECT 1")
    is_live = request.app[FEED].is_live
    return web.json_response(
        {"status": "ok" if is_live else "starting"} | _mark(request), status=200 if is_live else 503
    )


def _mark(request: web.Request) -> dict[str, bool]:
    """Say of a training server that it is one; of a real one nothing."""
    return {"training": True} if request.app[QUEUE].centre.is_training else {}
