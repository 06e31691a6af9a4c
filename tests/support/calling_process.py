"""A server process of its own whose windows call and finish until nobody waits.

`python -m tests.support.calling_process DSN FIRST LAST MOMENT`. It opens the windows FIRST to LAST,
lets each call at the same time, and prints one JSON line: by window, the labels that it was handed,
in their order.
"""

import asyncio
import json
import sys
from datetime import datetime
from uuid import uuid4

from core_services.database.pool import open_pool
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor
from tests.support.clock import ManualClock
from tests.support.queue import open_queue, open_windows

ME = Actor("key", uuid4())


async def _serve(queue: Queue, window: int) -> list[str]:
    labels: list[str] = []
    while True:
        ticket = await queue.call_next(window, actor=ME, own_only=True, finish=True)
        if ticket is None:
            return labels
        labels.append(ticket.label)


async def _run(dsn: str, first: int, last: int, moment: datetime) -> None:
    pool = await open_pool(dsn, size=6, application_name="callers")
    windows = range(first, last + 1)
    async with open_queue(pool, dsn, ManualClock(moment)) as queue:
        await open_windows(queue, *windows, actor=ME)
        print("open", flush=True)
        sys.stdin.readline()
        handed = await asyncio.gather(*(_serve(queue, window) for window in windows))
        print(json.dumps(dict(zip(windows, handed, strict=True))), flush=True)
    await pool.close()


if __name__ == "__main__":
    asyncio.run(
        _run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), datetime.fromisoformat(sys.argv[4]))
    )
