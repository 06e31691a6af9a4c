"""Computes slots from a plan and a business day; pure, and right when the clocks change.

Slots are not kept: a plan says when they are, and bookings count against them. A business day runs
from cut-over to cut-over, so that a plan of Ramadan's nights may pass midnight. A time that spring
skips on the wall is no slot; of an hour that autumn repeats the first is meant.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from queue_server.appointments.model import Slot, SlotPlan, SlotTerms

_DAY_MINUTES = 24 * 60


def slots_of(plan: SlotPlan, day: date, zone: ZoneInfo, cut_over: time) -> tuple[Slot, ...]:
    """Return the slots of a plan on a business day, in order; none on days that it leaves out."""
    terms = plan.terms
    if not is_day_of(terms, day):
        return ()
    found = []
    begin, end = open_minutes(terms.opens, terms.closes, cut_over)
    for minute in range(begin, end - terms.slot_minutes + 1, terms.slot_minutes):
        starts_at = _moment(day, minute, zone, cut_over)
        if starts_at is not None:
            ends_at = starts_at + timedelta(minutes=terms.slot_minutes)
            found.append(Slot(plan.id, day, starts_at, ends_at, terms.bookable))
    return tuple(found)


def is_day_of(terms: SlotTerms, day: date) -> bool:
    """Say whether the plan has slots on that business day, closures left aside."""
    if day < terms.valid_from or (terms.valid_to is not None and day > terms.valid_to):
        return False
    return day.isoweekday() in terms.weekdays


def days_to_book(
    plans: Collection[SlotPlan], today: date, closed: Collection[date]
) -> Iterator[date]:
    """Yield the business days on which some of the plans may be booked today, in order."""
    furthest = max((plan.terms.horizon_days for plan in plans), default=-1)
    for ahead in range(furthest + 1):
        day = today + timedelta(days=ahead)
        if day not in closed and any(
            ahead <= plan.terms.horizon_days and is_day_of(plan.terms, day) for plan in plans
        ):
            yield day


def is_within_horizon(terms: SlotTerms, day: date, today: date) -> bool:
    """Say whether a day is near enough to be booked, and not over."""
    return today <= day <= today + timedelta(days=terms.horizon_days)


def plans_for(
    plans: Sequence[SlotPlan], service: str | None, *, is_drop_off: bool
) -> tuple[SlotPlan, ...]:
    """Return the plans that serve a wish: those of the service, else those of every service."""
    if is_drop_off:
        return tuple(plan for plan in plans if plan.terms.kind == "drop_off")
    visits = [plan for plan in plans if plan.terms.kind == "visit"]
    own = tuple(plan for plan in visits if service is not None and plan.terms.service == service)
    return own or tuple(plan for plan in visits if plan.terms.service is None)


def open_minutes(opens: time, closes: time, cut_over: time) -> tuple[int, int]:
    """Return a plan's hours as minutes since the cut-over; the end may be the next cut-over."""
    begin = _since(opens, cut_over)
    end = _since(closes, cut_over) or _DAY_MINUTES
    return begin, end


def _since(at: time, cut_over: time) -> int:
    minutes = (at.hour - cut_over.hour) * 60 + at.minute - cut_over.minute
    return minutes % _DAY_MINUTES


def _moment(day: date, minute: int, zone: ZoneInfo, cut_over: time) -> datetime | None:
    """Return when the wall reads so many minutes after the day's cut-over; None: it never does."""
    wall = datetime.combine(day, cut_over.replace(tzinfo=None)) + timedelta(minutes=minute)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    is_on_the_wall = moment.astimezone(zone).replace(tzinfo=None) == wall
    return moment if is_on_the_wall else None
