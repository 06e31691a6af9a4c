"""The centre's server with its kiosks and its hall screen on one loop and one virtual clock."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Self

import aiohttp
from aiohttp import web

from core_services.clock import SystemClock
from queue_server.app import open_parts
from queue_server.demo.api import Api
from queue_server.demo.tally import Tally
from queue_server.parts import Parts
from queue_server.routes import application_of
from queue_server.settings import ServerSettings
from queue_server.simulation.errors import SimulationFailed
from queue_server.simulation.machines import SimulatedDisplay, SimulatedKiosk, WireClock
from queue_server.simulation.prepared import Prepared
from queue_server.simulation.store import latest_told
from queue_server.simulation.virtual_clock import VirtualClock

CALM_TURNS: Final = 6
"""So many turns of the loop without a statement under way mean that nobody has work left."""
PACED_S: Final = 0.05
"""How long, of the machine's seconds, a picture of the hall is waited for that may be spaced."""
UNTOLD_S: Final = 15.0
"""After so long the server has stopped telling its screens, and the simulation says so."""
_TURN_S: Final = 0.0002


class Untold(SimulationFailed):
    """What was committed does not come to the screens any more."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running centre whose time the caller moves."""

    parts: Parts
    clock: VirtualClock
    api: Api
    kiosks: Sequence[SimulatedKiosk]
    displays: Sequence[SimulatedDisplay]

    async def rest(self) -> None:
        """Return once nothing moves: no statement is under way and every screen shows the head.

        Raises Untold.
        """
        await self._calm()
        revision = await latest_told(self.parts.pool, self.parts.centre_id)
        began = time.monotonic()
        while not self._all_told(revision):
            waited_s = time.monotonic() - began
            if waited_s > UNTOLD_S:
                raise Untold(f"revision {revision} is not on every screen after {waited_s:.0f} s")
            if waited_s > PACED_S and self.clock.is_pacing:
                break
            await asyncio.sleep(_TURN_S)
        await self._calm()

    async def _calm(self) -> None:
        turns, pool = 0, self.parts.pool
        while turns < CALM_TURNS:
            if pool.is_idle:
                turns += 1
                await asyncio.sleep(0)
            else:
                turns = 0
                await asyncio.sleep(_TURN_S)

    def _all_told(self, revision: int) -> bool:
        hall = self.parts.hub.hall
        return (
            hall is not None
            and hall.revision >= revision
            and all(
                machine.is_connected and machine.revision >= revision
                for machine in (*self.kiosks, *self.displays)
                if machine.is_on
            )
        )


class Site:
    """The centre at one place: the server may go away and come back, the clock goes on."""

    def __init__(
        self, settings: ServerSettings, prepared: Prepared, clock: VirtualClock, *, dsn: str
    ) -> None:
        self.clock = clock
        self.tally = Tally()
        self._settings, self._prepared, self._dsn = settings, prepared, dsn
        self._served: Served | None = None
        self._stack = AsyncExitStack()

    @property
    def served(self) -> Served:
        """The running centre. Raises Untold while there is none."""
        if self._served is None:
            raise Untold("the server is away")
        return self._served

    async def start(self) -> None:
        """Start the server and let the machines come back. Raises NoCentre, DatabaseError."""
        self._served = await self._stack.enter_async_context(
            _served(self._settings, self._prepared, self.clock, self._dsn, self.tally)
        )
        await self._served.rest()

    async def stop(self) -> None:
        """Stop the server; nothing that it answered is lost."""
        self._served = None
        await self._stack.aclose()

    async def advance(self, until_s: float) -> None:
        """Move the clock on; whatever wakes by then comes to rest first."""
        await self.clock.advance(until_s, _nothing if self._served is None else self._served.rest)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.stop()


async def _nothing() -> None:
    pass


@asynccontextmanager
async def _served(
    settings: ServerSettings, prepared: Prepared, clock: VirtualClock, dsn: str, tally: Tally
) -> AsyncIterator[Served]:
    """Serve the prepared centre on a port of this machine until the block ends.

    Kiosks and screens are those of `prepared`, named K… and D…, all switched on.
    """
    async with open_parts(settings, dsn, clock=clock) as parts:
        runner = web.AppRunner(application_of(parts), access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
                centre = Served(
                    parts=parts,
                    clock=clock,
                    api=Api(client, url, prepared.key, SystemClock(), tally),
                    kiosks=[
                        SimulatedKiosk(name, server=url, token=token, clock=WireClock())
                        for name, token in _named("K", prepared.tokens).items()
                    ],
                    displays=[
                        SimulatedDisplay(name, server=url, token=token, clock=WireClock())
                        for name, token in _named("D", prepared.tokens).items()
                    ],
                )
                machines = (*centre.kiosks, *centre.displays)
                try:
                    for machine in machines:
                        await machine.switch_on()
                    yield centre
                finally:
                    for machine in machines:
                        await machine.switch_off()
        finally:
            await runner.cleanup()


def _named(letter: str, tokens: Mapping[str, str]) -> dict[str, str]:
    return {name: token for name, token in sorted(tokens.items()) if name.startswith(letter)}
