"""How long to wait before the next attempt at something that failed."""

import math
from collections.abc import Callable

_MOST_DOUBLINGS = 16


def backoff_s(
    failures: int,
    *,
    first_s: float,
    longest_s: float,
    jitter: Callable[[], float] = lambda: 0.0,
    jittered_part: float = 0.5,
) -> float:
    """Return the seconds to wait after so many failures before this one.

    `first_s`, doubling up to `longest_s`. `jitter` gives 0 to 1: by so much of `jittered_part` the
    wait is shortened, so that many who failed together do not come back together.
    """
    longest = math.ldexp(first_s, min(failures, _MOST_DOUBLINGS))
    return min(longest, longest_s) * (1 - jitter() * jittered_part)
