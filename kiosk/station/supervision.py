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
    """Run a device once in a task of its own; return what ended it.

    A group here would not do: on CPython 3.11 one that fails leaves its owner marked as being
    cancelled, and the device would never be run again.
    """
    trouble: str | None = None
    try:
        await asyncio.create_task(_in_turn(device))
    except* (DeviceError, OSError) as failures:
        trouble = _words(failures)
        if trouble != is_again:
            logger.error("device_failed", device=device.name, reason=trouble)
    except* Exception as failures:  # a defect of one device stops no other
        trouble = _words(failures)
        logger.exception("device_crashed", device=device.name)
    return trouble


async def _in_turn(device: Attached) -> None:
    await device.run()


def _words(failures: BaseExceptionGroup[BaseException]) -> str:
    """Return what all failures of a group say, however deep they lie."""
    return "; ".join(
        _words(each) if isinstance(each, BaseExceptionGroup) else str(each)
        for each in failures.exceptions
    )
