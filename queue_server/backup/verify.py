"""Finds out whether a backup is whole: as it is stored, opened, or made a database of."""

import asyncio
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import structlog

from core_services.database.embedded import EmbeddedPostgres
from queue_server.backup.archive import Archive, open_archive
from queue_server.backup.errors import SecretNeeded, WrongHash
from queue_server.backup.filling import fill, require_known_schema, walk_chains
from queue_server.backup.manifest import Manifest
from queue_server.backup.marks import Depth, Mark, write_mark
from queue_server.backup.sealing import Secrets

logger = structlog.get_logger()

Progress = Callable[[int, int], None]
Bar = Callable[[str], AbstractContextManager[Progress]]
"""Shows the progress of one named piece of work."""


async def verify_backup(
    path: Path,
    secrets: Secrets,
    *,
    at: datetime,
    bar: Bar,
    is_deep: bool = False,
    scratch: Path | None = None,
    embedded_user: str | None = None,
) -> tuple[Manifest, Depth]:
    """Look at a backup as closely as may be, and mark it.

    Always: every byte is the one that was written. Where it opens: its parts open, files have their
    lengths. `is_deep`: a passing database in `scratch` takes all of it, counts every row and walks
    the chain. Where nothing can be written it stays without a mark. Raises BackupError,
    DatabaseError, OSError.
    """
    with open_archive(path) as archive:
        require_known_schema(archive.manifest)
        depth: Depth = "stored"
        try:  # before all bytes are read, which may take minutes
            await asyncio.to_thread(archive.unseal, secrets)
        except SecretNeeded:
            if is_deep:
                raise
        with bar("stored bytes") as progress:
            await asyncio.to_thread(archive.check_members, progress)
        if archive.can_be_opened:
            with bar("contents") as progress:
                await asyncio.to_thread(_open_all, archive, progress)
            depth = "opened"
        if is_deep:
            await _restore_aside(archive, scratch, embedded_user, bar)
            depth = "restored"
        manifest = archive.manifest
    try:
        await asyncio.to_thread(write_mark, path, Mark(at, depth))
    except OSError as error:
        logger.warning("backup_not_marked", file=path.name, why=error.strerror)
    return manifest, depth


def _open_all(archive: Archive, progress: Progress) -> None:
    manifest = archive.manifest
    parts = [part for table in manifest.tables for part in table.parts]
    whole = len(parts) + len(manifest.files)
    for nth, part in enumerate(parts, start=1):
        archive.part(part)
        progress(nth, whole)
    for nth, note in enumerate(manifest.files, start=len(parts) + 1):
        if sum(len(piece) for piece in archive.file(note)) != note.bytes:
            raise WrongHash(note.path)
        progress(nth, whole)


async def _restore_aside(
    archive: Archive, scratch: Path | None, embedded_user: str | None, bar: Bar
) -> None:
    with tempfile.TemporaryDirectory(prefix="shubbak-verify-", dir=scratch) as folder:
        server = EmbeddedPostgres(Path(folder) / "database", user=embedded_user, durable=False)
        await server.start()
        try:
            with bar("rows") as progress:
                await fill(server.dsn(), archive, progress)
            with bar("events") as progress:
                await walk_chains(server.dsn(), archive.manifest, progress)
        finally:
            await server.stop()
