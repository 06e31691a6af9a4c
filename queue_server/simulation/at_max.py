"""Lives the days of a scenario through the real server on a virtual clock, as fast as it goes."""

from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from core_services.clock import Clock
from core_services.database.migrations import pending
from core_services.database.pool import open_pool
from queue_server.database import Addresses
from queue_server.settings import ServerSettings
from queue_server.simulation.day import Day
from queue_server.simulation.errors import SimulationFailed
from queue_server.simulation.library import Scenario
from queue_server.simulation.model import World
from queue_server.simulation.prepared import Prepared, prepare
from queue_server.simulation.served import Site
from queue_server.simulation.served_hands import ServedHands
from queue_server.simulation.store import last_event_at
from queue_server.simulation.virtual_clock import VirtualClock
from queue_server.simulation.world import make_world, open_day

MORNING_S: Final = 1800.0
"""The clock begins so long before the opening."""
EVENING_S: Final = 60.0
"""A day goes on so long after its last act."""
GRAIN_S: Final = 15.0
"""The server's regular looks are gathered on a grid of so many seconds while the hall is open: an
estimate that is older than 15 s is no longer used, so that a coarser one would change it."""
NIGHT_GRAIN_S: Final = 900.0
"""And on this one from the evening to the morning."""
_LONGEST_PAST_DAYS: Final = 3000
_NO_FSYNC: Final = "synchronous_commit=off"

OnProgress = Callable[[int, int, int], None]
"""Told the day (from 0), how many of its citizens have left, and of how many."""


class MaxRun:
    """A site whose clock the scenario's days move on, one after another."""

    def __init__(self, site: Site, prepared: Prepared, *, grain_s: float) -> None:
        self.site = site
        self._prepared = prepared
        self._grain_s = grain_s

    async def live(self, world: World, on_progress: Callable[[int, int], None]) -> Day:
        """Live one day to its evening. Raises what the hands raise, Untold."""
        site, clock = self.site, self.site.clock
        zero_s = clock.seconds_at(world.opens_at)
        if clock.monotonic() < zero_s - MORNING_S:
            await self._pass_night(zero_s - MORNING_S)
        clock.grain_s = self._grain_s
        day = Day(world, ServedHands(site, world, self._prepared.women), on_progress=on_progress)
        while (at_s := day.agenda.next_s) is not None:
            await site.advance(zero_s + at_s)
            await day.live(at_s, day.agenda.take())
        await site.advance(clock.monotonic() + EVENING_S)
        await site.served.rest()
        return day

    async def _pass_night(self, until_s: float) -> None:
        self.site.clock.grain_s = NIGHT_GRAIN_S
        await self.site.advance(until_s)
        await self.site.served.rest()


async def live_at_max(
    scenario: Scenario,
    settings: ServerSettings,
    addresses: Addresses,
    *,
    seed: int,
    days: int,
    grain_s: float = GRAIN_S,
    on_progress: OnProgress = lambda day, done, whole: None,
) -> AsyncIterator[tuple[Day, MaxRun]]:
    """Live so many days in a row and give each one at the evening, before the night.

    A centre that has a past goes on with the first of the scenario's days after it. Raises
    CentreFileError, CentreError, DatabaseError, and what the hands raise.
    """
    begin = await first_day(scenario, addresses)
    first = make_world(scenario, seed=seed, day=begin)
    clock = VirtualClock(first.opens_at - timedelta(seconds=MORNING_S), grain_s=grain_s)
    given = settings.model_copy(
        update={"database": addresses.app, "database_owner": addresses.owner}
    )
    prepared = await prepare_for(scenario, given, first, clock=clock)
    dsn = _unhurried(addresses.app)
    async with Site(given, prepared, clock, dsn=dsn) as site:
        run = MaxRun(site, prepared, grain_s=grain_s)
        for number in range(days):
            world = first if number == 0 else make_world(scenario, seed=seed, day=begin + number)

            def tell(done: int, whole: int, number: int = number) -> None:
                on_progress(number, done, whole)

            yield await run.live(world, tell), run


async def first_day(scenario: Scenario, addresses: Addresses) -> int:
    """Return the number of the scenario's first day on which the centre has not lived yet.

    Raises DatabaseError, SimulationFailed where that is years away.
    """
    last: date | None = None
    if not await pending(addresses.app):
        pool = await open_pool(addresses.app, size=1, application_name="shubbak simulate")
        try:
            at = await last_event_at(pool, scenario.centre.centre.id)
        finally:
            await pool.close()
        last = None if at is None else at.astimezone(ZoneInfo(scenario.centre.centre.zone)).date()
    if last is None:
        return 0
    for number in range(_LONGEST_PAST_DAYS):
        if open_day(scenario.plan, number) > last:
            return number
    raise SimulationFailed(
        f"the centre in this folder has lived until {last}, long after the scenario's first day, "
        f"{scenario.plan.date}; choose another folder with --data"
    )


async def prepare_for(
    scenario: Scenario, settings: ServerSettings, world: World, *, clock: Clock
) -> Prepared:
    """Prepare the scenario's centre with its kiosks, its screen, and who sits at its windows."""
    asks = any("female_clerk" in citizen.needs for citizen in world.citizens)
    asks |= scenario.plan.people.female_clerk > 0
    return await prepare(
        settings,
        scenario.centre_path,
        devices=[
            *(("kiosk", f"K{number}") for number in range(1, world.kiosks + 1)),
            ("display", "D1"),
        ],
        women_at=[shift.window for shift in world.shifts if shift.is_woman] if asks else [],
        at=clock.now(),
    )


def _unhurried(dsn: str) -> str:
    """Let commits not wait for the disk: what a simulation loses it lives again."""
    return f"{dsn}{'&' if '?' in dsn else '?'}{_NO_FSYNC}"
