"""Keeps each device of a workstation running apart from the others, whatever becomes of it."""

import asyncio

import structlog

from core_services.clock import Clock
from drivers.clock import let_cancellation_through
from drivers.errors import DeviceError
from kiosk.station.model import Attached

logger = structlog.get_logger()

RESTART_S = 5.0


async def keep_running(device: Attached, clock: Clock) -> None:
    """Run a device again and again until cancelled; what goes wrong is logged once in a row."""
    last: str | None = None
    while True:
        trouble = await _run(device, is_again=last)
        let_cancellation_through()
        last = trouble
        await clock.sleep(RESTART_S)


async def _run(device: Attached, *, is_again: str | None) -> str | None:
    """Run a device once in a task of its own; return what ended it."""
    trouble: str | None = None
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(device.run())
    except* (DeviceError, OSError) as failures:
        trouble = "; ".join(str(each) for each in failures.exceptions)
        if trouble != is_again:
            logger.error("device_failed", device=device.name, reason=trouble)
    except* Exception as failures:  # a defect of one device stops no other
        trouble = str(failures.exceptions[0])
        logger.exception("device_crashed", device=device.name)
    return trouble
