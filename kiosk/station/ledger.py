"""A workstation's memory of its jobs: what each is about, who does it, the last word said of it.

A job is written down before a device hears of it. What it prints or says is not: the server keeps
that, and a printer's or modem's own journal.
"""

import sqlite3
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core_services.link.slip_frames import Paper
from core_services.link.work_frames import Outcome, OutcomeState
from kiosk.wordbook import WordBook

_TABLES = """
CREATE TABLE IF NOT EXISTS job (
    job TEXT PRIMARY KEY,
    ticket TEXT,
    device TEXT NOT NULL,
    said TEXT CHECK (said IN ('done', 'sent', 'held', 'unknown', 'failed')),
    made_at TEXT NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One job."""

    job: str
    ticket: UUID | None
    """Whose slip it is; None for a work order."""
    device: str
    """The name of the device that does it; empty where there was none."""
    said: OutcomeState | None


class Ledger(WordBook):
    """One workstation's file; used by one program, from one thread."""

    TABLES: ClassVar[str] = _TABLES

    def enter(self, job: str, *, device: str, ticket: UUID | None = None) -> bool:
        """Write a job down, to be done by that device; False when it is known already."""
        with self._transaction() as sql:
            added = sql.execute(
                "INSERT OR IGNORE INTO job (job, ticket, device, made_at) VALUES (?, ?, ?, ?)",
                (job, None if ticket is None else str(ticket), device, self._now()),
            )
            return added.rowcount == 1

    def entry(self, job: str) -> Entry | None:
        """Return what is known of a job."""
        row = self._connection.execute(
            "SELECT job, ticket, device, said FROM job WHERE job = ?", (job,)
        ).fetchone()
        return None if row is None else _entry(row)

    def undecided(self, device: str) -> list[Entry]:
        """Return a device's jobs of which a further word may be owed, oldest first."""
        rows = self._connection.execute(
            "SELECT job, ticket, device, said FROM job WHERE device = ?"
            " AND (said IS NULL OR said IN ('sent', 'held', 'unknown')) ORDER BY made_at, job",
            (device,),
        )
        return [_entry(row) for row in rows]

    def say(self, job: str, word: Paper | Outcome) -> None:
        """Say a word about a job, once."""
        about = str(word.ticket) if isinstance(word, Paper) else word.job
        with self._transaction() as sql:
            changed = sql.execute(
                "UPDATE job SET said = ? WHERE job = ? AND said IS NOT ?",
                (word.state, job, word.state),
            )
            if changed.rowcount:
                self._say(sql, about, word)

    def _purge(self, sql: sqlite3.Connection, limit: str) -> None:
        sql.execute("DELETE FROM job WHERE made_at < ?", (limit,))


def _entry(row: tuple[str, str | None, str, OutcomeState | None]) -> Entry:
    job, ticket, device, said = row
    return Entry(job, None if ticket is None else UUID(ticket), device, said)
