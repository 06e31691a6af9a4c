"""Makes a backup while the centre works: one moment of the database, and the files beside it."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from core_services.clock import Clock
from core_services.database.copying import Snapshot, Table, open_snapshot
from core_services.database.errors import DatabaseError
from core_services.files import flush_folder
from core_services.release import release
from queue_server.backup.errors import BackupError, BackupRuns, CannotWrite
from queue_server.backup.files import files_of
from queue_server.backup.folder import PARTIAL, hold_folder
from queue_server.backup.keeping import Keep, centres_in, name_of, outlived
from queue_server.backup.manifest import CentreNote, Manifest, MigrationNote
from queue_server.backup.marks import mark_of
from queue_server.backup.model import Made, Run
from queue_server.backup.sealing import NOT_SEALED, SealWith
from queue_server.backup.store import record_run
from queue_server.backup.writing import PART_BYTES, ArchiveWriter
from queue_server.settings import ServerSettings

LONGEST_S: Final = 3600.0
"""A backup that takes longer is given up: its snapshot keeps the database from tidying up."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be backed up, and how."""

    settings: ServerSettings
    config: Path | None
    """The settings file, which goes along."""
    folder: Path
    seal: SealWith = NOT_SEALED
    with_secrets: bool = False
    """Keys go into an archive that is not sealed, too."""
    keep: Keep | None = None
    """None: no older one is removed."""
    within_s: float = LONGEST_S

    @property
    def takes_secrets(self) -> bool:
        return self.seal.is_any or self.with_secrets


async def create_backup(
    order: Order, dsn_owner: str, *, clock: Clock, on_progress: Progress | None = None
) -> Made:
    """Write a backup, and write down in the database what became of it.

    No file under a backup's name is ever less than a whole one. Raises BackupError, DatabaseError.
    """
    began = clock.now()
    try:
        with hold_folder(order.folder):
            async with asyncio.timeout(order.within_s):
                made = await _create(order, dsn_owner, began, on_progress)
    except BackupRuns:
        raise
    except (BackupError, DatabaseError, OSError) as error:
        problem = _told(order, error)
        run = Run(began, clock.now(), str(order.folder), why=str(problem))
        with suppress(DatabaseError):  # then its age tells
            await record_run(dsn_owner, run)
        raise problem from error
    run = Run(made.made_at, clock.now(), made.path.name, made.bytes, made.is_sealed)
    await record_run(dsn_owner, run)
    return made


async def _create(order: Order, dsn_owner: str, at: datetime, on_progress: Progress | None) -> Made:
    """Write it; whatever was acknowledged before `at` is in it."""
    async with open_snapshot(dsn_owner) as snapshot:
        heads = await snapshot.heads()
        codes = [head.code for head in heads]
        path = order.folder / name_of(codes, at, is_training=order.settings.training)
        passing = path.with_name(path.name + PARTIAL)
        descriptor = os.open(passing, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            with os.fdopen(descriptor, "w+b") as file:
                writer = ArchiveWriter(file, seal=order.seal, at=at, program=release())
                manifest = await _write(order, snapshot, writer, on_progress)
                length = os.fstat(file.fileno()).st_size
            passing.rename(path)
            flush_folder(order.folder)
        except BaseException:
            passing.unlink(missing_ok=True)
            raise
    removed = () if order.keep is None else _remove_outlived(order.folder, order.keep, path.name)
    return Made(
        path=path,
        made_at=at,
        bytes=length,
        rows=manifest.rows,
        files=len(manifest.files),
        is_sealed=manifest.is_sealed,
        has_secrets=manifest.has_secrets,
        removed=removed,
    )


async def _write(
    order: Order, snapshot: Snapshot, writer: ArchiveWriter, on_progress: Progress | None
) -> Manifest:
    tables = await snapshot.tables()
    for nth, table in enumerate(tables, start=1):
        await _write_table(snapshot, writer, table)
        if on_progress is not None:
            on_progress(nth, len(tables) + 1)
    await asyncio.to_thread(_write_files, order, writer)
    if on_progress is not None:
        on_progress(len(tables) + 1, len(tables) + 1)
    heads = await snapshot.heads()
    applied = await snapshot.applied()
    return await asyncio.to_thread(
        writer.finish,
        postgresql=snapshot.server_version,
        has_secrets=order.takes_secrets,
        centres=tuple(
            CentreNote(
                id=head.id,
                code=head.code,
                epoch=head.epoch,
                revision=head.revision,
                digest=head.digest,
            )
            for head in heads
        ),
        migrations=tuple(
            MigrationNote(number=each.number, name=each.name, checksum=each.checksum)
            for each in applied
        ),
    )


async def _write_table(snapshot: Snapshot, writer: ArchiveWriter, table: Table) -> None:
    buffer = bytearray()
    parts: list[str] = []

    async def flush() -> None:
        name = f"tables/{table.name}.{len(parts):04}"
        parts.append(await asyncio.to_thread(writer.add_part, name, bytes(buffer)))
        buffer.clear()

    async def take(piece: bytes) -> None:
        buffer.extend(piece)
        if len(buffer) >= PART_BYTES:
            await flush()

    rows = await snapshot.copy_out(table, take)
    if buffer:
        await flush()
    writer.note_table(table.name, columns=table.columns, rows=rows, parts=parts)


def _write_files(order: Order, writer: ArchiveWriter) -> None:
    for each in files_of(order.settings, order.config):
        if order.takes_secrets or not each.is_secret:
            writer.add_file(each.root, each.path, each.source, is_secret=each.is_secret)


def _remove_outlived(folder: Path, keep: Keep, newest: str) -> tuple[str, ...]:
    names = [path.name for path in folder.iterdir()]
    same = [name for name in names if centres_in(name) == centres_in(newest)]
    removed = [name for name in outlived(same, keep) if name != newest]
    for name in removed:
        (folder / name).unlink(missing_ok=True)
        mark_of(folder / name).unlink(missing_ok=True)
    return tuple(removed)


def _told(order: Order, error: BackupError | DatabaseError | OSError) -> Exception:
    if isinstance(error, TimeoutError):
        return CannotWrite(order.folder, f"it was not done within {order.within_s:.0f} s")
    if isinstance(error, OSError):
        reason = error.strerror or str(error)
        named = error.filename and not str(error.filename).startswith(str(order.folder))
        return CannotWrite(order.folder, f"{error.filename}: {reason}" if named else reason)
    return error
