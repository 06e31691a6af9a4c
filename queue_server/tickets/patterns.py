"""Signs that one hand takes many numbers: what is counted as one, and what became of telling it.

A pattern is a reason to go and look, never a proof against anybody. It is worked out from events
and tickets each time anew; only who has looked at it is kept, as an event of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

PatternKind = Literal[
    "kiosk-run", "id-day", "id-week", "phone-day", "missed", "returns", "asked-again"
]


@dataclass(frozen=True, slots=True)
class PatternLimits:
    """From which count on each pattern is told; the settings `pattern_…` of the server."""

    run: int = 8
    run_s: int = 180
    run_missing: int = 7
    id_day: int = 4
    id_week: int = 8
    phone_day: int = 5
    missed_week: int = 3
    returns: int = 2
    asked_again: int = 3


@dataclass(frozen=True, slots=True)
class PatternTicket:
    """A number of a pattern."""

    id: UUID
    label: str
    day: date


@dataclass(frozen=True, slots=True)
class Seen:
    """Who looked at a pattern last, and when."""

    at: datetime
    staff_id: UUID | None
    n: int
    """How much of it there was then."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One sign, as it stands now."""

    kind: PatternKind
    n: int
    """Numbers, missed calls, returns or refusals, as the kind says."""
    first_at: datetime
    last_at: datetime
    tickets: tuple[PatternTicket, ...]
    """In the order of their issue."""
    device: UUID | None = None
    by_phone: bool = False
    """The numbers share a phone, not an ID."""
    seen: Seen | None = None

    @property
    def newest(self) -> PatternTicket:
        """The number by which the pattern is named: another one makes it new again."""
        return self.tickets[-1]

    @property
    def is_open(self) -> bool:
        """Nobody has looked at it as it stands."""
        return self.seen is None or self.seen.n < self.n

    @property
    def key(self) -> str:
        """Names it as it stands."""
        return f"{self.kind}-{self.newest.id}-{self.n}"


def open_on(patterns: Sequence[Pattern], day: date) -> tuple[Pattern, ...]:
    """Return what the supervisor is to be told on that day, the newest first."""
    told = [each for each in patterns if each.is_open and each.newest.day == day]
    return tuple(sorted(told, key=lambda each: each.last_at, reverse=True))
