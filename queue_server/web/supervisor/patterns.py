"""The signs that one hand takes many numbers, as the supervisor sees them; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar
from uuid import UUID

from queue_server.tickets.patterns import Pattern, PatternTicket
from queue_server.web.labels import label_words
from queue_server.web.supervisor.notices import Notice
from queue_server.web.words import Words


@dataclass(frozen=True, slots=True)
class PatternRow:
    """A pattern with its names; no more of an ID is in it than may be shown."""

    pattern: Pattern
    label: Words
    """Of its newest number."""
    device: str | None
    last_four: str | None
    """The end of the ID that its numbers share; None where they share none or it cannot be read."""
    seen_by: Words | None

    @property
    def key(self) -> str:
        return self.pattern.key

    def labels(self) -> tuple[tuple[PatternTicket, Words], ...]:
        """Return its numbers with their labels, in the order of their issue."""
        return tuple((each, label_words(each.label)) for each in self.pattern.tickets)


@dataclass(frozen=True, slots=True)
class PatternsPage:
    """All patterns of the last seven days."""

    template: ClassVar[str] = "supervisor_patterns.html"

    day: date
    rows: tuple[PatternRow, ...]
    notice: Notice | None = None


def pattern_rows(
    patterns: Sequence[Pattern],
    *,
    devices: Mapping[UUID, str],
    last_fours: Mapping[UUID, str],
    staff: Mapping[UUID, Words],
) -> tuple[PatternRow, ...]:
    """Name what the patterns are about; `last_fours` are those of tickets' IDs."""
    return tuple(
        PatternRow(
            pattern=each,
            label=label_words(each.newest.label),
            device=None if each.device is None else devices.get(each.device),
            last_four=None if each.by_phone else last_fours.get(each.newest.id),
            seen_by=None
            if each.seen is None or each.seen.staff_id is None
            else staff.get(each.seen.staff_id),
        )
        for each in patterns
    )
