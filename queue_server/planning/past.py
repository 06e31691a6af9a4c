"""From counts of numbers by half hour to days of a history, each with its hours and kind; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Final

from queue_server.planning.arrivals import SLOT_S, SLOTS_AT_MOST, DayCount, Kind, kind_of
from queue_server.tickets.model import Priority
from queue_server.tickets.opening import DaySpan, Hours

USUAL_SPAN: Final = DaySpan(time(9), time(14))
"""The hours of a centre that has set none and has no past."""
_EDGE: Final = 0.01
"""The share of people that may lie outside hours which nobody has set."""
_MIX_HALF_LIFE_DAYS: Final = 14.0
_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class SlotCount:
    """How many numbers of a queue and priority were taken in one half hour of a business day."""

    day: date
    slot: int
    """Half hours from midnight; those after the next midnight go on from 48."""
    queue: str
    priority: Priority
    people: int


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a centre's days before one day."""

    days: tuple[DayCount, ...]
    mix: Mapping[tuple[str, Priority], float]
    """The share of each queue and priority; the newer a day, the more it counts."""


def past_of(rows: Iterable[SlotCount], hours: Hours | None, *, before: date) -> Past:
    """Return the days of the rows that lie before a day.

    A day has the hours of the policy that holds now. Where it was closed by that, or the centre has
    set none, its hours are those within which nearly all numbers were taken.
    """
    by_day: dict[date, dict[int, float]] = {}
    weights: dict[tuple[str, Priority], float] = {}
    for row in rows:
        if row.day >= before:
            continue
        slots = by_day.setdefault(row.day, {})
        slot = min(max(row.slot, 0), SLOTS_AT_MOST - 1)
        slots[slot] = slots.get(slot, 0.0) + row.people
        fades = 0.5 ** ((before - row.day).days / _MIX_HALF_LIFE_DAYS)
        key = row.queue, row.priority
        weights[key] = weights.get(key, 0.0) + fades * row.people
    whole = sum(weights.values())
    open_days = sorted(by_day)
    return Past(
        days=tuple(
            _day(day, by_day[day], hours, kind_of_day(day, hours, open_days)) for day in open_days
        ),
        mix={key: weight / whole for key, weight in weights.items()} if whole else {},
    )


def span_of_day(hours: Hours | None, day: date, past: Past) -> tuple[int, int] | None:
    """Return the first half hour in which a day is open and the one after its last; None: closed.

    A centre without hours is open on a weekday on which it was, within the hours that it had last.
    """
    if hours is not None:
        span = hours.span_of(day)
        return None if span is None else slots_of(span)
    same = [each for each in past.days if each.day.weekday() == day.weekday()]
    if past.days and not same:
        return None
    if not same:
        return slots_of(USUAL_SPAN)
    last = same[-3:]
    opens = min(each.opens_slot for each in last)
    return opens, max(each.opens_slot + len(each.counts) for each in last)


def slots_of(span: DaySpan) -> tuple[int, int]:
    """Return a span of the wall in half hours, widened to whole ones; it may end after midnight."""
    opens = _seconds(span.opens) // SLOT_S
    closes = -(-_seconds(span.closes) // SLOT_S)
    if closes <= opens:
        closes += 48
    return opens, min(closes, SLOTS_AT_MOST)


def kind_of_day(day: date, hours: Hours | None, open_days: Sequence[date]) -> Kind:
    """Return a day's kind among the days on which the centre was open, in their order."""
    before = max((each for each in open_days if each < day), default=None)
    is_ramadan = hours is not None and any(
        season.first <= day <= season.last for season in hours.ramadan
    )
    return kind_of(
        day, is_ramadan=is_ramadan, open_before=before, longest_gap=_longest_gap(hours, open_days)
    )


def _longest_gap(hours: Hours | None, open_days: Sequence[date]) -> int:
    """Return how many days in a row are closed in a usual week."""
    if hours is not None:
        opened = [each for each, span in enumerate(hours.week) if span is not None]
    else:
        opened = sorted({each.weekday() for each in open_days})
    if not opened:
        return _WEEK
    around = [*opened, opened[0] + _WEEK]
    return max(after - before - 1 for before, after in pairwise(around))


def _day(day: date, slots: Mapping[int, float], hours: Hours | None, kind: Kind) -> DayCount:
    span = None if hours is None else hours.span_of(day)
    opens, closes = _busy(slots) if span is None else slots_of(span)
    counts = [0.0] * (closes - opens)
    for slot, people in slots.items():
        counts[min(max(slot - opens, 0), closes - opens - 1)] += people
    return DayCount(day, opens, tuple(counts), kind)


def _busy(slots: Mapping[int, float]) -> tuple[int, int]:
    """Return the half hours within which nearly all came."""
    whole, sum_ = sum(slots.values()), 0.0
    inner = []
    for slot in sorted(slots):
        if sum_ + slots[slot] > _EDGE * whole and sum_ < (1 - _EDGE) * whole:
            inner.append(slot)
        sum_ += slots[slot]
    return inner[0], inner[-1] + 1


def _seconds(wall: time) -> int:
    return int(timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second).total_seconds())
