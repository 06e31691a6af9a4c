"""How much of its time the hub may spend on reading the hall."""

from core_services.clock import Clock


class ReadingBudget:
    """An allowance of reading time: a single change is read at once, a flood of them is spaced.

    Under a storm of commits (a bench, a morning with every kiosk busy) readings back to back would
    take the processor from the commits themselves, and no eye sees a hundred boards a second.
    """

    def __init__(self, clock: Clock, *, share: float = 0.1, saved_s: float = 0.25) -> None:
        """Earn `share` seconds of reading a second, and save up to `saved_s` of it."""
        self._clock = clock
        self._share = share
        self._saved_s = saved_s
        self._left_s = saved_s
        self._counted_at = clock.monotonic()

    def spend(self, seconds: float) -> None:
        """Take the time of one reading out of the allowance."""
        self._earn()
        self._left_s -= seconds

    async def wait(self) -> None:
        """Return when there is some allowance left; at once, unless readings come too thick."""
        self._earn()
        if self._left_s < 0:
            await self._clock.sleep(-self._left_s / self._share)

    def _earn(self) -> None:
        now = self._clock.monotonic()
        earned_s = (now - self._counted_at) * self._share
        self._left_s = min(self._left_s + earned_s, self._saved_s)
        self._counted_at = now
