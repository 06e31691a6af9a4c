"""How often the hub may read the hall."""

from core_services.clock import Clock


class ReadingBudget:
    """An allowance of readings: a single change is read at once, a flood of them is spaced.

    Under a storm of commits (a bench, a morning with every kiosk busy) readings back to back would
    take the processor from the commits themselves, and no eye sees a hundred boards a second.
    """

    def __init__(self, clock: Clock, *, per_second: float = 40.0, saved: float = 100.0) -> None:
        """Earn so many readings a second, and save up to `saved` of them."""
        self._clock = clock
        self._per_second = per_second
        self._saved = saved
        self._left = saved
        self._counted_at = clock.monotonic()

    async def take(self) -> None:
        """Take one reading out of the allowance, once there is one."""
        now = self._clock.monotonic()
        self._left = min(self._left + (now - self._counted_at) * self._per_second, self._saved)
        self._counted_at = now
        self._left -= 1
        if self._left < 0:
            await self._clock.sleep(-self._left / self._per_second)
