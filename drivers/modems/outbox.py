"""Remembers every message on disk before the modem has it, so that none is sent twice.

The caller is the modem's owner task; each change of a message is guarded by the state it leaves.
A text is erased as soon as it can't be sent again, a number but for its end as soon as no report
about it is awaited.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from drivers.clock import Clock, SystemClock
from drivers.durable import OwnedFile
from drivers.errors import JournalError, WrongTransition
from drivers.modems.addresses import masked
from drivers.modems.model import TRANSITIONS, Message, MessageReason, MessageState
from drivers.modems.outbox_schema import SCHEMA

_OVER: tuple[MessageState, ...] = ("accepted", "delivered", "failed", "unknown")


class Outbox:
    """One modem's messages in one file; exactly one process may hold it open.

    Raises JournalInUse when another does, JournalError when the disk refuses.
    """

    def __init__(self, path: Path, clock: Clock | None = None) -> None:
        self.path = path
        self._clock = clock if clock is not None else SystemClock()
        self._file = OwnedFile(path, SCHEMA, self._clock)
        self._database = self._file.database

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
        with self._writing():
            return (
                self._database.execute(
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
                        _written(now),
                        _written(now),
                        _written(now + valid_for),
                    ),
                ).rowcount
                == 1
            )

    def get(self, message_id: str) -> Message | None:
        """Return a message, or None when this outbox never had it or has purged it."""
        row = self._one("SELECT * FROM message_facts WHERE message_id = ?", (message_id,))
        return None if row is None else _message(row)

    def messages(self, state: MessageState | None = None) -> list[Message]:
        """Return the messages, in the order they came."""
        rows = self._all(
            "SELECT * FROM message_facts WHERE ?1 IS NULL OR state = ?1 ORDER BY sequence",
            (state,),
        )
        return [_message(row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return how many messages stand in each state."""
        rows = self._all("SELECT state, count(*) FROM messages GROUP BY state")
        return dict(rows)

    def text(self, message_id: str) -> str:
        """Return what is to be said; empty once it can't be said again."""
        row = self._one("SELECT text FROM messages WHERE message_id = ?", (message_id,))
        return "" if row is None else str(row[0])

    def first_due(self) -> Message | None:
        """Return the message whose turn it is."""
        row = self._one(
            "SELECT * FROM message_facts WHERE state = 'queued' AND not_before <= ?"
            " ORDER BY sequence LIMIT 1",
            (_written(self._clock.now()),),
        )
        return None if row is None else _message(row)

    def next_due_in_s(self) -> float | None:
        """Return in how many seconds a message's turn may come; None while none is queued."""
        row = self._one("SELECT min(not_before) FROM messages WHERE state = 'queued'")
        if row is None or row[0] is None:
            return None
        if not row[0]:
            return 0.0
        return max(0.0, (_read(row[0]) - self._clock.now()).total_seconds())

    def overdue(self) -> list[Message]:
        """Return the queued messages whose time has run out."""
        rows = self._all(
            "SELECT * FROM message_facts WHERE state = 'queued' AND expires_at <= ?"
            " ORDER BY sequence",
            (_written(self._clock.now()),),
        )
        return [_message(row) for row in rows]

    def handed_over_within(self, seconds: float) -> list[datetime]:
        """Return when parts were handed over in the last seconds, oldest first."""
        now = self._clock.now()
        rows = self._all(
            "SELECT handed_at FROM parts WHERE handed_at > ? AND handed_at <= ? ORDER BY handed_at",
            (_written(now - timedelta(seconds=seconds)), _written(now)),
        )
        return [_read(row[0]) for row in rows]

    def begin(self, message_id: str) -> None:
        """Note an attempt at a message: `sending`. Raises WrongTransition."""
        with self._writing():
            self._move(message_id, "sending", attempts=1)

    def hand_over(self, message_id: str, part: int) -> None:
        """Note that from now on the modem may have this part of a message that is being sent."""
        with self._writing():
            self._database.execute(
                "INSERT INTO parts (message_id, part, state, handed_at) VALUES (?, ?, 'handed', ?)"
                " ON CONFLICT (message_id, part) DO UPDATE"
                " SET state = 'handed', handed_at = excluded.handed_at",
                (message_id, part, _written(self._clock.now())),
            )

    def take_back(self, message_id: str, part: int) -> None:
        """Note that the modem surely does not have this part: it did not get the last byte."""
        with self._writing():
            self._database.execute(
                "DELETE FROM parts WHERE message_id = ? AND part = ? AND state = 'handed'",
                (message_id, part),
            )

    def refuse(self, message_id: str, part: int) -> None:
        """Note that the network did not take this part; it still counts as one it was asked."""
        with self._writing():
            self._database.execute(
                "UPDATE parts SET state = 'refused'"
                " WHERE message_id = ? AND part = ? AND state = 'handed'",
                (message_id, part),
            )

    def accept(self, message_id: str, part: int, reference: int) -> Message:
        """Note the network's reference for a part; return the message, `accepted` with its last."""
        with self._writing():
            self._database.execute(
                "UPDATE parts SET state = 'accepted', reference = ?, accepted_at = ?"
                " WHERE message_id = ? AND part = ? AND state = 'handed'",
                (reference, _written(self._clock.now()), message_id, part),
            )
            message = self._known(message_id)
            if message.accepted_parts == message.parts and message.state in ("sending", "unknown"):
                self._move(message_id, "accepted")
        return self._known(message_id)

    def requeue(self, message_id: str, *, after_s: float) -> None:
        """Put a message of which nothing is in the air back in line. Raises WrongTransition."""
        with self._writing():
            self._move(message_id, "queued")
            self._database.execute(
                "UPDATE messages SET not_before = ? WHERE message_id = ?",
                (_written(self._clock.now() + timedelta(seconds=after_s)), message_id),
            )

    def forgive(self, message_id: str) -> None:
        """Take back the attempt that `begin` counted: the fault was not the message's."""
        with self._writing():
            self._database.execute(
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
        with self._writing():
            self._move(message_id, to, reason=reason, is_permanent=is_permanent, code=code)

    def is_in_the_air(self, message_id: str) -> bool:
        """Tell whether the modem has a part of it, or may have, and no answer was heard."""
        return (
            self._one(
                "SELECT 1 FROM parts WHERE message_id = ? AND state = 'handed'", (message_id,)
            )
            is not None
        )

    def part_reported(
        self, number: str, reference: int, sent_at: datetime | None
    ) -> tuple[str, int] | None:
        """Find the part that a report is about: reference and number agree, no report came yet.

        References wrap at 256. Of several the one sent nearest to the network's time is meant.
        """
        rows = self._all(
            "SELECT message_id, part, accepted_at, recipient FROM parts JOIN messages"
            " USING (message_id) WHERE parts.state = 'accepted' AND reference = ?"
            " ORDER BY accepted_at DESC",
            (reference,),
        )
        fitting = [row for row in rows if _same_number(row[3], number)]
        if not fitting:
            return None
        if sent_at is not None:
            fitting.sort(key=lambda row: abs(_read(row[2]) - sent_at))
        return str(fitting[0][0]), int(fitting[0][1])

    def was_reported(self, number: str, reference: int) -> bool:
        """Tell whether the last report on a part with this reference came already."""
        rows = self._all(
            "SELECT recipient FROM parts JOIN messages USING (message_id)"
            " WHERE reference = ? AND parts.state IN ('delivered', 'failed')",
            (reference,),
        )
        return any(_same_end(row[0], number) for row in rows)

    def only_unknown_for(self, number: str, sent_at: datetime, margin: timedelta) -> str | None:
        """Return the one message of one part to a number whose fate is unknown, if it is one.

        It must have been handed over within `margin` of the network's time, and no other message
        to that number may be of unknown fate, whatever its time and its parts.
        """
        rows = self._all(
            "SELECT message_id, recipient, messages.parts, handed_at FROM messages"
            " JOIN parts USING (message_id)"
            " WHERE messages.state = 'unknown' AND parts.state = 'handed'"
        )
        fitting = [row for row in rows if _same_number(row[1], number)]
        if len(fitting) != 1 or fitting[0][2] != 1:
            return None
        message_id, _, _, handed_at = fitting[0]
        return str(message_id) if abs(_read(handed_at) - sent_at) <= margin else None

    def report(self, message_id: str, part: int, *, is_delivered: bool) -> tuple[int, int]:
        """Note the last report on a part; return how many parts are delivered, and how many not."""
        with self._writing():
            self._database.execute(
                "UPDATE parts SET state = ? WHERE message_id = ? AND part = ?",
                ("delivered" if is_delivered else "failed", message_id, part),
            )
        delivered, failed = self._one(
            "SELECT total(state = 'delivered'), total(state = 'failed') FROM parts"
            " WHERE message_id = ?",
            (message_id,),
        )
        return int(delivered), int(failed)

    def remember_pin(self, digest: str) -> None:
        """Note, before the SIM is told a PIN, that it is: if we die now it may have been wrong."""
        with self._writing():
            self._database.execute(
                "INSERT OR IGNORE INTO tried_pins VALUES (?, ?)",
                (digest, _written(self._clock.now())),
            )

    def was_pin_tried(self, digest: str) -> bool:
        """Tell whether a SIM was told this PIN and has not been ready since."""
        return self._one("SELECT 1 FROM tried_pins WHERE digest = ?", (digest,)) is not None

    def forget_pins(self) -> None:
        """A SIM is ready: whatever was tried was right, or is of no more concern."""
        with self._writing():
            self._database.execute("DELETE FROM tried_pins")

    def keep_incoming(self, key: str, pdu: str, length: int) -> None:
        """Keep a part of an incoming message while it is deleted from the SIM."""
        with self._writing():
            self._database.execute(
                "INSERT INTO incoming (key, pdu, length, came_at) VALUES (?, ?, ?, ?)",
                (key, pdu, length, _written(self._clock.now())),
            )

    def incoming(self) -> list[tuple[str, int, datetime]]:
        """Return the parts that wait for others: octets in hex, their length, when they came."""
        rows = self._all("SELECT pdu, length, came_at FROM incoming ORDER BY came_at, rowid")
        return [(row[0], row[1], _read(row[2])) for row in rows]

    def forget_incoming(self, key: str) -> None:
        """Erase the parts of a message that was given out."""
        with self._writing():
            self._database.execute("DELETE FROM incoming WHERE key = ?", (key,))

    def purge(self, before: datetime) -> int:
        """Forget messages that are over and unchanged since then; return how many.

        Their ids are free again, and reports on them find nothing.
        """
        with self._writing():
            count = self._database.execute(
                "DELETE FROM messages WHERE changed_at < ? AND state IN (?, ?, ?, ?)",
                (_written(before), *_OVER),
            ).rowcount
        with contextlib.suppress(sqlite3.Error):  # only to overwrite what the log still holds
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return count

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
        changed = self._database.execute(
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
                _written(self._clock.now()),
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

    def _one(self, query: str, values: tuple[object, ...] = ()) -> Any:
        rows = self._all(query, values)
        return rows[0] if rows else None

    def _all(self, query: str, values: tuple[object, ...] = ()) -> list[Any]:
        try:
            return self._database.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: {error}") from error

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with self._database:
                yield
        except sqlite3.Error as error:
            raise JournalError(f"{self.path}: {error}") from error


def _same_number(ours: str, theirs: str) -> bool:
    """Compare as the network may write it: with the country, or as it is dialled."""
    return ours == theirs or (len(theirs) >= 9 and ours[-9:] == theirs[-9:])


def _same_end(ours: str, theirs: str) -> bool:
    """Compare what is left of a number once its message is over."""
    return ours[-3:] == theirs[-3:]


def _written(moment: datetime) -> str:
    """Write a moment so that texts compare as moments do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)


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
        queued_at=_read(queued_at),
        changed_at=_read(changed_at),
        expires_at=_read(expires_at),
    )
