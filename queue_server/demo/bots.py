"""The citizens and clerks of a demonstration: `python -m queue_server.demo.bots --demo DEMO_JSON`.

They use the kiosk's page and the API, and nothing that a program of somebody else could not use.
"""

import asyncio
import secrets
import signal
from pathlib import Path
from typing import Annotated, Any, Final

import aiohttp
import orjson
import structlog
import typer

from core_services.clock import Clock, SystemClock
from core_services.logs import configure_logs
from queue_server.demo.api import Api
from queue_server.demo.chances import Offer
from queue_server.demo.citizens import Citizens
from queue_server.demo.clerks import AWAY_AT_ONCE, Clerk
from queue_server.demo.floor import Floor
from queue_server.demo.kiosk_page import KioskPage
from queue_server.demo.pace import Pace
from queue_server.demo.setup import BOTS_NAME
from queue_server.demo.tally import Tally

logger = structlog.get_logger()

WINDOWS: Final = range(2, 10)
"""Window 1 takes priority first and is left to people."""
REPORT_EVERY_S: Final = 60.0


async def run_bots(
    facts: dict[str, Any], *, speed: float, seed: int, clock: Clock, tally: Tally
) -> None:
    """Live in the centre that `facts` (demo.json) describes, until cancelled."""
    async with aiohttp.ClientSession() as client:
        api = Api(client, facts["server"], facts["bots_key"], clock, tally)
        pace = Pace(clock, speed)
        floor = Floor(api, clock, BOTS_NAME)
        page = KioskPage(client, facts["kiosk"], clock)
        citizens = Citizens(api=api, page=page, floor=floor, pace=pace, tally=tally, seed=seed)
        offers = [
            Offer(service["code"], service["target_s"])
            for service in (await api.get("/services"))["items"]
            if service["open"]
        ]
        breaks = asyncio.Semaphore(AWAY_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for work in (floor.run(), page.run(), _report(tally, clock)):
                tasks.create_task(work)
            tasks.create_task(citizens.run(offers, len(WINDOWS)))
            for window in WINDOWS:
                clerk = Clerk(
                    window,
                    api=api,
                    floor=floor,
                    pace=pace,
                    tally=tally,
                    offers={offer.code: offer for offer in offers},
                    breaks=breaks,
                    seed=seed,
                )
                tasks.create_task(clerk.run())


async def _report(tally: Tally, clock: Clock) -> None:
    while True:
        await clock.sleep(REPORT_EVERY_S)
        tally.report()


async def _until_stopped(facts: dict[str, Any], speed: float, seed: int) -> None:
    running, is_stopped = asyncio.current_task(), False

    def stop() -> None:
        nonlocal is_stopped
        is_stopped = True
        if running is not None:
            running.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    tally = Tally()
    try:
        await run_bots(facts, speed=speed, seed=seed, clock=SystemClock(), tally=tally)
    except asyncio.CancelledError:
        if not is_stopped:
            raise
    finally:
        tally.report("bots_stopped")


def bots(
    demo: Annotated[Path, typer.Option(help="The running demonstration's demo.json.")],
    speed: Annotated[float, typer.Option(min=0.1, max=1000, help="How fast they live.")] = 1.0,
    seed: Annotated[
        int | None, typer.Option(help="Decides all that chance decides; else a new one.")
    ] = None,
) -> None:
    """Let bots be the citizens and, at windows 2 to 9, the clerks of a demonstration."""
    configure_logs("bots")
    chosen = secrets.randbelow(1_000_000) if seed is None else seed
    logger.info("bots_started", speed=speed, seed=chosen)
    asyncio.run(_until_stopped(orjson.loads(demo.read_bytes()), speed, chosen))


if __name__ == "__main__":
    typer.run(bots)
