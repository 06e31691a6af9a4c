"""A day's course as charts need it: who came when, who waited how long, how full the hall was."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from queue_server.tickets.acts import Queue
from queue_server.tickets.so_far import traces_on
from queue_server.tickets.traces import STEP_S, Trace

HALF_HOUR: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Flow:
    """By how many people line and hall grew in the steps that somebody came or went."""

    moment_s: int
    """The end of the step, its last moment in it, in seconds of the epoch."""
    line: int
    hall: int


_STILL: Final = Flow(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Visit:
    """One number's way to its first call that held, in microseconds of the epoch."""

    service: str | None
    issued_us: int
    called_us: int | None
    is_measured: bool
    """Its wait began with its issue; see `Trace`."""

    @property
    def wait_us(self) -> int | None:
        """From issue to the first call; None: never called, or nobody measured it."""
        if self.called_us is None or not self.is_measured:
            return None
        return self.called_us - self.issued_us


@dataclass(frozen=True, slots=True)
class Course:
    """A business day's numbers, or those of one queue or service.

    Those made void because no paper came out are no visits; they filled the hall until then.
    """

    visits: tuple[Visit, ...] = ()
    flows: tuple[Flow, ...] = ()
    last_s: float = 0.0
    """When somebody last did something, in seconds of the epoch: numbers lapse by themselves."""


@dataclass(frozen=True, slots=True)
class Level:
    """How many were there at one moment."""

    at: datetime
    line: int
    hall: int


@dataclass(frozen=True, slots=True)
class Pace:
    """Who came, and who was called for the first time, from one moment until half an hour later."""

    start: datetime
    came: int
    called: int


async def course_of(
    queue: Queue, day: date, *, of_queue: str | None = None, of_service: str | None = None
) -> Course:
    """Work a business day's course out from its events, of one queue or service if it is given."""
    return course_from(
        trace
        for trace in (await traces_on(queue, day)).of.values()
        if of_queue in (None, trace.queue) and of_service in (None, trace.service)
    )


def course_from(traces: Iterable[Trace]) -> Course:
    """Add up what numbers have left; pure."""
    told = tuple(traces)
    if not told:
        return Course()
    flows: dict[int, list[int]] = {}
    for trace in told:
        for moment_s, line, hall in trace.flows:
            flow = flows.setdefault(moment_s, [0, 0])
            flow[0] += line
            flow[1] += hall
    return Course(
        visits=tuple(
            Visit(trace.service, trace.issued_us, trace.called_us, trace.is_measured)
            for trace in told
            if not trace.is_void
        ),
        flows=tuple(Flow(moment_s, *flow) for moment_s, flow in sorted(flows.items())),
        last_s=max(trace.last_us for trace in told) / 1_000_000,
    )


def levels(course: Course, *, zone: tzinfo, now: datetime | None) -> tuple[Level, ...]:
    """Return how full line and hall were every five minutes, from just before the first came; pure.

    Until `now` while the day lasts, else (None) until somebody last did something; to the second
    that was over then.
    """
    if not course.flows:
        return ()
    steps = {flow.moment_s: flow for flow in course.flows}
    # A second that is told whole holds all that happened in it
    end_s = math.ceil(course.last_s if now is None else now.timestamp())
    moment = course.flows[0].moment_s - STEP_S
    found: list[Level] = []
    line = hall = 0
    while moment - STEP_S < end_s:
        flow = steps.get(moment, _STILL)
        line, hall = line + flow.line, hall + flow.hall
        found.append(Level(datetime.fromtimestamp(min(moment, end_s), zone), line, hall))
        moment += STEP_S
    return tuple(found)


def paces(visits: Iterable[Visit], *, zone: tzinfo) -> tuple[Pace, ...]:
    """Return how many came and were called in each half hour of the wall clock; pure.

    From the first to the last in which anybody did, the quiet ones between them too.
    """
    came: dict[int, int] = {}
    called: dict[int, int] = {}
    step_us = int(HALF_HOUR.total_seconds()) * 1_000_000
    for visit in visits:
        start = visit.issued_us // step_us
        came[start] = came.get(start, 0) + 1
        if visit.called_us is not None:
            start = visit.called_us // step_us
            called[start] = called.get(start, 0) + 1
    if not came:
        return ()
    starts = range(min(came), max([*came, *called]) + 1)
    return tuple(
        Pace(
            datetime.fromtimestamp(start * step_us / 1_000_000, zone),
            came.get(start, 0),
            called.get(start, 0),
        )
        for start in starts
    )
