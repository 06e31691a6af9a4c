"""A day's course as charts need it: who came when, who waited how long, how full the hall was."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from queue_server.tickets import store_course
from queue_server.tickets.acts import Queue
from queue_server.tickets.store_course import STEP_S, Course, Flow, Visit

HALF_HOUR: Final = timedelta(minutes=30)
_STILL: Final = Flow(0, 0, 0)


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
    """Recompute a business day's course from its events, of one queue or service if it is given."""
    return await store_course.read_course(
        queue.pool, queue.centre.id, day=day, queue=of_queue, service=of_service
    )


def levels(course: Course, *, zone: tzinfo, now: datetime | None) -> tuple[Level, ...]:
    """Return how full line and hall were every five minutes, from just before the first came; pure.

    Until `now` while the day lasts, else (None) until somebody last did something.
    """
    if not course.flows:
        return ()
    steps = {flow.moment_s: flow for flow in course.flows}
    end_s = course.last_s if now is None else now.timestamp()
    moment = course.flows[0].moment_s - STEP_S
    found: list[Level] = []
    line = hall = 0
    while moment - STEP_S < end_s:
        flow = steps.get(moment, _STILL)
        line, hall = line + flow.line, hall + flow.hall
        found.append(Level(datetime.fromtimestamp(min(moment, end_s), zone), line, hall))
        moment += STEP_S
    return tuple(found)


def paces(visits: tuple[Visit, ...], *, zone: tzinfo) -> tuple[Pace, ...]:
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
