"""From the hall's facts to what the forward run starts from; pure.

What is announced is counted in: the rota's breaks, windows that usually open later. For how long a
clerk is away who has not said so, the run draws from how long such pauses took.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from queue_server.estimate.model import Booked, Situation, Standing, WindowNow
from queue_server.estimate.store_situation import HallFacts, WindowFacts
from queue_server.tickets.breaks import FAULT, BreakTime
from queue_server.tickets.selection import COMMON_LANES

LEAST_AWAY_S: Final = 60.0
"""A window whose break is over and that has not come back is expected so soon, again and again."""
LETS_WAIT_S: Final = 20.0
"""A window that leaves somebody in line for longer is not at work, whatever it says; the backtest
takes it so too."""
JUST_AFTER_S: Final = 0.001
"""The run begins so long after the look: who comes then comes behind who came in that moment."""
ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Expected:
    """What is known beforehand of the day."""

    zone: ZoneInfo
    breaks: tuple[BreakTime, ...] = ()
    comes: float = 0.8
    """The share of appointments whose holder comes."""
    opens_at: Mapping[int, float] = field(default_factory=dict)
    """When windows that have not opened today are expected to, epoch seconds."""
    began: float = 0.0
    """When the business day began: a window that closed since may come back."""


def situation_of(facts: HallFacts, expected: Expected) -> Situation:
    """Return the hall as the forward run takes it; nobody may be missing from `facts.standing`."""
    at = facts.at.timestamp()
    spans = _breaks_ahead(expected, facts.at)
    goes = frozenset(_who_goes(facts, spans, at))
    windows: list[WindowNow] = []
    for window in facts.windows:
        now = _window_now(window, facts.windows)
        if window.state == "closed":
            if window.since > expected.began:
                windows.append(replace(now, away_since=window.since))
            elif window.number in expected.opens_at:
                windows.append(replace(now, works_from=expected.opens_at[window.number]))
        elif window.state == "paused":
            back = _back_at(window, spans, at)
            away_since = window.since if back is None else None
            windows.append(replace(now, works_from=back, away_since=away_since))
        elif window.number in goes:
            starts, ends = spans[0]
            windows.append(replace(now, works_until=starts))
            windows.append(replace(now, in_hand=None, works_from=ends))
        else:
            windows.append(replace(now, away_since=_idle_since(window, now, facts, at)))
    return Situation(
        at=at + JUST_AFTER_S,
        standing=facts.standing or (),
        windows=tuple(windows),
        booked=tuple(_booked(facts.booked, expected)),
        credit_s=facts.credit_s,
    )


def with_holder(situation: Situation, person: Standing, booked_for: datetime | None) -> Situation:
    """Return the situation once the holder of a slot has come and stands in line.

    Of several bookings of one slot and service it does not matter which is no longer awaited.
    """
    booked = list(situation.booked)
    for place, each in enumerate(booked):
        if booked_for is not None and (each.slot, each.queue, each.service) == (
            booked_for.timestamp(),
            person.queue,
            person.service,
        ):
            del booked[place]
            break
    return replace(situation, standing=(*situation.standing, person), booked=tuple(booked))


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
        if window.is_womans and window.state == "open"
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
    works = [window for window in facts.windows if window.state == "open"]
    works.sort(key=lambda window: (window.priority_first, -window.number))
    return (window.number for window in works[: max(0, min(facts.away_at_most, len(works) - 1))])


def _back_at(window: WindowFacts, spans: Sequence[tuple[float, float]], at: float) -> float | None:
    """Return when a paused window works again by the rota; None: nothing is announced."""
    ends = [end for start, end in spans if start <= at]
    if window.reason == FAULT or not ends:
        return None
    return max(min(ends), at + LEAST_AWAY_S)


def _idle_since(window: WindowFacts, now: WindowNow, facts: HallFacts, at: float) -> float | None:
    """Return since when an open window has called nobody though people wait for it; None: it works.

    Only who stands where every window looks is counted: a lane of its own is no reason to doubt.
    """
    if window.in_hand is not None:
        return None
    came = [
        each.since
        for each in facts.standing or ()
        if each.queue in now.queues and each.lane in COMMON_LANES and each.lane in now.lanes
    ]
    if not came:
        return None
    since = max(window.since, window.freed_at or 0.0, min(came))
    return since if at - since > LETS_WAIT_S else None


def _booked(booked: Iterable[Booked], expected: Expected) -> Iterable[Booked]:
    return (replace(each, comes=expected.comes) for each in booked)
