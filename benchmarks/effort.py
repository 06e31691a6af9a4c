"""How long a run takes: the rounds and their length, and where it tells what it is doing."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured; `say` tells a person what is being done now."""

    rounds: int
    seconds: float
    """The length of one measurement that runs for a time."""
    samples: int
    """The number of samples of one measurement that is counted."""
    say: Callable[[str], None]


def full(say: Callable[[str], None]) -> Effort:
    """Measure what is published."""
    return Effort(rounds=5, seconds=4.0, samples=400, say=say)


def quick(say: Callable[[str], None]) -> Effort:
    """Measure enough to see that every row works; its figures mean little."""
    return Effort(rounds=2, seconds=1.0, samples=60, say=say)
