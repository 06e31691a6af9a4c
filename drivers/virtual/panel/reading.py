"""What each kind of virtual panel has in common: it reads bytes and shows something."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person sees on one panel."""

    text: str = ""
    """As characters; for bars, the characters they look like."""
    bars: tuple[int, ...] = ()
    """The lit bars of each digit: bit 0 at the top, then clockwise, 6 the middle, 7 the point."""
    dots: tuple[str, ...] = ()
    """Rows of 0 and 1."""
    flash: bool = False
    dim: bool = False
    beeps: int = 0
    """How often it has beeped."""


class Reader(Protocol):
    """The panels of one bus, as seen from the wire."""

    problems: int
    """How many frames were none, or made no sense."""

    def feed(self, data: bytes) -> bytes:
        """Take bytes; return what is answered."""
        ...

    def shown(self, address: int) -> Shown:
        """Return what the panel at an address shows."""
        ...

    def forget(self) -> None:
        """Lose everything, as at a power cut."""
        ...


IsDead = Callable[[int], bool]
