"""An agent's memory across crashes and cut lines, and the words that it owes the server.

Everything is on the disk before it is acted upon (SQLite, `synchronous=FULL`). A word is keyed by
its sequence in this file, is sent until the server settles it, is kept 7 days, and is offered again
to a server of a new epoch, which may have been restored from before it heard the word.
"""

import contextlib
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Self
from uuid import UUID

import orjson
import structlog

from core_services.clock import Clock
from core_services.link.frames import AgentFrame, agent_frames

logger = structlog.get_logger()

KEPT = timedelta(days=7)
_BUSY_TIMEOUT_S = 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS memory (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS word (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    about TEXT NOT NULL,
    frame TEXT NOT NULL,
    said_at TEXT NOT NULL,
    settled_epoch TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS word_about ON word (about, sequence);
"""


@dataclass(frozen=True, slots=True)
class KeptWord:
    """A frame that the server has yet to settle; `about` is what its answer names."""

    sequence: int
    about: str
    frame: AgentFrame


class WordBook:
    """One agent's file; used by one program, from one thread."""

    TABLES: ClassVar[str] = ""
    """The SQL of what an agent of this kind remembers beside its words."""

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self.journal_id = self._identity()

    @classmethod
    def open(cls, path: Path, clock: Clock) -> Self:
        """Open the file, making it if need be; a damaged one is set aside, and a new one made.

        Raises OSError or sqlite3.Error when the folder cannot be written.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return cls(_connect(path, cls.TABLES), clock)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            aside = path.with_name(f"{path.name}.damaged-{clock.now():%Y%m%dT%H%M%S}")
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
            logger.error("outbox_damaged", set_aside=aside.name, detail=str(error))
            return cls(_connect(path, cls.TABLES), clock)

    def close(self) -> None:
        self._connection.close()

    def unsettled(self, epoch: UUID, *, limit: int = 1000) -> list[KeptWord]:
        """Return what is owed to a server of that epoch: the first word about each thing."""
        rows = self._connection.execute(
            "SELECT min(sequence), about, frame FROM word"
            " WHERE settled_epoch IS NOT ? GROUP BY about ORDER BY 1 LIMIT ?",
            (str(epoch), limit),
        )
        return [KeptWord(number, about, _read(frame)) for number, about, frame in rows]

    def settle(self, sequence: int, epoch: UUID) -> None:
        """The server of that epoch has recorded the word."""
        with self._transaction() as sql:
            sql.execute(
                "UPDATE word SET settled_epoch = ? WHERE sequence = ?", (str(epoch), sequence)
            )

    def answered(self, word: KeptWord, epoch: UUID, ticket: UUID | None) -> None:
        """The server of that epoch has answered the word; `ticket` is what it says it is about."""
        self.settle(word.sequence, epoch)

    def remember(self, name: str, value: Any) -> None:
        """Keep a small value (JSON) for the next start."""
        with self._transaction() as sql:
            self._remember(sql, name, value)

    def recall(self, name: str) -> Any:
        """Return a remembered value, or None."""
        row = self._connection.execute(
            "SELECT value FROM memory WHERE name = ?", (name,)
        ).fetchone()
        return None if row is None else orjson.loads(row[0])

    def purge(self) -> None:
        """Forget what is older than 7 days, settled or not: the server has long listed it."""
        limit = (self._clock.now() - KEPT).isoformat()
        with self._transaction() as sql:
            sql.execute("DELETE FROM word WHERE said_at < ?", (limit,))
            self._purge(sql, limit)

    def _purge(self, sql: sqlite3.Connection, limit: str) -> None:
        """Forget what stands in the agent's own tables since before that moment."""

    def _remember(self, sql: sqlite3.Connection, name: str, value: Any) -> None:
        sql.execute(
            "INSERT INTO memory (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, orjson.dumps(value)),
        )

    def _identity(self) -> str:
        known = self.recall("journal_id")
        if isinstance(known, str):
            return known
        made = uuid.uuid4().hex
        self.remember("journal_id", made)
        return made

    def _say(self, sql: sqlite3.Connection, about: str, frame: AgentFrame) -> None:
        sql.execute(
            "INSERT INTO word (about, frame, said_at) VALUES (?, ?, ?)",
            (about, frame.model_dump_json(), self._now()),
        )

    def _now(self) -> str:
        return self._clock.now().isoformat()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit to the disk, or change nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk may have ended it by itself
                self._connection.execute("ROLLBACK")
            raise


def _connect(path: Path, tables: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise sqlite3.DatabaseError(sound)
        connection.executescript(_SCHEMA + tables)
    except BaseException:
        connection.close()
        raise
    return connection


def _read(frame: str) -> AgentFrame:
    return agent_frames.validate_json(frame)
