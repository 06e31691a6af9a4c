"""Keeps the programs' log files from growing without end."""

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from core_services.clock import Clock

LIMIT_BYTES: Final = 4_000_000
"""A log this long becomes `NAME.log.old`, and the one before it is gone."""
_LOOK_EVERY_S: Final = 10.0


async def bound_logs(folder: Path, clock: Clock) -> None:
    """Look at the logs every 10 s, until cancelled."""
    while True:
        await asyncio.to_thread(turn_long_logs, folder)
        await clock.sleep(_LOOK_EVERY_S)


def turn_long_logs(folder: Path) -> None:
    """Copy each log that is too long and empty it.

    The programs hold their logs open for appending, so an emptied one goes on from its start; a
    line written between copy and emptying is lost.
    """
    for log in folder.glob("*.log"):
        with suppress(OSError):
            if log.stat().st_size > LIMIT_BYTES:
                shutil.copyfile(log, log.with_name(f"{log.name}.old"))
                with log.open("r+b") as file:
                    file.truncate(0)
