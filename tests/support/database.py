"""A real PostgreSQL for every database test: one server a run, a fresh migrated database a test.

`--pg=embedded|system|both` chooses the server; tests that ask for `any_database` run on both where
a system PostgreSQL ≥ 15 is installed, all others on the embedded one unless told.
"""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final, Literal

import asyncpg
import pytest

from core_services.database.embedded import EmbeddedPostgres
from core_services.database.errors import DatabaseError
from core_services.database.migrations import migrate
from core_services.database.pool import Pool, open_pool
from core_services.database.programs import system_programs

Kind = Literal["embedded", "system"]

_TEMPLATE: Final = "shubbak"
_CLONES: Final = "test_"
_PREFIX: Final = "shubbak-tests-"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """A database of one test, gone after it."""

    name: str
    owner_dsn: str
    app_dsn: str
    read_dsn: str


class Servers:
    """The servers of this run, each started when a test first asks for it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[Kind, EmbeddedPostgres] = {}

    async def server(self, kind: Kind) -> EmbeddedPostgres:
        """Return the running server of that kind, its template database migrated."""
        if kind not in self._running:
            programs = system_programs() if kind == "system" else None
            if kind == "system" and programs is None:
                pytest.fail("--pg=system, but no PostgreSQL ≥ 15 is in /usr/lib/postgresql")
            server = EmbeddedPostgres(self._folder / kind, programs=programs, durable=False)
            await server.start()
            self._running[kind] = server
            await migrate(server.dsn("shubbak_owner"))
        return self._running[kind]

    async def stop(self) -> None:
        """Stop them all."""
        for server in self._running.values():
            await server.stop()


@asynccontextmanager
async def fresh_database(server: EmbeddedPostgres) -> AsyncIterator[Database]:
    """Clone the migrated template for the block (about 30 ms) and drop it afterwards."""
    name = f"{_CLONES}{next(_numbers)}"
    superuser = await asyncpg.connect(server.dsn("postgres", "postgres"))
    try:
        await superuser.execute(
            f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY file_copy OWNER shubbak_owner"
        )
        try:
            yield Database(
                name=name,
                owner_dsn=server.dsn("shubbak_owner", name),
                app_dsn=server.dsn("shubbak_app", name),
                read_dsn=server.dsn("shubbak_read", name),
            )
        finally:
            await superuser.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await superuser.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pg",
        choices=("embedded", "system", "both"),
        help="PostgreSQL of the database tests: the wheel's, the system's, or both in turn",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    asked: str | None = metafunc.config.getoption("--pg")
    if "any_database" in metafunc.fixturenames:
        both = ["embedded", "system"] if system_programs() else ["embedded"]
        kinds = both if asked in (None, "both") else [asked]
        metafunc.parametrize("any_database", kinds, indirect=True)
    elif asked is not None and "database" in metafunc.fixturenames:
        kinds = ["embedded", "system"] if asked == "both" else [asked]
        metafunc.parametrize("database", kinds, indirect=True)


@pytest.fixture(scope="session", autouse=True)
def types_are_asked_once() -> Iterator[None]:
    """Share what asyncpg learns of a database's types: every clone of the template has the same.

    Each connection would ask by itself, which takes longer than most tests' own statements.
    """
    asked: dict[tuple[object, ...], Any] = {}
    asks: Any = vars(asyncpg.Connection)["_introspect_types"]

    async def shared(connection: Any, types: Iterable[int], timeout: float | None) -> Any:
        database = connection._params.database
        if not database.startswith(_CLONES):
            return await asks(connection, types, timeout)
        key = connection._addr, frozenset(types)
        if key not in asked:
            asked[key] = await asks(connection, types, timeout)
        return asked[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncpg.Connection, "_introspect_types", shared)
        yield


@pytest.fixture(scope="session")
async def postgres_servers() -> AsyncIterator[Servers]:
    await _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
    servers = Servers(folder)
    try:
        yield servers
    finally:
        await servers.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
async def postgres(postgres_servers: Servers) -> EmbeddedPostgres:
    """The run's own server; most tests want `database` instead."""
    return await postgres_servers.server("embedded")


@pytest.fixture
async def database(
    request: pytest.FixtureRequest, postgres_servers: Servers
) -> AsyncIterator[Database]:
    """A fresh migrated database."""
    kind: Kind = getattr(request, "param", "embedded")
    async with fresh_database(await postgres_servers.server(kind)) as fresh:
        yield fresh


@pytest.fixture
async def any_database(
    request: pytest.FixtureRequest, postgres_servers: Servers
) -> AsyncIterator[Database]:
    """A fresh migrated database, once on the embedded server and once on the system's."""
    kind: Kind = request.param
    async with fresh_database(await postgres_servers.server(kind)) as fresh:
        yield fresh


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    """A pool of the programs' role on the test's database."""
    opened = await open_pool(database.app_dsn, application_name="test")
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """A temporary folder with a short path, for sockets; pytest's own are too long."""
    folder = Path(tempfile.mkdtemp(prefix="shb-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


async def _sweep() -> None:
    """Stop and remove what a killed test run left behind."""
    for folder in _abandoned():
        for data_dir in folder.iterdir():
            with suppress(DatabaseError):  # another worker sweeps it
                await EmbeddedPostgres(data_dir).stop()
        shutil.rmtree(folder, ignore_errors=True)


def _abandoned() -> list[Path]:
    folders = Path(tempfile.gettempdir()).glob(f"{_PREFIX}*")
    return [folder for folder in folders if not Path("/proc", _pid_in(folder.name)).exists()]


def _pid_in(name: str) -> str:
    return name.removeprefix(_PREFIX).partition("-")[0]
