"""What is to happen in a simulated day, in the order of its moments."""

import heapq
import itertools
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

Act = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Entry:
    """Something that is to happen; it may be called off."""

    at_s: float
    act: Act
    is_off: bool = False


class Agenda:
    """Entries by their moment; those of one moment in the order in which they were put down."""

    def __init__(self) -> None:
        self._entries: list[tuple[float, int, Entry]] = []
        self._order = itertools.count()

    def put(self, at_s: float, act: Act) -> Entry:
        """Put something down for a moment, in seconds from the opening."""
        entry = Entry(at_s, act)
        heapq.heappush(self._entries, (at_s, next(self._order), entry))
        return entry

    @property
    def next_s(self) -> float | None:
        """The moment of what comes next; None where nothing does."""
        while self._entries and self._entries[0][2].is_off:
            heapq.heappop(self._entries)
        return self._entries[0][0] if self._entries else None

    def take(self) -> Iterator[Entry]:
        """Take out all that is due at the next moment, and what is put down for it meanwhile.

        One that is called off in the meantime is still given.
        """
        at_s = self.next_s
        while at_s is not None and self.next_s == at_s:
            yield heapq.heappop(self._entries)[2]
