"""Fixtures of the store tests: a queue over a fresh database and a clock that the test moves."""

from collections.abc import AsyncIterator

import pytest

from core_services.database.pool import Pool
from queue_server.tickets.acts import Queue
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import make_centre, open_queue


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def queue(database: Database, pool: Pool, clock: ManualClock) -> AsyncIterator[Queue]:
    """The queue of a small centre; see tests/support/queue.py."""
    await make_centre(database.owner_dsn)
    async with open_queue(pool, database.app_dsn, clock) as opened:
        yield opened
