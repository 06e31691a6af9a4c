"""What a backup and its restore take, beside PostgreSQL's own reading and copying of those rows."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from benchmarks.centre import BenchCentre, bench_centre
from benchmarks.effort import Effort
from benchmarks.findings import Finding
from benchmarks.history import live_past
from core_services.clock import SystemClock
from queue_server.backup import create, restore
from queue_server.backup.create import create_backup
from queue_server.backup.restore import Progress, restore_backup
from queue_server.backup.sealing import NOT_SEALED, Secrets
from queue_server.settings import ServerSettings

ROW: Final = "backup"
DAYS, NUMBERS = 20, 3000
QUICK_DAYS, QUICK_NUMBERS = 3, 300
_TARGET: Final = "bench_restored"


async def measure(effort: Effort) -> list[Finding]:
    """Back a centre with a past up, and restore it into an empty database, again and again."""
    is_full = effort.samples > 100
    days, numbers = (DAYS, NUMBERS) if is_full else (QUICK_DAYS, QUICK_NUMBERS)
    making: list[float] = []
    reading: list[float] = []
    restoring: list[float] = []
    copying: list[float] = []
    async with bench_centre() as centre:
        await live_past(
            centre, days=days, numbers=numbers, say=lambda text: effort.say(f"backup: {text}")
        )
        await centre.rest()
        folder, rows = centre.folder / "backup", 0
        for number in range(effort.rounds):
            effort.say(f"backup: round {number + 1} of {effort.rounds}")
            began = time.perf_counter()
            rows = await _read_all(centre)
            reading.append(rows / (time.perf_counter() - began))
            made, took_s = await _back_up(centre, folder)
            making.append(rows / took_s)
            copying.append(rows / await _copy(centre))
            restoring.append(rows / await _bring_back(centre, made, folder))
            made.unlink()
    return [
        _finding(
            f"backup of {rows:,} rows, rows a second", making, reading, "COPY of them to nobody"
        ),
        _finding(
            f"restore of {rows:,} rows, their chain walked, rows a second",
            restoring,
            copying,
            "INSERT … SELECT of them into tables with the same indexes",
        ),
    ]


async def _read_all(centre: BenchCentre) -> int:
    """Read every table to nobody; return how many rows there are."""
    tables = await centre.sql.fetch(
        "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    rows = 0
    for table in tables:
        told = await centre.sql.copy_from_table(table["name"], output=_nobody)
        rows += int(told.rpartition(" ")[2])
    return rows


async def _nobody(_: bytes) -> None:
    """Take what is read."""


async def _back_up(centre: BenchCentre, folder: Path) -> tuple[Path, float]:
    settings = _settings(folder, centre.app_dsn, centre.owner_dsn)
    order = create.Order(settings, None, settings.backups, seal=NOT_SEALED)
    began = time.perf_counter()
    made = await create_backup(order, centre.owner_dsn, clock=SystemClock())
    return made.path, time.perf_counter() - began


async def _copy(centre: BenchCentre) -> float:
    """Let PostgreSQL write every row into a table like its own, with the same indexes."""
    tables = await centre.sql.fetch(
        "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'"
    )
    await centre.sql.execute("CREATE SCHEMA bench_copy")
    try:
        began = time.perf_counter()
        for table in (row["name"] for row in tables):
            await centre.sql.execute(
                f'CREATE TABLE bench_copy."{table}" (LIKE public."{table}" INCLUDING INDEXES);'
                f' INSERT INTO bench_copy."{table}" SELECT * FROM public."{table}"'
            )
        return time.perf_counter() - began
    finally:
        await centre.sql.execute("DROP SCHEMA bench_copy CASCADE")


async def _bring_back(centre: BenchCentre, made: Path, folder: Path) -> float:
    await centre.sql.execute(f"CREATE DATABASE {_TARGET} TEMPLATE template0 OWNER shubbak_owner")
    target = folder / "restored"
    try:
        dsn = centre.database.dsn("shubbak_owner", _TARGET)
        order = restore.Order(_settings(target, dsn, dsn), made, secrets=Secrets())
        began = time.perf_counter()
        await restore_backup(order, clock=SystemClock(), bar=_no_bar)
        return time.perf_counter() - began
    finally:
        await centre.sql.execute(f"DROP DATABASE {_TARGET} WITH (FORCE)")
        shutil.rmtree(target, ignore_errors=True)


def _settings(folder: Path, app_dsn: str, owner_dsn: str) -> ServerSettings:
    return ServerSettings(data_dir=folder, database=app_dsn, database_owner=owner_dsn)


@contextmanager
def _no_bar(_: str) -> Iterator[Progress]:
    yield lambda done, whole: None


def _finding(what: str, figures: list[float], limits: list[float], against: str) -> Finding:
    return Finding(
        row=ROW,
        what=what,
        unit="/s",
        figures=tuple(figures),
        limits=tuple(limits),
        against=against,
        target=None,
    )
