"""Numbers that a kiosk gave while it was cut off: each once, in its place, marked, counted."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from core_services.audit.verify import verify
from core_services.calendar import day_bounds
from core_services.database.pool import Pool
from core_services.devices.register import revoke_device
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import KeyAbandoned, LabelTaken
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Ticket
from tests.support.clock import ManualClock
from tests.support.cut_off import MINUTE, CutOff, a_cut_off_kiosk, events_of
from tests.support.database import Database
from tests.support.queue import KEY, open_queue, open_windows


@pytest.fixture
async def kiosk(queue: Queue) -> CutOff:
    return await a_cut_off_kiosk(queue)


@pytest.fixture
def now(clock: ManualClock) -> datetime:
    return clock.now()


async def in_line(queue: Queue) -> list[str]:
    return [ticket.label for ticket in await queue.tickets(states=["waiting"])]


async def test_a_number_stands_in_line_as_of_its_arrival_and_is_marked(
    queue: Queue, pool: Pool, kiosk: CutOff, now: datetime
) -> None:
    online = await queue.issue(IssueRequest(KEY, "api"))
    came = now - 40 * MINUTE
    ticket = await kiosk.deliver(
        105, came, priority="age65", requests=2, language="en", token="A" * 16
    )
    assert (ticket.label, ticket.state, ticket.channel) == ("K105", "waiting", "kiosk_offline")
    assert (ticket.issued_at, ticket.arrived_at, ticket.waiting_since) == (came, came, now)
    assert ticket.rank_at == came - 15 * MINUTE
    assert (ticket.paper, ticket.lane, ticket.requests) == ("printed", "priority", 2)
    assert (ticket.language, ticket.token, ticket.service) == ("en", "A" * 16, "reconciliation")
    assert ticket.wait_at_issue is None
    assert await events_of(pool, ticket) == [
        ("issue", "unconfirmed", now),
        ("confirm", "waiting", now),
    ]
    await open_windows(queue, 5)
    first = await queue.call_next(5, actor=KEY, own_only=False)
    assert first is not None
    assert first.id == ticket.id
    assert (await queue.hall()).waiting == 1
    assert await queue.position(online) == 1
    waits = await pool.fetchval("SELECT count(*) FROM duration_rollup WHERE measure = 'wait'")
    assert waits == 0
    assert (await verify(pool, 1)).is_whole


@pytest.mark.parametrize("claimed", [-600, -121, -120, -60, 0, 30])
async def test_nobody_came_while_the_server_heard_the_kiosk(
    queue: Queue, kiosk: CutOff, now: datetime, claimed: int
) -> None:
    ticket = await kiosk.deliver(101, now + claimed * MINUTE)
    assert ticket.arrived_at == now + min(max(claimed, -120), 0) * MINUTE


async def test_a_flap_of_the_line_takes_no_place_from_those_who_came_before_it(
    kiosk: CutOff, now: datetime
) -> None:
    await kiosk.beat(now - 5 * MINUTE)
    await kiosk.beat(now)
    before_the_flap = await kiosk.deliver(101, now - 90 * MINUTE)
    of_a_wrong_clock = await kiosk.deliver(102, now - 5000 * MINUTE)
    assert before_the_flap.arrived_at == now - 90 * MINUTE
    assert of_a_wrong_clock.arrived_at == now - 5 * MINUTE


async def test_the_same_key_is_the_same_ticket_whoever_hears_it(
    queue: Queue, pool: Pool, database: Database, clock: ManualClock, kiosk: CutOff, now: datetime
) -> None:
    async with open_queue(pool, database.app_dsn, clock) as other:
        said = kiosk.number(101, now - 30 * MINUTE)
        made = await asyncio.gather(*(each.give(said) for each in (queue, other) * 4))
    assert len({ticket.id for ticket in made}) == 1
    assert await in_line(queue) == ["K101"]
    await clock.advance(3600)
    again = await queue.give(kiosk.number(101, clock.now(), service="collection"))
    assert again == made[0]
    assert await pool.fetchval("SELECT count(*) FROM ticket_given") == 1


async def test_the_command_given_up_before_is_given_up_in_the_same_act(
    queue: Queue, clock: ManualClock, kiosk: CutOff, now: datetime
) -> None:
    actor = Actor("device", kiosk.device.id)

    async def ask(key: str) -> Ticket:
        claim = kiosk.claim(key)
        return await queue.issue(
            IssueRequest(actor, "kiosk", device_id=kiosk.device.id, claim=claim)
        )

    unheard = await ask("answered-never")
    await kiosk.deliver(101, now - MINUTE, abandons=kiosk.claim("answered-never"))
    assert (await queue.ticket(unheard.id)).state == "void"
    await clock.advance(1)
    await kiosk.deliver(102, now - MINUTE / 2, abandons=kiosk.claim("on-its-way-yet"))
    with pytest.raises(KeyAbandoned):
        await ask("on-its-way-yet")
    assert await in_line(queue) == ["K101", "K102"]
    assert await queue.abandon(kiosk.claim("on-its-way-yet"), actor=actor) is None


async def test_a_number_that_nobody_holds_is_void(
    queue: Queue, pool: Pool, kiosk: CutOff, now: datetime
) -> None:
    ticket = await kiosk.deliver(101, now - 5 * MINUTE, mark="failed")
    assert (ticket.state, ticket.paper) == ("void", "failed")
    assert [event for event, _, _ in await events_of(pool, ticket)] == ["issue", "void"]
    assert await in_line(queue) == []


async def test_a_slip_in_doubt_waits_and_is_listed_for_a_person(
    queue: Queue, kiosk: CutOff, now: datetime
) -> None:
    ticket = await kiosk.deliver(101, now, mark="unknown")
    assert ticket.state == "waiting"
    assert await queue.tickets(paper=["unknown"]) == (ticket,)


async def test_a_number_of_a_day_that_is_over_is_lapsed_on_that_day(
    queue: Queue, pool: Pool, kiosk: CutOff, clock: ManualClock, now: datetime
) -> None:
    day = queue.today()[0]
    _, ends = day_bounds(day, queue.centre.zone, queue.centre.cut_over)
    await clock.advance(24 * 3600)
    came = now + 5 * MINUTE
    ticket = await kiosk.deliver(101, came, day=day)
    assert (ticket.business_day, ticket.state) == (day, "lapsed")
    assert await events_of(pool, ticket) == [
        ("issue", "unconfirmed", came),
        ("confirm", "waiting", came),
        ("lapse", "lapsed", ends),
    ]
    failed = await kiosk.deliver(102, came, day=day, mark="failed")
    assert (failed.business_day, failed.state) == (day, "void")
    assert (await queue.hall()).waiting == 0
    left = await pool.fetchval("SELECT coalesce(sum(in_line), 0) FROM queue_line")
    assert left == 0
    assert (await verify(pool, 1)).is_whole


@pytest.mark.parametrize("days", [-4000, 1, 900_000])
async def test_a_day_that_cannot_be_is_that_of_the_arrival(
    queue: Queue, kiosk: CutOff, now: datetime, days: int
) -> None:
    today = queue.today()[0]
    wrong = today + timedelta(days=min(days, 3000 * 365))
    ticket = await kiosk.deliver(101, now - 10 * MINUTE, day=wrong)
    assert ticket.business_day == today
    assert ticket.state == "waiting"


async def test_a_label_that_is_another_numbers_is_refused_each_time(
    queue: Queue, pool: Pool, kiosk: CutOff, now: datetime
) -> None:
    first = await kiosk.deliver(101, now)
    for _ in range(2):
        with pytest.raises(LabelTaken) as refused:
            await kiosk.deliver(
                101, now, key="another-key", abandons=kiosk.claim("given up before")
            )
        assert refused.value.ticket == str(first.id)
    with pytest.raises(KeyAbandoned):
        await queue.issue(IssueRequest(KEY, "kiosk", claim=kiosk.claim("given up before")))
    assert await in_line(queue) == ["K101"]


async def test_a_machine_that_is_registered_anew_may_deliver_again(
    queue: Queue, kiosk: CutOff, now: datetime
) -> None:
    ticket = await kiosk.deliver(101, now)
    await revoke_device(
        queue.pool, centre_id=1, device_id=kiosk.device.id, actor=Actor("system"), at=now
    )
    anew = await a_cut_off_kiosk(queue, "K1")
    assert await anew.deliver(101, now) == ticket


async def test_what_a_slip_says_that_is_not_here_is_left_to_the_window(
    kiosk: CutOff, now: datetime
) -> None:
    ticket = await kiosk.deliver(101, now, service="closed long ago", requests=9)
    assert (ticket.service, ticket.queue, ticket.requests) == (None, "U", 3)


async def test_a_server_takes_back_what_it_issued_before_it_was_restored(
    queue: Queue, pool: Pool, kiosk: CutOff, now: datetime
) -> None:
    known = await queue.issue(IssueRequest(KEY, "kiosk", device_id=kiosk.device.id))
    lost = uuid4()
    ticket = await kiosk.deliver(
        142, now - 50 * MINUTE, series="", ticket_id=lost, token="B" * 16, key="issue-key-142"
    )
    assert (ticket.id, ticket.label, ticket.channel) == (lost, "142", "restored")
    assert (ticket.token, ticket.state) == ("B" * 16, "waiting")
    again = await kiosk.deliver(101, now, series="", ticket_id=known.id, key="issue-key-101")
    assert again.id == known.id
    # The counter goes on above what was given before: nobody gets 102 to 142 a second time.
    assert (await queue.issue(IssueRequest(KEY, "api"))).label == "143"
    assert (await queue.ticket_by_token("b" * 16)).id == lost
    assert (await verify(pool, 1)).is_whole


async def test_an_address_that_is_taken_is_not_taken_twice(
    queue: Queue, kiosk: CutOff, now: datetime
) -> None:
    first = await kiosk.deliver(101, now, token="C" * 16)
    second = await kiosk.deliver(102, now, token="C" * 16)
    assert first.token == "C" * 16
    assert second.token != first.token
