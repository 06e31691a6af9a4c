"""Many windows call at once: everybody is called once, in order, and nobody is overlooked."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Ticket
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.queue import KEY, open_windows
from tests.support.seeding import seed_tickets

ROOT: Final = Path(__file__).parents[2]
PATIENCE_S: Final = 240.0


@asynccontextmanager
async def a_process(
    dsn: str, first: int, last: int, moment: datetime
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the windows FIRST to LAST in a process of their own, open and ready for a line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "error", "-m", "tests.support.calling_process", dsn),
        *(str(first), str(last), moment.isoformat()),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=8 * 1024 * 1024,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"open\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def handed_out(process: asyncio.subprocess.Process) -> dict[int, list[str]]:
    """Let the windows begin and return what each was handed, in its order."""
    out, _ = await process.communicate(b"begin\n")
    assert process.returncode == 0
    return {int(window): labels for window, labels in json.loads(out).items()}


async def waits_for_the_centre(pool: Pool) -> bool:
    """Tell whether somebody waits for the centre's lock."""
    return bool(
        await pool.fetchval(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
        )
    )


@pytest.mark.timeout(300)
@pytest.mark.parametrize("people", [5_000, pytest.param(20_000, marks=pytest.mark.soak)])
async def test_sixty_four_windows_of_two_processes_call_everybody_once_and_in_order(
    database: Database, pool: Pool, queue: Queue, clock: ManualClock, people: int
) -> None:
    day, at = queue.today()
    tickets = await seed_tickets(database.app_dsn, people, day=day, at=at)
    moment = at + timedelta(minutes=5)
    async with (
        asyncio.timeout(PATIENCE_S),
        a_process(database.app_dsn, 2, 33, moment) as one,
        a_process(database.app_dsn, 34, 65, moment) as two,
    ):
        first, second = await asyncio.gather(handed_out(one), handed_out(two))
    by_window = first | second

    told = Counter(label for labels in by_window.values() for label in labels)
    assert told == Counter(ticket.label for ticket in tickets)
    calls = await pool.fetch(
        "SELECT e.revision, e.window_number, t.label FROM ticket_event e JOIN ticket t"
        " ON t.centre_id = e.centre_id AND t.id = e.ticket_id"
        " WHERE e.event = 'call' ORDER BY e.revision"
    )
    assert [row["label"] for row in calls] == in_order(tickets)
    assert by_window == {
        window: [row["label"] for row in calls if row["window_number"] == window]
        for window in by_window
    }
    last_acts = await pool.fetch(
        "SELECT window_number, max(revision) AS revision FROM ticket_event"
        " WHERE event = 'finish' GROUP BY 1"
    )
    assert len(last_acts) == 64
    assert calls[-1]["revision"] < min(row["revision"] for row in last_acts), (
        "a window was told that nobody waits, and somebody was called after that"
    )
    assert await pool.fetchval("SELECT sum(in_line) FROM queue_line") == 0
    verdict = await verify(pool, 1)
    assert verdict.is_whole, verdict.breaks


def in_order(tickets: list[Ticket]) -> list[str]:
    """Return the labels in the published order: by arrival less credit, then by id."""
    return [each.label for each in sorted(tickets, key=lambda each: (each.rank_at, each.id.int))]


@pytest.mark.parametrize("finish", [False, True])
async def test_a_ticket_committed_while_a_window_waits_for_the_lock_is_handed_to_it(
    database: Database, pool: Pool, queue: Queue, finish: bool
) -> None:
    await open_windows(queue, 5)
    slow = await asyncpg.connect(database.app_dsn)
    try:
        async with asyncio.TaskGroup() as tasks:
            held = slow.transaction()
            await held.start()
            await slow.execute("SELECT lock_centre(1)")
            calling = tasks.create_task(
                queue.call_next(5, actor=KEY, own_only=False, finish=finish)
            )
            await eventually(lambda: waits_for_the_centre(pool), within_s=1.5)
            day, at = queue.today()
            await slow.fetch(
                "SELECT * FROM issue_tickets(1, $1, $2, $3)",
                day,
                at,
                json.dumps([A_REQUEST]),
            )
            await held.commit()
    finally:
        await slow.close()
    called = calling.result()
    assert called is not None
    assert called.label == "101"


A_REQUEST: Final = {
    "id": "01930000-0000-7000-8000-000000000001",
    "priority": "none",
    "channel": "api",
    "language": "ar",
    "token": "COMMITTEDWHILEIT",
    "actor_kind": "key",
    "actor_id": "01930000-0000-7000-8000-000000000002",
}
