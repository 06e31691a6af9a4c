"""The wait by a closed formula: people ahead over open windows, times the pace of late services.

With `a` people ahead, `s` open windows of which `i` hold no ticket, and a mean service of `m`
seconds, a + 1 - i services must end at one of s windows: likely = (a + 1 - i) m / s, at least 0.
The range takes the 10th and 90th percentile of the last 50 services instead of the mean and is
rounded outward to 5 minutes. Until 5 services are known, 300 s stand for each. Services whose start
was implied by their finish, longer than two hours or ended after their own day teach no pace.
"""

import math
from dataclasses import dataclass

from queue_server.tickets.model import Wait

PRIOR_S = 300
"""Seconds taken for a service while fewer than `LEAST_SERVICES` are known."""
LEAST_SERVICES = 5
STEP_S = 300


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a queue is served, in whole seconds a service."""

    mean_s: int = PRIOR_S
    p10_s: int = PRIOR_S
    p90_s: int = PRIOR_S


def wait_range(ahead: int, windows: int, idle: int, pace: Pace) -> Wait | None:
    """Return the wait of somebody with `ahead` people before him, or None when no window serves.

    `windows` counts the open windows of the queue, `idle` those of them without a ticket in hand.
    The twin of the database's function of that name.
    """
    if windows <= 0:
        return None
    services = max(0, ahead + 1 - idle)
    low = services * pace.p10_s // (windows * STEP_S) * STEP_S
    likely = (2 * services * pace.mean_s + windows) // (2 * windows)
    high = math.ceil(services * pace.p90_s / (windows * STEP_S)) * STEP_S
    return Wait(
        low_s=low,
        likely_s=max(low, likely),
        high_s=max(high, low + STEP_S, math.ceil(likely / STEP_S) * STEP_S),
    )
