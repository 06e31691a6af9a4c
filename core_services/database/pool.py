"""Connections to PostgreSQL: a small pool whose release costs no round trip, and single ones.

Sessions are never reset, so a pooled connection must carry no session state: only SET LOCAL,
transaction-level advisory locks, and no LISTEN (`listen.py` has its own connection).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias
from uuid import UUID

import asyncpg
import orjson
from asyncpg.pool import PoolConnectionProxy

from core_services.database.errors import reaching, translated

Record: TypeAlias = asyncpg.Record
if TYPE_CHECKING:
    Connection: TypeAlias = asyncpg.Connection[Record] | PoolConnectionProxy[Record]
    """A connection of a pool or one of its own: the same calls on both."""
else:  # asyncpg's classes are generic in its stubs only
    Connection = asyncpg.Connection | PoolConnectionProxy

CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 15.0
"""Longer than the server's own `statement_timeout`: only a dead line makes us wait so long."""

_CLOSE_TIMEOUT_S: Final = 10.0


class Pool:
    """A few connections shared by the tasks of one process; it heals after the server was gone.

    Errors leave a block translated (`errors.py`); inside it they are still asyncpg's own, unless
    the code there says `with translated()`.
    """

    def __init__(self, connections: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._connections = connections

    @property
    def is_idle(self) -> bool:
        """Say whether no connection is lent at this moment."""
        return self._connections.get_idle_size() == self._connections.get_size()

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        """Lend a connection for the block; DatabaseGone when none is free within 15 s."""
        with translated():
            with reaching():  # a connection that was lost is opened again here
                async with asyncio.timeout(ANSWER_TIMEOUT_S):
                    connection = await self._connections.acquire()
            try:
                yield connection
            finally:
                await self._connections.release(connection)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Lend a connection inside one READ COMMITTED transaction; commit at the block's end."""
        async with self.acquire() as connection:
            with translated():
                async with connection.transaction():
                    yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        """Lend a connection whose statements all read the database as at the first of them."""
        async with self.acquire() as connection:
            with translated():
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    yield connection

    @asynccontextmanager
    async def joined(self) -> AsyncIterator["Pool"]:
        """Lend a pool whose users all work in one transaction, committed at the block's end.

        For one act that is made of others: what each of them commits counts when the whole does.
        They come one after another, and none of them may take a snapshot.
        """
        async with self.transaction() as connection:
            yield _Joined(connection)

    async def fetch(self, query: str, *args: object) -> list[Record]:
        """Run one statement on any connection and return its rows."""
        async with self.acquire() as connection:
            return await connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: object) -> Record | None:
        """Run one statement on any connection and return its first row."""
        async with self.acquire() as connection:
            return await connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: object) -> Any:
        """Run one statement on any connection and return the first value of its first row."""
        async with self.acquire() as connection:
            return await connection.fetchval(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        """Run one statement on any connection and return its command tag."""
        async with self.acquire() as connection:
            return await connection.execute(query, *args)

    async def executemany(self, query: str, rows: Iterable[Sequence[object]]) -> None:
        """Run one statement for every row, all in one transaction."""
        async with self.acquire() as connection:
            await connection.executemany(query, rows)

    async def close(self) -> None:
        """Wait for every connection to be given back, 10 s at most, then close them all."""
        try:
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                await self._connections.close()
        except TimeoutError:
            self._connections.terminate()


class _Joined(Pool):
    """The calls of a pool on one connection that is inside a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def is_idle(self) -> bool:
        return False

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Connection]:
        with translated():
            yield self._connection

    def snapshot(self) -> NoReturn:
        raise RuntimeError("a transaction that is under way has its own view of the database")

    async def close(self) -> None:
        """Leave the connection to its owner."""


async def open_pool(
    dsn: str,
    *,
    size: int = 4,
    application_name: str,
    answer_timeout_s: float = ANSWER_TIMEOUT_S,
) -> Pool:
    """Connect `size` times at once and share them; 4–8 are enough, 32 are slower (measured).

    Raises DatabaseGone when the server cannot be reached now.
    """
    with reaching(dsn):
        connections = await asyncpg.create_pool(
            dsn,
            init_size=size,
            min_size=0,  # no background refill: a closed connection is replaced when it is needed
            max_size=size,
            max_inactive_connection_lifetime=0,
            reset=_no_reset,
            init=_set_codecs,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=answer_timeout_s,
            server_settings=_session_settings(application_name),
        )
    return Pool(connections)


async def connect(dsn: str, *, application_name: str) -> "asyncpg.Connection[asyncpg.Record]":
    """Open one connection with the pool's settings and codecs; the caller closes it.

    Raises DatabaseGone when the server cannot be reached now.
    """
    with reaching(dsn):
        connection = await asyncpg.connect(
            dsn,
            timeout=CONNECT_TIMEOUT_S,
            command_timeout=ANSWER_TIMEOUT_S,
            server_settings=_session_settings(application_name),
        )
        await _set_codecs(connection)
    return connection


def _session_settings(application_name: str) -> dict[str, str]:
    return {
        "application_name": application_name,
        "timezone": "UTC",
        "statement_timeout": "10s",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "10s",
    }


async def _no_reset(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Do nothing: asyncpg's own reset is a second round trip at every release."""


async def _set_codecs(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=_encode_jsonb,
        decoder=_decode_jsonb,
        format="binary",
    )


_JSONB_VERSION: Final = b"\x01"
"""The version byte that opens jsonb on the wire (jsonb_recv, jsonb_send in PostgreSQL)."""


def _encode_jsonb(value: object) -> bytes:
    return _JSONB_VERSION + orjson.dumps(value, default=_plain)


def _plain(value: object) -> object:
    """Write asyncpg's own UUIDs, a subclass that orjson does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as jsonb")


def _decode_jsonb(data: bytes) -> object:
    return orjson.loads(data[1:])
