"""Writes files that outlive a power cut: whole and on the disk, or as they were before."""

import os
import tempfile
from pathlib import Path


def write_durably(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Put `data` in the file's place; it is on the disk, under its name, when this returns.

    Nobody ever reads half a file, also when two programs write it at once. Blocks for the
    milliseconds of two fsyncs. Raises OSError, and leaves the file as it was.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make what was renamed in this folder outlive a power cut. Blocks. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
