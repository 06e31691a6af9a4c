"""A whole centre to measure: the embedded database, the packaged centre, a real server process."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

import asyncpg
import orjson

from benchmarks.processes import free_port, program, running, until_answered
from core_services.calendar import business_day
from core_services.clock import SystemClock
from core_services.database.embedded import EmbeddedPostgres
from core_services.database.migrations import migrate
from core_services.database.pool import open_pool
from queue_server.administration import load_centre
from queue_server.console import packaged_centre
from queue_server.demo.setup import CENTRE_ID, Secrets, prepare
from queue_server.settings import ServerSettings
from queue_server.tickets.model import Centre
from queue_server.tickets.store_reading import read_centre

if TYPE_CHECKING:
    Superuser: TypeAlias = asyncpg.Connection[asyncpg.Record]
else:  # asyncpg's classes are generic in its stubs only
    Superuser = asyncpg.Connection


@dataclass(frozen=True, slots=True)
class BenchCentre:
    """A centre with its database running; the server runs when it is asked for."""

    folder: Path
    database: EmbeddedPostgres
    sql: Superuser
    """To prepare and to look after; what is measured has connections of its own."""
    centre: Centre
    secrets: Secrets

    @property
    def owner_dsn(self) -> str:
        return self.database.dsn("shubbak_owner")

    @property
    def app_dsn(self) -> str:
        return self.database.dsn("shubbak_app")

    @property
    def sockets(self) -> str:
        """The folder of the database's socket, for PostgreSQL's own programs."""
        return unquote(self.owner_dsn.partition("host=")[2].partition("&")[0])

    @property
    def today(self) -> date:
        """The business day that a ticket issued now belongs to."""
        return business_day(SystemClock().now(), self.centre.zone, self.centre.cut_over)

    async def rest(self) -> None:
        """Write out what was left to do, and learn how large the tables are, before measuring.

        Autovacuum does both within seconds; a measurement that begins in them would be charged with
        the writing, or run on plans for the tables of some seconds ago.
        """
        await self.sql.execute("VACUUM (ANALYZE)")
        await self.sql.execute("CHECKPOINT")


@dataclass(frozen=True, slots=True)
class BenchServer:
    """A server process that answers."""

    url: str
    pid: int
    api_key: str

    @property
    def headers(self) -> dict[str, str]:
        """What a client of the API sends."""
        return {"Authorization": f"Bearer {self.api_key}"}


@asynccontextmanager
async def bench_centre() -> AsyncIterator[BenchCentre]:
    """Make a centre in a folder of its own, durable as in earnest, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="shubbak-bench-"))
    database = EmbeddedPostgres(folder / "database")
    try:
        await database.start()
        try:
            secrets, centre = await _prepare(database, folder)
            sql = await asyncpg.connect(database.dsn("postgres"), timeout=10)
            try:
                yield BenchCentre(folder, database, sql, centre, secrets)
            finally:
                await sql.close()
        finally:
            await database.stop()
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def another_database(centre: BenchCentre, name: str) -> str:
    """Make a second database with the same centre in it, and return its owner's address."""
    await centre.sql.execute(f"CREATE DATABASE {name} OWNER shubbak_owner")
    dsn = centre.database.dsn("shubbak_owner", name)
    settings = ServerSettings(data_dir=centre.folder / name, database=dsn, database_owner=dsn)
    await migrate(dsn)
    await load_centre(settings, packaged_centre(), renew_key=False, at=SystemClock().now())
    return dsn


@asynccontextmanager
async def bench_server(centre: BenchCentre) -> AsyncIterator[BenchServer]:
    """Run `shubbak serve` on the centre for the block, as a process of its own."""
    port = free_port()
    config, log = centre.folder / "server.toml", centre.folder / "server.log"
    write_toml(
        config,
        listen=f"127.0.0.1:{port}",
        data_dir=str(centre.folder / "server"),
        database=centre.app_dsn,
        database_owner=centre.owner_dsn,
        log_level="warning",
    )
    url = f"http://127.0.0.1:{port}"
    async with running(program("shubbak", "serve", "--config", config), log=log) as process:
        await until_answered(f"{url}/readyz", process, log=log)
        yield BenchServer(url, process.pid, centre.secrets.api_key)


def write_toml(path: Path, **values: str | int) -> None:
    """Write a program's settings."""
    lines = (f"{key} = {orjson.dumps(value).decode()}\n" for key, value in values.items())
    path.write_text("".join(lines))


async def _prepare(database: EmbeddedPostgres, folder: Path) -> tuple[Secrets, Centre]:
    settings = ServerSettings(
        data_dir=folder / "server",
        database=database.dsn("shubbak_app"),
        database_owner=database.dsn("shubbak_owner"),
    )
    secrets = await prepare(settings, folder, app_dsn=settings.database, clock=SystemClock())
    pool = await open_pool(settings.database, size=1, application_name="shubbak bench")
    try:
        centre = await read_centre(pool, CENTRE_ID)
    finally:
        await pool.close()
    if centre is None:
        raise LookupError("the packaged centre was not loaded")
    return secrets, centre
