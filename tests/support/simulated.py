"""A short day of a small scenario, lived through the real server on a database of the tests."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from queue_server.database import Addresses
from queue_server.settings import ServerSettings
from queue_server.simulation.at_max import live_at_max
from queue_server.simulation.day import Day
from queue_server.simulation.library import Scenario
from queue_server.simulation.result import LivedThrough
from queue_server.simulation.run import read_day
from tests.support.database import Database

Fact = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Lived:
    """A day as those who lived it saw it, and as the database has it."""

    day: Day
    found: LivedThrough
    told: Mapping[str, Any]
    """What the API says of each number, by its label, at the evening."""
    errors: Mapping[str, int]

    @property
    def facts(self) -> list[Fact]:
        """All that happened, without ids: of every number, then of every window.

        What waits were told is left out: the chances of a forecast hang on the numbers' ids.
        """
        return [
            (
                *(each.label, each.queue, each.service, each.priority, each.state, each.channel),
                *((act.event, act.at, act.window) for act in each.acts),
            )
            for each in self.found.tickets
        ] + [(each.window, each.event, each.at) for each in self.found.windows]


async def lived_through(
    scenario: Scenario,
    database: Database,
    folder: Path,
    *,
    seed: int = 1,
    days: int = 1,
    grain_s: float = 60.0,
) -> list[Lived]:
    """Live the days, and ask the API of the running server for every number."""
    found = []
    addresses = Addresses(database.app_dsn, database.owner_dsn)
    settings = ServerSettings(data_dir=folder)
    async for day, run in live_at_max(
        scenario, settings, addresses, seed=seed, days=days, grain_s=grain_s
    ):
        served = run.site.served
        told = {}
        for person in day.people:
            if person.ticket is not None and person.label is not None:
                told[person.label] = await served.api.get(f"/tickets/{person.ticket}")
        through = await read_day(served.parts.pool, served.parts.centre_id, day)
        found.append(Lived(day, through, told, run.site.tally.errors))
    return found
