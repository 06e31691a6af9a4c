"""From what the forward run says to what people are told: whole seconds, rounded outward; pure."""

import math
from typing import Final

from queue_server.estimate.model import Range
from queue_server.tickets.model import Told, Wait

STEP_S: Final = 300


def shown(said: Range) -> Wait:
    """Return a range as it is shown: low and high rounded outward to 5 minutes, never the same."""
    low = max(0, math.floor(said.low_s / STEP_S)) * STEP_S
    high = max(math.ceil(said.high_s / STEP_S) * STEP_S, low + STEP_S)
    return Wait(low_s=low, likely_s=min(max(round(said.likely_s), low), high), high_s=high)


def told_of(said: Range, *, middle_s: float, scale_s: float, model: str) -> Told:
    """Return a range as it is shown and kept."""
    return Told(
        wait=shown(said),
        raw_low_s=round(said.low_s),
        raw_high_s=round(said.high_s),
        middle_s=round(middle_s),
        scale_s=round(scale_s),
        model=model,
    )
