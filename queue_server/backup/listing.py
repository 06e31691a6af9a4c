"""The backups that lie in a folder, whole and damaged ones."""

import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from queue_server.backup.archive import open_archive
from queue_server.backup.errors import BackupError
from queue_server.backup.keeping import SUFFIX, moment_in
from queue_server.backup.manifest import Manifest
from queue_server.backup.marks import Mark, read_mark


@dataclass(frozen=True, slots=True)
class Listed:
    """A backup as it lies there."""

    path: Path
    made_at: datetime | None
    bytes: int
    manifest: Manifest | None
    """None where it cannot be read."""
    damage: BackupError | OSError | None
    verified: Mark | None


def list_backups(folder: Path) -> list[Listed]:
    """Return what lies in a folder, the newest first. Blocks. Raises OSError."""
    found = [_listed(path) for path in folder.glob(f"*{SUFFIX}")]
    return sorted(filter(None, found), key=_age, reverse=True)


def newest_backup(folder: Path) -> Path | None:
    """Return the newest one by its name. Blocks. Raises OSError."""
    dated = [
        (at, path) for path in folder.glob(f"*{SUFFIX}") if (at := moment_in(path.name)) is not None
    ]
    return max(dated)[1] if dated else None


def _age(each: Listed) -> tuple[datetime, str]:
    """Return what sorts by the moment, and after all of them what has none."""
    return each.made_at or datetime.min.replace(tzinfo=UTC), each.path.name


def _listed(path: Path) -> Listed | None:
    """Return what lies there; None where it is no file, or has just been removed."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    length = found.st_size
    try:
        with open_archive(path) as archive:
            manifest = archive.manifest
    except (BackupError, OSError) as error:
        return Listed(path, moment_in(path.name), length, None, error, None)
    return Listed(path, manifest.made_at, length, manifest, None, read_mark(path))
