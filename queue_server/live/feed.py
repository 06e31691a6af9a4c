"""From the database's notifications to the hub: what the screens have not been shown yet."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import structlog

from core_services.clock import Clock
from queue_server.live.hub import Hub

logger = structlog.get_logger()

CHANNEL = "shubbak"
"""The one channel of all centres; a payload is `<centre>:<revision>`."""

NUDGE = "nudge"
"""Stands for a revision when something beside the queue changed: only pages look again."""

REFRESH_EVERY_S = 5.0
"""Ages, waits and estimates change with time; this also mends whatever a notification missed."""

_FRESH_S = 15.0


class Feed:
    """One centre's changes, as this process hears of them."""

    def __init__(
        self,
        listen: Callable[[], AsyncGenerator[str | None, None]],
        hub: Hub,
        clock: Clock,
        *,
        centre_id: int,
    ) -> None:
        """Take what listens to `CHANNEL`: payloads, and None whenever some may have been missed."""
        self._listen = listen
        self._hub = hub
        self._clock = clock
        self._centre = str(centre_id)
        self._has_listened = False

    @property
    def is_live(self) -> bool:
        """A change reaches the screens now: we listen, and the hall was read a short while ago."""
        last_read = self._hub.last_read
        return (
            self._has_listened
            and last_read is not None
            and self._clock.monotonic() - last_read <= _FRESH_S
        )

    async def run(self) -> None:
        """Mark and refresh the hub until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear())
            tasks.create_task(self._refresh())

    async def _hear(self) -> None:
        async with aclosing(self._listen()) as changes:
            async for payload in changes:
                if payload is None:
                    self._has_listened = True
                    self._hub.mark()
                    continue
                centre, _, revision = payload.partition(":")
                if revision == NUDGE:
                    if centre == self._centre:
                        self._hub.nudge()
                elif not revision.isdecimal():
                    logger.warning("notification_malformed", length=len(payload))
                elif centre == self._centre:
                    self._hub.mark(int(revision))

    async def _refresh(self) -> None:
        while True:
            await self._clock.sleep(REFRESH_EVERY_S)
            self._hub.refresh()
