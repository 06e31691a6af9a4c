"""A wait as the forward run gives it: one figure for each replication, and what follows of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """The waits of one person in all replications, in seconds; infinite where nobody called."""

    waits: FloatArray
    """Ascending, shape (replications,)."""

    @classmethod
    def of(cls, waits: FloatArray) -> "Spread":
        """Make a spread of waits in any order; what lies before now is no wait."""
        return cls(np.sort(np.maximum(waits, 0.0)))

    @property
    def never(self) -> float:
        """The share of replications in which nobody calls this person."""
        return float(np.isinf(self.waits).mean())

    @property
    def mean(self) -> float:
        """Seconds, over the replications with a call; infinite where there is none."""
        called = self.waits[np.isfinite(self.waits)]
        return float(called.mean()) if called.size else float("inf")

    def quantile(self, p: float) -> float:
        """Return the wait in seconds that is not exceeded with probability `p`, over the
        replications with a call; infinite where there is none."""
        called = self.waits[: int(np.isfinite(self.waits).sum())]
        if not called.size:
            return float("inf")
        place = min(max(p * called.size - 0.5, 0.0), called.size - 1.0)
        below = int(place)
        above = min(below + 1, called.size - 1)
        return float(called[below] + (place - below) * (called[above] - called[below]))
