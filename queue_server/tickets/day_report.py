"""The supervisor's figures of a day: waits and counts, worked out from its events; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from queue_server.figures.histogram import exact_quantile_us
from queue_server.tickets.model import Priority
from queue_server.tickets.traces import Trace

_HALF_HOUR_US: Final = 1800 * 1_000_000
_BAND_US: Final = 300 * 1_000_000
_SECOND_US: Final = 1_000_000
_Group = tuple[str | None, Priority | None]


@dataclass(frozen=True, slots=True)
class WaitFigures:
    """How long people waited from issue to their first call, in seconds; only those called count.

    A call that was undone is none. Left out is whose wait nobody measured: who walked straight to a
    window, who brought a number from an earlier day, and who stood in line before the system knew
    of it (the emergency book, a machine that was cut off).

    Percentiles are interpolated as PostgreSQL's `percentile_cont` does.
    """

    queue: str | None
    """None: all queues together."""
    priority: Priority | None
    """None: all priorities together."""
    people: int
    mean_s: float
    p50_s: float
    p90_s: float


@dataclass(frozen=True, slots=True)
class Counts:
    """Tickets of a day to which each thing happened, at least once, and was not undone."""

    issued: int = 0
    called: int = 0
    finished: int = 0
    no_show: int = 0
    cancelled: int = 0
    void: int = 0
    lapsed: int = 0
    carried_over: int = 0
    """Kept for another day; none of the lapsed."""


@dataclass(frozen=True, slots=True)
class HalfHour:
    """Who came and who was called for the first time in half an hour."""

    start: datetime
    issued: int
    called: int


@dataclass(frozen=True, slots=True)
class DayReport:
    """One business day so far."""

    waits: tuple[WaitFigures, ...]
    """Each queue with each priority, each queue, and all together last; only those with people."""
    counts: Counts
    half_hours: tuple[HalfHour, ...]
    wait_bands: Mapping[int, int]
    """People by the five minutes of their wait: 0 is under 5 minutes, 1 is 5 to 10."""


def report_of(traces: Iterable[Trace]) -> DayReport:
    """Add up what a day's numbers have left."""
    told = tuple(traces)
    by_group: dict[tuple[str, Priority], list[int]] = {}
    for trace in told:
        if (wait_us := trace.wait_us) is not None:
            by_group.setdefault((trace.queue, trace.priority), []).append(wait_us)
    groups: dict[_Group, list[int]] = {}
    for (queue, priority), waits_us in by_group.items():
        for group in ((queue, priority), (queue, None), (None, None)):
            groups.setdefault(group, []).extend(waits_us)
    bands = Counter(wait_us // _BAND_US for wait_us in groups.get((None, None), ()))
    issued = Counter(trace.issued_us // _HALF_HOUR_US for trace in told)
    called = Counter(
        trace.called_us // _HALF_HOUR_US for trace in told if trace.called_us is not None
    )
    happened: Counter[str] = Counter()
    for events, people in Counter(trace.happened for trace in told).items():
        happened.update(dict.fromkeys(events, people))
    return DayReport(
        waits=tuple(_figures(*group, groups[group]) for group in sorted(groups, key=_place)),
        counts=Counts(
            issued=len(told),
            called=happened["call"],
            finished=happened["finish"],
            no_show=happened["no_show"],
            cancelled=happened["cancel"],
            void=happened["void"],
            lapsed=happened["lapse"],
            carried_over=happened["carried_over"],
        ),
        half_hours=tuple(
            HalfHour(_moment(start), issued[start], called[start])
            for start in sorted(issued | called)
        ),
        wait_bands=dict(sorted(bands.items())),
    )


def _place(group: _Group) -> tuple[bool, str, bool, str]:
    """Put queues and priorities in the order of their codes, each one's sum behind its parts."""
    queue, priority = group
    return queue is None, queue or "", priority is None, priority or ""


def _figures(queue: str | None, priority: Priority | None, waits_us: list[int]) -> WaitFigures:
    ordered = sorted(waits_us)
    return WaitFigures(
        queue=queue,
        priority=priority,
        people=len(ordered),
        mean_s=sum(ordered) / len(ordered) / _SECOND_US,
        p50_s=(exact_quantile_us(ordered, 0.5) or 0) / _SECOND_US,
        p90_s=(exact_quantile_us(ordered, 0.9) or 0) / _SECOND_US,
    )


def _moment(half_hour: int) -> datetime:
    return datetime.fromtimestamp(half_hour * _HALF_HOUR_US // _SECOND_US, UTC)
