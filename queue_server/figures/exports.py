"""Makes long files beside everything else: months of numbers, day by day, telling how far it is."""

import asyncio
import errno
import os
import shutil
import stat
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog

from core_services.database.errors import DatabaseError
from core_services.ids import new_id
from core_services.l10n import Language
from core_services.sheets.csv_file import as_csv
from core_services.sheets.model import Sheet, SheetError
from queue_server.figures import store_exports
from queue_server.figures.days import lives_on
from queue_server.figures.sheet_book import SheetBook
from queue_server.figures.store_exports import Export, ExportFormat
from queue_server.figures.store_facts import days_with_numbers
from queue_server.figures.ticket_rows import RowNames, columns, sheet_of
from queue_server.tickets.acts import Queue

logger = structlog.get_logger()

KEPT: Final = timedelta(days=1)
"""A file lies ready for so long."""
KNOWN_FOR: Final = timedelta(days=7)
SILENT_AFTER: Final = timedelta(seconds=60)
"""A maker that tells nothing for so long has died with its process."""
LONGEST_DAYS: Final = 400
MOST_ROWS: Final = 1_000_000
"""A spreadsheet ends at 1,048,576 rows."""
WAITING_AT_MOST: Final = 20
LEFT_FREE_BYTES: Final = 1 << 30
"""So much of the disk is left to the database, which most often lies on the same one."""


class ExportRefused(Exception):
    """A file cannot be made as it was asked for; `why` is `too_long` or `too_many_rows`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Exports:
    """The long files of one centre; each is made by the process that was asked for it."""

    def __init__(
        self,
        queue: Queue,
        folder: Path,
        names: Callable[[Language], Awaitable[RowNames]],
        *,
        process_id: UUID,
    ) -> None:
        """Files lie in `folder`, which is made when the first one is."""
        self._queue = queue
        self._folder = folder
        self._names = names
        self._process_id = process_id
        self._waiting: deque[Export] = deque()
        self._has_more = asyncio.Event()
        self._asking = asyncio.Lock()

    async def ask(
        self, first: date, last: date, form: ExportFormat, language: Language, *, by: UUID
    ) -> Export:
        """Keep that somebody wants the numbers of a range, and begin when those before are made.

        Whoever asks twice for the same while it is being made gets the one. Raises ExportRefused.
        """
        async with self._asking:
            known = await self.of(by, limit=WAITING_AT_MOST)
            wanted = (form, language, first, last)
            for each in known:
                same = wanted == (each.format, each.language, each.first, each.last)
                if same and each.state == "working":
                    return each
            return await self._enter(first, last, form, language, by=by)

    async def _enter(
        self, first: date, last: date, form: ExportFormat, language: Language, *, by: UUID
    ) -> Export:
        queue = self._queue
        pool, centre_id, at = queue.pool, queue.centre.id, queue.clock.now()
        if not 0 <= (last - first).days < LONGEST_DAYS or len(self._waiting) >= WAITING_AT_MOST:
            raise ExportRefused("too_long")
        count = await store_exports.count_numbers(pool, centre_id, first=first, last=last)
        if form == "xlsx" and count > MOST_ROWS:
            raise ExportRefused("too_many_rows")
        export = Export(
            id=new_id(at),
            format=form,
            language=language,
            first=first,
            last=last,
            asked_by=by,
            asked_at=at,
            process_id=self._process_id,
            state="working",
            done_days=0,
            rows=0,
            size_bytes=None,
            changed_at=at,
        )
        await store_exports.insert_export(pool, centre_id, export)
        self._waiting.append(export)
        self._has_more.set()
        return export

    async def of(self, person: UUID, *, limit: int) -> tuple[Export, ...]:
        """Return what somebody asked for, the latest first."""
        queue = self._queue
        return await store_exports.read_exports(
            queue.pool, queue.centre.id, asked_by=person, limit=limit
        )

    async def file(self, export_id: UUID, *, person: UUID) -> tuple[Export, Path] | None:
        """Return a file that lies ready for whoever asked for it; None: there is none."""
        export = await store_exports.read_export(self._queue.pool, self._queue.centre.id, export_id)
        if export is None or export.asked_by != person or export.state != "ready":
            return None
        path = self._path(export)
        return (export, path) if await asyncio.to_thread(path.is_file) else None

    async def run(self) -> None:
        """Make one file after another, for ever; one that cannot be made holds up no other."""
        while True:
            await self._has_more.wait()
            export = self._waiting.popleft()
            if not self._waiting:
                self._has_more.clear()
            try:
                await self._make(export)
            except (DatabaseError, OSError, SheetError) as error:
                logger.warning("export_failed", export=str(export.id), why=str(error))
                with suppress(DatabaseError):
                    await self._end(export, "failed", None)

    async def keep_house(self) -> None:
        """Give up what died with its process, and delete files that nobody can fetch any more."""
        queue = self._queue
        pool, centre_id, at = queue.pool, queue.centre.id, queue.clock.now()
        for export in tuple(self._waiting):
            await self._tell(export, 0, 0)
        await store_exports.fail_silent(pool, centre_id, silent_since=at - SILENT_AFTER, at=at)
        await store_exports.end_old(pool, centre_id, before=at - KEPT, at=at)
        lying = await asyncio.to_thread(_lying, self._folder)
        living = await store_exports.living(pool, centre_id, lying)
        for export_id in lying - living:
            await asyncio.to_thread(shutil.rmtree, self._place(export_id), ignore_errors=True)
        await store_exports.forget_exports(pool, centre_id, before=at - KNOWN_FOR)

    async def _make(self, export: Export) -> None:
        place = self._place(export.id)
        await asyncio.to_thread(_private_folder, place)
        try:
            rows = await self._write(export, self._part(export))
            size = await asyncio.to_thread(_finished, self._part(export), self._path(export))
        except BaseException:
            await asyncio.to_thread(shutil.rmtree, place, ignore_errors=True)
            raise
        await self._tell(export, export.days, rows)
        await self._end(export, "ready", size)
        logger.info("export_ready", export=str(export.id), rows=rows, size=size)

    async def _write(self, export: Export, part: Path) -> int:
        """Write all days, and return how many rows they are."""
        queue = self._queue
        names, heads = await self._names(export.language), columns(export.language)
        days = await days_with_numbers(
            queue.pool, queue.centre.id, first=export.first, last=export.last
        )
        if export.format == "xlsx":
            book = SheetBook(part, export.language, heads)
            try:
                rows = await self._write_days(export, days, names, book.append)
                await asyncio.to_thread(book.close)
            except BaseException:
                await asyncio.to_thread(book.abandon)
                raise
            return rows
        empty = Sheet("", export.language, heads, ())
        await asyncio.to_thread(_append, part, empty, is_first=True)
        return await self._write_days(export, days, names, partial(_append, part))

    async def _write_days(
        self,
        export: Export,
        days: Iterable[date],
        names: RowNames,
        append: Callable[[Sheet], None],
    ) -> int:
        rows = 0
        for day in days:
            await asyncio.to_thread(_require_room, self._place(export.id))
            lives, _ = await lives_on(self._queue, day)
            sheet = await asyncio.to_thread(sheet_of, day, lives, names, title="")
            await asyncio.to_thread(append, sheet)
            rows += len(sheet.rows)
            await self._tell(export, (day - export.first).days + 1, rows)
        return rows

    async def _tell(self, export: Export, done_days: int, rows: int) -> None:
        queue = self._queue
        await store_exports.note_progress(
            queue.pool,
            queue.centre.id,
            export_id=export.id,
            done_days=done_days,
            rows=rows,
            at=queue.clock.now(),
        )

    async def _end(
        self, export: Export, state: store_exports.ExportState, size: int | None
    ) -> None:
        queue = self._queue
        await store_exports.end_export(
            queue.pool,
            queue.centre.id,
            export_id=export.id,
            state=state,
            size_bytes=size,
            at=queue.clock.now(),
        )

    def _place(self, export_id: UUID) -> Path:
        """Return the folder of one file and of all that is written on the way to it."""
        return self._folder / str(export_id)

    def _part(self, export: Export) -> Path:
        return self._place(export.id) / f"numbers.{export.format}.part"

    def _path(self, export: Export) -> Path:
        return self._place(export.id) / f"numbers.{export.format}"


def _private_folder(folder: Path) -> None:
    folder.parent.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
    folder.mkdir(mode=stat.S_IRWXU, exist_ok=True)


def _lying(folder: Path) -> frozenset[UUID]:
    """Return the files that have a folder of their own."""
    found: set[UUID] = set()
    for place in folder.iterdir() if folder.is_dir() else ():
        with suppress(ValueError):
            found.add(UUID(place.name))
    return frozenset(found)


def _require_room(folder: Path) -> None:
    """Raise OSError where going on might leave the database without room."""
    free = shutil.disk_usage(folder).free
    if free < LEFT_FREE_BYTES:
        raise OSError(errno.ENOSPC, f"only {free >> 20} MiB are left on the disk")


def _append(part: Path, sheet: Sheet, *, is_first: bool = False) -> None:
    """Write rows as CSV, behind their head where they are the first."""
    made = as_csv(sheet)
    if not is_first:
        made = made.partition(b"\r\n")[2]
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as file:
        file.write(made)


def _finished(part: Path, path: Path) -> int:
    part.chmod(0o600)
    part.replace(path)
    return path.stat().st_size
