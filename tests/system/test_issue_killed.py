"""The database is killed in the middle of issuing: nobody's number is lost or given twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from core_services.audit.verify import verify
from core_services.database.embedded import EmbeddedPostgres
from core_services.database.migrations import migrate
from tests.support.centre_server import CentreServer, Program, a_centre_server
from tests.support.database import Database
from tests.support.running_clock import RunningClock
from tests.system.embedded import kill_everything

PROGRAMS = 9
EACH = 150
KILLED_AT = (200, 600, 1000)
"""Acknowledged numbers after which everything of the database is killed with -9."""


@pytest.fixture
async def postgres(short_dir: Path) -> AsyncIterator[EmbeddedPostgres]:
    """A database that keeps what it acknowledged, and is started again whenever it dies."""
    server = EmbeddedPostgres(short_dir / "pg")
    await server.start()
    await migrate(server.dsn("shubbak_owner"))
    watching = asyncio.create_task(server.watch())
    try:
        yield server
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        await server.stop()


class Crowd:
    """Programs that want numbers and ask again with the same key until they have them."""

    def __init__(self, postgres: EmbeddedPostgres) -> None:
        self._postgres = postgres
        self._kills = list(KILLED_AT)
        self.answers: dict[str, bytes] = {}
        self.statuses: Counter[int] = Counter()

    async def come(self, server: CentreServer) -> None:
        programs = [await server.program(name=f"kiosk {nth}") for nth in range(PROGRAMS)]
        async with asyncio.TaskGroup() as tasks:
            for nth, program in enumerate(programs):
                tasks.create_task(self._ask(program, nth))

    async def _ask(self, program: Program, nth: int) -> None:
        for number in range(EACH):
            key = f"{nth}-{number}"
            while key not in self.answers:
                told = await program.post("/tickets", Idempotency_Key=key)
                self.statuses[told.status] += 1
                if told.status == 201:
                    self.answers[key] = told.raw
                else:
                    assert told.headers["Retry-After"], told.raw
                    await asyncio.sleep(0.02)
                self._kill_in_time()

    def _kill_in_time(self) -> None:
        if self._kills and len(self.answers) >= self._kills[0]:
            self._kills.pop(0)
            kill_everything(self._postgres)


@pytest.mark.timeout(180)
async def test_no_number_is_lost_or_doubled_when_the_database_is_killed_while_issuing(
    postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    database = Database(
        name="shubbak",
        owner_dsn=postgres.dsn("shubbak_owner"),
        app_dsn=postgres.dsn("shubbak_app"),
        read_dsn=postgres.dsn("shubbak_read"),
    )
    async with a_centre_server(database, tmp_path, clock=RunningClock()) as server:
        crowd = Crowd(postgres)
        async with asyncio.timeout(120):
            await crowd.come(server)
        assert set(crowd.statuses) == {201, 503}, crowd.statuses
        assert crowd.statuses[503] >= len(KILLED_AT)

        rows = await server.pool.fetch("SELECT id, label FROM ticket ORDER BY number")
        assert [row["label"] for row in rows] == [
            str(number) for number in range(101, 101 + PROGRAMS * EACH)
        ]
        told = {(each["id"], each["label"]) for each in map(orjson.loads, crowd.answers.values())}
        assert told == {(str(row["id"]), row["label"]) for row in rows}
        verdict = await verify(server.pool, 1)
        assert verdict.is_whole, verdict.breaks
