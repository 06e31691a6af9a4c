"""Remembers, over a restart, what is known of a SIM: PINs it was told, parts taken off it."""

from datetime import datetime

from drivers.clock import Clock
from drivers.durable import OwnedFile, written


class SimNotes:
    """The notes in an outbox's file. Each method raises JournalError."""

    def __init__(self, file: OwnedFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    def remember_pin(self, digest: str) -> None:
        """Note, before the SIM is told a PIN, that it is: if we die now it may have been wrong."""
        with self._file.writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO tried_pins VALUES (?, ?)",
                (digest, written(self._clock.now())),
            )

    def was_pin_tried(self, digest: str) -> bool:
        """Tell whether a SIM was told this PIN and has not been ready since."""
        return self._file.row("SELECT 1 FROM tried_pins WHERE digest = ?", (digest,)) is not None

    def forget_pins(self) -> None:
        """A SIM is ready: whatever was tried was right, or is of no more concern."""
        with self._file.writing() as database:
            database.execute("DELETE FROM tried_pins")

    def keep_incoming(self, key: str, pdu: str, length: int) -> None:
        """Keep a part of an incoming message while it is deleted from the SIM."""
        with self._file.writing() as database:
            database.execute(
                "INSERT INTO incoming (key, pdu, length, came_at) VALUES (?, ?, ?, ?)",
                (key, pdu, length, written(self._clock.now())),
            )

    def incoming(self) -> list[tuple[str, int, datetime]]:
        """Return the parts that wait for others: octets in hex, their length, when they came."""
        rows = self._file.rows("SELECT pdu, length, came_at FROM incoming ORDER BY came_at, rowid")
        return [(row[0], row[1], datetime.fromisoformat(row[2])) for row in rows]

    def forget_incoming(self, key: str) -> None:
        """Erase the parts of a message that was given out."""
        with self._file.writing() as database:
            database.execute("DELETE FROM incoming WHERE key = ?", (key,))
