"""Remembers across restarts which calls this display has announced, and what stands on its glass.

One small fsynced file.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import structlog
from pydantic import BaseModel, ValidationError

from core_services.files import write_durably
from core_services.link.message_frames import BoardMessage
from displays.board import EMERGENCY_KEPT_S

logger = structlog.get_logger()

HEARD_EVERY = timedelta(minutes=1)
"""So old the note may be of when the server last said that an emergency stands."""
KEPT = 64
"""Ids of each kind; a board lists at most a dozen calls."""


class _File(BaseModel):
    journal_id: str
    epoch: UUID | None = None
    chimed: list[int] = []
    stood: list[int] = []
    emergency: BoardMessage | None = None
    emergency_heard: datetime | None = None
    kept: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an earlier run of this display announced in an epoch."""

    chimed: frozenset[int] = frozenset()
    stood: frozenset[int] = frozenset()


class Memory:
    """The file `display.json` of one display.

    Every change is on disk before the method returns, so that a display killed at any moment never
    sounds a call twice. The write blocks the loop for the milliseconds of one fsync, twice a call:
    nothing may be shown before it anyway. A damaged file counts as a new disk. When a write fails
    the display goes on, since showing calls matters more than remembering them.
    """

    def __init__(self, folder: Path) -> None:
        """Read the file in `folder`, or begin a new one. Raises OSError if it cannot be written."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "display.json"
        self._file = _read(self._path) or _File(journal_id=str(uuid4()))
        self._write()

    @property
    def journal_id(self) -> str:
        """The name of this file; a new disk has another."""
        return self._file.journal_id

    @property
    def epoch(self) -> UUID | None:
        """The epoch in which the remembered ids have their meaning."""
        return self._file.epoch

    @property
    def remembered(self) -> Remembered:
        """What was announced in `epoch`."""
        return Remembered(frozenset(self._file.chimed), frozenset(self._file.stood))

    def begin(self, epoch: UUID) -> None:
        """Forget the calls of any other epoch."""
        if epoch != self._file.epoch:
            self._file.epoch = epoch
            self._file.chimed, self._file.stood = [], []
            self._try_to_write()

    def emergency(self, now: datetime) -> BoardMessage | None:
        """Return what stood over everything else when this display last ran, unless that is long
        ago.
        """
        heard = self._file.emergency_heard
        if heard is None or not timedelta() <= now - heard < timedelta(seconds=EMERGENCY_KEPT_S):
            return None
        return self._file.emergency

    def keep_emergency(self, message: BoardMessage | None, now: datetime) -> None:
        """Remember what stands over everything else, or that nothing does."""
        heard = self._file.emergency_heard
        is_old = message is not None and heard is not None and now - heard >= HEARD_EVERY
        if message != self._file.emergency or is_old:
            self._file.emergency = message
            self._file.emergency_heard = None if message is None else now
            self._try_to_write()

    def chimed(self, call_id: int) -> None:
        """Note that a call is being announced now."""
        self._file.chimed = [*self._file.chimed, call_id][-KEPT:]
        self._try_to_write()

    def stood(self, call_id: int) -> None:
        """Note that a call has had its time on the glass."""
        self._file.stood = [*self._file.stood, call_id][-KEPT:]
        self._try_to_write()

    def recall(self, name: str) -> Any:
        """Return a remembered value (JSON), or None."""
        return self._file.kept.get(name)

    def remember(self, name: str, value: Any) -> None:
        """Keep a small value (JSON) for the next start. Raises OSError if it cannot be written."""
        before, self._file.kept = self._file.kept, {**self._file.kept, name: value}
        try:
            self._write()
        except OSError:
            self._file.kept = before
            raise

    def _try_to_write(self) -> None:
        try:
            self._write()
        except OSError as error:
            logger.error("display_memory_not_written", reason=error.strerror)

    def _write(self) -> None:
        write_durably(self._path, self._file.model_dump_json().encode())


def _read(path: Path) -> _File | None:
    try:
        return _File.model_validate(json.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as error:
        logger.warning("display_memory_unreadable", reason=type(error).__name__)
        return None
