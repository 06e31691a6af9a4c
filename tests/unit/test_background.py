"""What the server does besides answering goes on, whatever becomes of it once."""

import asyncio

from structlog.testing import capture_logs

from core_services.database.errors import DatabaseGone
from queue_server.background import _every
from tests.support.clock import ManualClock


async def test_work_that_meets_a_defect_is_told_of_once_and_done_again() -> None:
    clock, done = ManualClock(), 0

    async def work() -> None:
        nonlocal done
        done += 1
        if done in (1, 2):
            raise KeyError("a name that nobody has")
        if done == 4:
            raise DatabaseGone("it starts")

    with capture_logs() as told:
        running = asyncio.create_task(_every(clock, 1.0, "alarms", work))
        for _ in range(5):
            await clock.advance(1)
        running.cancel()
        await asyncio.wait([running])
    assert done == 6
    assert [each["event"] for each in told] == [
        "background_work_failed",
        "background_work_goes_on",
        "background_work_waits",
        "background_work_goes_on",
    ]
    assert isinstance(told[0]["exc_info"], KeyError)
