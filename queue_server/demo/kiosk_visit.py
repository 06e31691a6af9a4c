"""One citizen's minute at the kiosk, by touches alone."""

import random
from collections.abc import Callable
from typing import Final, Literal

from queue_server.demo.chances import Wishes
from queue_server.demo.kiosk_page import Glass, KioskPage, NumberOnGlass
from queue_server.demo.pace import Pace

Outcome = Literal["number", "busy", "refused", "lost"]
"""`number`: they have one. `busy`: somebody else stood there. `refused`: the kiosk gives none and
says why. `lost`: the kiosk went away, or did something else under their hands."""

FINGER_S: Final = 0.6
"""Between two touches; faster ones are one touch to the kiosk."""
PAGE_S: Final = 3.0
"""For the next page after a touch."""
ANSWER_S: Final = 12.0
"""For a number after the last touch."""
PAPER_S: Final = 7.0
"""For the slip, or for the words that it does not come."""


class Visit:
    """One citizen at one kiosk."""

    def __init__(self, page: KioskPage, wishes: Wishes, pace: Pace, chance: random.Random) -> None:
        self._page = page
        self._wishes = wishes
        self._pace = pace
        self._chance = chance
        self.glass: Glass | None = None
        """The glass with the number on it, as seen last; None while there was none."""
        self.number: NumberOnGlass | None = None
        """The number as it first stood on the glass; None while there was none."""
        self.asked = False
        """A number was asked for: one that appears later may be ours."""

    async def take_number(self) -> Outcome:
        """Take a number as these wishes say."""
        glass = self._page.glass
        if glass is None:
            return "lost"
        if not glass.is_free:
            return "busy"
        if self._wishes.language == "en" and not await self._go(
            "language", lambda now: now.language == "en"
        ):
            return "lost"
        if self._wishes.browses and "services" in glass.touches and not await self._choose():
            return "lost"
        take = "take" if self._wishes.priority == "none" else f"take:{self._wishes.priority}"
        if not await self._touch(take):
            return "lost"
        self.asked = True
        seen = await self._page.until(
            lambda now: now.step in ("number", "notice"), within_s=ANSWER_S
        )
        if seen is None:
            return "lost"
        if seen.number is None:
            await self._touch("home")
            return "refused"
        self.number = seen.number
        await self._wait_for_paper(seen.number.ticket)
        return "number"

    async def _choose(self) -> bool:
        """Look through the services to a card from which a number can be taken."""
        if not await self._go("services", lambda now: now.step in ("groups", "services")):
            return False
        if self._offers("group:") and not await self._go(
            self._chance.choice(self._offers("group:")), lambda now: now.step == "services"
        ):
            return False
        return (
            bool(self._offers("service:"))
            and await self._go(
                self._chance.choice(self._offers("service:")), lambda now: now.step == "card"
            )
            and bool(self._offers("take"))
        )

    def _offers(self, begins: str) -> list[str]:
        """Return the buttons on the glass whose names begin so, always in the same order."""
        glass = self._page.glass
        names = frozenset() if glass is None else glass.touches
        return sorted(name for name in names if name.startswith(begins))

    async def _wait_for_paper(self, ticket: str) -> None:
        """Wait for the slip; keep the number if it does not come, and leave."""

        def is_told(now: Glass) -> bool:
            return now.number is None or now.number.paper != "printing"

        self.glass = self._page.glass
        told = await self._page.until(is_told, within_s=PAPER_S)
        if told is None or told.number is None or told.number.ticket != ticket:
            return
        self.glass = told
        if told.number.paper in ("not_printed", "unsure"):
            if self._wishes.keeps and await self._touch("kept"):
                self.glass = await self._page.until(
                    lambda now: now.number is None or now.number.paper in ("kept", "printed"),
                    within_s=PAGE_S,
                )
        elif self._wishes.finishes:
            await self._touch("finish")

    async def _go(self, name: str, is_there: Callable[[Glass], bool]) -> bool:
        return await self._touch(name) and (
            await self._page.until(is_there, within_s=PAGE_S) is not None
        )

    async def _touch(self, name: str) -> bool:
        """Think, then touch the button if it is there by then."""
        await self._pace.sleep(self._wishes.thinks_s, at_least_s=FINGER_S)
        glass = self._page.glass
        return glass is not None and name in glass.touches and await self._page.touch(name)
