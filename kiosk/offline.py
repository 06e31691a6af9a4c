"""The kiosk's memory across crashes and cut lines: keys in flight, slips, and words not yet heard.

How a file is kept, and how a word in it is owed to the server, is `kiosk.wordbook`'s.
"""

import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from core_services.link.frames import (
    Abandon,
    CheckIn,
    Issue,
    IssuedTicket,
    Paper,
    Void,
)
from kiosk.slips import Word
from kiosk.wordbook import WordBook

_TABLES = """
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
"""


@dataclass(frozen=True, slots=True)
class KeptSlip:
    """A slip and the last word said about it."""

    job: str
    ticket: UUID
    reprint: bool
    said: Word | None


class Outbox(WordBook):
    """One kiosk's file; used by one program, from one thread."""

    TABLES: ClassVar[str] = _TABLES

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

    def _purge(self, sql: sqlite3.Connection, limit: str) -> None:
        sql.execute("DELETE FROM slip WHERE made_at < ?", (limit,))
        sql.execute("DELETE FROM command WHERE asked_at < ? AND outcome IS NOT NULL", (limit,))

    def _add_slip(self, sql: sqlite3.Connection, job: str, ticket: UUID, *, reprint: bool) -> bool:
        added = sql.execute(
            "INSERT OR IGNORE INTO slip (job, ticket, reprint, made_at) VALUES (?, ?, ?, ?)",
            (job, str(ticket), reprint, self._now()),
        )
        return added.rowcount == 1
