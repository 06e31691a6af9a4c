"""An order for a slip: the act and the kiosk's command, once, and together or not at all."""

import asyncio
from uuid import UUID, uuid4

import pytest

from core_services.database.errors import DatabaseError
from core_services.database.pool import Pool
from core_services.devices.model import Device
from core_services.devices.store_presence import open_commands, settle_command
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import ActNotAllowed, UnknownTicket
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Ticket
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import KEY, OTHER, STAFF, add_kiosk, open_queue, open_windows

K1, K2 = uuid4(), uuid4()


@pytest.fixture
async def ticket(queue: Queue, pool: Pool) -> Ticket:
    """A kiosk's ticket whose slip is in doubt."""
    for device in (K1, K2):
        await add_kiosk(pool, device)
    issued = await queue.issue(IssueRequest(Actor("device", K1), "kiosk", device_id=K1))
    return await queue.mark_paper(issued.id, "unknown", actor=Actor("device", K1))


async def ordered(pool: Pool) -> list[UUID]:
    """Return the devices of all open orders."""
    return [command.device_id for command in await open_commands(pool, centre_id=1)]


async def told(queue: Queue, ticket: Ticket) -> int:
    """Return how often the ticket's events tell of an order."""
    return [event.event for event in await queue.events(ticket.id)].count("reprint")


async def test_supervisors_who_order_the_same_slip_at_once_make_one_order(
    database: Database, pool: Pool, queue: Queue, clock: ManualClock, ticket: Ticket
) -> None:
    async with open_queue(pool, database.app_dsn, clock) as other, asyncio.TaskGroup() as tasks:
        orders = [
            tasks.create_task(process.order_reprint(ticket.id, K1, actor=actor))
            for process, actor in ((queue, STAFF), (other, OTHER)) * 4
        ]
    assert sorted(order.result() for order in orders) == [False] * 7 + [True]
    assert await ordered(pool) == [K1]
    assert await told(queue, ticket) == 1


async def test_each_kiosk_and_each_new_need_has_an_order_of_its_own(
    pool: Pool, queue: Queue, clock: ManualClock, ticket: Ticket
) -> None:
    assert await queue.order_reprint(ticket.id, K1, actor=STAFF)
    assert await queue.order_reprint(ticket.id, K2, actor=STAFF)
    assert sorted(await ordered(pool)) == sorted([K1, K2])
    (first, _) = await open_commands(pool, centre_id=1)
    device = Device(first.device_id, 1, "kiosk", "K", clock.now(), None)
    await settle_command(pool, device, command_id=first.id, outcome="failed", at=clock.now())
    assert await queue.order_reprint(ticket.id, first.device_id, actor=STAFF)
    assert await told(queue, ticket) == 3


async def test_an_order_that_cannot_be_left_leaves_no_event(
    pool: Pool, queue: Queue, ticket: Ticket
) -> None:
    with pytest.raises(DatabaseError):
        await queue.order_reprint(ticket.id, uuid4(), actor=STAFF)
    assert await ordered(pool) == []
    assert await told(queue, ticket) == 0


async def test_nothing_is_ordered_for_a_number_that_nobody_waits_with(
    pool: Pool, queue: Queue, ticket: Ticket
) -> None:
    assert await queue.order_reprint(ticket.id, K1, actor=STAFF)
    await open_windows(queue, 5)
    await queue.call_next(5, actor=KEY, own_only=False)
    await queue.act(ticket.id, "start", actor=KEY, any_window=True)
    for device in (K1, K2):
        with pytest.raises(ActNotAllowed) as refused:
            await queue.order_reprint(ticket.id, device, actor=STAFF)
        assert refused.value.state == "serving"
    with pytest.raises(UnknownTicket):
        await queue.order_reprint(uuid4(), K1, actor=STAFF)
    assert await ordered(pool) == [K1]
