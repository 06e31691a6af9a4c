"""Makes a centre of a backup again: its database, its files, and numbers that nobody holds yet."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from core_services.clock import Clock
from core_services.database.cluster import DataDirectoryInUse, claim
from core_services.database.embedded import EmbeddedPostgres
from core_services.files import write_durably
from queue_server.backup.archive import Archive, open_archive
from queue_server.backup.errors import OtherKind, ServerRuns, SomethingThere, WrongHash
from queue_server.backup.files import ASIDE, RESTORES, STAGING
from queue_server.backup.filling import fill, require_known_schema, walk_chains
from queue_server.backup.keeping import stamp_of
from queue_server.backup.manifest import FileNote
from queue_server.backup.model import Run
from queue_server.backup.numbers import next_start
from queue_server.backup.sealing import Secrets
from queue_server.backup.store_restore import (
    KnownNumbers,
    Restored,
    begin_anew,
    end_restore,
    is_taken,
    known_numbers,
    make_room,
    others_at_work,
)
from queue_server.backup.swap import (
    READY,
    clear_staging,
    drop_staging,
    finish_swap,
    staging_in,
    swap_in,
)
from queue_server.database import OwnerUnknown, database_folder
from queue_server.settings import ServerSettings

Progress = Callable[[int, int], None]
Bar = Callable[[str], AbstractContextManager[Progress]]

CONFIGURATION: Final = "configuration-from-backup"
"""The folder of the data folder into which settings and the centre's file are put."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be restored, and where."""

    settings: ServerSettings
    path: Path
    secrets: Secrets
    replace: bool = False
    numbers_from: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A restore that was carried through."""

    centres: tuple[Restored, ...]
    made_at: datetime
    files: int
    set_aside: tuple[str, ...]
    """Where what was there is now."""
    has_secrets: bool
    needs_keys: bool
    """Keys were not in the backup and there are none: somebody must bring them."""


async def restore_backup(order: Order, *, clock: Clock, bar: Bar) -> Outcome:
    """Restore a backup. Broken off anywhere it is begun anew, or was carried through already.

    Nothing that is there is touched before the whole backup was found good, and nothing is thrown
    away. Raises BackupError, DatabaseError, OSError.
    """
    settings = order.settings
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    await asyncio.to_thread(finish_swap, settings.data_dir)
    with open_archive(order.path) as archive:
        require_known_schema(archive.manifest)
        if archive.manifest.is_training != settings.training:
            raise OtherKind(is_training=archive.manifest.is_training)
        await asyncio.to_thread(archive.unseal, order.secrets)
        with bar("stored bytes") as progress:
            await asyncio.to_thread(archive.check_members, progress)
        restore = _into_embedded if settings.is_embedded else _into_own
        try:
            return await restore(_Work(order, archive, clock, bar, stamp_of(clock.now())))
        except (ServerRuns, SomethingThere):  # it has begun nothing
            raise
        except BaseException:
            await asyncio.to_thread(drop_staging, settings.data_dir)
            raise


@dataclass(frozen=True, slots=True)
class _Work:
    """A restore under way."""

    order: Order
    archive: Archive
    clock: Clock
    bar: Bar
    stamp: str

    @property
    def settings(self) -> ServerSettings:
        return self.order.settings

    async def fill(self, dsn: str, *, aside: str | None) -> list[Restored]:
        """Make an empty database the centre of the backup, and give it its own time."""
        manifest = self.archive.manifest
        with self.bar("rows") as progress:
            await fill(dsn, self.archive, progress)
        with self.bar("events") as progress:
            await walk_chains(dsn, manifest, progress)
        at = self.clock.now()
        starts = _starts(
            await known_numbers(dsn, at=at),
            told=self.order.numbers_from,
            book=self.settings.data_dir / RESTORES,
        )
        run = Run(
            began_at=manifest.made_at,
            ended_at=max(at, manifest.made_at),
            file=self.order.path.name,
            bytes=self.order.path.stat().st_size,
            is_sealed=manifest.is_sealed,
        )
        return await begin_anew(dsn, run=run, starts=starts, at=at, aside=aside)

    def outcome(self, centres: list[Restored], *aside: str | None) -> Outcome:
        manifest = self.archive.manifest
        return Outcome(
            centres=tuple(centres),
            made_at=manifest.made_at,
            files=len(manifest.files),
            set_aside=tuple(each for each in aside if each is not None),
            has_secrets=manifest.has_secrets,
            needs_keys=not manifest.has_secrets and not self.settings.person_keys.exists(),
        )


async def _into_embedded(work: _Work) -> Outcome:
    """Make a new cluster beside the old one and put it in its place."""
    settings = work.settings
    folder = database_folder(settings)
    await _end_left_over(folder)
    with _nobody_else(folder):
        is_there = (folder / "cluster").exists()
        if is_there and not work.order.replace:
            raise SomethingThere(f"{folder} holds a database")
        await _end_left_over(staging_in(settings.data_dir) / "database")
        staging = await asyncio.to_thread(clear_staging, settings.data_dir)
        await asyncio.to_thread(_unpack, work.archive, staging)
        server = EmbeddedPostgres(staging / "database", user=settings.embedded_user)
        await server.start()
        try:
            aside = f"{ASIDE}{work.stamp}" if is_there else None
            centres = await work.fill(server.dsn(), aside=aside)
        finally:
            await server.stop()
        went = await asyncio.to_thread(swap_in, settings.data_dir, work.stamp)
    return work.outcome(centres, None if went is None else str(went))


async def _into_own(work: _Work) -> Outcome:
    """Fill the schema `public` of a PostgreSQL of one's own; what is there is renamed."""
    settings = work.settings
    dsn = settings.database_owner
    if dsn is None:
        raise OwnerUnknown
    if names := await others_at_work(dsn):
        raise ServerRuns(f"{' and '.join(names)} are connected to the database")
    is_there = await is_taken(dsn)
    if is_there and not work.order.replace:
        raise SomethingThere("the database holds tables")
    staging = await asyncio.to_thread(clear_staging, settings.data_dir)
    await asyncio.to_thread(_unpack, work.archive, staging)
    schema = f"before_{work.stamp.lower()}" if is_there else None
    await make_room(dsn, aside=schema)
    centres = await work.fill(dsn, aside=schema)
    went = await asyncio.to_thread(swap_in, settings.data_dir, work.stamp)
    await end_restore(dsn)  # a server that found its rows without its keys would make others
    return work.outcome(
        centres,
        None if schema is None else f"the schema {schema}",
        None if went is None else str(went),
    )


async def _end_left_over(folder: Path) -> None:
    """Stop a database that nobody watches any more. Raises ServerRuns while somebody does."""
    try:
        await EmbeddedPostgres(folder).stop()
    except DataDirectoryInUse as error:
        raise ServerRuns(str(error)) from error


@contextmanager
def _nobody_else(folder: Path) -> Iterator[None]:
    """Hold the database's folder, so that no server starts meanwhile."""
    try:
        lock = claim(folder)
    except DataDirectoryInUse as error:
        raise ServerRuns(str(error)) from error
    try:
        yield
    finally:
        os.close(lock)


def _starts(known: dict[str, KnownNumbers], *, told: int | None, book: Path) -> dict[str, int]:
    """Return from which number each centre goes on, and write it down before it counts."""
    before = _read_book(book)
    starts: dict[str, int] = {}
    for code, numbers in known.items():
        entry, day = before.get(code, {}), numbers.day.isoformat()
        reached = entry["numbers_from"] if entry.get("day") == day else 0
        start = next_start(max(numbers.highest, reached), busiest=numbers.busiest)
        starts[code] = told or start
        before[code] = {"day": day, "numbers_from": max(starts[code], reached)}
    write_durably(book, (json.dumps(before, indent=1) + "\n").encode())
    return starts


def _read_book(path: Path) -> dict[str, dict[str, Any]]:
    try:
        book: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # there was none
        return {}
    return book


def _unpack(archive: Archive, staging: Path) -> None:
    """Write the backup's files into the staging folder. Blocks."""
    for note in archive.manifest.files:
        path = staging / place_inside(note)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(path, flags, note.mode & 0o777), "wb") as file:
            for piece in archive.file(note):
                file.write(piece)


def place_inside(note: FileNote) -> PurePosixPath:
    """Return where a file goes below the staging folder. Raises WrongHash for any other place."""
    path = PurePosixPath(note.path)
    parts = path.parts
    if path.is_absolute() or not parts or ".." in parts or parts[0] in ("database", READY, STAGING):
        raise WrongHash(note.path)
    return path if note.root == "data" else PurePosixPath(CONFIGURATION) / path
