"""Fills a centre before a measurement: with people who wait, or with a day that was lived."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from benchmarks.centre import Superuser
from core_services.clock import Clock, SystemClock
from core_services.database.pool import connect, open_pool
from queue_server.demo.setup import CENTRE_ID
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import Issuer, IssueRequest
from queue_server.tickets.model import Actor, Centre

CLERK: Final = Actor("key", UUID(int=1))
"""Whoever presses the buttons of a bench."""
_AT_ONCE: Final = 250
_SERVICES: Final = ("enquiry", "dues-payment", "licence-copy", "shop-renewal", "building-new")


@asynccontextmanager
async def queue_of(
    dsn: str, centre: Centre, *, connections: int = 1, clock: Clock | None = None
) -> AsyncIterator[Queue]:
    """Run the queue in this process, over connections of its own, as the server does.

    `clock`: the machine's where none is given.
    """
    clock = SystemClock() if clock is None else clock
    pool = await open_pool(dsn, size=connections, application_name="shubbak bench")
    issuer = Issuer(
        centre_now=lambda: centre,
        clock=clock,
        connect=lambda: connect(dsn, application_name="shubbak bench issue"),
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            issuing = tasks.create_task(issuer.run())
            try:
                yield Queue(pool=pool, clock=clock, centre_now=lambda: centre, issuer=issuer)
            finally:
                issuing.cancel()
    finally:
        await pool.close()


async def open_windows(queue: Queue, *numbers: int) -> None:
    """Open windows for the bench's own clerk."""
    for number in numbers:
        await queue.act_on_window(number, "open", actor=CLERK, actor_name="bench", any_window=True)


async def issue_many(queue: Queue, count: int) -> None:
    """Give so many numbers for a mixture of services, through the batcher."""
    for start in range(0, count, _AT_ONCE):
        async with asyncio.TaskGroup() as tasks:
            for number in range(start, min(start + _AT_ONCE, count)):
                tasks.create_task(
                    queue.issue(
                        IssueRequest(
                            actor=CLERK, channel="api", service=_SERVICES[number % len(_SERVICES)]
                        )
                    )
                )


async def live_day(queue: Queue, *, tickets: int, waiting: int) -> None:
    """Give numbers and serve them at windows 1 to 9 until only `waiting` people still wait."""
    await open_windows(queue, *range(1, 10))
    await issue_many(queue, tickets)
    for number in range(tickets - waiting):
        await queue.call_next(
            number % 9 + 1, actor=CLERK, own_only=False, finish=True, outcome="done"
        )


async def seed_waiting(
    sql: Superuser, day: date, *, queue: str, series: str, count: int, first_number: int
) -> None:
    """Put so many waiting tickets into a queue, without their events, and keep its rollup true."""
    since = SystemClock().now() - timedelta(hours=2)
    await sql.execute(
        """
        INSERT INTO ticket (centre_id, id, business_day, series, number, label, queue, priority,
               lane, state, paper, channel, language, token, rank_at, issued_at, arrived_at,
               waiting_since, position_at_issue, revision, last_at)
        SELECT $1, uuidv7(), $2, $4, n, $4 || n, $3, 'none', 'plain', 'waiting', 'none', 'api',
               'ar', replace(gen_random_uuid()::text, '-', ''), c.came, c.came, c.came,
               c.came, n, 0, c.came
          FROM generate_series($6::integer, $6 + $5::integer - 1) n
         CROSS JOIN LATERAL (SELECT $7::timestamptz + n * interval '1 ms' AS came) c
        """,
        CENTRE_ID,
        day,
        queue,
        series,
        count,
        first_number,
        since,
    )
    await sql.execute(
        "INSERT INTO queue_line (centre_id, business_day, queue, in_line, in_common, requests)"
        " VALUES ($1, $2, $3, $4, $4, $4)",
        CENTRE_ID,
        day,
        queue,
        count,
    )
    await sql.execute(
        "INSERT INTO label_counter (centre_id, business_day, series, last_number)"
        " VALUES ($1, $2, $3, $4)",
        CENTRE_ID,
        day,
        series,
        first_number + count - 1,
    )
