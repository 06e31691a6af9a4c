"""How a server process goes without losing anything that was asked of it."""

import asyncio
import time
from contextlib import suppress
from typing import Final

import structlog
from aiohttp import web

from queue_server.live.agents import Agents
from queue_server.live.hub import Hub
from queue_server.web.leaving import LEAVING

LEAVE_WITHIN_S: Final = 20.0
"""So long connections that ask nothing are waited for; a busy one is gone after its next answer."""
_LOOK_EVERY_S: Final = 0.05

logger = structlog.get_logger()


async def leave(
    runner: web.AppRunner,
    app: web.Application,
    agents: Agents,
    hub: Hub,
    *,
    within_s: float = LEAVE_WITHIN_S,
) -> None:
    """Take no more connections and return when those that there are have ended, or in time.

    Connections that nobody has taken yet stay in the listener's queue, which other processes share.
    Agents get the answers that they are owed, then are sent to another process; pages at once.
    """
    began = time.monotonic()
    for site in runner.sites:
        await site.stop()
    app[LEAVING].is_leaving = True
    await agents.send_on()
    hub.close()
    server = runner.server
    if server is None:
        return
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while server.connections:  # noqa: ASYNC110 - aiohttp has no event for it
                await asyncio.sleep(_LOOK_EVERY_S)
    logger.info(
        "left", took_s=round(time.monotonic() - began, 1), idle_connections=len(server.connections)
    )
