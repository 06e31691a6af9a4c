"""Knows how old the last good backup is, for pages, alarms and metrics."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from queue_server.backup.age import BackupAge
from queue_server.backup.store import read_known
from queue_server.settings import ServerSettings
from queue_server.tickets.acts import Queue

KEPT: Final = timedelta(seconds=10)
"""What was read is good for so long: a backup is made once a night."""


@dataclass(slots=True)
class BackupWatch:
    """Reads what became of backups; every server process reads the same."""

    queue: Queue
    settings: ServerSettings
    _age: BackupAge | None = None
    _read_at: datetime | None = None

    async def now(self) -> BackupAge:
        """Return what is known, at most a few seconds old. Raises DatabaseError."""
        at = self.queue.clock.now()
        if self._age is None or self._read_at is None or abs(at - self._read_at) >= KEPT:
            known = await read_known(self.queue.pool, self.queue.centre.id)
            self._age = BackupAge(
                known,
                limit=timedelta(hours=self.settings.backup_alarm_hours),
                is_expected=self.settings.backup_dir is not None or known.last is not None,
            )
            self._read_at = at
        return self._age
