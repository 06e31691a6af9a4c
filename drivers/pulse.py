"""Whom a driver tells that a call to a device has begun, so that one that never ends is noticed."""

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Pulse(Protocol):
    """Whoever watches over a program; called in its loop."""

    def bounded(self, what: str, bound_s: float) -> AbstractContextManager[None]:
        """Hold that the block ends within so many seconds."""
        ...


class Unwatched:
    """For programs that nobody watches over."""

    def bounded(self, what: str, bound_s: float) -> AbstractContextManager[None]:
        return nullcontext()
