"""The values of a policy's life: versions, who changed what when, and the stop of numbers."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from queue_server.policy.body import PolicyBody
from queue_server.tickets.selection import COMMON_LANES

VersionState = Literal["draft", "scheduled", "published", "retired", "withdrawn", "discarded"]
"""`scheduled` is published and comes into force on a later business day; `withdrawn` never did."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a centre's policy."""

    version: int
    state: VersionState
    saves: int
    """How often it was saved; with the version it says which draft somebody has seen."""
    body: PolicyBody
    note: str | None
    created_by: UUID | None
    created_at: datetime
    changed_by: UUID | None
    changed_at: datetime
    published_by: UUID | None
    published_at: datetime | None
    holds_from: date | None
    """The business day from whose opening it holds; None: from its publication."""
    holds_since: datetime | None
    """When it came into force."""

    @property
    def seen(self) -> "Seen":
        return Seen(self.version, self.saves)


@dataclass(frozen=True, slots=True)
class Seen:
    """The draft that an editor had before his eyes; version 0: there was none."""

    version: int = 0
    saves: int = 0


@dataclass(frozen=True, slots=True)
class Touch:
    """Who changed a group of the policy last, and when."""

    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """The business day on which a person stopped numbers; None: they are not stopped."""

    day: date | None
    changed_by: UUID | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WindowFacts:
    """A window as it is set up now."""

    number: int
    profile: str
    queues: frozenset[str]
    is_accessible: bool

    @property
    def lanes(self) -> frozenset[str]:
        """The lanes that it may call from; those bound to it or its clerk are left out."""
        return frozenset(COMMON_LANES if self.is_accessible else ("plain", "priority"))


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A day that may be lived again."""

    day: date
    numbers: int
