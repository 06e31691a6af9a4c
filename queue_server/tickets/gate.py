"""Whether a number may be given now: hours, a person's stop, the predicted closing; pure.

The gate is for newcomers. Whoever holds a number is served, and what is done for somebody who is
already here (an emergency, a booked slot, a number carried over or adopted) never asks it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from core_services.calendar import business_day, day_bounds
from queue_server.tickets.breaks import BreakTime
from queue_server.tickets.model import QueueState
from queue_server.tickets.opening import DaySpan, Hours, Opening, opening_at, spans_within

GateState = Literal["open", "closed", "stopped", "cut_off"]
"""`closed` by the hours, `stopped` by a supervisor for the rest of the business day, `cut_off`
since whoever comes now would be called after closing."""

NEWCOMERS: frozenset[str] = frozenset({"kiosk", "api", "desk", "phone"})
"""The channels of people who come now and must find the centre open."""

_A_MOMENT = timedelta.resolution
_FORESEEN = timedelta(days=7)
"""For so many days after today a machine that is cut off knows when numbers are given."""


@dataclass(frozen=True, slots=True)
class HoursToCome:
    """The hours of rules that wait for their day."""

    day: date
    """The business day from whose beginning they hold."""
    hours: Hours | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known beforehand: published hours, and a stop that holds for one business day."""

    zone: ZoneInfo
    cut_over: time
    hours: Hours | None = None
    to_come: HoursToCome | None = None
    """What holds from a later day on; None: nothing waits for its day."""
    cuts_off: bool = False
    """Numbers end by the predicted closing."""
    morning: DaySpan | None = None
    """When a kiosk's first page is one button alone."""
    stopped_on: date | None = None
    queue_of: Mapping[str, str] = field(default_factory=dict)
    """The queue of each service."""
    breaks: tuple[BreakTime, ...] = ()
    """Times at which windows may be away, such as a prayer's."""

    def hours_on(self, day: date) -> Hours | None:
        """Return the opening hours by the rules of a business day from today on."""
        to_come = self.to_come
        return self.hours if to_come is None or day < to_come.day else to_come.hours


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether newcomers get numbers, and when the centre opens next or closes."""

    state: GateState
    opens_at: datetime | None
    closes_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state == "open"


def always_open(at: datetime, service: str | None) -> Gate:
    """Return the open gate of a centre that has no policy."""
    return Gate("open", None, None)


def gate_at(
    plan: Plan, at: datetime, queues: Sequence[QueueState] = (), *, service: str | None = None
) -> Gate:
    """Return the gate at a moment, given the lines as they were last read.

    With a service only its own line is predicted; without one, numbers end when nobody would be
    called in time in any line that is served.
    """
    opening = opening_at(plan.hours, at, plan.zone)
    state: GateState = "open"
    if not opening.is_open:
        state = "closed"
    elif plan.stopped_on == business_day(at, plan.zone, plan.cut_over):
        state = "stopped"
    elif plan.cuts_off and opening.closes_at is not None:
        own = plan.queue_of.get(service) if service is not None else None
        if _comes_too_late(at, opening.closes_at, queues, own):
            state = "cut_off"
    return Gate(state, _opens_at(plan, opening, at), opening.closes_at)


def _opens_at(plan: Plan, opening: Opening, at: datetime) -> datetime | None:
    """Return the next opening, by the rules of its own day."""
    opens_at, to_come = opening.opens_at, plan.to_come
    if to_come is None or plan.hours is None:
        return opens_at
    turns_at, _ = day_bounds(to_come.day, plan.zone, plan.cut_over)
    if opens_at is not None and opens_at < turns_at:
        return opens_at
    if to_come.hours is None:
        return turns_at
    return opening_at(to_come.hours, max(turns_at - _A_MOMENT, at), plan.zone).opens_at


def openings_ahead(
    plan: Plan, state: GateState, at: datetime
) -> tuple[tuple[datetime, datetime], ...]:
    """Return when newcomers get numbers in this business day and the seven after it.

    As far as is known now: a stop holds until its day ends, and the predicted closing until the
    centre closes. Each day goes by its own rules.
    """
    today = business_day(at, plan.zone, plan.cut_over)
    begins, turns = day_bounds(today, plan.zone, plan.cut_over)
    end = day_bounds(today + _FORESEEN, plan.zone, plan.cut_over)[1]
    if state == "stopped":
        begins = turns
    elif state == "cut_off":
        begins = opening_at(plan.hours, at, plan.zone).closes_at or turns
    if plan.to_come is None:
        return spans_within(plan.hours, begins, end, plan.zone)
    changes = min(max(begins, day_bounds(plan.to_come.day, plan.zone, plan.cut_over)[0]), end)
    return (
        *spans_within(plan.hours, begins, changes, plan.zone),
        *spans_within(plan.to_come.hours, changes, end, plan.zone),
    )


def is_morning(plan: Plan, at: datetime) -> bool:
    """Say whether the kiosk's first page is one button alone now."""
    if plan.morning is None:
        return False
    wall = at.astimezone(plan.zone).time()
    return plan.morning.opens <= wall < plan.morning.closes


def _comes_too_late(
    at: datetime, closes_at: datetime, queues: Sequence[QueueState], own: str | None
) -> bool:
    """Say so only where a wait is predicted: before the first window opens none is."""
    calls = [
        at + timedelta(seconds=queue.wait.likely_s)
        for queue in queues
        if queue.wait is not None and (own is None or queue.code == own)
    ]
    return bool(calls) and min(calls) > closes_at
