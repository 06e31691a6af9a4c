"""What is wrong in the hall, from its rise to its end: findings of a moment and their episodes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

Key = tuple[str, str]
"""Kind and subject: what is wrong, and with what. One episode of each is open at a time."""

MOST_LEVEL = 99


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong at this moment."""

    kind: str
    subject: str
    is_grave: bool = False
    level: int = 0
    """How bad, in steps, 0 to 99."""
    facts: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """What its words need, plain: a window, a device, names in both languages."""
    seen_by: UUID | None = None
    """Whoever of the staff has taken it up already by an act of its own kind."""

    @property
    def key(self) -> Key:
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Episode:
    """One time that something was wrong."""

    id: UUID
    kind: str
    subject: str
    facts: Mapping[str, Any] = field(compare=False)
    is_grave: bool
    level: int
    """The worst that it has been."""
    raised_at: datetime
    worse_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: UUID | None
    """A member of staff or a key; None again when it has grown worse since."""
    cleared_at: datetime | None

    @property
    def key(self) -> Key:
        return self.kind, self.subject

    @property
    def is_open(self) -> bool:
        return self.cleared_at is None

    @property
    def is_quiet(self) -> bool:
        """Somebody has seen it, and it is no worse than it was then."""
        return self.acknowledged_by is not None

    def seconds(self, at: datetime) -> int:
        """Return how long it lasted, or has lasted until now, in whole seconds."""
        return max(0, int(((self.cleared_at or at) - self.raised_at).total_seconds()))
