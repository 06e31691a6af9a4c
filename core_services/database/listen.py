"""Hears PostgreSQL's notifications on a connection of its own and comes back when it is lost."""

import asyncio
import random
from collections.abc import AsyncGenerator
from typing import Final

import asyncpg
import structlog

from core_services.database.errors import DatabaseError, DatabaseGone, translated
from core_services.database.pool import connect

HEARTBEAT_S: Final = 5.0
"""A silent line is asked for a sign of life this often."""

ANSWER_WITHIN_S: Final = 5.0
"""A line that gives no sign of life for this long after it was asked counts as lost."""

_FIRST_PAUSE_S: Final = 0.1
_LONGEST_PAUSE_S: Final = 5.0
_MOST_WAITING: Final = 1000
"""Payloads kept for a slow reader; beyond it they are dropped and it is told to read anew."""

logger = structlog.get_logger()


async def listen(
    dsn: str,
    channel: str,
    *,
    heartbeat_s: float = HEARTBEAT_S,
    answer_within_s: float = ANSWER_WITHIN_S,
) -> AsyncGenerator[str | None, None]:
    """Yield the channel's payloads for ever, and None after every connect.

    None means that notifications may have been missed: read the state anew. That includes the
    first one. A lost or half-dead line, and a database that lets nobody in, is tried again with
    growing pauses and jitter, told in the log once each way. Close the generator
    (`contextlib.aclosing`) to give the connection back.
    """
    pause_s = _FIRST_PAUSE_S
    is_lost = False
    while True:
        ear = _Ear(heartbeat_s, answer_within_s)
        try:
            await ear.open(dsn, channel)
            if is_lost:
                logger.info("hearing the database again", channel=channel)
                is_lost = False
            yield None
            pause_s = _FIRST_PAUSE_S
            while True:
                yield await ear.hear()
        except DatabaseError as error:
            if not is_lost:
                logger.warning("no longer hearing the database", channel=channel, why=str(error))
                is_lost = True
        finally:
            ear.close()
        await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
        pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)


class _Ear:
    """One listening connection, from its opening to its loss."""

    def __init__(self, heartbeat_s: float, answer_within_s: float) -> None:
        self._heartbeat_s = heartbeat_s
        self._answer_within_s = answer_within_s
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._heard: asyncio.Queue[str | None] = asyncio.Queue(_MOST_WAITING)

    async def open(self, dsn: str, channel: str) -> None:
        connection = await connect(dsn, application_name=f"shubbak listens to {channel}")
        self._connection = connection
        connection.add_termination_listener(lambda _: self._put(None))
        with translated():
            await connection.add_listener(channel, lambda *heard: self._put(str(heard[3])))

    async def hear(self) -> str | None:
        """Return the next payload, or None if some were dropped; raises DatabaseGone."""
        while True:
            try:
                async with asyncio.timeout(self._heartbeat_s):
                    heard = await self._heard.get()
            except TimeoutError:
                await self._require_sign_of_life()
                continue
            if self._connection is None or self._connection.is_closed():
                raise DatabaseGone("the connection was lost")
            return heard

    def close(self) -> None:
        """Drop the connection at once: a dead line would not answer a farewell."""
        if self._connection is not None:
            self._connection.terminate()

    async def _require_sign_of_life(self) -> None:
        if self._connection is None:
            raise DatabaseGone("the connection was lost")
        with translated():
            await self._connection.execute("SELECT 1", timeout=self._answer_within_s)

    def _put(self, payload: str | None) -> None:
        if self._heard.full():
            self._heard = asyncio.Queue(_MOST_WAITING)
            payload = None
        self._heard.put_nowait(payload)
