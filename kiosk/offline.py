"""The kiosk's memory across crashes and cut lines: keys in flight, slips, numbers, words unheard.

How a file is kept, and how a word in it is owed to the server, is `kiosk.wordbook`'s; which numbers
a server has yet to hear of is `kiosk.numbers`'.
"""

import re
import sqlite3
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from core_services.clock import Clock
from core_services.link.citizen_frames import CheckIn, Issue, IssuedTicket
from core_services.link.cut_off_frames import Abandon, Given
from core_services.link.hall_frames import ServiceCard
from core_services.link.slip_frames import Paper, Void
from core_services.link.vocabulary import TOKEN_PATTERN
from kiosk import numbers
from kiosk.centre_time import TIME, CentreTime
from kiosk.high_mark import HighMark
from kiosk.series import SERIES, Series, own_ticket
from kiosk.slips import Word
from kiosk.steps import Command
from kiosk.wordbook import KEPT, KeptWord, WordBook

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

    TABLES: ClassVar[str] = _TABLES + numbers.TABLES

    def __init__(self, connection: sqlite3.Connection, clock: Clock) -> None:
        super().__init__(connection, clock)
        self.time = CentreTime(clock, self.recall(TIME))
        self.series = Series.remembered(self.recall(SERIES))
        """The kiosk's own numbers; None: it gives none while it is cut off."""
        self._mark = HighMark(_beside(connection, "own-numbers.json"))
        self._written_at_s: dict[str, float] = {}
        """By key, of the numbers of this run: when they were, by a clock that nobody sets."""

    def asked(self, command: Issue | CheckIn) -> None:
        """Write the key down before it is sent; writing it again changes nothing."""
        with self._transaction() as sql:
            sql.execute(
                "INSERT OR IGNORE INTO command (key, asked_at) VALUES (?, ?)",
                (command.key, self._now()),
            )

    def issued(self, key: str, ticket: IssuedTicket, epoch: UUID | None = None) -> None:
        """The key became this ticket, whose slip is printed next under the ticket's id.

        `epoch` is that of the server: any other is told of the number in time.
        """
        with self._transaction() as sql:
            sql.execute("UPDATE command SET outcome = 'issued' WHERE key = ?", (key,))
            self._add_slip(sql, str(ticket.id), ticket.id, reprint=False)
            if epoch is not None:
                self._keep_number(sql, key, ticket, known_to=epoch, abandons=None)

    def hold_series(self, series: Series | None) -> None:
        """Keep what a server gives to this disk; what it gave before is given back with it."""
        if series != self.series:
            self.remember(SERIES, None if series is None else series.to_json())
            self.series = series

    def has_number_for(self, day: date) -> bool:
        """Say whether a number of the kiosk's own is left on that day."""
        last = self._last_given(self._connection, day)
        return self.series is not None and self.series.after(last) is not None

    def give(
        self,
        command: Command,
        service: ServiceCard | None,
        *,
        day: date,
        at: datetime,
        was_sent: bool,
        return_within_min: int,
    ) -> IssuedTicket | None:
        """Write down the next number of the kiosk's own for this command; None when none is left.

        One commit holds the counter, the number, its slip, how late it is by now and, where a
        server `was_sent` the command, that its key is given up: after a kill there is all of it or
        nothing. Before anybody sees the number it stands in the mark too.
        """
        with self._transaction() as sql:
            if was_sent:
                self._abandon(sql, command.key)
            last = self._last_given(sql, day)
            number = None if self.series is None else self.series.after(last)
            if self.series is None or number is None:
                return None
            numbers.count_to(sql, day, number)
            made = own_ticket(
                self.series,
                number,
                command,
                service,
                id=uuid.uuid4(),
                day=day,
                at=at,
                return_within_min=return_within_min,
            )
            key = uuid.uuid4().hex if was_sent else command.key
            self._add_slip(sql, str(made.id), made.id, reprint=False)
            abandons = command.key if was_sent else None
            self._keep_number(sql, key, made, known_to=None, abandons=abandons)
            self.time.note(at)
            self._remember(sql, TIME, self.time.to_json())
        self._mark.note(day, number)
        return made

    def _last_given(self, sql: sqlite3.Connection, day: date) -> int | None:
        return max(numbers.last_given(sql, day) or 0, self._mark.reached(day)) or None

    @property
    def undelivered(self) -> int:
        """Count the kiosk's own numbers that no server has settled."""
        return numbers.undelivered(self._connection)

    def refused(self, key: str) -> None:
        """Nothing came of the key."""
        with self._transaction() as sql:
            sql.execute("UPDATE command SET outcome = 'refused' WHERE key = ?", (key,))

    def abandon(self, key: str) -> None:
        """Nobody waits for the key any more; the server is told until it has settled that."""
        with self._transaction() as sql:
            self._abandon(sql, key)

    def _abandon(self, sql: sqlite3.Connection, key: str) -> None:
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
        """Say a word about the ticket of that job, once.

        A number of the kiosk's own that no server knows yet is told of with its last word.
        """
        said: Word = "void" if isinstance(word, Void) else word.state
        with self._transaction() as sql:
            changed = sql.execute(
                "UPDATE slip SET said = ? WHERE job = ? AND said IS NOT ?", (said, job, said)
            )
            if not changed.rowcount:
                return
            is_own, ticket = numbers.own_ticket_of(sql, job)
            if is_own and ticket is not None:
                word = word.model_copy(update={"ticket": ticket})
            if not is_own or ticket is not None:
                self._say(sql, str(word.ticket), word)

    def unsettled(self, epoch: UUID, *, limit: int = 1000) -> list[KeptWord]:
        """Return what is owed to a server of that epoch: numbers, then the first word about each.

        Of a ticket that it has yet to be told of, nothing else is said before.
        """
        given = numbers.to_deliver(self._connection, epoch, limit=max(1, limit // 2))
        words = super().unsettled(epoch, limit=limit)
        if given:
            unknown = numbers.tickets_unknown_to(self._connection, epoch)
            words = [each for each in words if each.about not in unknown]
        found = [KeptWord(each.sequence, each.frame.key, self._aged(each.frame)) for each in given]
        return [*found, *words][:limit]

    def answered(self, word: KeptWord, epoch: UUID, ticket: UUID | None) -> None:
        """The server has answered; what was said of a number's slip meanwhile is said now."""
        if not isinstance(word.frame, Given):
            super().answered(word, epoch, ticket)
            return
        with self._transaction() as sql:
            said = numbers.delivered(sql, word.sequence, epoch, ticket)
            if ticket is None or said is None or word.frame.ticket is not None:
                return
            is_of_this_run = word.frame.key in self._written_at_s
            if numbers.paper_of(said) != word.frame.paper or not is_of_this_run:
                # An earlier run may have told of it with an earlier word.
                paper = Paper(ticket=ticket, state=numbers.paper_of(said))
                self._say(sql, str(ticket), paper)

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

    def _keep_number(
        self,
        sql: sqlite3.Connection,
        key: str,
        ticket: IssuedTicket,
        *,
        known_to: UUID | None,
        abandons: str | None,
    ) -> None:
        frame = Given(
            key=key,
            day=ticket.business_day,
            label=ticket.label,
            ticket=None if known_to is None else ticket.id,
            token=None if ticket.status_url is None else _token(ticket.status_url),
            service=ticket.service,
            priority=ticket.priority,
            language=ticket.language,
            requests=ticket.requests,
            taken_at=ticket.issued_at,
            paper="unknown",
            abandons=abandons,
        )
        self._written_at_s[key] = self._clock.monotonic()
        numbers.keep(sql, frame, job=str(ticket.id), known_to=known_to)

    def _aged(self, frame: Given) -> Given:
        """Say how long ago a number of this run was given; of an earlier run nobody can tell."""
        since = self._written_at_s.get(frame.key)
        if since is None:
            return frame
        age_ms = round((self._clock.monotonic() - since) * 1000)
        return frame.model_copy(update={"age_ms": max(0, age_ms)})

    def _purge(self, sql: sqlite3.Connection, limit: str) -> None:
        at = self.time.now()
        if at is not None:
            numbers.purge(sql, (at - KEPT).date())
        sql.execute("DELETE FROM slip WHERE made_at < ?", (limit,))
        sql.execute("DELETE FROM command WHERE asked_at < ? AND outcome IS NOT NULL", (limit,))

    def _add_slip(self, sql: sqlite3.Connection, job: str, ticket: UUID, *, reprint: bool) -> bool:
        added = sql.execute(
            "INSERT OR IGNORE INTO slip (job, ticket, reprint, made_at) VALUES (?, ?, ?, ?)",
            (job, str(ticket), reprint, self._now()),
        )
        return added.rowcount == 1


def _token(address: str) -> str | None:
    """Return the end of a slip's address."""
    token = PurePosixPath(urlsplit(address).path).name
    return token if re.fullmatch(TOKEN_PATTERN, token) else None


def _beside(connection: sqlite3.Connection, name: str) -> Path:
    """Return the path of another file in the folder of an outbox."""
    files = {row[1]: row[2] for row in connection.execute("PRAGMA database_list")}
    return Path(files["main"]).with_name(name)
