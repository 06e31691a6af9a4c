"""What a number leaves in its day's figures: when it came, was called, filled the hall; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from queue_server.tickets.late import LATE_CHANNELS
from queue_server.tickets.model import Priority

STEP_S: Final = 300
"""How full the hall was is told so often."""

_LINE: Final = frozenset({"unconfirmed", "waiting"})
_HALL: Final = _LINE | {"called"}
_NOBODY_MEASURED: Final = LATE_CHANNELS | {"emergency", "carried"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_SECOND_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """An event of a number, as far as the day's figures need it."""

    revision: int
    at: datetime
    event: str
    from_state: str
    to_state: str
    undoes: int | None = None
    """The revision of the act that it takes back."""
    is_direct: bool = False
    is_recorded: bool = False
    """It was keyed in from paper after it was over."""
    is_carried_over: bool = False
    channel: str | None = None
    """Of an issue."""
    came_before: bool = False
    """An issue that tells of an arrival of its own, and belongs to no appointment."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One number of a day. Moments are in microseconds of the epoch."""

    queue: str
    service: str | None
    priority: Priority
    is_void: bool
    issued_us: int
    called_us: int | None
    """The first call that held."""
    is_measured: bool
    """Its wait began with its issue: it was neither keyed in later nor brought from another day,
    and did not walk straight to a window."""
    happened: frozenset[str]
    """Which events it had and kept; `carried_over` instead of its lapse where it was kept."""
    flows: tuple[tuple[int, int, int], ...]
    """By how many people line and hall grew by it, at the end of which step, in seconds."""
    last_us: int
    """When somebody last did something with it: numbers lapse by themselves."""

    @property
    def wait_us(self) -> int | None:
        """From issue to the first call; None: never called, or nobody measured it."""
        if self.called_us is None or not self.is_measured:
            return None
        return self.called_us - self.issued_us


def trace_of(
    steps: Iterable[Step], queue: str, service: str | None, priority: Priority, is_void: bool
) -> Trace:
    """Fold the events of a number that stands so now, in the order of their revisions.

    Acts that were taken back count as if they had never been, but for the time in which they filled
    the hall; what was keyed in from paper filled none, unless it ended a number that stood in line.
    """
    told = list(steps)
    taken_back = {step.undoes for step in told if step.undoes is not None}
    kept = [each for each in told if each.event != "undo" and each.revision not in taken_back]
    issue = next(step for step in kept if step.event == "issue")
    call = next((step for step in kept if step.event == "call"), None)
    return Trace(
        queue=queue,
        service=service,
        priority=priority,
        is_void=is_void,
        issued_us=_us(issue.at),
        called_us=None if call is None else _us(call.at),
        is_measured=not (
            issue.channel in _NOBODY_MEASURED
            or issue.is_recorded
            or issue.came_before
            or (call is not None and call.is_direct)
        ),
        happened=frozenset("carried_over" if step.is_carried_over else step.event for step in kept),
        flows=_flows(told),
        last_us=max(_us(step.at) for step in told if step.event != "lapse"),
    )


def _flows(steps: Sequence[Step]) -> tuple[tuple[int, int, int], ...]:
    found = []
    issue = next(step for step in steps if step.event == "issue")
    for step in steps:
        line = (step.to_state in _LINE) - (step.from_state in _LINE)
        hall = (step.to_state in _HALL) - (step.from_state in _HALL)
        if (line or hall) and not issue.is_recorded:
            # The last moment of a step is in it; nobody left a line before it was known of.
            at = max(step.at, issue.at)
            moment_s = -(-_us(at) // (STEP_S * _SECOND_US)) * STEP_S
            found.append((moment_s, line, hall))
    return tuple(found)


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
