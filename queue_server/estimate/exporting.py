"""Writes a centre's own past as the files that the backtest reads: numbers, windows' log, times."""

import io
from collections.abc import Callable, Sequence
from datetime import date, time
from typing import TextIO
from zoneinfo import ZoneInfo

from core_services.calendar import day_bounds
from core_services.database.pool import Pool
from queue_server.estimate.history import write_staffed, write_targets, write_visits
from queue_server.estimate.store_visits import open_times, stays_on
from queue_server.tickets.store_reading import read_services


async def write_history(
    pool: Pool,
    centre_id: int,
    *,
    days: Sequence[date],
    zone: ZoneInfo,
    cut_over: time,
    visits: TextIO,
    windows: TextIO | None = None,
    services: TextIO | None = None,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> int:
    """Write the stays of these business days, one day at a time, and return how many there were.

    A number that came into line again has a row for each stay: `id`, `id/2` … What is not over is
    left out. `services` gets the catalogue's times as they are now. Raises DatabaseError, OSError.
    """
    if services is not None:
        known = await read_services(pool, centre_id)
        write_targets(services, {each.code: each.target_s for each in known})
    written = 0
    for nth, day in enumerate(days):
        progress(nth, len(days))
        stays = await stays_on(pool, centre_id, day=day)
        written += len(stays)
        part = io.StringIO(newline="")
        write_visits(part, stays)
        visits.write(_body(part, with_head=nth == 0))
        if windows is not None:
            begins, ends = day_bounds(day, zone, cut_over)
            part = io.StringIO(newline="")
            write_staffed(part, await open_times(pool, centre_id, begins=begins, ends=ends))
            windows.write(_body(part, with_head=nth == 0))
    progress(len(days), len(days))
    return written


def _body(part: io.StringIO, *, with_head: bool) -> str:
    text = part.getvalue()
    return text if with_head else text.partition("\n")[2]
