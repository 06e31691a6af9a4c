"""A hall of which everything is known: exponential holds, one line, windows alike."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from queue_server.estimate.learned import Learned
from queue_server.estimate.model import Situation, Standing, Visit, WindowNow
from queue_server.planning.planned import PlannedArrivals

AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC).timestamp()
"""Nine in Cairo, on a Sunday."""
LANES = frozenset({"plain", "priority"})
HOLD_S = 300.0
SAMPLE = 480


def learned(hold_s: float = HOLD_S, *, is_constant: bool = False) -> Learned:
    """Return what a day of evenly drawn exponential holds teaches, of calls that nobody missed."""
    known = Learned({"enquiry": hold_s}, zone=ZoneInfo("Africa/Cairo"))
    begin = AT - 2 * 86_400
    for each in range(SAMPLE):
        # A stride through the quantiles, so that no stretch of the day is slow.
        share = ((each * 173) % SAMPLE + 0.5) / SAMPLE
        held_s = hold_s if is_constant else -hold_s * math.log(share)
        called = begin + 60.0 * each
        known.observe(
            Visit(
                ticket=str(each),
                queue="U",
                service=None,
                priority="none",
                issued_at=called - 1,
                called_at=called,
                started_at=called,
                finished_at=called + held_s,
                window=1 + each % 9,
                outcome="finished",
            )
        )
    known.turn_to(AT)
    return known


def windows(count: int, *, first: int = 1) -> tuple[WindowNow, ...]:
    """Return so many windows that serve everybody; none takes a pause: its end is announced."""
    return tuple(
        WindowNow(number, frozenset({"U"}), LANES, works_until=AT + 86_400)
        for number in range(first, first + count)
    )


def standing(count: int, *, since_s: float = 600.0) -> tuple[Standing, ...]:
    """Return people in line, the last of whom has just come."""
    return tuple(
        Standing(
            id=UUID(int=1000 + each),
            queue="U",
            lane="plain",
            rank_at=AT - since_s * (count - each) / count,
            since=AT - since_s * (count - each) / count,
        )
        for each in range(count)
    )


def situation(line: int, at_work: int | Sequence[WindowNow]) -> Situation:
    """Return the hall at nine."""
    return Situation(
        at=AT,
        standing=standing(line),
        windows=windows(at_work) if isinstance(at_work, int) else tuple(at_work),
    )


def arrivals(per_hour: float, *, hours: int = 5) -> PlannedArrivals:
    """Return an even stream of people from nine on."""
    starts = [AT + 1800.0 * each for each in range(2 * hours + 1)]
    return PlannedArrivals(starts, [per_hour / 2] * (2 * hours), {("U", "none"): 1.0})
