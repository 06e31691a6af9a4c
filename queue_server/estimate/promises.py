"""When the times that people are told are not true as often as they claim to be; pure.

A range claims to hold four waits of five. Waits of one hall are alike: one long service makes a
whole line late. On 42 simulated days the share that held differed from day to day as much as if of
each `ALIKE` waits one had been looked at (docs/estimate.md), so that a few dozen say nothing.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

CLAIM: Final = 0.8
LEAST, MOST = 0.75, 0.85
"""What lies between these is as good as was claimed."""
ALIKE: Final = 9
"""So many waits of a day say as much as one that stands for itself; 8.3 were measured."""
SURE: Final = 3.5
"""Standard errors. A day on which four of five held, looked at every five minutes, is taken for
wrong in fewer than one of a hundred cases; one on which three of five held in nine of ten."""
CALM, CALM_SURE = 0.02, 2.5
"""What was told lasts until the share is so far within, or so many standard errors are left."""
WIDE_S: Final = 300.0
"""A narrower range is shown no narrower: that it holds too often costs nobody anything."""

Source = Literal["today", "night"]
FRESH_DAYS: Final = 7
"""A backtest of longer ago says nothing of the estimate as it is."""


@dataclass(frozen=True, slots=True)
class Promises:
    """How many times that were told came true."""

    n: int = 0
    held: int = 0
    width_s: float | None = None
    """The mean width of the ranges; None: it is not asked whether they are too wide."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of the times that people were told."""

    today: Promises = Promises()
    night: Promises = Promises()
    """Of the last nightly backtest."""
    night_of: date | None = None


NOTHING: Final = Kept()


@dataclass(frozen=True, slots=True)
class Untrue:
    """The times are not as true as they claim to be."""

    source: Source
    percent: int
    """How many of a hundred held."""
    n: int
    is_too_wide: bool
    """They hold too often, since they say too little."""
    level: int
    """Steps beyond what is as good as claimed: of ten in a hundred."""


def untrue(promises: Promises, source: Source, *, is_open: bool = False) -> Untrue | None:
    """Return by how much times are less true than they claim; None while chance may explain it.

    `is_open`: they were a moment ago.
    """
    if not promises.n:
        return None
    share = promises.held / promises.n
    inward, sure = (CALM, CALM_SURE) if is_open else (0.0, SURE)
    error = math.sqrt(CLAIM * (1 - CLAIM) * ALIKE / promises.n)
    if abs(share - CLAIM) <= sure * error:
        return None
    is_too_wide = share > CLAIM
    beyond = share - MOST if is_too_wide else LEAST - share
    if beyond <= -inward:
        return None
    if is_too_wide and (promises.width_s is None or promises.width_s <= WIDE_S):
        return None
    return Untrue(
        source=source,
        percent=round(100 * share),
        n=promises.n,
        is_too_wide=is_too_wide,
        level=max(0, int(10 * beyond)),
    )
