"""How far a disk's own numbers went on each day, kept in a file apart from the outbox.

SQLite holds its newest commits in a file of their own (`-wal`). Whoever takes that file away, by
hand or with a repair of the file system, takes back numbers that people hold, and the next ones
would be the same again. So the highest number stands a second time in the same folder; the higher
one counts.
"""

from datetime import date
from pathlib import Path
from typing import Final

import orjson
import structlog

from core_services.files import write_durably

DAYS: Final = 7
"""So many days are kept: a number of an older one is given to nobody."""

logger = structlog.get_logger()


class HighMark:
    """One disk's mark. A file that is missing or spoilt tells of no number."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reached = _read(path)

    def reached(self, day: date) -> int:
        """Return the highest number of that day; 0 where none is known."""
        return self._reached.get(day.isoformat(), 0)

    def note(self, day: date, number: int) -> None:
        """Put the mark at a number that is given: it is on the disk when this returns.

        Where the disk takes nothing more, the number is given all the same, and that is logged.
        """
        self._reached[day.isoformat()] = max(number, self.reached(day))
        for old in sorted(self._reached)[:-DAYS]:
            del self._reached[old]
        try:
            write_durably(self._path, orjson.dumps(self._reached))
        except OSError as error:
            logger.warning("high_mark_not_written", detail=str(error))


def _read(path: Path) -> dict[str, int]:
    try:
        told = orjson.loads(path.read_bytes())
        return {date.fromisoformat(day).isoformat(): int(number) for day, number in told.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
