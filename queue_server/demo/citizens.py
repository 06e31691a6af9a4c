"""The citizens of a morning: they come, stand in line at the kiosk or at reception, take a number.

The kiosk belongs to people: bots leave it alone for a while when somebody else uses it.
"""

import asyncio
import random
from collections.abc import Sequence
from typing import Final

from queue_server.demo import chances
from queue_server.demo.api import Api
from queue_server.demo.chances import Offer, Wishes
from queue_server.demo.floor import Floor
from queue_server.demo.kiosk_page import Glass, KioskPage
from queue_server.demo.kiosk_visit import Visit
from queue_server.demo.pace import Pace
from queue_server.demo.tally import Tally

LEFT_ALONE_S: Final = 60.0
"""After somebody else touched the kiosk; of the clock's seconds."""
LONGEST_KIOSK_LINE: Final = 15
"""Whoever finds more people standing at the kiosk goes to reception."""
PATIENCE_S: Final = 20.0
"""How long the first in line waits for a kiosk that is not free; of the clock's seconds."""
BREATH_S: Final = 1.0
"""Between two citizens, so that a person who watches can step in; of the clock's seconds."""
RECEPTION_S: Final = 10.0
"""Reception's time for one citizen."""
_LOOK_EVERY_S: Final = 0.25
_LEFT_BEHIND: Final = frozenset({"finish", "home"})


class Citizens:
    """Everybody who comes through the door."""

    def __init__(
        self, *, api: Api, page: KioskPage, floor: Floor, pace: Pace, tally: Tally, seed: int
    ) -> None:
        self._api = api
        self._page = page
        self._floor = floor
        self._pace = pace
        self._tally = tally
        self._seed = seed
        self._at_kiosk: asyncio.Queue[Wishes] = asyncio.Queue()
        self._at_reception: asyncio.Queue[Wishes] = asyncio.Queue()
        self._ours: str | None = None
        """The ticket that the last of us left on the glass."""
        self._may_be_ours = False
        """The last of us asked for a number and did not see it."""
        self._left_alone_until = float("-inf")

    async def run(self, offers: Sequence[Offer], windows: int) -> None:
        """Let people come, day after day, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._come(windows))
            tasks.create_task(self._stand_at_kiosk())
            tasks.create_task(self._stand_at_reception(offers))

    async def _come(self, windows: int) -> None:
        chance = chances.stream(self._seed, "wishes")
        for at_s in chances.arrivals(chances.stream(self._seed, "arrivals"), windows=windows):
            wait_s = at_s - self._pace.elapsed_s()
            if wait_s > 0:
                await self._pace.sleep(wait_s)
            wishes = chances.wishes(chance)
            in_line = self._at_kiosk.qsize() + self._at_reception.qsize()
            if self._floor.waiting + in_line >= chances.LONGEST_LINE:
                self._tally.count("went_home")
            elif wishes.way == "kiosk" and self._at_kiosk.qsize() < LONGEST_KIOSK_LINE:
                self._at_kiosk.put_nowait(wishes)
            else:
                self._at_reception.put_nowait(wishes)

    async def _stand_at_kiosk(self) -> None:
        chance = chances.stream(self._seed, "kiosk")
        while True:
            wishes = await self._at_kiosk.get()
            if not await self._until_free() or not await self._use_kiosk(wishes, chance):
                self._at_reception.put_nowait(wishes)
            await self._pace.clock.sleep(BREATH_S)

    async def _use_kiosk(self, wishes: Wishes, chance: random.Random) -> bool:
        """Take a number there; False when that did not work."""
        visit = Visit(self._page, wishes, self._pace, chance)
        outcome = await visit.take_number()
        self._tally.count(f"kiosk_{outcome}")
        self._may_be_ours = outcome == "lost" and visit.asked
        if outcome != "number":
            return False
        number = None if visit.glass is None else visit.glass.number
        if number is not None:
            self._ours = number.ticket
            self._tally.count(f"paper_{number.paper}")
        return True

    async def _until_free(self) -> bool:
        """Wait until the kiosk is free for us; False when that takes too long."""
        clock = self._pace.clock
        began = clock.monotonic()
        while clock.monotonic() - began < PATIENCE_S:
            glass = self._page.glass
            if glass is not None and not glass.is_free:
                await self._look_at(glass)
            elif glass is not None and clock.monotonic() >= self._left_alone_until:
                return True
            await clock.sleep(_LOOK_EVERY_S)
        self._tally.count("kiosk_not_free")
        return False

    async def _look_at(self, glass: Glass) -> None:
        """Put away what one of us left on the glass; notice that somebody else stands there."""
        number = glass.number
        if number is not None and (self._may_be_ours or number.ticket == self._ours):
            for name in sorted(_LEFT_BEHIND & glass.touches):
                await self._page.touch(name)
        elif glass.step not in ("issuing", "notice"):
            self._left_alone_until = self._pace.clock.monotonic() + LEFT_ALONE_S

    async def _stand_at_reception(self, offers: Sequence[Offer]) -> None:
        chance = chances.stream(self._seed, "reception")
        while True:
            wishes = await self._at_reception.get()
            await self._pace.sleep(RECEPTION_S)
            offer = chances.wanted_service(chance, offers) if chance.random() < 0.5 else None
            told = await self._api.post(
                "/tickets",
                {
                    "service": None if offer is None else offer.code,
                    "priority": wishes.priority,
                    "language": wishes.language,
                    "channel": "phone" if wishes.way == "phone" else "desk",
                },
            )
            if told.is_done:
                self._tally.count("reception_number")
