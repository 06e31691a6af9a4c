"""The acts of a simulated day on a centre of programs: kiosks are touched, devices are broken."""

import asyncio
import os
import random
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

import aiohttp
import structlog

from queue_server.demo.api import Api
from queue_server.demo.chances import Wishes
from queue_server.demo.kiosk_page import KioskPage
from queue_server.demo.kiosk_visit import Visit
from queue_server.demo.pace import Pace
from queue_server.simulation.agenda import Act
from queue_server.simulation.api_hands import ApiHands
from queue_server.simulation.hands import Taken, Then
from queue_server.simulation.model import Booking, Citizen, Fault

logger = structlog.get_logger()

FREE_WITHIN_S = 15.0
"""Whoever stands at a kiosk that does not become free in time goes to reception."""


class LiveHands(ApiHands):
    """Citizens touch the kiosks' pages, one at each; everything else is asked of the API."""

    def __init__(
        self,
        api: Api,
        moment: Callable[[float], datetime],
        *,
        client: aiohttp.ClientSession,
        pages: Sequence[KioskPage],
        printers: Sequence[str],
        pids: Callable[[], Mapping[str, int]],
        pace: Pace,
        tasks: asyncio.TaskGroup,
        then_do: Callable[[Act], None],
    ) -> None:
        """`then_do` puts something down for the present moment."""
        super().__init__(lambda: api, moment, {})
        self._client = client
        self._pages = pages
        self._printers = printers
        self._pids = pids
        self._pace = pace
        self._tasks = tasks
        self._then_do = then_do
        self._chance = random.Random(0)
        self.standing = 0
        """People who stand at a kiosk now."""
        self.from_kiosks = 0
        """Numbers that kiosks gave."""

    async def book(self, booking: Booking, key: int) -> None:
        """Book nothing: slots are a quarter of an hour, and an hour here is a minute."""

    async def take_number(self, citizen: Citizen, kiosk: int | None, then: Then) -> None:
        if kiosk is None or citizen.needs:
            await then(await self.take_from_reception(citizen))
            return
        self.standing += 1
        self._tasks.create_task(self._visit(citizen, self._pages[kiosk - 1], then))

    async def take_slip(self, ticket: str, kiosk: int) -> None:
        """Do nothing: the kiosk has told of its paper already."""

    async def breaks(self, fault: Fault) -> None:
        match fault.kind:
            case "printer":
                await self._change_printers(fault, {"paper": "out"})
            case "kiosk":
                self._signal(self._kiosks(fault), signal.SIGSTOP)
            case "display":
                self._signal(["display"], signal.SIGSTOP)
            case "server":
                self._signal(["server"], signal.SIGKILL)
            case _:
                await self.mark(fault)

    async def is_mended(self, fault: Fault) -> None:
        match fault.kind:
            case "printer":
                await self._change_printers(fault, {"paper": "ok"})
            case "kiosk":
                self._signal(self._kiosks(fault), signal.SIGCONT)
            case "display":
                self._signal(["display"], signal.SIGCONT)
            case "server":  # it was started again at once
                pass
            case _:
                await self.unmark(fault)

    async def _visit(self, citizen: Citizen, page: KioskPage, then: Then) -> None:
        taken: Taken | None = None
        free = await page.until(lambda glass: glass.is_free, within_s=FREE_WITHIN_S)
        if free is not None:
            wishes = Wishes(
                way="kiosk",
                priority=citizen.priority,
                language=citizen.language,
                browses=False,
                keeps=True,
                finishes=True,
                thinks_s=0.0,
            )
            visit = Visit(page, wishes, self._pace, self._chance)
            outcome = await visit.take_number()
            if visit.number is not None:
                number = visit.number
                taken = Taken(number.ticket, number.label, is_confirmed=True, knows_service=False)
                self.from_kiosks += 1
            else:
                logger.info("kiosk_gave_no_number", outcome=outcome)
        if taken is None:
            taken = await self.take_from_reception(citizen)
        self.standing -= 1
        self._then_do(partial(then, taken))

    async def _change_printers(self, fault: Fault, change: Mapping[str, Any]) -> None:
        chosen = self._printers if fault.kiosk is None else [self._printers[fault.kiosk - 1]]
        for page in chosen:
            async with self._client.post(f"{page}/faults", json=dict(change)) as answer:
                answer.raise_for_status()

    def _kiosks(self, fault: Fault) -> list[str]:
        names = ["kiosk", *(f"kiosk-{number}" for number in range(2, len(self._pages) + 1))]
        return names if fault.kiosk is None else [names[fault.kiosk - 1]]

    def _signal(self, names: Sequence[str], number: signal.Signals) -> None:
        for name in names:
            pid = self._pids().get(name)
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
