"""A clerk's work at one window, through the API: call, meet, serve, rest, make room for people."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from queue_server.demo import chances
from queue_server.demo.api import Api, ApiFailed, Told
from queue_server.demo.chances import Offer
from queue_server.demo.floor import Floor, Seat, TicketInHand
from queue_server.demo.pace import Pace
from queue_server.demo.tally import Tally

COME_BACK_S: Final = 90.0
"""A window that a person closed or paused stays theirs so long; of the clock's seconds."""
AWAY_AT_ONCE: Final = 2
"""So many clerks take their break at the same time."""
NO_SHOWS: Final = 0.06
LATE: Final = 0.08
RECALL_AFTER_S: Final = 40.0
NEXT_AT_ONCE: Final = 0.6
"""How often *finish and call next* is pressed instead of *finish*."""
_LOOK_EVERY_S: Final = 0.5
_IDLE_S: Final = 3.0


class _ToldOtherwise(Exception):
    """The window or its ticket is not as we thought: look again."""


class Clerk:
    """The bot of one window."""

    def __init__(
        self,
        window: int,
        *,
        api: Api,
        floor: Floor,
        pace: Pace,
        tally: Tally,
        offers: Mapping[str, Offer],
        breaks: asyncio.Semaphore,
        seed: int,
    ) -> None:
        self._window = window
        self._api = api
        self._floor = floor
        self._pace = pace
        self._tally = tally
        self._offers = offers
        self._breaks = breaks
        self._chance = chances.stream(seed, f"window {window}")
        self._break_at_s = chances.break_after_s(self._chance)
        self._has_sat = False
        self._left_since: float | None = None
        """Since when a window that we do not have stands free."""

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self._look_and_act()
            except (_ToldOtherwise, ApiFailed):
                await self._pace.clock.sleep(_LOOK_EVERY_S)

    async def _look_and_act(self) -> None:
        await self._floor.look()
        seat = self._floor.seat(self._window)
        if seat is None:
            await self._pace.clock.sleep(_IDLE_S)
        elif not self._floor.is_ours(seat):
            await self._stay_away(seat)
        elif seat.is_awaited:
            await self._hand_over(seat)
        elif seat.state == "paused":
            await self._stay_away(seat)
        else:
            self._has_sat, self._left_since = True, None
            await self._work(seat.ticket)

    async def _stay_away(self, seat: Seat) -> None:
        """Sit down where nobody sits: at first at once, later when it has been free for a while."""
        clock = self._pace.clock
        is_taken = seat.state != "closed" and not self._floor.is_ours(seat)
        if seat.is_awaited or is_taken:
            self._left_since = None
            self._has_sat = True
        elif not self._has_sat:
            await self._at_window("open")
            return
        else:
            self._left_since = clock.monotonic() if self._left_since is None else self._left_since
            if clock.monotonic() - self._left_since >= COME_BACK_S:
                await self._at_window("open")
                return
        await clock.sleep(_LOOK_EVERY_S)

    async def _hand_over(self, seat: Seat) -> None:
        """End at once what is in hand and leave the window to the person who has come."""
        self._tally.count("handed_over")
        if seat.ticket is not None:
            if seat.ticket.state == "called":
                await self._on_ticket(seat.ticket.id, "start")
            await self._on_ticket(seat.ticket.id, "finish")
        await self._at_window("close")

    async def _work(self, ticket: TicketInHand | None) -> None:
        """Do one visit after the other, until there is something else to do."""
        while True:
            if ticket is None:
                if self._break_is_due():
                    await self._rest()
                ticket = await self._call_next()
            if ticket is not None and ticket.state == "called":
                ticket = await self._meet(ticket)
            if ticket is not None:
                ticket = await self._serve(ticket)

    async def _call_next(self) -> TicketInHand | None:
        """Call somebody; when nobody waits, wait a little and return None."""
        told = await self._at_window("call-next")
        if told.body is None:
            await self._wait(_IDLE_S, at_least_s=_LOOK_EVERY_S)
            return None
        self._tally.count("called")
        return TicketInHand.told(told.body)

    async def _meet(self, ticket: TicketInHand) -> TicketInHand | None:
        """Wait for the citizen; None when nobody came."""
        fate = self._chance.random()
        if fate < NO_SHOWS + LATE:
            for _ in range(2 if fate < NO_SHOWS else 1):
                await self._wait(RECALL_AFTER_S)
                await self._on_ticket(ticket.id, "recall")
                self._tally.count("recalled")
        if fate < NO_SHOWS:
            await self._wait(RECALL_AFTER_S)
            await self._on_ticket(ticket.id, "no-show")
            self._tally.count("no_show")
            return None
        await self._wait(chances.walk_s(self._chance))
        return TicketInHand.told(await self._on_ticket(ticket.id, "start"))

    async def _serve(self, ticket: TicketInHand) -> TicketInHand | None:
        """Serve and finish; returns the next ticket when it was called with the same press."""
        service = ticket.service
        if service is None:
            await self._wait(self._chance.uniform(5.0, 15.0))
            offer = chances.wanted_service(self._chance, list(self._offers.values()))
            if offer is not None:
                service = offer.code
                await self._on_ticket(ticket.id, "service", {"service": service})
        offer = self._offers.get(service or "")
        await self._wait(chances.service_s(self._chance, 180 if offer is None else offer.target_s))
        calls_next = self._chance.random() < NEXT_AT_ONCE and not self._break_is_due()
        if not calls_next:
            await self._on_ticket(ticket.id, "finish")
            self._tally.count("finished")
            return None
        told = await self._at_window("call-next", {"finish": True})
        self._tally.count("finished")
        if told.body is None:
            return None
        self._tally.count("called")
        return TicketInHand.told(told.body)

    def _break_is_due(self) -> bool:
        return self._pace.elapsed_s() >= self._break_at_s and not self._breaks.locked()

    async def _rest(self) -> None:
        """Take a break, as long as no person comes for the window."""
        async with self._breaks:
            reason = "prayer" if self._chance.random() < 0.4 else "break"
            await self._at_window("pause", {"reason": reason})
            self._tally.count("break")
            self._break_at_s = self._pace.elapsed_s() + chances.break_after_s(self._chance)
            await self._wait(chances.break_s(self._chance))
            await self._at_window("open")

    async def _at_window(self, act: str, body: Mapping[str, object] | None = None) -> Told:
        path, route = f"/windows/{self._window}/{act}", "/windows/{n}/" + act
        return _done(await self._api.post(path, body, route=route))

    async def _on_ticket(
        self, ticket: str, act: str, body: Mapping[str, object] | None = None
    ) -> dict[str, Any]:
        told = await self._api.post(
            f"/tickets/{ticket}/{act}",
            {"window": self._window, **(body or {})},
            route="/tickets/{id}/" + act,
        )
        answer: dict[str, Any] = _done(told).body
        return answer

    async def _wait(self, seconds: float, *, at_least_s: float = 0.0) -> None:
        """Wait some of the bots' seconds; raises _ToldOtherwise when the window is wanted."""
        clock = self._pace.clock
        until = clock.monotonic() + max(seconds / self._pace.speed, at_least_s)
        while (left_s := until - clock.monotonic()) > 0:
            await clock.sleep(min(left_s, _LOOK_EVERY_S))
            seat = self._floor.seat(self._window)
            if seat is not None and (seat.is_awaited or not self._floor.is_ours(seat)):
                raise _ToldOtherwise


def _done(told: Told) -> Told:
    if not told.is_done:
        raise _ToldOtherwise
    return told
