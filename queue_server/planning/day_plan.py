"""A day to come lived ahead with so many windows in each hour, and how many it takes; pure.

Unlike the formulas the simulated day carries a line from one hour into the next, opens with the
crush at the door, serves priorities first where they are, and is fuller or slower on some days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from queue_server.estimate.learned import Learned
from queue_server.estimate.model import Booked, Situation, WindowNow
from queue_server.estimate.spread import FloatArray
from queue_server.planning.ahead import (
    Ahead,
    DaySpread,
    quantile_of,
    quantile_per_run,
    run_ahead,
)
from queue_server.planning.arrivals import DayForecast, Expected
from queue_server.planning.model import (
    DayPlan,
    HourSpan,
    HourWaits,
    PlannedWindow,
    SimulatedDay,
)
from queue_server.planning.planned import PlannedArrivals
from queue_server.planning.staffing import HourLoad, Target, staffing_table
from queue_server.tickets.model import Priority

RUNS: Final = 64
"""The same in the search as for what is shown: other chances would judge otherwise."""
_TRIES: Final = 14
_SLACK: Final = 0.97
"""Where so many are called in time, one window less is tried."""


@dataclass(frozen=True, slots=True)
class DayToCome:
    """All that a plan of a day rests on."""

    forecast: DayForecast
    arrivals: PlannedArrivals
    hours: tuple[HourSpan, ...]
    windows: tuple[PlannedWindow, ...]
    learned: Learned
    target: Target
    held_s: float | None = None
    """For how long a citizen who came held a window on the last days, on average; None: not known
    beyond what was learned."""
    booked: tuple[Booked, ...] = ()
    credit_s: Mapping[Priority, float] = field(default_factory=dict)

    @property
    def opens(self) -> float:
        return self.hours[0].begins

    @property
    def closes(self) -> float:
        return self.hours[-1].ends


def hour_loads(day: DayToCome) -> tuple[HourLoad, ...]:
    """Return what each hour brings: people, appointments, and the mean time of each at a window."""
    by_hour: Mapping[int, Expected] = dict(day.forecast.hours())
    hold_s = mean_hold_s(day)
    return tuple(
        HourLoad(
            hour=span.hour,
            open_s=span.ends - span.begins,
            arrivals=by_hour.get(span.hour, Expected(0.0, 0, 0)),
            booked=sum(each.comes for each in day.booked if span.begins <= each.slot < span.ends),
            hold_s=hold_s,
        )
        for span in day.hours
    )


def mean_hold_s(day: DayToCome) -> float:
    """Return for how long one person takes a window on average, from call to next call.

    Who does not come to the call takes it for less, the turn-around is in it.
    """
    learned = day.learned
    gaps, absent = learned.pauses.gaps(), learned.absent("plain")
    turn_s = float(gaps.mean()) if gaps.size else 0.0
    served_s = _learned_hold_s(day) if day.held_s is None else day.held_s
    return (1 - absent) * served_s + absent * float(learned.absent_holds().mean()) + turn_s


def _learned_hold_s(day: DayToCome) -> float:
    mix = day.arrivals.mix
    return sum(
        weight * day.learned.mean_hold(queue, None) for (queue, _), weight in mix.items()
    ) / (sum(mix.values()) or 1.0)


def simulate(day: DayToCome, windows: Sequence[int], *, runs: int = RUNS) -> SimulatedDay:
    """Live the day ahead with so many windows in each hour.

    Windows that close serve whom they have in hand; after the last hour they go on until everybody
    was called. Raises ValueError for other hours than the day's.
    """
    if len(windows) != len(day.hours):
        raise ValueError(f"{len(windows)} hours for a day of {len(day.hours)}")
    situation = Situation(
        at=day.opens,
        standing=(),
        windows=staffed_windows(day, windows),
        booked=day.booked,
        credit_s=day.credit_s,
    )
    ahead = run_ahead(
        situation,
        day.learned,
        until=day.closes,
        arrivals=day.arrivals,
        spread=DaySpread(crowd=day.forecast.day_spread),
        pace=1.0 if day.held_s is None else day.held_s / _learned_hold_s(day),
        runs=runs,
    )
    waits = ahead.waits()
    low, high = _on_four_of_five_days(quantile_per_run(waits, 0.8))
    return SimulatedDay(
        hours=tuple(
            _hour(ahead, span, count, day.target)
            for span, count in zip(day.hours, windows, strict=True)
        ),
        wait_80_s=_or_zero(quantile_of(waits, 0.8)),
        low_80_s=low,
        high_80_s=high,
        within=_within(waits, day.target),
        left=float(ahead.left_at(day.closes).mean()),
        window_hours=sum(
            count * (span.ends - span.begins) / 3600
            for span, count in zip(day.hours, windows, strict=True)
        ),
    )


def plan_day(day: DayToCome) -> DayPlan:
    """Find how many windows each hour needs: from the formulas on, until the simulated day reaches
    the target in every hour or no window is left, then without those that are not needed."""
    at_most = len(day.windows)
    needs = staffing_table(
        hour_loads(day), day.target, at_most=at_most, patience_s=patience_s(day.learned)
    )
    windows = [each.needed or at_most for each in needs]
    lived = simulate(day, windows)
    for _ in range(_TRIES):
        grown = _grown(lived, windows, at_most, day.target)
        if grown is None:
            break
        windows = grown
        lived = simulate(day, windows)
    kept: set[int] = set()
    for _ in range(_TRIES // 2):
        place = _slackest(lived, windows, kept)
        if place is None:
            break
        fewer = [count - (index == place) for index, count in enumerate(windows)]
        tried = simulate(day, fewer)
        if _failing(tried, day.target) <= _failing(lived, day.target):
            windows, lived = fewer, tried
        else:
            kept.add(place)
    return DayPlan(needs, lived, all(e.within >= day.target.share - 0.02 for e in lived.hours))


def patience_s(learned: Learned) -> float | None:
    """Return how long people stay in line on average; None: hardly anybody leaves."""
    return 1 / learned.leaving if learned.leaving > 1e-5 else None


def staffed_windows(day: DayToCome, windows: Sequence[int]) -> tuple[WindowNow, ...]:
    """Return the first so many windows of each hour; one that is left out for an hour is there
    twice."""
    staffed: list[WindowNow] = []
    for place, window in enumerate(day.windows):
        now = WindowNow(
            number=window.number,
            queues=window.queues,
            lanes=window.lanes,
            priority_first=window.priority_first,
        )
        opened: float | None = None
        for span, count in zip(day.hours, windows, strict=True):
            if count > place and opened is None:
                opened = span.begins
            elif count <= place and opened is not None:
                staffed.append(replace(now, works_from=opened, works_until=span.begins))
                opened = None
        if opened is not None:
            staffed.append(replace(now, works_from=opened))
    return tuple(staffed)


def in_order(windows: Sequence[PlannedWindow]) -> tuple[PlannedWindow, ...]:
    """Return windows in the order in which they are staffed: first those without which a queue or
    lane would have none, of these and of the others one that takes priority first before the rest.
    """
    left = sorted(windows, key=lambda each: (not each.priority_first, each.number))
    ordered: list[PlannedWindow] = []
    served: set[tuple[str, str]] = set()
    while left:
        new = [
            len({(q, lane) for q in each.queues for lane in each.lanes if ":" not in lane} - served)
            for each in left
        ]
        best = max(range(len(left)), key=lambda place: (new[place], -place))
        chosen = left.pop(best)
        served |= {(q, lane) for q in chosen.queues for lane in chosen.lanes}
        ordered.append(chosen)
    return tuple(ordered)


def _hour(ahead: Ahead, span: HourSpan, windows: int, target: Target) -> HourWaits:
    waits = ahead.waits(span.ends, since=span.begins)
    low, high = _on_four_of_five_days(quantile_per_run(waits, 0.8))
    return HourWaits(
        hour=span.hour,
        windows=windows,
        wait_50_s=_or_zero(quantile_of(waits, 0.5)),
        wait_80_s=_or_zero(quantile_of(waits, 0.8)),
        low_80_s=low,
        high_80_s=high,
        within=_within(waits, target),
    )


def _on_four_of_five_days(per_run: FloatArray) -> tuple[float, float]:
    known = per_run[~np.isnan(per_run)]
    if not known.size:
        return 0.0, 0.0
    low, high = (float(np.quantile(known, p, method="lower")) for p in (0.1, 0.9))
    return low, high


def _within(waits: FloatArray, target: Target) -> float:
    known = waits[~np.isnan(waits)]
    return float((known <= target.wait_s).mean()) if known.size else 1.0


def _or_zero(wait_s: float) -> float:
    return 0.0 if wait_s != wait_s else wait_s


def _grown(
    lived: SimulatedDay, windows: Sequence[int], at_most: int, target: Target
) -> list[int] | None:
    """Add windows for the hours that miss the target, to each or to the last one before it that has
    room: its line came from there. None: no hour misses it that could be helped."""
    grown = list(windows)
    for place, hour in enumerate(lived.hours):
        if hour.within >= target.share:
            continue
        for earlier in range(place, -1, -1):
            if windows[earlier] < at_most:
                step = 1 if hour.within > target.share - 0.3 else 2
                grown[earlier] = max(grown[earlier], min(windows[earlier] + step, at_most))
                break
    return grown if grown != list(windows) else None


def _failing(lived: SimulatedDay, target: Target) -> float:
    """Return by how much the hours miss the target together."""
    return sum(max(target.share - each.within, 0.0) for each in lived.hours)


def _slackest(lived: SimulatedDay, windows: Sequence[int], kept: set[int]) -> int | None:
    slack = [
        (hour.within, place)
        for place, hour in enumerate(lived.hours)
        if hour.within >= _SLACK and windows[place] > 1 and place not in kept
    ]
    return max(slack)[1] if slack else None
