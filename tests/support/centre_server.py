"""The whole server of a small centre on a real port, and programs that speak to it with keys."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from core_services.clock import Clock
from core_services.database.pool import Pool
from core_services.people.api_keys import add_key
from core_services.people.model import Scope
from core_services.people.permissions import ALL_SCOPES
from queue_server.app import open_server
from queue_server.settings import ServerSettings
from queue_server.tickets.acts import Queue
from queue_server.web.keys import QUEUE, REREAD
from tests.support.clock import ManualClock
from tests.support.database import Database, Servers, fresh_database
from tests.support.queue import make_centre
from tests.support.site import By


@dataclass(frozen=True, slots=True)
class Told:
    """An answer of the API."""

    status: int
    headers: Mapping[str, str]
    raw: bytes
    body: Any
    """The JSON of it; None where there is no content."""


class Program:
    """A program with an API key, which speaks JSON to the server."""

    def __init__(self, session: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> None:
        self._session = session
        self.url = url
        self.headers = headers

    async def get(self, path: str, **headers: str) -> Told:
        """Read."""
        return await self.ask("GET", path, **headers)

    async def post(
        self, path: str, body: Mapping[str, object] | None = None, **headers: str
    ) -> Told:
        """Send a command; without a body it is an empty object."""
        return await self.ask("POST", path, body or {}, **headers)

    async def ask(self, method: str, path: str, body: object = None, **headers: str) -> Told:
        """Send anything to a path below /api/v1; headers are written with _ for -."""
        sent = self.headers | {name.replace("_", "-"): text for name, text in headers.items()}
        data = aiohttp.JsonPayload(body) if body is not None else None
        async with self._session.request(
            method, f"{self.url}/api/v1{path}", headers=sent, data=data
        ) as answer:
            raw = await answer.read()
            is_json = answer.content_type.endswith("json")
            return (
                Told(answer.status, answer.headers, raw, await answer.json(content_type=None))
                if is_json
                else Told(answer.status, answer.headers, raw, None)
            )


@dataclass(frozen=True, slots=True)
class CentreServer:
    """The running server."""

    app: web.Application
    url: str
    clock: Clock
    session: aiohttp.ClientSession
    runner: web.BaseRunner

    @property
    def queue(self) -> Queue:
        return self.app[QUEUE]

    @property
    def pool(self) -> Pool:
        return self.queue.pool

    async def key(self, *scopes: Scope, name: str = "") -> str:
        """Return the text of a new key with those scopes, or with all."""
        made = await add_key(
            self.pool,
            centre_id=self.queue.centre.id,
            name=name or f"key {'-'.join(scopes)}",
            scopes=scopes or ALL_SCOPES,
            actor=By(),
            at=self.clock.now(),
        )
        return made.text

    async def program(self, *scopes: Scope, name: str = "") -> Program:
        """Return a program with such a key."""
        key = await self.key(*scopes, name=name)
        return Program(self.session, self.url, {"Authorization": f"Bearer {key}"})

    def stranger(self, **headers: str) -> Program:
        """Return somebody without a key."""
        return Program(self.session, self.url, headers)


@asynccontextmanager
async def a_centre_server(
    database: Database,
    data_dir: Path,
    *,
    clock: Clock | None = None,
    public_url: str | None = None,
    centre_id: int = 1,
) -> AsyncIterator[CentreServer]:
    """Serve a small centre (see tests/support/queue.py) for the length of the block."""
    await make_centre(database.owner_dsn, centre_id)
    async with a_second_process(
        database, data_dir, clock=clock or ManualClock(), public_url=public_url
    ) as server:
        yield server


@asynccontextmanager
async def a_second_process(
    database: Database, data_dir: Path, *, clock: Clock, public_url: str | None = None
) -> AsyncIterator[CentreServer]:
    """Serve a centre that is there already, as a further server process does."""
    settings = ServerSettings(data_dir=data_dir, public_url=public_url)
    async with (
        open_server(settings, database.app_dsn, clock=clock) as app,
        TestServer(app) as server,
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
    ):
        assert server.runner is not None
        url = str(server.make_url("")).rstrip("/")
        yield CentreServer(app, url, clock, session, server.runner)


@pytest.fixture(scope="session")
def server_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for all servers of a run, so that the font is cut once."""
    return tmp_path_factory.mktemp("server")


@dataclass(frozen=True, slots=True)
class Shared:
    """One server for many tests: starting one costs a second, emptying its database nothing."""

    server: CentreServer
    database: Database

    async def start_over(self) -> None:
        """Leave the centre as `make_centre` made it, with another epoch."""
        superuser = self.database.owner_dsn.replace("shubbak_owner", "postgres")
        connection = await asyncpg.connect(superuser)
        try:
            # The server reads meanwhile, so no lock of a whole table is taken.
            await connection.execute("SET session_replication_role = replica")
            tables = await connection.fetch(
                "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'"
                " AND tablename <> ALL ($1)",
                _SET_UP,
            )
            deletions = ";".join(f"DELETE FROM {table['name']}" for table in tables)
            await connection.execute(f"{deletions};{_CLOSED}")
        finally:
            await connection.close()
        await self.server.app[REREAD]()


_SET_UP: Final = [
    *("centre", "centre_head", "priority_credit", "queue", "service", "service_window"),
    *(
        "appointment_transition",
        "schema_migration",
        "ticket_transition",
        "work_profile",
        "work_profile_queue",
    ),
]
_CLOSED: Final = """
UPDATE centre_head SET epoch = gen_random_uuid(), revision = 0, digest = '';
UPDATE service SET is_open = true;
UPDATE service_window SET state = 'closed', state_since = NULL, reason = NULL,
       opened_by_kind = NULL, opened_by = NULL, opened_by_name = NULL, offered_at = NULL,
       profile = CASE number WHEN 1 THEN 'first' WHEN 99 THEN 'rare' ELSE 'unified' END;
"""


@pytest.fixture(scope="session")
async def shared_server(postgres_servers: Servers, server_data: Path) -> AsyncIterator[Shared]:
    """The server behind `centre_server`."""
    async with (
        fresh_database(await postgres_servers.server("embedded")) as database,
        a_centre_server(database, server_data) as server,
    ):
        yield Shared(server, database)


@pytest.fixture
async def centre_server(shared_server: Shared) -> CentreServer:
    """The server of a small centre where nothing has happened, on a clock that the test moves."""
    await shared_server.start_over()
    return shared_server.server
