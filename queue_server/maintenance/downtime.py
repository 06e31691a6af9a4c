"""For how long a machine or window could not work, and why: each moment counts once; pure."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, get_args

Span = tuple[datetime, datetime]
Reason = Literal["fault", "out_of_service", "maintenance", "away", "screen", "printer"]
"""Why: a reported fault that stops work; put out of service; maintenance in work that stops it; not
heard; its screen dark; its printer without paper, open or not working."""
REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
"""The gravest first: where several stand at once, the time is the first one's."""
SubjectKind = Literal["kiosk", "display", "workstation", "window", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Stop:
    """One time for which something could not work."""

    reason: Reason
    began: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class Standstill:
    """What became of a machine's or a window's hours; seconds."""

    kind: SubjectKind
    name: str
    """A machine's name, a window's number; empty: everything that is at neither."""
    open_s: int = 0
    """The centre's hours in which it was there to work."""
    down_s: Mapping[Reason, int] = field(default_factory=dict)
    closed_for_fault_s: int = 0
    """Of a window: hours in which it was not open while a fault or maintenance stopped it."""
    orders_done: int = 0
    work_minutes: int = 0
    """What technicians wrote down as their work."""

    @property
    def total_s(self) -> int:
        return sum(self.down_s.values())

    @property
    def available(self) -> float | None:
        """Return the share of its hours in which it could work; None where it had none."""
        return None if not self.open_s else max(0.0, 1 - self.total_s / self.open_s)


def within(spans: Iterable[Span], hours: Sequence[Span]) -> list[Span]:
    """Return the parts of spans that lie in the hours; these, and they, are in order and apart."""
    begins = [opens for opens, _ in hours]
    parts: list[Span] = []
    for start, end in union(spans):
        nth = max(0, bisect_right(begins, start) - 1)
        while nth < len(hours) and begins[nth] < end:
            part = max(start, begins[nth]), min(end, hours[nth][1])
            if part[0] < part[1]:
                parts.append(part)
            nth += 1
    return parts


def union(spans: Iterable[Span]) -> list[Span]:
    """Return the same time in spans that do not meet, in their order."""
    joined: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def length_s(spans: Iterable[Span]) -> int:
    """Return how long spans that do not meet are together, in whole seconds."""
    return round(sum((end - start).total_seconds() for start, end in spans))


def spent(stops: Iterable[Stop], hours: Sequence[Span]) -> dict[Reason, int]:
    """Return for how many seconds of the hours each reason was the gravest; none where none was.

    `hours` are in their order and apart. Their sum is the time for which anything stood in the way.
    """
    turns: list[tuple[datetime, int, Reason]] = []
    for stop in stops:
        for start, end in within([(stop.began, stop.ended)], hours):
            turns += [(start, 1, stop.reason), (end, -1, stop.reason)]
    standing = dict.fromkeys(REASONS, 0)
    seconds = dict.fromkeys(REASONS, 0.0)
    before: datetime | None = None
    for at, step, reason in sorted(turns, key=lambda turn: turn[0]):
        gravest = next((each for each in REASONS if standing[each]), None)
        if before is not None and gravest is not None:
            seconds[gravest] += (at - before).total_seconds()
        standing[reason] += step
        before = at
    return {reason: round(length) for reason, length in seconds.items() if round(length)}


def closed_for_fault(
    stops: Iterable[Stop], open_spans: Iterable[Span], hours: Sequence[Span]
) -> int:
    """Return for how many seconds of its hours a window was not open while a fault, or maintenance,
    stopped it."""
    stopped = within(
        ((each.began, each.ended) for each in stops if each.reason in ("fault", "maintenance")),
        hours,
    )
    return length_s(stopped) - length_s(within(open_spans, stopped))
