"""What the bots know of the hall: the windows as the API tells them, looked at every second."""

from dataclasses import dataclass
from typing import Any, Final

from core_services.clock import Clock
from queue_server.demo.api import Api, ApiFailed

LOOK_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class TicketInHand:
    """A ticket at a window."""

    id: str
    state: str
    service: str | None

    @classmethod
    def told(cls, ticket: dict[str, Any]) -> "TicketInHand":
        return cls(ticket["id"], ticket["state"], ticket["service"])


@dataclass(frozen=True, slots=True)
class Seat:
    """A window."""

    number: int
    state: str
    opened_by: str | None
    is_awaited: bool
    """A person has come to sit there."""
    ticket: TicketInHand | None


class Floor:
    """The windows and the line, as last seen."""

    def __init__(self, api: Api, clock: Clock, name: str) -> None:
        """`name` is ours, as windows tell who opened them."""
        self._api = api
        self._clock = clock
        self._name = name
        self._seats: dict[int, Seat] = {}
        self._asked = 0
        self._seen = 0
        self.waiting = 0
        """How many people have a number and wait."""

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            try:
                await self.look()
                queues = await self._api.get("/queues")
                self.waiting = sum(queue["waiting"] for queue in queues["items"])
            except ApiFailed:
                continue

    async def look(self) -> None:
        """Look now. A look that was begun earlier and ends later is passed over."""
        self._asked += 1
        mine = self._asked
        windows = await self._api.get("/windows")
        if mine > self._seen:
            self._seen = mine
            self._seats = {window["number"]: _seat(window) for window in windows["items"]}

    def seat(self, number: int) -> Seat | None:
        """Return a window as last seen; None before the first look."""
        return self._seats.get(number)

    def is_ours(self, seat: Seat) -> bool:
        """Say whether one of us sits there."""
        return seat.state != "closed" and seat.opened_by == self._name


def _seat(window: dict[str, Any]) -> Seat:
    ticket = window["ticket"]
    return Seat(
        number=window["number"],
        state=window["state"],
        opened_by=window["opened_by"],
        is_awaited=window["awaited_by"] is not None,
        ticket=None if ticket is None else TicketInHand.told(ticket),
    )
