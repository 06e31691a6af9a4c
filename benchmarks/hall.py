"""Reading the hall, with every queue's estimate, while 2,000 tickets were given today."""

import time
from collections.abc import Awaitable, Callable
from statistics import median

from benchmarks.centre import bench_centre
from benchmarks.days import live_day, queue_of
from benchmarks.effort import Effort
from benchmarks.findings import Finding, below, quantile

ROW = "hall"
TICKETS, WAITING = 2000, 90


async def measure(effort: Effort) -> list[Finding]:
    """Read it again and again, beside the shortest snapshot there is."""
    middles: list[float] = []
    slow: list[float] = []
    least: list[float] = []
    async with bench_centre() as centre, queue_of(centre.app_dsn, centre.centre) as queue:
        effort.say(f"hall: living a day of {TICKETS:,} tickets")
        await live_day(queue, tickets=TICKETS, waiting=WAITING)

        async def look() -> None:
            async with queue.pool.snapshot() as connection:
                await connection.fetchval("SELECT revision FROM centre_head")

        for number in range(effort.rounds):
            effort.say(f"hall: round {number + 1} of {effort.rounds}")
            await centre.rest()
            taken = await _timed(queue.hall, effort.samples)
            middles.append(median(taken))
            slow.append(quantile(taken, 0.95))
            least.append(median(await _timed(look, effort.samples)))
    against = "one number in a snapshot"
    return [
        Finding(
            row=ROW,
            what="the whole hall with its estimates, p50",
            unit="ms",
            figures=tuple(middles),
            limits=tuple(least),
            against=against,
            target=below(3),
        ),
        Finding(
            row=ROW,
            what="the same, p95",
            unit="ms",
            figures=tuple(slow),
            limits=tuple(least),
            against=against,
            target=None,
        ),
    ]


async def _timed(work: Callable[[], Awaitable[object]], samples: int) -> list[float]:
    taken = []
    for _ in range(samples):
        began = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - began) * 1000)
    return taken
