"""Who asks for a woman is left to a window where one works, and never waits for nobody."""

import asyncpg
import pytest

from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Need, Priority
from tests.support.database import Database
from tests.support.journeys import add_clerk, call, issue
from tests.support.queue import KEY, OTHER, STAFF, open_windows

ASKS: tuple[Need, ...] = ("female_clerk",)


@pytest.fixture(autouse=True)
async def clerks(queue: Queue, database: Database) -> None:
    """STAFF is a woman, OTHER is not."""
    for clerk in (STAFF, OTHER):
        await add_clerk(database, clerk)
    await run(database, "UPDATE staff SET is_woman = true WHERE id = $1", STAFF.id)


async def run(database: Database, statement: str, *values: object) -> None:
    connection = await asyncpg.connect(database.owner_dsn)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()


@pytest.mark.parametrize("priority", ["none", "age65"])
async def test_she_is_left_to_a_woman_while_others_are_called(
    queue: Queue, priority: Priority
) -> None:
    await open_windows(queue, 5, actor=STAFF)
    await open_windows(queue, 6, actor=OTHER)
    asks, next_one = await issue(queue, priority, needs=ASKS), await issue(queue)
    assert await queue.line_for(6) == (next_one.label,)
    assert await queue.line_for(5) == (asks.label, next_one.label)
    assert (await call(queue, 6, OTHER)).id == next_one.id
    assert (await call(queue, 5, STAFF)).id == asks.id


@pytest.mark.parametrize("away", ["closed", "paused", "never opened"])
async def test_any_window_calls_her_where_no_woman_works_now(queue: Queue, away: str) -> None:
    await open_windows(queue, 6, actor=OTHER)
    if away != "never opened":
        await open_windows(queue, 5, actor=STAFF)
        await queue.act_on_window(
            5,
            "close" if away == "closed" else "pause",
            actor=STAFF,
            actor_name="Mona",
            any_window=False,
        )
    asks = await issue(queue, needs=ASKS)
    assert (await call(queue, 6, OTHER)).id == asks.id


async def test_a_woman_of_another_queue_is_waited_for_by_nobody(queue: Queue) -> None:
    await open_windows(queue, 99, actor=STAFF)
    await open_windows(queue, 6, actor=OTHER)
    asks = await issue(queue, needs=ASKS)
    assert (await call(queue, 6, OTHER)).id == asks.id


async def test_an_accessible_window_calls_her_whoever_works_there(
    queue: Queue, database: Database
) -> None:
    await run(database, "UPDATE service_window SET is_accessible = true WHERE number = 6")
    await open_windows(queue, 5, actor=STAFF)
    await open_windows(queue, 6, actor=OTHER)
    asks = await issue(queue, needs=("accessible_window", "female_clerk"))
    assert (await call(queue, 6, OTHER)).id == asks.id


async def test_a_program_at_a_window_leaves_her_too(queue: Queue) -> None:
    await open_windows(queue, 5, actor=STAFF)
    await open_windows(queue, 7, actor=KEY)
    await issue(queue, needs=ASKS)
    assert await queue.call_next(7, actor=KEY, own_only=False) is None
