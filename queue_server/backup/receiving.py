"""Takes a backup that somebody sends into the folder of backups: whole, or nothing of it stays."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from typing import Final

from core_services.files import flush_folder
from queue_server.backup.archive import begins_as_backup
from queue_server.backup.errors import NoRoom, NotABackup
from queue_server.backup.folder import PARTIAL, hold_folder
from queue_server.backup.keeping import SUFFIX

LEFT_FREE_BYTES: Final = 1 << 30
"""What must be left on the disk: database and log go on there."""
LONGEST_NAME: Final = 100
"""Letters, without the suffix."""
_STRANGE: Final = re.compile(r"[^A-Za-z0-9._-]+")


async def receive_backup(
    folder: Path,
    given: str,
    pieces: AsyncIterator[bytes],
    *,
    whole: int,
    on_progress: Callable[[int], None],
) -> Path:
    """Write what is sent into the folder, and return the file; it is on the disk then.

    `given` is how its sender calls it, `whole` how many bytes it has at most. The first piece has
    512 bytes at least, or all. Raises NoRoom, NotABackup, BackupRuns, OSError and what `pieces`
    raises; nothing of it stays then.
    """
    with hold_folder(folder):
        free = shutil.disk_usage(folder).free - LEFT_FREE_BYTES
        if whole > free:
            raise NoRoom(folder, bytes=whole, free=max(0, free))
        first = await anext(pieces, b"")
        path = _free_place(folder, given)
        if not begins_as_backup(first):
            raise NotABackup(Path(path.name))
        passing = path.with_name(path.name + PARTIAL)
        try:
            descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                got, piece = 0, first
                while piece:
                    await asyncio.to_thread(file.write, piece)
                    got += len(piece)
                    on_progress(got)
                    piece = await anext(pieces, b"")
                file.flush()
                await asyncio.to_thread(os.fsync, file.fileno())
            passing.rename(path)
            await asyncio.to_thread(flush_folder, folder)
        except BaseException:
            passing.unlink(missing_ok=True)
            raise
    return path


def name_of_received(given: str) -> str:
    """Return the name under which a sent file lies: one of our letters, and of no other folder."""
    last = re.split(r"[/\\]", given)[-1].removesuffix(SUFFIX)
    plain = _STRANGE.sub("-", last).strip("-.")[:LONGEST_NAME].rstrip("-.")
    return f"{plain or 'received'}{SUFFIX}"


def _free_place(folder: Path, given: str) -> Path:
    """Return a place where nothing lies yet."""
    first = folder / name_of_received(given)
    if not os.path.lexists(first):
        return first
    numbered = (first.with_name(f"{first.name.removesuffix(SUFFIX)}-{n}{SUFFIX}") for n in count(2))
    return next(path for path in numbered if not os.path.lexists(path))
