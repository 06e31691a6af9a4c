"""What the queue asks of whoever foresees waits; without one the closed formula speaks alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from queue_server.tickets.model import Hall, Priority, Ticket, Told, Wait


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who is about to get a number; no service means the one-touch number."""

    service: str | None
    priority: Priority
    lane: str


@dataclass(frozen=True, slots=True)
class Placed:
    """Somebody who is about to get a number whose place is not behind all who came before."""

    ticket_id: UUID
    """The number's, if it is given."""
    service: str | None
    priority: Priority
    lane: str
    requests: int
    arrived_at: datetime
    """What the place is counted from, before the credit is taken off."""
    booked_for: datetime | None
    """The slot that is kept for this person until then."""


class Foresight(Protocol):
    """Foresees waits from what it knows already: nothing here waits for anything."""

    def over(self, hall: Hall) -> Hall:
        """Return the hall with the waits that are foreseen in place of the formula's."""
        ...

    def of(self, ticket_id: UUID) -> Told | None:
        """Return what is foreseen for a number in line; None: the formula knows as much."""
        ...

    def foresee(self, asked: Sequence[Asked]) -> list[Told | None]:
        """Return what is foreseen for each of those who come now, one after the other."""
        ...

    async def foresee_placed(self, who: Placed) -> Told | None:
        """Look now, for a moment at most, and return what is foreseen for one who comes now."""
        ...

    async def catch_up(self, revision: int) -> None:
        """Wait a moment until the hall of that revision is foreseen, if anything is."""
        ...

    def note_issued(self, tickets: Iterable[Ticket]) -> None:
        """Take note of numbers just given, which the next to come will find before them."""
        ...

    def note_shown(self, ticket: Ticket, wait: Wait | None, told: Told | None) -> None:
        """Take note that a number's holder was shown this wait, by the run or by the formula."""
        ...


class NoForesight:
    """Nobody foresees anything."""

    def over(self, hall: Hall) -> Hall:
        """Leave the hall as it was read."""
        return hall

    def of(self, ticket_id: UUID) -> Told | None:
        """Know nothing."""
        return None

    def foresee(self, asked: Sequence[Asked]) -> list[Told | None]:
        """Know nothing of anybody."""
        return [None] * len(asked)

    async def foresee_placed(self, who: Placed) -> Told | None:
        """Know nothing of anybody."""
        return None

    async def catch_up(self, revision: int) -> None:
        """Wait for nothing."""

    def note_issued(self, tickets: Iterable[Ticket]) -> None:
        """Keep nothing."""

    def note_shown(self, ticket: Ticket, wait: Wait | None, told: Told | None) -> None:
        """Keep nothing."""
