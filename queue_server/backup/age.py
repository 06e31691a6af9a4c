"""How old the last good backup is, and when that is told; pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from queue_server.backup.model import Known

Trouble = Literal["backup-old", "backup-failed"]


@dataclass(frozen=True, slots=True)
class BackupAge:
    """What is known of backups, and what the centre expects of them."""

    known: Known = Known()  # noqa: RUF009 - frozen, and of no state
    limit: timedelta = timedelta(hours=36)
    is_expected: bool = False
    """The settings name a folder, or somebody has made one: their age is watched."""

    @property
    def counts_from(self) -> datetime | None:
        """The moment of the last good one; where none was made, the centre's first event."""
        return self.known.good_at or self.known.centre_since

    @property
    def has_failed(self) -> bool:
        """The last one that was tried failed."""
        return self.known.last is not None and self.known.last.why is not None

    def trouble(self, at: datetime) -> Trouble | None:
        """Return what is wrong at a moment, the worse of two."""
        if not self.is_expected or self.counts_from is None:
            return None
        if at - self.counts_from > self.limit:
            return "backup-old"
        return "backup-failed" if self.has_failed else None

    def hours(self, at: datetime) -> int:
        """Return the age in whole hours."""
        if self.counts_from is None:
            return 0
        return max(0, int((at - self.counts_from).total_seconds())) // 3600


NOT_EXPECTED = BackupAge()
