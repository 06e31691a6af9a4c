"""The estimate's values: the hall as the forward run sees it, what history tells, what comes out.

All moments are seconds since the epoch and all spans are seconds, as floats: the same values come
from the database, from a file of events and from a simulation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal
from uuid import UUID

from queue_server.tickets.model import Priority

LEARN_EVERY_S: Final = 30.0
"""The server learns from what has ended each half minute, and the backtest as late as it does."""

Outcome = Literal["finished", "no_show", "left"]
"""What became of a number: served, absent at its call, or gone before any call."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One number of the past, from its issue to its end: what the estimate learns from.

    `finished_at` is when its window was free again, also after a call that nobody followed.
    """

    ticket: str
    queue: str
    service: str | None
    priority: Priority
    issued_at: float
    called_at: float | None
    """The first call."""
    started_at: float | None
    finished_at: float | None
    window: int | None
    outcome: Outcome
    requests: int = 1
    lane: str | None = None
    """None: where its priority puts it."""
    rank_at: float | None = None
    """None: its issue less the credit of its priority."""
    service_known_at: float | None = None
    """When its service was told, at the window; None: it was chosen with the number."""

    @property
    def service_at_issue(self) -> str | None:
        """The service as it was known when the number was taken."""
        return self.service if self.service_known_at is None else None

    @property
    def first_stay(self) -> str:
        """The ticket of the first stay of this number: `7/2` is the second of `7`."""
        number, _, nth = self.ticket.rpartition("/")
        return number if number and nth.isdecimal() else self.ticket


@dataclass(frozen=True, slots=True)
class Staffed:
    """A window while it stood open, or is expected to."""

    window: int
    opened_at: float
    closed_at: float
    queues: frozenset[str]
    lanes: frozenset[str]
    priority_first: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Somebody in line now."""

    id: UUID
    queue: str
    lane: str
    rank_at: float
    service: str | None = None
    priority: Priority = "none"
    requests: int = 1
    since: float = 0.0
    """When this person came into line; patience counts from it."""
    asks_for_woman: bool = False


@dataclass(frozen=True, slots=True)
class InHand:
    """What a window has in hand."""

    queue: str
    service: str | None
    called_at: float
    started_at: float | None
    requests: int = 1


@dataclass(frozen=True, slots=True)
class WindowNow:
    """A window that works now or is expected to."""

    number: int
    queues: frozenset[str]
    lanes: frozenset[str]
    priority_first: bool = False
    left_to_women: frozenset[str] = frozenset()
    in_hand: InHand | None = None
    works_from: float | None = None
    """It is away until then: a pause with a known end, a planned opening; if that has passed it is
    late. None: it works."""
    works_until: float | None = None
    """It is expected to be away from then on; it finishes what it has in hand."""
    away_since: float | None = None
    """It calls nobody since then, for an unknown time: paused without a known end, or idle while
    people wait for it. None: it is at work."""


@dataclass(frozen=True, slots=True)
class Booked:
    """An appointment of today whose holder has not checked in yet."""

    queue: str
    lane: str
    slot: float
    service: str | None = None
    priority: Priority = "none"
    comes: float = 0.8
    """The probability that its holder comes."""


@dataclass(frozen=True, slots=True)
class Situation:
    """The hall at one moment: all that the forward run starts from."""

    at: float
    standing: Sequence[Standing]
    windows: Sequence[WindowNow]
    booked: Sequence[Booked] = ()
    credit_s: Mapping[Priority, float] = field(default_factory=dict)
    """By how much a priority's rank lies before its arrival."""


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who takes a number now: whom the forward run is asked about."""

    queue: str
    lane: str = "plain"
    priority: Priority = "none"
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """A wait in seconds as it is said: between low and high in four of five cases, likely between
    them. Not rounded; what is shown to people is rounded outward by `shown`."""

    low_s: float
    likely_s: float
    high_s: float
