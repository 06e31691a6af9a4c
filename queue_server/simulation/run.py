"""Runs a simulation from its folder to its result, at one speed or the other."""

import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from core_services.database.pool import Pool
from queue_server.database import reach_database
from queue_server.estimate.store_visits import open_times, stays_on
from queue_server.settings import ServerSettings
from queue_server.simulation.at_max import live_at_max
from queue_server.simulation.day import Day
from queue_server.simulation.errors import SimulationFailed
from queue_server.simulation.library import Scenario
from queue_server.simulation.outcome import figures
from queue_server.simulation.result import LivedThrough, Simulated
from queue_server.simulation.store import read_tickets, read_window_acts

OnProgress = Callable[[int, int, int], None]
"""Told the day (from 0), how many of its citizens have left, and of how many."""
SIMULATED = "simulated"
"""The file that marks the folder of a simulated centre; it is locked while one is lived in it."""
_DAY = timedelta(days=1)


async def simulate_at_max(
    scenario: Scenario, *, seed: int, days: int, data: Path | None, on_progress: OnProgress
) -> Simulated:
    """Live the days on a virtual clock, on the embedded database of `data` or of a folder that is
    removed afterwards.

    Raises SimulationFailed, CentreFileError, CentreError, DatabaseError, ApiFailed, NoAnswer,
    Untold, OSError.
    """
    began = time.monotonic()
    lived: list[LivedThrough] = []
    errors: dict[str, int] = {}
    with folder_of(data) as folder:
        settings = ServerSettings(data_dir=folder)
        async with reach_database(settings) as addresses:
            async for day, run in live_at_max(
                scenario, settings, addresses, seed=seed, days=days, on_progress=on_progress
            ):
                parts = run.site.served.parts
                lived.append(await read_day(parts.pool, parts.centre_id, day))
                errors |= run.site.tally.errors
    return Simulated(
        scenario=scenario.name,
        plan=scenario.plan,
        seed=seed,
        speed="max",
        days=tuple(lived),
        took_s=time.monotonic() - began,
        errors=errors,
    )


async def read_day(pool: Pool, centre_id: int, day: Day) -> LivedThrough:
    """Work out what a day came to from what stands in the database. Raises DatabaseError."""
    world = day.world
    tickets = await read_tickets(pool, centre_id, day=world.date)
    since, until = world.opens_at - _DAY / 2, world.opens_at + _DAY / 2
    windows = await read_window_acts(pool, centre_id, since=since, until=until)
    return LivedThrough(
        figures=figures(world.date, tickets, windows, citizens=len(world.citizens)),
        tickets=tickets,
        windows=windows,
        opens_at=world.opens_at,
        began=world.opens_at,
        visits=tuple(await stays_on(pool, centre_id, day=world.date)),
        staffed=await open_times(pool, centre_id, begins=since, ends=until),
    )


@contextmanager
def folder_of(data: Path | None) -> Iterator[Path]:
    """Give the folder, made where it is missing; None: one that is removed afterwards.

    Its path is short, since sockets live in it. A mark says that what lives there is simulated:
    invented citizens never come into a centre that is not, nor two simulations into one. Raises
    SimulationFailed, OSError.
    """
    if data is None:
        with tempfile.TemporaryDirectory(prefix="shubbak-") as made:
            yield Path(made)
        return
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = data.resolve()
    mark = folder / SIMULATED
    if (folder / "database").exists() and not mark.exists():
        raise SimulationFailed(
            f"a centre lives in {folder} that was not simulated; choose another folder with --data"
        )
    descriptor = os.open(mark, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SimulationFailed(
                f"another simulation runs in {folder}; stop it first, or choose another folder "
                "with --data"
            ) from None
        yield folder
    finally:
        os.close(descriptor)
