"""Long files hold every number once, tell how far they are, and do not outlive their time."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Final
from uuid import uuid4
from zipfile import ZipFile

import pytest

from core_services.database.pool import Pool
from core_services.l10n import Language
from queue_server.figures.exports import ExportRefused, Exports
from queue_server.figures.store_exports import Export, ExportFormat
from queue_server.figures.ticket_rows import RowNames
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from tests.store.test_window_counts import a_day
from tests.support.clock import ManualClock
from tests.support.eventually import eventually
from tests.support.queue import KEY, STAFF

FORMS: Final[tuple[ExportFormat, ...]] = ("csv", "xlsx")


def exports_of(queue: Queue, folder: Path) -> Exports:
    async def names(language: Language) -> RowNames:
        return RowNames(language, queue.centre.zone, {"U": "موحد"}, {}, {})

    return Exports(queue, folder, names, process_id=uuid4())


@asynccontextmanager
async def at_work(exports: Exports) -> AsyncIterator[None]:
    running = asyncio.create_task(exports.run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def ended(exports: Exports, export: Export) -> Export:
    """Wait until a file is made, or given up."""
    assert STAFF.id is not None
    found = export

    async def is_so() -> bool:
        nonlocal found
        assert STAFF.id is not None
        [found] = [each for each in await exports.of(STAFF.id, limit=9) if each.id == export.id]
        return found.state != "working"

    await eventually(is_so)
    return found


async def test_a_file_of_several_days_holds_every_number_once_and_is_gone_after_a_day(
    queue: Queue, pool: Pool, clock: ManualClock, tmp_path: Path
) -> None:
    assert STAFF.id is not None
    first, _ = queue.today()
    await a_day(queue, clock, Random(3), 60)
    await clock.advance(2 * 86_400)
    await queue.keep_house()
    for _ in range(5):
        await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    last, _ = queue.today()
    exports = exports_of(queue, tmp_path / "exports")
    async with at_work(exports):
        asked = await exports.ask(first, last, "csv", "ar", by=STAFF.id)
        made = await ended(exports, asked)
        sheet = await ended(exports, await exports.ask(first, last, "xlsx", "en", by=STAFF.id))
    assert (made.state, made.done_days, made.days) == ("ready", 3, 3)
    found = await exports.file(made.id, person=STAFF.id)
    assert found is not None
    assert await exports.file(made.id, person=uuid4()) is None, "it is for whoever asked for it"
    assert found[1].stat().st_mode & 0o077 == 0
    text = found[1].read_bytes().decode().removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text)))
    labels = await pool.fetch("SELECT business_day, label, called_at IS NOT NULL AS c FROM ticket")
    assert sorted((row["day"], row["label"]) for row in rows) == sorted(
        (str(row["business_day"]), row["label"]) for row in labels
    )
    assert sum(bool(row["wait_s"]) for row in rows) == sum(row["c"] for row in labels)
    assert {row["queue"] for row in rows} <= {"موحد", "X"}
    book = await exports.file(sheet.id, person=STAFF.id)
    assert book is not None
    with ZipFile(book[1]) as archive:
        lines = archive.read("xl/worksheets/sheet1.xml").count(b"<row ")
    assert (sheet.rows, lines) == (len(rows), len(rows) + 1)
    await clock.advance(86_401)
    await exports.keep_house()
    assert await exports.file(made.id, person=STAFF.id) is None
    assert list((tmp_path / "exports").iterdir()) == []


async def test_who_asks_twice_for_a_file_that_is_still_to_be_made_gets_one(
    queue: Queue, tmp_path: Path
) -> None:
    assert STAFF.id is not None
    day, _ = queue.today()
    exports = exports_of(queue, tmp_path)
    one, same = await asyncio.gather(
        *(exports.ask(day, day, "csv", "ar", by=STAFF.id) for _ in range(2))
    )
    other = await exports.ask(day, day, "xlsx", "ar", by=STAFF.id)
    assert one.id == same.id != other.id
    assert {each.id for each in await exports.of(STAFF.id, limit=9)} == {one.id, other.id}
    async with at_work(exports):
        await ended(exports, other)
    again = await exports.ask(day, day, "csv", "ar", by=STAFF.id)
    assert again.id not in {one.id, other.id}


async def test_a_file_whose_server_stopped_is_given_up_and_one_that_is_too_long_is_refused(
    queue: Queue, clock: ManualClock, tmp_path: Path
) -> None:
    assert STAFF.id is not None
    day, _ = queue.today()
    stopped = exports_of(queue, tmp_path)
    asked = await stopped.ask(day, day, "csv", "ar", by=STAFF.id)
    await clock.advance(61)
    another = exports_of(queue, tmp_path)
    await another.keep_house()
    [found] = await another.of(STAFF.id, limit=9)
    assert (found.id, found.state) == (asked.id, "failed")
    with pytest.raises(ExportRefused):
        await another.ask(day, day + timedelta(days=400), "csv", "ar", by=STAFF.id)


async def test_a_file_that_cannot_be_written_is_given_up_and_the_next_one_is_made(
    queue: Queue, tmp_path: Path
) -> None:
    assert STAFF.id is not None
    day, _ = queue.today()
    await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    exports = exports_of(queue, tmp_path)
    for form in FORMS:
        asked = await exports.ask(day, day, form, "ar", by=STAFF.id)
        part = tmp_path / str(asked.id) / f"numbers.{form}.part"
        part.mkdir(parents=True)  # as a disk that takes no file
        async with at_work(exports):
            assert (await ended(exports, asked)).state == "failed"
            again = await ended(exports, await exports.ask(day, day, form, "ar", by=STAFF.id))
        assert (again.state, again.rows) == ("ready", 1)
        assert not part.parent.exists()


async def test_a_nearly_full_disk_is_left_to_the_database(
    queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert STAFF.id is not None
    day, _ = queue.today()
    await queue.issue(IssueRequest(KEY, "api", service="reconciliation"))
    monkeypatch.setattr("queue_server.figures.exports.LEFT_FREE_BYTES", 1 << 62)
    exports = exports_of(queue, tmp_path)
    async with at_work(exports):
        for form in FORMS:
            asked = await exports.ask(day, day, form, "ar", by=STAFF.id)
            assert (await ended(exports, asked)).state == "failed"
            assert not (tmp_path / str(asked.id)).exists()


async def test_what_a_killed_server_left_half_made_is_deleted_and_the_rest_stays(
    queue: Queue, clock: ManualClock, tmp_path: Path
) -> None:
    assert STAFF.id is not None
    day, _ = queue.today()
    killed, alive = exports_of(queue, tmp_path), exports_of(queue, tmp_path)
    lost = await killed.ask(day, day, "csv", "ar", by=STAFF.id)
    half = tmp_path / str(lost.id) / "numbers.csv.part"
    half.parent.mkdir()
    half.write_text("day,label")
    unheard_of = tmp_path / str(uuid4())
    unheard_of.mkdir()
    async with at_work(alive):
        made = await ended(alive, await alive.ask(day, day, "xlsx", "ar", by=STAFF.id))
    await alive.keep_house()
    assert half.exists(), "its server may still be at it"
    assert not unheard_of.exists()
    await clock.advance(61)
    await alive.keep_house()
    assert not half.parent.exists()
    assert await alive.file(made.id, person=STAFF.id) is not None


async def test_a_file_that_is_asked_for_twice_is_made_once(queue: Queue, tmp_path: Path) -> None:
    assert STAFF.id is not None
    day, _ = queue.today()
    exports = exports_of(queue, tmp_path)
    once, twice = await asyncio.gather(
        *(exports.ask(day, day, "csv", "ar", by=STAFF.id) for _ in range(2))
    )
    other = await exports.ask(day, day, "xlsx", "ar", by=STAFF.id)
    assert once.id == twice.id != other.id
    async with at_work(exports):
        await ended(exports, once)
        assert (await exports.ask(day, day, "csv", "ar", by=STAFF.id)).id != once.id
