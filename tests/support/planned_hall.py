"""Kafr Saqr with three weeks behind it, on a Sunday morning on which two clerks did not come."""

from datetime import date, timedelta
from functools import cache
from typing import Final

from queue_server.simulation.library import load_scenario
from queue_server.simulation.lived import LivedDay
from queue_server.simulation.pure import live_day, live_days
from queue_server.simulation.world import make_world
from tests.support.desk_site import DeskSite
from tests.support.remembered import remember

FIRST: Final = date(2026, 11, 1)
DAYS: Final = 15
"""Open days from the first of November until the Sunday of the desk's tests, the 22nd."""
MISSING: Final = (4, 9)
AT_S: Final = 75 * 60.0
"""A quarter to ten."""


async def live_weeks(site: DeskSite, *, days: int = DAYS) -> None:
    """Let the weeks before have been lived, and the morning until a quarter to ten; then serve
    anew, so that the server learns of them."""
    await site.stop()
    past, today = _lived()
    await remember(site.database.owner_dsn, past[-days:])
    await remember(site.database.owner_dsn, [today], until_s=AT_S)
    moment = today.world.opens_at + timedelta(seconds=AT_S)
    site.clock.jump((moment - site.clock.now()).total_seconds())
    await site.start()


@cache
def _lived() -> tuple[tuple[LivedDay, ...], LivedDay]:
    usual = load_scenario("ordinary_sunday").changed({"date": FIRST})
    short = usual.changed(
        {
            "windows": [{"numbers": [n for n in range(1, 10) if n not in MISSING]}],
            "breaks": [],
        }
    )
    past = tuple(live_days(usual, DAYS, seed=5))
    return past, live_day(make_world(short, seed=5, day=DAYS))
