"""Who waits where no open window looks is told to the supervisor, whatever the others are doing."""

import asyncpg
import pytest

from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Ticket
from queue_server.tickets.store_journeys import Destination
from queue_server.tickets.supervision import PAUSE_BORNE, stranded
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.journeys import add_clerk, call, issue, serve
from tests.support.queue import KEY, STAFF, open_windows


@pytest.fixture
async def accessible(database: Database) -> int:
    connection = await asyncpg.connect(database.owner_dsn)
    await connection.execute("UPDATE service_window SET is_accessible = true WHERE number = 4")
    await connection.close()
    return 4


async def told(queue: Queue) -> list[tuple[str, int | None]]:
    return [(each.label, each.window) for each in await stranded(queue, limit=10)]


async def test_a_need_that_no_open_window_meets_is_told_until_one_does(
    queue: Queue, accessible: int
) -> None:
    ticket = await issue(queue, needs=("accessible_window",))
    await issue(queue)
    assert await told(queue) == [], "no window is open: that is another alarm"
    await open_windows(queue, 5)
    assert await told(queue) == [(ticket.label, None)]
    await open_windows(queue, accessible)
    assert await told(queue) == []
    await queue.act_on_window(
        accessible, "pause", actor=KEY, actor_name="Mona", any_window=True, reason="prayer"
    )
    assert await told(queue) == [(ticket.label, None)]


async def test_an_accessible_window_of_other_queues_meets_no_need(
    queue: Queue, database: Database
) -> None:
    connection = await asyncpg.connect(database.owner_dsn)
    await connection.execute("UPDATE service_window SET is_accessible = true WHERE number = 99")
    await connection.close()
    await open_windows(queue, 5, 99)
    ticket = await issue(queue, needs=("accessible_window",))
    await issue(queue, needs=("accessible_window",), service="collection")
    assert await told(queue) == [(ticket.label, None)]


@pytest.mark.parametrize("to", ["window", "staff"])
async def test_a_pause_is_borne_for_a_while_by_who_waits_for_that_window_alone(
    queue: Queue, clock: ManualClock, database: Database, to: str
) -> None:
    await add_clerk(database, STAFF)
    await open_windows(queue, 5)
    await open_windows(queue, 6, actor=STAFF)
    ticket: Ticket = await serve(queue, 5)
    there = Destination(window=6) if to == "window" else Destination(staff=STAFF.id)
    await journeys.transfer(queue, ticket.id, there, actor=KEY, any_window=True, reason="file")
    await queue.act_on_window(6, "pause", actor=STAFF, actor_name="Mona", any_window=False)
    assert await told(queue) == []
    await clock.advance(PAUSE_BORNE.total_seconds())
    assert await told(queue) == [(ticket.label, 6)]
    await queue.act_on_window(6, "open", actor=STAFF, actor_name="Mona", any_window=False)
    assert await told(queue) == []
    assert (await call(queue, 6, STAFF)).id == ticket.id
