"""What the restore of a set-up shows: the backups, how far it is, what came of it; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from queue_server.backup.listing import Listed
from queue_server.setup.backup_words import told
from queue_server.setup.restoring import Part, Restoring
from queue_server.setup.uploading import Uploading
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class BackupRow:
    """A backup of the folder."""

    name: str
    made_at: datetime | None
    hours: int
    """Its age."""
    bytes: int
    centres: tuple[str, ...]
    is_sealed: bool
    is_verified: bool
    damage: Words | None

    @property
    def size(self) -> tuple[int, str]:
        """Return its size in the unit in which it is a small number."""
        for unit, of in (("GB", 10**9), ("MB", 10**6)):
            if self.bytes >= of:
                return round(self.bytes / of), unit
        return max(1, round(self.bytes / 1000)), "KB"


@dataclass(frozen=True, slots=True)
class RestorePage:
    """The choice of a backup, the work, or its outcome."""

    template: ClassVar[str] = "setup_restore.html"

    csrf: str
    restoring: Restoring
    uploading: Uploading
    folder: str
    rows: tuple[BackupRow, ...] = ()
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, Words] = field(default_factory=dict)
    keys: str = ""
    """The folder into which keys are brought back."""
    address: str = ""
    """Where the server answers afterwards, where that is another address than now."""

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(self.restoring.parts)

    @property
    def codes(self) -> tuple[str, ...]:
        """The centres of the backup that was looked at."""
        manifest = self.restoring.manifest
        return () if manifest is None else tuple(each.code for each in manifest.centres)


def rows_of(listed: Iterable[Listed], *, at: datetime) -> tuple[BackupRow, ...]:
    """Return the rows of the backups that lie in a folder."""
    return tuple(
        BackupRow(
            name=each.path.name,
            made_at=each.made_at,
            hours=0
            if each.made_at is None
            else max(0, int((at - each.made_at).total_seconds()) // 3600),
            bytes=each.bytes,
            centres=()
            if each.manifest is None
            else tuple(centre.code for centre in each.manifest.centres),
            is_sealed=each.manifest is not None and each.manifest.is_sealed,
            is_verified=each.verified is not None,
            damage=None if each.damage is None else told(each.damage),
        )
        for each in listed
    )
