"""The nightly backtest: the centre's own last days walked through again, in a process of its own.

Whichever server process comes first after the cut-over claims the day. The work is done by the same
command that anybody may run, at the lowest priority, so that the server neither waits nor grows.
"""

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog

from core_services.calendar import day_bounds
from queue_server.estimate.exporting import write_history
from queue_server.estimate.store_backtest import claim_backtest, keep_backtest
from queue_server.estimate.store_visits import credits_of, days_with_calls
from queue_server.tickets.acts import Queue
from queue_server.tickets.opening import is_open_at

logger = structlog.get_logger()

LOOK_EVERY_S: Final = 60.0
LOOKED_AT: Final = 21
"""Days with calls that are walked through at most."""
LEAST_DAYS: Final = 3
AFTER_CUT_OVER: Final = timedelta(minutes=15)
"""By then the day before has been ended."""
WITHIN_S: Final = 1800.0
COMMAND: Final = (sys.executable, "-m", "queue_server.cli", "estimate-backtest")


class BacktestFailed(Exception):
    """The command came to no result."""


class NightlyBacktest:
    """Does the backtest of each business day once; `look` is to be called every minute."""

    def __init__(self, queue: Queue, *, folder: Path, process: UUID) -> None:
        """`folder` holds the files while it runs."""
        self._queue = queue
        self._folder = folder
        self._process = process
        self._settled: date | None = None
        """The day for which there is nothing left to do here."""

    async def look(self) -> None:
        """Do today's backtest if its time has come and nobody does it. Raises DatabaseError."""
        queue, (day, at) = self._queue, self._queue.today()
        centre = queue.centre
        hours = queue.hours()
        if self._settled == day or (hours and is_open_at(hours, at, centre.zone)):
            return
        if at < day_bounds(day, centre.zone, centre.cut_over)[0] + AFTER_CUT_OVER:
            return
        days = await days_with_calls(
            queue.pool, centre.id, since=day - timedelta(days=2 * LOOKED_AT), before=day
        )
        if len(days) < LEAST_DAYS:
            self._settled = day
            return
        if not await claim_backtest(queue.pool, centre.id, day=day, process=self._process, at=at):
            return
        await self._do(day, days[-LOOKED_AT:])

    async def _do(self, day: date, days: Sequence[date]) -> None:
        queue = self._queue
        result: dict[str, Any] | None = None
        failed: str | None = None
        try:
            result = await self.backtest(days)
        except (BacktestFailed, OSError, TimeoutError) as error:
            failed = str(error) or type(error).__name__
            logger.error("backtest_failed", day=str(day), why=failed)
        await keep_backtest(
            queue.pool,
            queue.centre.id,
            day=day,
            process=self._process,
            at=queue.clock.now(),
            result=result,
            failed=failed,
        )
        self._settled = day
        if result is not None:
            product = result["product"]
            logger.info(
                "backtest_done",
                day=str(day),
                numbers=product["n"],
                mae_s=product["mae_s"],
                coverage=product["coverage_80"],
            )

    async def backtest(self, days: Sequence[date]) -> dict[str, Any]:
        """Walk through these days and return the report; two thirds of them only teach.

        Raises BacktestFailed, OSError, TimeoutError, DatabaseError.
        """
        queue, centre = self._queue, self._queue.centre
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="backtest-") as name:
            visits, windows, services = (
                Path(name) / f"{each}.csv" for each in ("visits", "windows", "services")
            )
            with (
                visits.open("w", encoding="utf-8", newline="") as visits_file,
                windows.open("w", encoding="utf-8", newline="") as windows_file,
                services.open("w", encoding="utf-8", newline="") as services_file,
            ):
                await write_history(
                    queue.pool,
                    centre.id,
                    days=days,
                    zone=centre.zone,
                    cut_over=centre.cut_over,
                    visits=visits_file,
                    windows=windows_file,
                    services=services_file,
                )
            credits_given = [
                f"--credit={priority}={seconds}"
                for priority, seconds in (await credits_of(queue.pool, centre.id)).items()
            ]
            text = await _run(
                (
                    *COMMAND,
                    str(visits),
                    f"--train-days={max(1, len(days) * 2 // 3)}",
                    f"--windows={windows}",
                    f"--services={services}",
                    f"--zone={centre.zone.key}",
                    f"--cut-over={centre.cut_over:%H:%M}",
                    *credits_given,
                    "--json",
                )
            )
        try:
            report = json.loads(text)
        except ValueError:
            raise BacktestFailed("the command answered no JSON") from None
        if not isinstance(report, dict) or "product" not in report:
            raise BacktestFailed("the command answered no report")
        return report


async def _run(command: Sequence[str]) -> str:
    """Run a command at the lowest priority and return what it wrote. Raises BacktestFailed."""
    nice = shutil.which("nice")
    process = await asyncio.create_subprocess_exec(
        *((nice, "-n", "19") if nice else ()),
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        said = errors.decode(errors="replace").strip().splitlines()
        raise BacktestFailed(said[-1][:300] if said else f"exit code {process.returncode}")
    return out.decode()
