"""Temporary files in memory, where the machine has a roomy RAM disk: a run of half the length.

A test's database is a copy of some four hundred small files, made and dropped again a thousand
times. What a test proves does not change: the programs under test are killed, the machine is not.
"""

import os
import tempfile
from pathlib import Path
from typing import Final

_RAM_DISK: Final = Path("/dev/shm")
_ROOM_BYTES: Final = 4 << 30


def temporary_folder(ram_disk: Path = _RAM_DISK, *, room_bytes: int = _ROOM_BYTES) -> Path:
    """Return where temporary files are made: the machine's own folder unless the disk is fit.

    Fit is what may be written and executed from, and has so much room left. A container's usual
    64 MB have not. Whoever sets `TMPDIR` is obeyed.
    """
    if "TMPDIR" not in os.environ and os.access(ram_disk, os.W_OK | os.X_OK):
        state = os.statvfs(ram_disk)
        is_executable = not state.f_flag & os.ST_NOEXEC
        if is_executable and state.f_bavail * state.f_frsize >= room_bytes:
            return ram_disk
    return Path(tempfile.gettempdir())


def pytest_configure() -> None:
    """Turn this process, and the workers and programs that it starts, to that folder."""
    folder = str(temporary_folder())
    os.environ["TMPDIR"] = folder
    tempfile.tempdir = folder
