"""Remembers every message on disk before the modem has it, so that none is sent twice.

The caller is the modem's owner task; each change of a message is guarded by the state it leaves.
A text is erased as soon as it can't be sent again, a number but for its end as soon as no report
about it is awaited.
"""

import contextlib
import sqlite3
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from drivers.clock import Clock, SystemClock
from drivers.durable import OwnedFile, written
from drivers.errors import JournalError, WrongTransition
from drivers.modems.addresses import masked
from drivers.modems.model import TRANSITIONS, Message, MessageReason, MessageState
from drivers.modems.outbox_schema import SCHEMA
from drivers.modems.part_reports import PartReports
from drivers.modems.sim_notes import SimNotes

_OVER: tuple[MessageState, ...] = ("accepted", "delivered", "failed", "unknown")


class Outbox:
    """One modem's messages in one file; exactly one process may hold it open.

    Raises JournalInUse when another does, JournalError when the disk refuses.
    """

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self.path = path
        self.outbox_id: str
        """Made with the file: a new one knows nothing of earlier messages."""
        self._clock = clock if clock is not None else SystemClock()
        self._file = OwnedFile(path, SCHEMA, self._clock)
        try:
            self.outbox_id = self._own_id()
        except JournalError:
            self._file.close()  # or the next try would be told that somebody else has it
            raise
        self.reports = PartReports(self._file)
        """What became of parts that the network has."""
        self.sim = SimNotes(self._file, self._clock)
        """What must be remembered of the SIM."""

    def close(self) -> None:
        """Give the file to whoever wants it next."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def add(
        self,
        message_id: str,
        to: str,
        text: str,
        *,
        parts: int,
        valid_for: timedelta,
        reason: MessageReason | None = None,
    ) -> bool:
        """Put a message at the end of the line; False: it is known already.

        With a reason it is `failed` from the start, for good; neither number nor text is kept.
        """
        now = self._clock.now()
        with self._file.writing() as database:
            return (
                database.execute(
                    "INSERT INTO messages (message_id, recipient, text, parts, state, reason,"
                    " is_permanent, queued_at, changed_at, expires_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (message_id) DO NOTHING",
                    (
                        message_id,
                        masked(to) if reason else to,
                        "" if reason else text,
                        parts,
                        "failed" if reason else "queued",
                        reason,
                        reason is not None,
                        written(now),
                        written(now),
                        written(now + valid_for),
                    ),
                ).rowcount
                == 1
            )

    def get(self, message_id: str) -> Message | None:
        """Return a message, or None when this outbox never had it or has purged it."""
        row = self._file.row("SELECT * FROM message_facts WHERE message_id = ?", (message_id,))
        return None if row is None else _message(row)

    def messages(self, state: MessageState | None = None) -> list[Message]:
        """Return the messages, in the order they came."""
        rows = self._file.rows(
            "SELECT * FROM message_facts WHERE ?1 IS NULL OR state = ?1 ORDER BY sequence",
            (state,),
        )
        return [_message(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return how many messages stand in each state."""
        rows = self._file.rows("SELECT state, count(*) FROM messages GROUP BY state")
        return dict(rows)

    def text(self, message_id: str) -> str:
        """Return what is to be said; empty once it can't be said again."""
        row = self._file.row("SELECT text FROM messages WHERE message_id = ?", (message_id,))
        return "" if row is None else str(row[0])

    def first_due(self) -> Message | None:
        """Return the message whose turn it is."""
        row = self._file.row(
            "SELECT * FROM message_facts WHERE state = 'queued' AND not_before <= ?"
            " ORDER BY sequence LIMIT 1",
            (written(self._clock.now()),),
        )
        return None if row is None else _message(row)

    def next_due_in_s(self) -> float | None:
        """Return in how many seconds a message's turn may come; None while none is queued."""
        row = self._file.row("SELECT min(not_before) FROM messages WHERE state = 'queued'")
        if row is None or row[0] is None:
            return None
        if not row[0]:
            return 0.0
        return max(0.0, (datetime.fromisoformat(row[0]) - self._clock.now()).total_seconds())

    def overdue(self) -> list[Message]:
        """Return the queued messages whose time has run out."""
        rows = self._file.rows(
            "SELECT * FROM message_facts WHERE state = 'queued' AND expires_at <= ?"
            " ORDER BY sequence",
            (written(self._clock.now()),),
        )
        return [_message(row) for row in rows]

    def handed_over_within(self, seconds: float) -> list[datetime]:
        """Return when parts were handed over in the last seconds, oldest first."""
        now = self._clock.now()
        rows = self._file.rows(
            "SELECT handed_at FROM parts WHERE handed_at > ? AND handed_at <= ? ORDER BY handed_at",
            (written(now - timedelta(seconds=seconds)), written(now)),
        )
        return [datetime.fromisoformat(row[0]) for row in rows]

    def begin(self, message_id: str) -> None:
        """Note an attempt at a message: `sending`. Raises WrongTransition."""
        with self._file.writing():
            self._move(message_id, "sending", attempts=1)

    def hand_over(self, message_id: str, part: int) -> None:
        """Note that from now on the modem may have this part of a message that is being sent."""
        with self._file.writing() as database:
            database.execute(
                "INSERT INTO parts (message_id, part, state, handed_at) VALUES (?, ?, 'handed', ?)"
                " ON CONFLICT (message_id, part) DO UPDATE"
                " SET state = 'handed', handed_at = excluded.handed_at",
                (message_id, part, written(self._clock.now())),
            )

    def take_back(self, message_id: str, part: int) -> None:
        """Note that the modem surely does not have this part: it did not get the last byte."""
        with self._file.writing() as database:
            database.execute(
                "DELETE FROM parts WHERE message_id = ? AND part = ? AND state = 'handed'",
                (message_id, part),
            )

    def refuse(self, message_id: str, part: int) -> None:
        """Note that the network did not take this part; it still counts as one it was asked."""
        with self._file.writing() as database:
            database.execute(
                "UPDATE parts SET state = 'refused'"
                " WHERE message_id = ? AND part = ? AND state = 'handed'",
                (message_id, part),
            )

    def accept(self, message_id: str, part: int, reference: int) -> Message:
        """Note the network's reference for a part; return the message, `accepted` with its last."""
        with self._file.writing() as database:
            database.execute(
                "UPDATE parts SET state = 'accepted', reference = ?, accepted_at = ?"
                " WHERE message_id = ? AND part = ? AND state = 'handed'",
                (reference, written(self._clock.now()), message_id, part),
            )
            message = self._known(message_id)
            if message.accepted_parts == message.parts and message.state in ("sending", "unknown"):
                self._move(message_id, "accepted")
        return self._known(message_id)

    def requeue(self, message_id: str, *, after_s: float) -> None:
        """Put a message of which nothing is in the air back in line. Raises WrongTransition."""
        with self._file.writing() as database:
            self._move(message_id, "queued")
            database.execute(
                "UPDATE messages SET not_before = ? WHERE message_id = ?",
                (written(self._clock.now() + timedelta(seconds=after_s)), message_id),
            )

    def forgive(self, message_id: str) -> None:
        """Take back the attempt that `begin` counted: the fault was not the message's."""
        with self._file.writing() as database:
            database.execute(
                "UPDATE messages SET attempts = max(0, attempts - 1) WHERE message_id = ?",
                (message_id,),
            )

    def settle(
        self,
        message_id: str,
        to: MessageState,
        *,
        reason: MessageReason | None = None,
        is_permanent: bool = False,
        code: int | None = None,
    ) -> None:
        """Take a message to a state that needs no part. Raises WrongTransition."""
        with self._file.writing():
            self._move(message_id, to, reason=reason, is_permanent=is_permanent, code=code)

    def is_in_the_air(self, message_id: str) -> bool:
        """Tell whether the modem has a part of it, or may have, and no answer was heard."""
        return (
            self._file.row(
                "SELECT 1 FROM parts WHERE message_id = ? AND state = 'handed'", (message_id,)
            )
            is not None
        )

    def purge(self, before: datetime) -> int:
        """Forget messages that are over and unchanged since then; return how many.

        Their ids are free again, and reports on them find nothing.
        """
        with self._file.writing() as database:
            count = database.execute(
                "DELETE FROM messages WHERE changed_at < ? AND state IN (?, ?, ?, ?)",
                (written(before), *_OVER),
            ).rowcount
        with contextlib.suppress(sqlite3.Error):  # only to overwrite what the log still holds
            self._file.database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return count

    def _own_id(self) -> str:
        with self._file.writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO outbox (only_row, outbox_id) VALUES (1, ?)",
                (str(uuid.uuid4()),),
            )
        return str(self._file.row("SELECT outbox_id FROM outbox")[0])

    def _move(
        self,
        message_id: str,
        to: MessageState,
        *,
        reason: MessageReason | None = None,
        is_permanent: bool = False,
        code: int | None = None,
        attempts: int = 0,
    ) -> None:
        message = self.get(message_id)
        if message is None or to not in TRANSITIONS[message.state]:
            raise WrongTransition(message_id, message.state if message else None, to)
        changed = self._file.database.execute(
            "UPDATE messages SET state = ?1, reason = ?2, is_permanent = ?3, code = ?4,"
            " attempts = attempts + ?5, changed_at = ?6,"
            " text = CASE WHEN ?1 IN ('queued', 'sending') THEN text ELSE '' END,"
            " recipient = CASE WHEN ?1 IN ('delivered', 'failed') THEN ?7 ELSE recipient END"
            " WHERE message_id = ?8 AND state = ?9",
            (
                to,
                reason,
                is_permanent,
                code,
                attempts,
                written(self._clock.now()),
                masked(message.to),
                message_id,
                message.state,
            ),
        ).rowcount
        if changed != 1:
            raise WrongTransition(message_id, message.state, to)

    def _known(self, message_id: str) -> Message:
        message = self.get(message_id)
        if message is None:
            raise WrongTransition(message_id, None, "changed")
        return message


def _message(row: tuple[Any, ...]) -> Message:
    (
        sequence,
        message_id,
        to,
        state,
        parts,
        accepted_parts,
        attempts,
        reason,
        is_permanent,
        code,
        queued_at,
        changed_at,
        expires_at,
        _,
    ) = row
    return Message(
        sequence=sequence,
        message_id=message_id,
        to=to,
        state=state,
        parts=parts,
        accepted_parts=accepted_parts,
        attempts=attempts,
        reason=reason,
        is_permanent=bool(is_permanent),
        code=code,
        queued_at=datetime.fromisoformat(queued_at),
        changed_at=datetime.fromisoformat(changed_at),
        expires_at=datetime.fromisoformat(expires_at),
    )
