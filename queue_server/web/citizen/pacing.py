"""Holds back whoever sends the same thing too often; in this process's memory alone."""

from collections import deque
from typing import Final

from aiohttp import web

from core_services.clock import Clock

_MOST_SUBJECTS: Final = 1000


class Pacing:
    """Lets at most so many requests about one subject pass within a time; 429 for the others.

    It spares the database; what must hold over all processes is held there.
    """

    def __init__(self, clock: Clock, *, most: int, within_s: float) -> None:
        self._clock = clock
        self._most = most
        self._within_s = within_s
        self._seen: dict[str, deque[float]] = {}

    def check(self, subject: str) -> None:
        """Count a request about a subject. Raises HTTPTooManyRequests."""
        now = self._clock.monotonic()
        times = self._seen.setdefault(subject, deque(maxlen=self._most))
        if len(times) == self._most and now - times[0] < self._within_s:
            raise web.HTTPTooManyRequests(headers={"Retry-After": str(round(self._within_s))})
        times.append(now)
        if len(self._seen) > _MOST_SUBJECTS:
            self._seen = {
                name: seen
                for name, seen in self._seen.items()
                if now - seen[-1] < self._within_s or name == subject
            }
