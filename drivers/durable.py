"""A SQLite file that one process owns and that is on the disk when a change of it returns."""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from drivers.clock import Clock
from drivers.errors import JournalError, JournalInUse

logger = structlog.get_logger()


class OwnedFile:
    """An open database; close it to give it to whoever wants it next.

    A damaged file is set aside under another name and a new one made: what it held is lost either
    way, and the device must go on. What is erased is overwritten.

    Raises JournalInUse when another process has it, JournalError when the disk refuses.
    """

    def __init__(self, path: Path, schema: str, clock: Clock) -> None:
        self._path = path
        self._lock_fd = _lock(path)
        try:
            self.database = _opened(path, schema, clock)
        except BaseException:
            os.close(self._lock_fd)
            raise

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Make changes that are on the disk together, or not at all. Raises JournalError."""
        try:
            with self.database:
                yield self.database
        except sqlite3.Error as error:
            raise JournalError(f"{self._path}: {error}") from error

    def rows(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        """Return what a query finds. Raises JournalError."""
        try:
            return self.database.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"{self._path}: {error}") from error

    def row(self, query: str, values: tuple[object, ...] = ()) -> Any:
        """Return the first row that a query finds, or None. Raises JournalError."""
        found = self.rows(query, values)
        return found[0] if found else None

    def close(self) -> None:
        """Close it; twice is harmless."""
        self.database.close()
        if self._lock_fd >= 0:
            os.close(self._lock_fd)
            self._lock_fd = -1


def written(moment: datetime) -> str:
    """Write a moment so that texts compare as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _opened(path: Path, schema: str, clock: Clock) -> sqlite3.Connection:
    try:
        return _open(path, schema)
    except JournalError as error:
        if not _is_damage(error.__cause__):
            raise
        aside = path.with_name(f"{path.name}.damaged-{clock.now():%Y%m%dT%H%M%S}")
        try:
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
        except OSError as refusal:
            raise JournalError(f"{path}: {refusal.strerror}") from refusal
        logger.error("journal_damaged", set_aside=aside.name, detail=str(error))
        return _open(path, schema)


def _lock(path: Path) -> int:
    try:
        fd = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise JournalInUse(str(path)) from None
    return fd


def _open(path: Path, schema: str) -> sqlite3.Connection:
    try:
        path.touch(mode=0o600)
        database = sqlite3.connect(path, timeout=5.0)
    except (OSError, sqlite3.Error) as error:
        raise JournalError(f"{path}: {error}") from error
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA secure_delete = ON")
        (sound,) = database.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise sqlite3.DatabaseError(sound)
        database.executescript(schema)
    except sqlite3.Error as error:
        database.close()
        raise JournalError(f"{path}: {error}") from error
    return database


def _is_damage(cause: BaseException | None) -> bool:
    """Tell a file that is no journal any more from a disk that refuses for now."""
    return isinstance(cause, sqlite3.DatabaseError) and not isinstance(
        cause, sqlite3.OperationalError
    )
