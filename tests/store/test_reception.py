"""Slips along the line: ordered once, taken back when told by hand, looked after when silent."""

import asyncio
from uuid import UUID, uuid4

import pytest

from core_services.database.pool import Pool
from core_services.devices.store_presence import open_commands
from queue_server.tickets import reception
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import ActNotAllowed, UnknownTicket
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Claim, Ticket
from queue_server.tickets.store_reception import Sought
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import KEY, OTHER, STAFF, add_kiosk, open_queue, open_windows

K1, K2 = uuid4(), uuid4()


@pytest.fixture
async def ticket(queue: Queue, pool: Pool) -> Ticket:
    """A number that was just given along the line."""
    for device in (K1, K2):
        await add_kiosk(pool, device)
    return await queue.issue(IssueRequest(STAFF, "reception", service="reconciliation"))


async def orders(pool: Pool) -> list[tuple[UUID, bool]]:
    """Return the device of each open order, and whether it is for a first slip."""
    commands = await open_commands(pool, centre_id=1)
    return [(each.device_id, bool(each.payload.get("first"))) for each in commands]


async def events(queue: Queue, ticket: Ticket) -> list[tuple[str, str | None]]:
    return [(event.event, event.reason) for event in await queue.events(ticket.id)]


async def test_a_number_along_the_line_waits_at_once_and_its_slip_is_pending(
    queue: Queue, pool: Pool, ticket: Ticket
) -> None:
    assert (ticket.state, ticket.channel) == ("waiting", "reception")
    assert await reception.order_first_slip(queue, ticket.id, K1, actor=STAFF)
    assert (await queue.ticket(ticket.id)).paper == "pending"
    assert await orders(pool) == [(K1, True)]
    assert (await events(queue, ticket))[1:] == [("paper", "pending")]


async def test_the_first_slip_is_ordered_once_from_however_many_phones_and_processes(
    database: Database, pool: Pool, queue: Queue, clock: ManualClock, ticket: Ticket
) -> None:
    async with open_queue(pool, database.app_dsn, clock) as other, asyncio.TaskGroup() as tasks:
        tries = [
            tasks.create_task(reception.order_first_slip(each, ticket.id, device, actor=actor))
            for each, device, actor in ((queue, K1, STAFF), (other, K2, OTHER)) * 4
        ]
    assert sorted(each.result() for each in tries) == [False] * 7 + [True]
    assert len(await orders(pool)) == 1


async def test_a_slip_ordered_again_elsewhere_is_no_longer_expected_at_the_first_kiosk(
    queue: Queue, pool: Pool, ticket: Ticket
) -> None:
    await reception.order_first_slip(queue, ticket.id, K1, actor=STAFF)
    assert await reception.order_again(queue, ticket.id, K2, actor=STAFF, reason="not_printed")
    assert await orders(pool) == [(K2, False)]
    assert not await reception.order_again(queue, ticket.id, K2, actor=STAFF, reason="lost")
    assert (await events(queue, ticket))[-1] == ("reprint", "not_printed")


async def test_a_number_told_by_hand_is_printed_by_no_kiosk_that_comes_back(
    queue: Queue, pool: Pool, ticket: Ticket
) -> None:
    await reception.order_first_slip(queue, ticket.id, K1, actor=STAFF)
    told = await reception.told_by_hand(queue, ticket.id, actor=STAFF)
    assert told.paper == "kept"
    assert await orders(pool) == []
    outcome = await pool.fetchval("SELECT outcome FROM device_command")
    assert outcome == "withdrawn"


async def test_a_slip_of_which_nobody_speaks_is_late_after_seconds_and_in_doubt_after_a_minute(
    queue: Queue, clock: ManualClock, ticket: Ticket
) -> None:
    await reception.order_first_slip(queue, ticket.id, K1, actor=STAFF)
    assert await reception.slips_to_look_after(queue, limit=9) == ()
    await clock.advance(reception.LATE_AFTER_S)
    assert [each.id for each in await reception.slips_to_look_after(queue, limit=9)] == [ticket.id]
    await reception.doubt_silent_slips(queue)
    assert (await queue.ticket(ticket.id)).paper == "pending"
    await clock.advance(reception.SILENT_AFTER_S)
    await reception.doubt_silent_slips(queue)
    assert (await queue.ticket(ticket.id)).paper == "unknown"
    await queue.mark_paper(ticket.id, "printed", actor=STAFF)
    assert await reception.slips_to_look_after(queue, limit=9) == ()


async def test_a_slip_of_a_number_that_is_served_is_not_ordered(
    queue: Queue, pool: Pool, ticket: Ticket
) -> None:
    await open_windows(queue, 5)
    await queue.call_next(5, actor=KEY, own_only=False)
    await queue.act(ticket.id, "start", actor=KEY, any_window=True)
    with pytest.raises(ActNotAllowed):
        await reception.order_first_slip(queue, ticket.id, K1, actor=STAFF)
    with pytest.raises(ActNotAllowed):
        await reception.order_again(queue, ticket.id, K1, actor=STAFF, reason="lost")
    with pytest.raises(UnknownTicket):
        await reception.order_first_slip(queue, uuid4(), K1, actor=STAFF)
    assert await orders(pool) == []


async def test_a_press_whose_answer_was_lost_finds_the_number_that_it_made(queue: Queue) -> None:
    claim = Claim("staff:1", "POST", "/reception/issue", "k" * 26, b"\1" * 32)
    assert await reception.issued_before(queue, claim) is None
    made = await queue.issue(IssueRequest(STAFF, "reception", claim=claim))
    assert await reception.issued_before(queue, claim) == made.id
    another = Claim("staff:2", "POST", "/reception/issue", "k" * 26, b"\1" * 32)
    assert await reception.issued_before(queue, another) is None


async def test_a_lost_slip_is_found_by_time_service_priority_and_channel(
    queue: Queue, clock: ManualClock
) -> None:
    def labels(tickets: tuple[Ticket, ...]) -> list[str]:
        return [each.label for each in tickets]

    async def find(**known: object) -> list[str]:
        return labels(await reception.find(queue, Sought(**known), limit=9))  # type: ignore[arg-type]

    made = []
    for service, priority, channel in (
        ("reconciliation", "none", "api"),
        ("collection", "none", "api"),
        ("reconciliation", "age65", "reception"),
        (None, "none", "reception"),
    ):
        made.append(
            await queue.issue(IssueRequest(KEY, channel, service=service, priority=priority))  # type: ignore[arg-type]
        )
        await clock.advance(600)
    void = await queue.issue(IssueRequest(KEY, "api"))
    await queue.act(void.id, "void", actor=KEY, any_window=True)
    about = made[1].issued_at
    assert await find() == ["103", "102", "A101", "101"]
    assert await find(label="102") == ["102"]
    assert await find(services=["reconciliation"]) == ["102", "101"]
    assert await find(priority="age65") == ["102"]
    assert await find(channel="reception") == ["103", "102"]
    assert await find(arrived_at=about, within_s=600) == ["A101", "102", "101"]
    assert await find(arrived_at=about, within_s=300) == ["A101"]
    assert await find(services=[]) == []


async def test_a_word_about_a_slip_that_was_never_ordered_changes_nothing(
    queue: Queue, ticket: Ticket
) -> None:
    before = await queue.events(ticket.id)
    await queue.mark_paper(ticket.id, "none", actor=Actor("system"))
    assert await queue.events(ticket.id) == before
