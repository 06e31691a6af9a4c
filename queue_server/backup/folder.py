"""Holds the folder of backups for whoever writes into it, and tidies up what was broken off."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from queue_server.backup.errors import BackupRuns

PARTIAL: Final = ".partial"
"""After the name of a file that is still being written."""


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Make the folder, hold it against every other writer, and remove what a broken off one left.

    Blocks shortly. Raises BackupRuns, OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupRuns(folder) from None
        for left in folder.glob(f"*{PARTIAL}"):
            left.unlink(missing_ok=True)
        yield
    finally:
        os.close(lock)


def tidy(folder: Path) -> None:
    """Remove what a broken off writer left, if there is anything and nobody writes. Blocks."""
    with suppress(BackupRuns, OSError):
        if any(folder.glob(f"*{PARTIAL}")):
            with hold_folder(folder):
                pass
