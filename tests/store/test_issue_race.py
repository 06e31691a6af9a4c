"""Many ask for a number at once: one for every command, none lost and none given twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import asyncpg
import pytest

from core_services.audit.verify import verify
from core_services.database.errors import ConstraintBroken, DatabaseGone, LockTimeout
from core_services.database.pool import Pool
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import KeyReused, ServiceClosed
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Claim, Priority, Ticket
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.eventually import eventually
from tests.support.queue import KEY, open_queue, open_windows

POISON = cast(Priority, "nobility")
"""A priority that no rule knows; the database refuses the whole statement that brings it."""


def claim(key: str, body: bytes = b"{}") -> Claim:
    return Claim("key:1", "POST", "/api/v1/tickets", key, body)


def request(key: str | None = None, **wishes: Any) -> IssueRequest:
    return IssueRequest(KEY, "api", claim=None if key is None else claim(key), **wishes)


@pytest.fixture
async def other(
    database: Database, pool: Pool, queue: Queue, clock: ManualClock
) -> AsyncIterator[Queue]:
    """The same centre in another server process: its own issuer on its own connection."""
    async with open_queue(pool, database.app_dsn, clock) as opened:
        yield opened


@asynccontextmanager
async def the_lock_held(dsn: str) -> AsyncIterator[None]:
    """Hold the centre's lock for the block."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT lock_centre(1)")
            yield
    finally:
        await connection.close()


async def the_issuers_connection_is_ended(pool: Pool) -> bool:
    """End the connection on which an issuer waits for the lock; tell whether there was one."""
    ended = await pool.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'issuer'"
        " AND wait_event = 'advisory'"
    )
    return bool(ended)


async def numbers(pool: Pool, series: str = "") -> list[int]:
    rows = await pool.fetch("SELECT number FROM ticket WHERE series = $1 ORDER BY number", series)
    return [row["number"] for row in rows]


async def test_a_thousand_requests_to_two_processes_get_a_thousand_numbers(
    pool: Pool, queue: Queue, other: Queue
) -> None:
    tickets = await asyncio.gather(
        *(
            (queue if nth % 2 else other).issue(
                request(service="collection" if nth % 5 == 0 else None)
            )
            for nth in range(1000)
        )
    )
    plain = [ticket for ticket in tickets if ticket.series == ""]
    lettered = [ticket for ticket in tickets if ticket.series == "A"]
    assert sorted(ticket.number for ticket in plain) == list(range(101, 901))
    assert sorted(ticket.number for ticket in lettered) == list(range(101, 301))
    assert sorted(ticket.revision for ticket in tickets) == list(range(1, 1001))
    assert len({ticket.token for ticket in tickets}) == 1000
    verdict = await verify(pool, 1)
    assert verdict.is_whole, verdict.breaks


async def test_two_hundred_commands_sent_three_times_to_two_processes_are_two_hundred_tickets(
    pool: Pool, queue: Queue, other: Queue
) -> None:
    async def three_times(key: str) -> list[Ticket]:
        return list(
            await asyncio.gather(
                queue.issue(request(key)), other.issue(request(key)), queue.issue(request(key))
            )
        )

    answers = await asyncio.gather(*(three_times(f"k{nth}") for nth in range(200)))
    for first, second, third in answers:
        assert first == second == third
    assert await numbers(pool) == list(range(101, 301))


async def test_a_command_repeated_after_its_ticket_went_on_is_answered_as_at_first(
    queue: Queue, clock: ManualClock
) -> None:
    first = await queue.issue(request("k"))
    await open_windows(queue, 5)
    await clock.advance(60)
    await queue.call_next(5, actor=KEY, own_only=False)
    await queue.act(first.id, "recall", actor=KEY, any_window=True)
    await queue.act(first.id, "start", actor=KEY, any_window=True)
    await queue.act(first.id, "set_service", actor=KEY, any_window=True, service="reconciliation")
    await queue.act(first.id, "finish", actor=KEY, any_window=True, outcome="done")
    assert await queue.issue(request("k")) == first


async def test_a_poisoned_request_fails_alone_and_takes_no_number(pool: Pool, queue: Queue) -> None:
    wanted = [request(priority=POISON if nth == 20 else "none") for nth in range(60)]
    answers = await asyncio.gather(*(queue.issue(each) for each in wanted), return_exceptions=True)
    failed = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(failure) for failure in failed] == [ConstraintBroken]
    assert cast(ConstraintBroken, answers[20]).constraint == "ticket_priority_is_known"
    assert await numbers(pool) == list(range(101, 160))


async def test_a_lock_that_is_not_free_in_time_refuses_everybody_together_and_nothing_is_lost(
    database: Database, pool: Pool, queue: Queue
) -> None:
    async with asyncio.timeout(15), the_lock_held(database.app_dsn):
        answers = await asyncio.gather(
            *(queue.issue(request(f"k{nth}")) for nth in range(100)), return_exceptions=True
        )
    assert {type(answer) for answer in answers} == {LockTimeout}
    tickets = await asyncio.gather(*(queue.issue(request(f"k{nth}")) for nth in range(100)))
    assert sorted(ticket.number for ticket in tickets) == list(range(101, 201))
    assert await numbers(pool) == list(range(101, 201))


async def test_a_citizen_who_goes_away_while_waiting_harms_nobody(
    database: Database, pool: Pool, queue: Queue
) -> None:
    async with asyncio.TaskGroup() as tasks, the_lock_held(database.app_dsn):
        leaving = tasks.create_task(queue.issue(request("left")))
        staying = [tasks.create_task(queue.issue(request())) for _ in range(10)]
        await asyncio.sleep(0)
        leaving.cancel()
    stayed = [task.result().number for task in staying]
    assert len(set(stayed)) == 10
    again = await queue.issue(request("left"))
    assert sorted([*stayed, again.number]) == await numbers(pool)
    assert await numbers(pool) == list(range(101, 112))


async def test_a_lost_connection_is_told_and_the_next_request_finds_another(
    database: Database, pool: Pool, queue: Queue
) -> None:
    await queue.issue(request("before"))
    async with the_lock_held(database.app_dsn):
        waiting = asyncio.ensure_future(queue.issue(request("during")))
        await eventually(lambda: the_issuers_connection_is_ended(pool), within_s=1.5)
    with pytest.raises(DatabaseGone):
        await waiting
    assert (await queue.issue(request("during"))).label == "102"
    assert await numbers(pool) == [101, 102]


async def test_a_refusal_for_a_closed_service_is_given_again_with_the_same_key(
    database: Database, queue: Queue
) -> None:
    owner = await asyncpg.connect(database.owner_dsn)
    try:
        await owner.execute("UPDATE service SET is_open = false WHERE code = 'collection'")
        wanted = request("closed", service="collection")
        with pytest.raises(ServiceClosed):
            await queue.issue(wanted)
        await owner.execute("UPDATE service SET is_open = true WHERE code = 'collection'")
    finally:
        await owner.close()
    with pytest.raises(ServiceClosed):
        await queue.issue(wanted)
    with pytest.raises(KeyReused):
        await queue.issue(
            IssueRequest(KEY, "api", service="collection", claim=claim("closed", b"another body"))
        )
    assert (await queue.issue(request("new", service="collection"))).label == "A101"


async def test_a_key_whose_request_was_refused_can_be_given_up(
    database: Database, queue: Queue
) -> None:
    owner = await asyncpg.connect(database.owner_dsn)
    await owner.execute("UPDATE service SET is_open = false WHERE code = 'collection'")
    await owner.close()
    with pytest.raises(ServiceClosed):
        await queue.issue(request("closed", service="collection"))
    assert await queue.abandon(claim("closed"), actor=KEY) is None
