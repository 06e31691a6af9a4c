"""What the people of a simulated day do to a centre, whatever that centre runs on."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from queue_server.simulation.model import Booking, Citizen, Fault, Shift
from queue_server.tickets.model import WindowAct


@dataclass(frozen=True, slots=True)
class Taken:
    """A number that somebody got."""

    ticket: str
    label: str
    is_confirmed: bool
    """It may be called now; one of a kiosk waits for its paper first."""
    knows_service: bool
    """The service was said with it; else the window is told at the start."""


Then = Callable[[Taken | None], Awaitable[None]]


class Hands(Protocol):
    """The acts of citizens, clerks and supervisor. All raise ApiFailed, NoAnswer, DatabaseError.

    An act that the centre refuses because somebody was faster returns what says so.
    """

    async def book(self, booking: Booking, key: int) -> None:
        """Book an appointment before the day; `key` tells bookings of the day apart."""

    async def take_number(self, citizen: Citizen, kiosk: int | None, then: Then) -> None:
        """Take a number at that kiosk (from 1) or from reception, and then go on with it.

        `then` is told the number, or None where there is none to have: before this returns, or
        from the agenda later.
        """

    async def take_slip(self, ticket: str, kiosk: int) -> None:
        """Have the slip come out, or keep the number where it does not."""

    async def open_window(self, shift: Shift) -> None:
        """Open a window as its shift says, or come back to it."""

    async def leave_window(self, window: int, act: WindowAct, reason: str | None) -> None:
        """Pause or close a window."""

    async def call_next(self, window: int) -> str | None:
        """Call the next ticket to a window and return it."""

    async def start(self, window: int, ticket: str, service: str | None) -> None:
        """Begin with somebody; the service is named where the number did not say it."""

    async def finish(self, window: int, ticket: str) -> None:
        """End a visit."""

    async def miss(self, window: int, ticket: str) -> None:
        """Say that nobody came."""

    async def give_back(self, ticket: str) -> bool:
        """Give a number back; False when it was called already."""

    async def come_back(self, ticket: str) -> bool:
        """Take up a missed number again; False when that is not possible any more."""

    async def breaks(self, fault: Fault) -> None:
        """Let something break."""

    async def is_mended(self, fault: Fault) -> None:
        """Let it work again."""
