"""What holds where nothing was published is read from whatever the row of the policy says."""

import asyncpg
import pytest

from core_services.database.pool import Pool
from queue_server.policy.present import read_present
from queue_server.tickets.acts import Queue
from tests.support.database import Database


@pytest.mark.parametrize(
    ("more_time_s", "told_s"), [(0, 45), (45, 45), (120, 120)], ids=["less", "as much", "more"]
)
async def test_who_needs_more_time_is_never_told_of_less_than_everybody(
    database: Database, pool: Pool, queue: Queue, more_time_s: int, told_s: int
) -> None:
    connection = await asyncpg.connect(database.owner_dsn)
    try:
        await connection.execute(
            "INSERT INTO policy_now (centre_id, no_show_after_s, no_show_after_more_time_s)"
            " VALUES (1, 45, $1)",
            more_time_s,
        )
    finally:
        await connection.close()
    present = await read_present(pool, queue.centre.id)
    assert present.body.calls.no_show_after_s == 45
    assert present.body.calls.no_show_after_more_time_s == told_s
