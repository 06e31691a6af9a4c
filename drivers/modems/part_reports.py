"""Finds the part of a message that a network's report is about, and notes what became of it."""

from datetime import datetime, timedelta

from drivers.durable import OwnedFile


class PartReports:
    """The reports on the parts in an outbox's file. Each method raises JournalError."""

    def __init__(self, file: OwnedFile) -> None:
        self._file = file

    def part_of(
        self, number: str, reference: int, sent_at: datetime | None
    ) -> tuple[str, int] | None:
        """Find the part that a report is about: reference and number agree, no report came yet.

        References wrap at 256. Of several the one sent nearest to the network's time is meant.
        """
        rows = self._file.rows(
            "SELECT message_id, part, accepted_at, recipient FROM parts JOIN messages"
            " USING (message_id) WHERE parts.state = 'accepted' AND reference = ?"
            " ORDER BY accepted_at DESC",
            (reference,),
        )
        fitting = [row for row in rows if _same_number(row[3], number)]
        if not fitting:
            return None
        if sent_at is not None:
            fitting.sort(key=lambda row: abs(datetime.fromisoformat(row[2]) - sent_at))
        return str(fitting[0][0]), int(fitting[0][1])

    def was_reported(self, number: str, reference: int) -> bool:
        """Tell whether the last report on a part with this reference came already."""
        rows = self._file.rows(
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
        rows = self._file.rows(
            "SELECT message_id, recipient, messages.parts, handed_at FROM messages"
            " JOIN parts USING (message_id)"
            " WHERE messages.state = 'unknown' AND parts.state = 'handed'"
        )
        fitting = [row for row in rows if _same_number(row[1], number)]
        if len(fitting) != 1 or fitting[0][2] != 1:
            return None
        message_id, _, _, handed_at = fitting[0]
        return (
            str(message_id) if abs(datetime.fromisoformat(handed_at) - sent_at) <= margin else None
        )

    def note(self, message_id: str, part: int, *, is_delivered: bool) -> tuple[int, int]:
        """Note the last report on a part; return how many parts are delivered, and how many not."""
        with self._file.writing() as database:
            database.execute(
                "UPDATE parts SET state = ? WHERE message_id = ? AND part = ?",
                ("delivered" if is_delivered else "failed", message_id, part),
            )
        delivered, failed = self._file.row(
            "SELECT total(state = 'delivered'), total(state = 'failed') FROM parts"
            " WHERE message_id = ?",
            (message_id,),
        )
        return int(delivered), int(failed)


def _same_number(ours: str, theirs: str) -> bool:
    """Compare as the network may write it: with the country, or as it is dialled."""
    return ours == theirs or (len(theirs) >= 9 and ours[-9:] == theirs[-9:])


def _same_end(ours: str, theirs: str) -> bool:
    """Compare what is left of a number once its message is over."""
    return ours[-3:] == theirs[-3:]
