"""What became of each number of a day, worked out from its events alone; pure.

An act that was undone is as if it had never been, and so is the act that undid it. Times are whole
microseconds, so that sums over a year are still exact.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from queue_server.tickets.late import LATE_CHANNELS

Outcome = Literal[
    "served", "no_show", "left", "cancelled", "lapsed", "carried_over", "void", "open"
]
"""`left`: its number ended in line, before any call that held. `cancelled`: it ended after one.
`lapsed`: the day ended first. `carried_over`: kept for another day. `void`: no paper came out.
`open`: still in line, in hand or parked."""

_ENDS_VISIT: Final = frozenset({"finish", "no_show", "cancel", "transfer", "park"})
_MARKED_CHANNELS: Final = LATE_CHANNELS | {"emergency", "carried"}
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Act:
    """One event of a number's life, as it was recorded."""

    revision: int
    at: datetime
    event: str
    from_state: str
    to_state: str
    queue: str
    window: int | None = None
    reason: str | None = None
    service: str | None = None
    """The event says so."""
    priority: str | None = None
    """The event says so."""
    channel: str | None = None
    """Of an issue."""
    label: str | None = None
    """Of an issue."""
    requests: int = 1
    undoes: int | None = None
    """The revision of the act that it takes back."""
    is_direct: bool = False
    is_out_of_order: bool = False
    is_recorded: bool = False
    """It was keyed in from paper after it was over."""
    came_before: bool = False
    """An issue that tells of an arrival of its own, and belongs to no appointment."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One stay at a window: from a call to whatever took the number from it."""

    window: int
    call_revision: int
    called_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    end: str | None = None
    """The event that ended it; None: it has not ended."""
    is_direct: bool = False
    is_out_of_order: bool = False
    is_recorded: bool = False

    @property
    def walk_us(self) -> int | None:
        """From call to start; None where nobody came, walked up uncalled, or was keyed in."""
        if self.started_at is None or self.is_direct or self.is_recorded:
            return None
        return (self.started_at - self.called_at) // _MICROSECOND

    @property
    def service_us(self) -> int | None:
        """From start to finish; None where it did not finish here, or was keyed in."""
        if self.started_at is None or self.ended_at is None or self.end != "finish":
            return None
        return None if self.is_recorded else (self.ended_at - self.started_at) // _MICROSECOND

    @property
    def busy_us(self) -> int:
        """How long the window had it in hand, once it has no more; 0 for what was keyed in."""
        if self.ended_at is None or self.is_recorded:
            return 0
        return (self.ended_at - self.called_at) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Life:
    """One number of one business day."""

    id: UUID
    label: str
    queue: str
    service: str | None
    priority: str
    channel: str
    requests: int
    issued_at: datetime
    outcome: Outcome
    ended_at: datetime | None
    """When it came to its outcome; None while it is open."""
    is_marked: bool
    """It stood in line before the system knew of it, or came from another day."""
    is_recorded: bool
    stays: tuple[Stay, ...] = ()

    @property
    def wait_us(self) -> int | None:
        """From issue to the first call; None: never called, or not a wait that anybody measured."""
        if not self.is_measured or not self.stays or self.stays[0].is_direct:
            return None
        return (self.stays[0].called_at - self.issued_at) // _MICROSECOND

    @property
    def gone_us(self) -> int | None:
        """How long it stood in line before it ended without a call; None: that is not so."""
        if not self.is_measured or self.stays or self.ended_at is None:
            return None
        if self.outcome not in ("left", "lapsed", "carried_over"):
            return None
        return (self.ended_at - self.issued_at) // _MICROSECOND

    @property
    def total_us(self) -> int | None:
        """From issue to the last finish; None: it was not served, or nobody measured its wait."""
        if self.outcome != "served" or self.ended_at is None or not self.is_measured:
            return None
        return (self.ended_at - self.issued_at) // _MICROSECOND

    @property
    def is_measured(self) -> bool:
        """Its wait began with its issue."""
        return not self.is_marked and self.outcome != "void"


def life_of(ticket_id: UUID, acts: Iterable[Act]) -> Life | None:
    """Fold a number's events, in any order, into its life; None when its issue is not among them.

    Queue, service and priority are those that it had last.
    """
    told = sorted(acts, key=lambda act: act.revision)
    issue = next((act for act in told if act.event == "issue"), None)
    if issue is None:
        return None
    taken_back = {act.undoes for act in told if act.undoes is not None}
    kept = [act for act in told if act.event != "undo" and act.revision not in taken_back]
    last = next(act for act in reversed(kept) if act.from_state != act.to_state)
    stays = _stays(kept)
    outcome = _outcome(last, was_called=bool(stays))
    return Life(
        id=ticket_id,
        label=issue.label or "",
        queue=told[-1].queue,
        service=_last(act.service for act in told),
        priority=_last(act.priority for act in told) or "none",
        channel=issue.channel or "",
        requests=issue.requests,
        issued_at=issue.at,
        outcome=outcome,
        ended_at=None if outcome == "open" else last.at,
        is_marked=issue.channel in _MARKED_CHANNELS or issue.came_before or issue.is_recorded,
        is_recorded=issue.is_recorded,
        stays=stays,
    )


def _stays(kept: Sequence[Act]) -> tuple[Stay, ...]:
    stays: list[Stay] = []
    call: Act | None = None
    started_at: datetime | None = None
    for act in kept:
        if act.event == "call":
            call, started_at = act, None
        elif act.event == "start":
            started_at = act.at
        elif act.event in _ENDS_VISIT and call is not None:
            stays.append(_stay(call, started_at, act))
            call = None
    if call is not None:
        stays.append(_stay(call, started_at, None))
    return tuple(stays)


def _stay(call: Act, started_at: datetime | None, end: Act | None) -> Stay:
    return Stay(
        window=call.window or 0,
        call_revision=call.revision,
        called_at=call.at,
        started_at=started_at,
        ended_at=None if end is None else end.at,
        end=None if end is None else end.event,
        is_direct=call.is_direct,
        is_out_of_order=call.is_out_of_order,
        is_recorded=call.is_recorded,
    )


def _outcome(last: Act, *, was_called: bool) -> Outcome:
    match last.to_state:
        case "finished":
            return "served"
        case "no_show":
            return "no_show"
        case "cancelled":
            return "cancelled" if was_called else "left"
        case "lapsed":
            return "carried_over" if last.reason == "carried_over" else "lapsed"
        case "void":
            return "void"
        case _:
            return "open"


def _last(values: Iterable[str | None]) -> str | None:
    found = None
    for value in values:
        found = value or found
    return found
