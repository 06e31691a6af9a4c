"""The numbers that this disk can answer for: its own series, and those whose slip it printed.

All of its SQL; every function works within the caller's transaction. A number of the kiosk's own is
known to no server until one has settled it. One that a server issued is known to that server's
epoch, and is offered to any other, which may have been restored from before it was issued.
"""

import sqlite3
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from core_services.link.cut_off_frames import Given
from core_services.link.slip_frames import PaperState
from kiosk.slips import Word

TABLES: Final = """
CREATE TABLE IF NOT EXISTS day_counter (
    day TEXT PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS number (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE,
    job TEXT NOT NULL UNIQUE,
    is_own INTEGER NOT NULL CHECK (is_own IN (0, 1)),
    day TEXT NOT NULL,
    label TEXT NOT NULL,
    frame TEXT NOT NULL,
    ticket TEXT CHECK (is_own = 1 OR ticket IS NOT NULL),
    known_to TEXT CHECK (is_own = 1 OR known_to IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS number_own ON number (day, label) WHERE is_own = 1;
CREATE INDEX IF NOT EXISTS number_known_to ON number (known_to, sequence);
"""
"""`known_to` is the epoch of the server that has it; `job` is that of its slip."""


@dataclass(frozen=True, slots=True)
class KeptNumber:
    """A number that a server does not know; its `frame` bears the last word about its slip."""

    sequence: int
    frame: Given


def last_given(sql: sqlite3.Connection, day: date) -> int | None:
    """Return the highest number of a day that was ever written down."""
    row = sql.execute("SELECT number FROM day_counter WHERE day = ?", (day.isoformat(),)).fetchone()
    return None if row is None else int(row[0])


def count_to(sql: sqlite3.Connection, day: date, number: int) -> None:
    """Write down that this number of the day is given; no later one is lower."""
    sql.execute(
        "INSERT INTO day_counter (day, number) VALUES (?, ?)"
        " ON CONFLICT (day) DO UPDATE SET number = max(number, excluded.number)",
        (day.isoformat(), number),
    )


def keep(
    sql: sqlite3.Connection,
    frame: Given,
    *,
    job: str,
    known_to: UUID | None,
) -> None:
    """Write a number down, once for its key; `known_to` is None for one of the kiosk's own."""
    sql.execute(
        "INSERT OR IGNORE INTO number"
        " (key, job, is_own, day, label, frame, ticket, known_to)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            frame.key,
            job,
            known_to is None,
            frame.day.isoformat(),
            frame.label,
            frame.model_dump_json(),
            None if frame.ticket is None else str(frame.ticket),
            None if known_to is None else str(known_to),
        ),
    )


def to_deliver(sql: sqlite3.Connection, epoch: UUID, *, limit: int) -> list[KeptNumber]:
    """Return the numbers that a server of this epoch is to be told, the oldest first.

    Only those of which a word about the slip was said: before that it may still be void. A number
    that a server issued and that nobody holds is not told of.
    """
    rows = sql.execute(
        "SELECT number.sequence, number.frame, slip.said FROM number JOIN slip USING (job)"
        " WHERE (known_to IS NULL OR known_to < ?1 OR known_to > ?1) AND slip.said IS NOT NULL"
        " AND (is_own = 1 OR slip.said NOT IN ('void', 'failed'))"
        " ORDER BY number.sequence LIMIT ?2",
        (str(epoch), limit),
    )
    return [
        KeptNumber(sequence, _frame(frame).model_copy(update={"paper": paper_of(said)}))
        for sequence, frame, said in rows
    ]


def tickets_unknown_to(sql: sqlite3.Connection, epoch: UUID) -> frozenset[str]:
    """Return the ids of tickets that a server of this epoch has yet to be told of."""
    rows = sql.execute(
        "SELECT number.ticket FROM number JOIN slip USING (job)"
        " WHERE (known_to IS NULL OR known_to < ?1 OR known_to > ?1) AND number.ticket IS NOT NULL"
        " AND slip.said IS NOT NULL AND (is_own = 1 OR slip.said NOT IN ('void', 'failed'))",
        (str(epoch),),
    )
    return frozenset(ticket for (ticket,) in rows)


def delivered(
    sql: sqlite3.Connection, sequence: int, epoch: UUID, ticket: UUID | None
) -> Word | None:
    """Note the server's answer; `ticket` is its id there, None where it was refused.

    Return the last word about the slip by now.
    """
    sql.execute(
        "UPDATE number SET known_to = ?, ticket = coalesce(?, ticket) WHERE sequence = ?",
        (str(epoch), None if ticket is None else str(ticket), sequence),
    )
    row = sql.execute(
        "SELECT said FROM slip JOIN number USING (job) WHERE number.sequence = ?", (sequence,)
    ).fetchone()
    word: Word | None = None if row is None else row[0]
    return word


def own_ticket_of(sql: sqlite3.Connection, job: str) -> tuple[bool, UUID | None]:
    """Say whether the slip's number is the kiosk's own, and by which id a server knows it."""
    row = sql.execute("SELECT is_own, ticket FROM number WHERE job = ?", (job,)).fetchone()
    if row is None or not row[0]:
        return False, None
    return True, None if row[1] is None else UUID(row[1])


def undelivered(sql: sqlite3.Connection) -> int:
    """Count the kiosk's own numbers that no server has settled."""
    (count,) = sql.execute("SELECT count(*) FROM number WHERE known_to IS NULL").fetchone()
    return int(count)


def purge(sql: sqlite3.Connection, limit: date) -> None:
    """Forget the numbers and the counters of the days before that one, delivered or not."""
    sql.execute("DELETE FROM number WHERE day < ?", (limit.isoformat(),))
    sql.execute("DELETE FROM day_counter WHERE day < ?", (limit.isoformat(),))


def paper_of(said: Word) -> PaperState:
    """Return how a number's frame says a word; nobody holds a void one."""
    return "failed" if said == "void" else said


def _frame(text: str) -> Given:
    return Given.model_validate_json(text)
