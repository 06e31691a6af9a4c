"""What is known of backups: those that were tried, and those that lie in a folder."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """A backup that was tried."""

    began_at: datetime
    ended_at: datetime
    file: str
    bytes: int | None = None
    """None: it failed."""
    is_sealed: bool = False
    why: str | None = None
    """Of one that failed."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a centre knows of its backups."""

    last: Run | None = None
    """The latest that was tried."""
    good_at: datetime | None = None
    """The moment whose facts the latest good one holds."""
    good_bytes: int | None = None
    centre_since: datetime | None = None
    """When the centre was made."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made."""

    path: Path
    made_at: datetime
    bytes: int
    rows: int
    files: int
    is_sealed: bool
    has_secrets: bool
    removed: tuple[str, ...] = ()
    """Older ones that went with it."""
