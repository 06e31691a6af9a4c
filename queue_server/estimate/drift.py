"""A mean that forgets."""

from dataclasses import dataclass


@dataclass(slots=True)
class Drift:
    """A mean ratio of what was to what was expected, that forgets."""

    forgets: float
    """What an observation is worth after the next one came."""
    weight: float
    """So many observations at the prior's value are taken for granted."""
    num: float = 0.0
    den: float = 0.0

    def observe(self, ratio: float) -> None:
        """Count one ratio."""
        self.num = self.num * self.forgets + ratio
        self.den = self.den * self.forgets + 1.0

    def value(self, prior: float = 1.0) -> float:
        """Return the mean, drawn towards the prior."""
        return (self.weight * prior + self.num) / (self.weight + self.den)

    def fade(self, factor: float) -> None:
        """Let everything seen so far count less, as when a day ends."""
        self.num *= factor
        self.den *= factor
