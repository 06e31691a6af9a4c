"""What a kiosk does by the clock alone: its minutes, its heartbeat, forgetting once a day."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from core_services.clock import Clock
from core_services.link.status_frames import Status
from kiosk.audience import Audience
from kiosk.effects import Effects
from kiosk.machines import Machines
from kiosk.offline import Outbox
from kiosk.own_numbers import OwnNumbers
from kiosk.seams import ServerLink
from kiosk.told import Told
from kiosk.wordbook import KEPT

HEARTBEAT_S: Final = 5.0
_DAY_S: Final = 86_400.0


class Rounds:
    """The rounds of one kiosk."""

    def __init__(
        self,
        *,
        clock: Clock,
        link: ServerLink,
        outbox: Outbox,
        told: Told,
        own_numbers: OwnNumbers,
        effects: Effects,
        machines: Machines,
        audience: Audience,
        status: Callable[[], Status],
    ) -> None:
        self._clock = clock
        self._link = link
        self._outbox = outbox
        self._told = told
        self._own_numbers = own_numbers
        self._effects = effects
        self._machines = machines
        self._audience = audience
        self._status = status

    async def run(self) -> None:
        """Go round until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_minutes())
            tasks.create_task(self._beat())
            tasks.create_task(self._purge())

    async def _keep_minutes(self) -> None:
        """Bring the clock on the glass, and the day, up to date at each full minute."""
        self._effects.tell_time()
        while True:
            now = self._outbox.time.best()
            minute = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
            await self._clock.sleep((minute - now).total_seconds())
            if self._link.connected and not self._told.is_anothers:
                self._own_numbers.remember_time()
            self._effects.tell_time()

    async def _beat(self) -> None:
        fault = None
        while True:
            await self._clock.sleep(HEARTBEAT_S)
            if fault != self._link.fault:
                fault = self._link.fault
                self._audience.wake()
            await self._link.send(self._status())

    async def _purge(self) -> None:
        """Forget once a day what nobody will ask for again, by a clock that can be believed."""
        while True:
            if self._outbox.time.believes_machine:
                self._outbox.purge()
                self._machines.purge(self._clock.now() - KEPT)
            await self._clock.sleep(_DAY_S)
