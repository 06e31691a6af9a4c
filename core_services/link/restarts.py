"""Orders to end the program, each written down before it is obeyed, answered by the next run.

So an order that comes again, as it does until it is answered, never ends the next run too.
"""

from typing import Any, Literal, Protocol

REMEMBERED = 20
"""Orders kept in mind; the server asks after one for a quarter of an hour at most."""
_NAME = "restarts"


class Memory(Protocol):
    """Where an agent keeps small values on its disk."""

    def remember(self, name: str, value: Any) -> None:
        """Write it down before returning. Raises OSError or sqlite3.Error."""
        ...

    def recall(self, name: str) -> Any: ...


class RestartOrdered(Exception):
    """Raised by an agent's own task to end its others: somebody ordered it."""


class Restarts:
    """The orders of one agent's runs."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        kept = memory.recall(_NAME)
        self._earlier = [str(job) for job in kept] if isinstance(kept, list) else []
        self._now: list[str] = []

    @property
    def is_ordered(self) -> bool:
        """This run is to end."""
        return bool(self._now)

    def hear(self, job: str) -> Literal["end", "ending", "ended"]:
        """Take an order: `end` for the first time, `ending` already, `ended` an earlier run by it.

        Raises OSError or sqlite3.Error if it cannot be written down; then nothing may be ended.
        """
        if job in self._earlier:
            return "ended"
        if job in self._now:
            return "ending"
        self._memory.remember(_NAME, [*self._earlier, *self._now, job][-REMEMBERED:])
        self._now.append(job)
        return "end" if len(self._now) == 1 else "ending"
