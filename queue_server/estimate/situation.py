"""From the hall's facts to what the forward run starts from; pure.

What is announced is counted in: the rota's breaks, a pause whose end can be guessed from how long
such pauses took. What nobody announced (a window that closes early) is not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from queue_server.estimate.model import Booked, Situation, WindowNow
from queue_server.estimate.store_situation import HallFacts, WindowFacts
from queue_server.tickets.breaks import FAULT, BreakTime

LEAST_AWAY_S: Final = 60.0
"""A window that is away for longer than is usual is expected back so soon, again and again."""
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known beforehand of the day."""

    zone: ZoneInfo
    breaks: tuple[BreakTime, ...] = ()
    pause_s: Mapping[str, float] = field(default_factory=dict)
    """How long a pause takes, by its reason: the median of the last days."""
    comes: float = 0.8
    """The share of appointments whose holder comes."""


def situation_of(facts: HallFacts, expected: Expected) -> Situation:
    """Return the hall as the forward run takes it; nobody may be missing from `facts.standing`."""
    at = facts.at.timestamp()
    spans = _breaks_ahead(expected, facts.at)
    away = frozenset(_who_goes(facts, spans, at))
    windows: list[WindowNow] = []
    for window in facts.windows:
        now = _window_now(window, facts.windows)
        if not window.is_open:
            back = _back_at(window, expected, spans, at)
            if back is not None:
                windows.append(replace(now, works_from=back))
        elif window.number in away:
            starts, ends = spans[0]
            windows.append(replace(now, works_until=starts))
            windows.append(replace(now, in_hand=None, works_from=ends))
        else:
            windows.append(now)
    return Situation(
        at=at,
        standing=facts.standing or (),
        windows=tuple(windows),
        booked=tuple(_booked(facts.booked, expected)),
        credit_s=facts.credit_s,
    )


def _window_now(window: WindowFacts, windows: Sequence[WindowFacts]) -> WindowNow:
    lanes = {"plain", "priority", f"window:{window.number}"}
    if window.is_accessible:
        lanes.add("accessible")
    if window.opened_by_staff is not None:
        lanes.add(f"staff:{window.opened_by_staff}")
    return WindowNow(
        number=window.number,
        queues=window.queues,
        lanes=frozenset(lanes),
        priority_first=window.priority_first,
        left_to_women=frozenset() if window.is_womans else _womens_queues(windows),
        in_hand=window.in_hand,
    )


def _womens_queues(windows: Iterable[WindowFacts]) -> frozenset[str]:
    """Return the queues in which a woman works at a window now."""
    return frozenset(
        queue
        for window in windows
        if window.is_womans and window.is_open
        for queue in window.queues
    )


def _breaks_ahead(expected: Expected, at: datetime) -> list[tuple[float, float]]:
    """Return the rota's breaks of today that are not over, in their order."""
    wall = at.astimezone(expected.zone)
    spans = []
    for each in expected.breaks:
        starts = datetime.combine(wall.date(), each.span.opens, tzinfo=expected.zone)
        ends = datetime.combine(wall.date(), each.span.closes, tzinfo=expected.zone)
        if ends <= starts:
            ends += ONE_DAY
        if ends > wall:
            spans.append((starts.timestamp(), ends.timestamp()))
    return sorted(spans)


def _who_goes(facts: HallFacts, spans: Sequence[tuple[float, float]], at: float) -> Iterable[int]:
    """Name the windows expected to be away in the next break: as many as the rota lets go at once.

    The windows without priority first go, the highest numbers before the others; who goes in truth
    is not known, and for the length of a wait it does not matter. A break that runs already is seen
    by who is away.
    """
    if not facts.away_at_most or not spans or spans[0][0] <= at:
        return ()
    works = [window for window in facts.windows if window.is_open]
    works.sort(key=lambda window: (window.priority_first, -window.number))
    return (window.number for window in works[: min(facts.away_at_most, len(works) - 1)])


def _back_at(
    window: WindowFacts, expected: Expected, spans: Sequence[tuple[float, float]], at: float
) -> float | None:
    """Return when a paused window is expected to work again; None when nothing tells.

    A pause in one of the rota's breaks ends with the break at the latest; another one takes as long
    as such pauses do. A fault has no length that history could tell.
    """
    if window.reason == FAULT:
        return None
    ends = [end for start, end in spans if start <= at]
    usual = expected.pause_s.get(window.reason or "")
    if usual is not None:
        ends.append(window.since + usual)
    return max(min(ends), at + LEAST_AWAY_S) if ends else None


def _booked(booked: Iterable[Booked], expected: Expected) -> Iterable[Booked]:
    return (replace(each, comes=expected.comes) for each in booked)
