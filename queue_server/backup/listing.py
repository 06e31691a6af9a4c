"""The backups that lie in a folder, whole and damaged ones."""

from dataclasses import dataclass
from datetime import datetime
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
    found = [_listed(path) for path in folder.glob(f"*{SUFFIX}") if path.is_file()]
    return sorted(found, key=lambda each: each.path.name[-24:], reverse=True)


def newest_backup(folder: Path) -> Path | None:
    """Return the newest one by its name. Blocks. Raises OSError."""
    dated = [
        (at, path) for path in folder.glob(f"*{SUFFIX}") if (at := moment_in(path.name)) is not None
    ]
    return max(dated)[1] if dated else None


def _listed(path: Path) -> Listed:
    length = path.stat().st_size
    try:
        with open_archive(path) as archive:
            manifest = archive.manifest
    except (BackupError, OSError) as error:
        return Listed(path, moment_in(path.name), length, None, error, None)
    return Listed(path, manifest.made_at, length, manifest, None, read_mark(path))
