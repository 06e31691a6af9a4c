"""What a program has begun and must come to an end: whoever asks is told what of it is overdue."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core_services.clock import Clock


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    what: str
    began_at: float
    bound_s: float


class Pulse:
    """The stretches of work that are under way, each with the time in which it surely ends.

    A stretch waits for nothing that may lawfully take for ever: not for a citizen, a printer's
    paper or a database that is away, but for a call that has a limit of its own and more.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._under_way: set[_Stretch] = set()

    @contextmanager
    def bounded(self, what: str, bound_s: float) -> Iterator[None]:
        """Hold that the block ends within `bound_s`; nothing is done about one that does not."""
        stretch = _Stretch(what, self._clock.monotonic(), bound_s)
        self._under_way.add(stretch)
        try:
            yield
        finally:
            self._under_way.discard(stretch)

    def overdue(self) -> frozenset[str]:
        """Return what should have ended by now."""
        now = self._clock.monotonic()
        return frozenset(
            each.what for each in self._under_way if now - each.began_at > each.bound_s
        )
