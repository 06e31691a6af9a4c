"""Puts what was restored in the place of what was there; half of it is never what stays.

A restore prepares everything in one folder beside; a last file in it says that it is ready. From
then on it is carried through, by the restore or by whichever program comes first after a power cut.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from core_services.files import flush_folder, write_durably
from queue_server.backup.files import ASIDE, STAGING

READY: Final = "ready.json"
"""Once this is there, the swap is carried through."""


def staging_in(data_dir: Path) -> Path:
    """Return where a restore prepares what is to take its place."""
    return data_dir / STAGING


def clear_staging(data_dir: Path) -> Path:
    """Make the staging folder anew, empty; what a broken off restore left in it goes. Blocks."""
    folder = staging_in(data_dir)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)
    return folder


def drop_staging(data_dir: Path) -> None:
    """Remove what a restore prepared that is not carried through: keys may be in it. Blocks."""
    folder = staging_in(data_dir)
    if not (folder / READY).exists():
        shutil.rmtree(folder, ignore_errors=True)


def swap_in(data_dir: Path, stamp: str) -> Path | None:
    """Put everything from the staging folder in its place; return where things were set aside.

    From the first step on a power cut leaves it to `finish_swap`. Blocks. Raises OSError.
    """
    os.sync()  # what was prepared is on the disk before it counts
    write_durably(staging_in(data_dir) / READY, json.dumps({"stamp": stamp}).encode())
    return finish_swap(data_dir)


def finish_swap(data_dir: Path) -> Path | None:
    """Carry a swap through that is ready, if there is one; return where things were set aside."""
    folder = staging_in(data_dir)
    if not (folder / READY).exists():
        return None
    with _alone(folder) as is_there:
        if not is_there:
            return None
        stamp = json.loads((folder / READY).read_text(encoding="utf-8"))["stamp"]
        aside = data_dir / f"{ASIDE}{stamp}"
        for path in sorted(folder.iterdir()):
            if path.name == READY:
                continue
            live = data_dir / path.name
            if live.is_dir() and not any(live.iterdir()):
                live.rmdir()
            elif live.exists():
                aside.mkdir(mode=0o700, exist_ok=True)
                live.rename(aside / path.name)
            path.rename(live)
        flush_folder(data_dir)
        (folder / READY).unlink()
        folder.rmdir()
    return aside if aside.exists() else None


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Wait for another process that does the same; False when it has ended it meanwhile."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield (folder / READY).exists()
    finally:
        os.close(lock)
