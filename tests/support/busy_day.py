"""A day's people, who write down what they were promised: numbers on the glass, answers of the API.

They know nothing of restarts but what people know: a page that comes back, a command sent again.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp

from core_services.clock import SystemClock
from queue_server.demo.api import Api
from queue_server.demo.tally import Tally
from tests.support.screen_pages import ScreenPage

WINDOWS: Final = (2, 3)
FINGER_S: Final = 0.65
"""Faster touches are one touch to the kiosk."""
_AWAY = (aiohttp.ClientError, ConnectionError, TimeoutError)


@dataclass(slots=True)
class Promises:
    """What people saw with their own eyes."""

    numbers: dict[str, str] = field(default_factory=dict)
    """Labels that stood on the kiosk's glass, by ticket."""
    papers: dict[str, set[str]] = field(default_factory=dict)
    """What the glass said of each slip."""
    issued: dict[str, str] = field(default_factory=dict)
    """Labels that the API answered with 201, by ticket."""
    acts: list[tuple[str, str]] = field(default_factory=list)
    """Acts on tickets that the API answered with 200."""


class BusyDay:
    """Citizens at the kiosk and at reception, clerks at two windows, a watcher of the board."""

    def __init__(self, session: aiohttp.ClientSession, facts: dict[str, Any], seed: int) -> None:
        self.promises = Promises()
        self.tally = Tally()
        self.board: dict[str, Any] = {}
        """What stands in the hall, as seen last; empty while nothing does."""
        self._session = session
        self._facts = facts
        self._chance = random.Random(f"{seed}:day")
        clock = SystemClock()
        self._api = Api(session, facts["server"], facts["api_key"], clock, self.tally)
        self._is_calling = True
        self._people: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def lived(self) -> AsyncIterator[None]:
        """Let them live for the block; the watcher of the board stays until the end of it."""
        async with asyncio.TaskGroup() as tasks:
            self._people = [
                tasks.create_task(self._stand_at_kiosk()),
                tasks.create_task(self._stand_at_reception()),
                *(tasks.create_task(self._sit_at(window)) for window in WINDOWS),
            ]
            watcher = tasks.create_task(self._watch_board())
            try:
                yield
            finally:
                for task in (*self._people, watcher):
                    task.cancel()

    async def go_home(self) -> None:
        """Let everybody but the watcher of the board leave; clerks end what they have in hand."""
        self._is_calling = False
        for citizens in self._people[:2]:
            citizens.cancel()
        await asyncio.wait(self._people)

    async def _stand_at_kiosk(self) -> None:
        while True:
            page = ScreenPage(self._session, self._facts["kiosk"])
            with suppress(*_AWAY):
                async with page.open():
                    await self._use(page)
            await asyncio.sleep(0.1)

    async def _use(self, page: ScreenPage) -> None:
        """Touch whatever leads to the next number, and note every number that is shown."""
        reading = asyncio.create_task(self._read(page))
        try:
            while not reading.done():
                await asyncio.sleep(FINGER_S)
                name = self._touch(page.face)
                if name is not None:
                    await page.touch(name)
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    async def _read(self, page: ScreenPage) -> None:
        with suppress(*_AWAY):
            while True:
                number = (await page.read())["number"]
                if number is not None:
                    self.promises.numbers[number["ticket"]] = number["label"]
                    self.promises.papers.setdefault(number["ticket"], set()).add(number["paper"])

    def _touch(self, face: dict[str, Any]) -> str | None:
        """Return the button that somebody there would touch next."""
        touches = set(face.get("touches", ()))
        chance = self._chance.random()
        wanted = ["finish", "home", "take" if chance < 0.85 else "take:age65"]
        if chance < 0.7:
            wanted.insert(0, "kept")
        return next((name for name in wanted if name in touches), None)

    async def _stand_at_reception(self) -> None:
        while True:
            told = await self._api.post("/tickets", {"channel": "desk"})
            if told.status == 201:
                self.promises.issued[told.body["id"]] = told.body["label"]
            await asyncio.sleep(self._chance.uniform(0.5, 1.5))

    async def _sit_at(self, window: int) -> None:
        await self._api.post(f"/windows/{window}/open")
        while self._is_calling:
            told = await self._api.post(f"/windows/{window}/call-next")
            if told.status == 200 and told.body is not None:
                await self._serve(told.body["id"], window)
            elif told.status == 409 and "current" in told.body:
                await self._serve(told.body["current"]["id"], window)
            await asyncio.sleep(self._chance.uniform(0.2, 1.0))

    async def _serve(self, ticket: str, window: int) -> None:
        self.promises.acts.append((ticket, "call"))
        comes = self._chance.random() < 0.85
        for act in ("start", "finish") if comes else ("recall", "no-show"):
            await asyncio.sleep(self._chance.uniform(0.5, 3.0))
            told = await self._api.post(
                f"/tickets/{ticket}/{act}", {"window": window}, route="/tickets/{id}/" + act
            )
            if told.status == 200:
                self.promises.acts.append((ticket, act.replace("-", "_")))

    async def _watch_board(self) -> None:
        while True:
            page = ScreenPage(self._session, self._facts["display"])
            with suppress(*_AWAY):
                async with page.open():
                    while True:
                        self.board = await page.read()
            self.board = {}
            await asyncio.sleep(0.1)
