"""How fast the bots live: their seconds are shorter than ours; everybody else keeps the clock's."""

from core_services.clock import Clock


class Pace:
    """The bots' time: `speed` of their seconds pass in one of the clock's."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self.clock = clock
        self.speed = speed
        self._began = clock.monotonic()

    def elapsed_s(self) -> float:
        """Return how many of the bots' seconds have passed since the start."""
        return (self.clock.monotonic() - self._began) * self.speed

    async def sleep(self, seconds: float, *, at_least_s: float = 0.0) -> None:
        """Wait that many of the bots' seconds, and no less than `at_least_s` of the clock's."""
        await self.clock.sleep(max(seconds / self.speed, at_least_s))
