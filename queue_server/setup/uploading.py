"""The backup that a browser sends to a set-up: how far it is, and why the last was not taken."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from queue_server.backup.errors import BackupError, BackupRuns
from queue_server.backup.receiving import name_of_received, receive_backup
from queue_server.setup.backup_words import told
from queue_server.web.words import Words

logger = structlog.get_logger()


@dataclass(slots=True)
class Uploading:
    """One backup at a time is taken."""

    name: str = ""
    """Empty: none is being sent."""
    got: int = 0
    whole: int = 0
    """Bytes."""
    failure: Words | None = None
    """Why the last one was not taken; until another is sent or chosen."""

    @property
    def percent(self) -> int:
        return min(99, self.got * 100 // self.whole) if self.whole else 0

    async def take(
        self, folder: Path, given: str, pieces: AsyncIterator[bytes], *, whole: int
    ) -> Path | Words:
        """Take a backup as `receive_backup` does; return the file, or why it was not taken."""
        if self.name:
            return told(BackupRuns(folder))
        self.name, self.got, self.whole, self.failure = name_of_received(given), 0, whole, None
        try:
            path = await receive_backup(folder, given, pieces, whole=whole, on_progress=self._show)
        except (BackupError, OSError) as error:
            return self.refuse(error)
        finally:
            self.name = ""
        logger.info("upload_taken", file=path.name, bytes=self.got)
        return path

    def refuse(self, error: Exception) -> Words:
        """Note why one was not taken, for whoever asks after its line broke; return it."""
        logger.warning("upload_refused", file=self.name, why=str(error))
        self.failure = told(error)
        return self.failure

    def _show(self, got: int) -> None:
        self.got = got
