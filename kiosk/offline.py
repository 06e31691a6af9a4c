"""The kiosk's memory across crashes and cut lines: keys in flight, slips, and words not yet heard.

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
from typing import Any, Self
from uuid import UUID

import orjson
import structlog

from core_services.clock import Clock
from core_services.link.frames import (
    Abandon,
    AgentFrame,
    CheckIn,
    Issue,
    IssuedTicket,
    Paper,
    Void,
    agent_frames,
)
from kiosk.slips import Word

logger = structlog.get_logger()

KEPT = timedelta(days=7)
_BUSY_TIMEOUT_S = 5.0

_SCHEMA = """
CREATE TABLE IF NOT EXISTS memory (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS command (
    key TEXT PRIMARY KEY,
    asked_at TEXT NOT NULL,
    outcome TEXT CHECK (outcome IN ('issued', 'refused', 'abandoned'))
) STRICT;
CREATE TABLE IF NOT EXISTS slip (
    job TEXT PRIMARY KEY,
    ticket TEXT NOT NULL,
    reprint INTEGER NOT NULL CHECK (reprint IN (0, 1)),
    said TEXT CHECK (said IN ('done', 'kept', 'held', 'unknown', 'failed', 'void')),
    made_at TEXT NOT NULL
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
    """A frame that the server has yet to settle; `about` is its ticket or key."""

    sequence: int
    about: str
    frame: AgentFrame


@dataclass(frozen=True, slots=True)
class KeptSlip:
    """A slip and the last word said about it."""

    job: str
    ticket: UUID
    reprint: bool
    said: Word | None


class Outbox:
    """One kiosk's file; used by one program, from one thread."""

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
            return cls(_connect(path), clock)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            aside = path.with_name(f"{path.name}.damaged-{clock.now():%Y%m%dT%H%M%S}")
            for suffix in ("", "-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    Path(f"{path}{suffix}").rename(f"{aside}{suffix}")
            logger.error("outbox_damaged", set_aside=aside.name, detail=str(error))
            return cls(_connect(path), clock)

    def close(self) -> None:
        self._connection.close()

    def asked(self, command: Issue | CheckIn) -> None:
        """Write the key down before it is sent; writing it again changes nothing."""
        with self._transaction() as sql:
            sql.execute(
                "INSERT OR IGNORE INTO command (key, asked_at) VALUES (?, ?)",
                (command.key, self._now()),
            )

    def issued(self, key: str, ticket: IssuedTicket) -> None:
        """The key became this ticket, whose slip is printed next under the ticket's id."""
        with self._transaction() as sql:
            sql.execute("UPDATE command SET outcome = 'issued' WHERE key = ?", (key,))
            self._add_slip(sql, str(ticket.id), ticket.id, reprint=False)

    def refused(self, key: str) -> None:
        """Nothing came of the key."""
        with self._transaction() as sql:
            sql.execute("UPDATE command SET outcome = 'refused' WHERE key = ?", (key,))

    def abandon(self, key: str) -> None:
        """Nobody waits for the key any more; the server is told until it has settled that."""
        with self._transaction() as sql:
            sql.execute("UPDATE command SET outcome = 'abandoned' WHERE key = ?", (key,))
            self._say(sql, key, Abandon(key=key))

    def keys_in_flight(self) -> list[str]:
        """Return the keys whose outcome is not known, oldest first."""
        rows = self._connection.execute(
            "SELECT key FROM command WHERE outcome IS NULL ORDER BY asked_at, key"
        )
        return [key for (key,) in rows]

    def reprint_ordered(self, job: str, ticket: UUID) -> bool:
        """Write down a copy that the desk ordered; False when this job is known already."""
        with self._transaction() as sql:
            return self._add_slip(sql, job, ticket, reprint=True)

    def said(self, job: str) -> Word | None:
        """Return the last word about a slip; None when there is none, or no such slip."""
        row = self._connection.execute("SELECT said FROM slip WHERE job = ?", (job,)).fetchone()
        return None if row is None else row[0]

    def say(self, job: str, word: Paper | Void) -> None:
        """Say a word about the ticket of that job, once."""
        said: Word = "void" if isinstance(word, Void) else word.state
        with self._transaction() as sql:
            changed = sql.execute(
                "UPDATE slip SET said = ? WHERE job = ? AND said IS NOT ?", (said, job, said)
            )
            if changed.rowcount:
                self._say(sql, str(word.ticket), word)

    def slips(self, *, late_word: timedelta) -> list[KeptSlip]:
        """Return the slips that may still be printed or told of, oldest first.

        Those told as `unknown` are among them for as long as a late word of the printer counts.
        """
        rows = self._connection.execute(
            "SELECT job, ticket, reprint, said FROM slip WHERE said IS NULL"
            " OR said IN ('kept', 'held') OR (said = 'unknown' AND made_at > ?)"
            " ORDER BY made_at, job",
            ((self._clock.now() - late_word).isoformat(),),
        )
        return [KeptSlip(job, UUID(ticket), bool(copy), said) for job, ticket, copy, said in rows]

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
            sql.execute("DELETE FROM slip WHERE made_at < ?", (limit,))
            sql.execute("DELETE FROM command WHERE asked_at < ? AND outcome IS NOT NULL", (limit,))

    def _identity(self) -> str:
        known = self.recall("journal_id")
        if isinstance(known, str):
            return known
        made = uuid.uuid4().hex
        self.remember("journal_id", made)
        return made

    def _add_slip(self, sql: sqlite3.Connection, job: str, ticket: UUID, *, reprint: bool) -> bool:
        added = sql.execute(
            "INSERT OR IGNORE INTO slip (job, ticket, reprint, made_at) VALUES (?, ?, ?, ?)",
            (job, str(ticket), reprint, self._now()),
        )
        return added.rowcount == 1

    def _say(self, sql: sqlite3.Connection, about: str, frame: Paper | Void | Abandon) -> None:
        sql.execute(
            "INSERT INTO word (about, frame, said_at) VALUES (?, ?, ?)",
            (about, frame.model_dump_json(), self._now()),
        )

    def _remember(self, sql: sqlite3.Connection, name: str, value: Any) -> None:
        sql.execute(
            "INSERT INTO memory (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, orjson.dumps(value)),
        )

    def _now(self) -> str:
        return self._clock.now().isoformat()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit to the disk, or change nothing."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise sqlite3.DatabaseError(sound)
        connection.executescript(_SCHEMA)
    except BaseException:
        connection.close()
        raise
    return connection


def _read(frame: str) -> AgentFrame:
    return agent_frames.validate_json(frame)
