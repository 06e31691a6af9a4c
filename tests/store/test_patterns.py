"""Signs that one hand takes many numbers: told where they are, silent in an honest morning."""

import random
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from core_services.audit.verify import verify
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Ticket
from queue_server.tickets.pattern_watch import PatternWatch
from queue_server.tickets.patterns import Pattern, PatternLimits
from queue_server.tickets.persons import Persons
from tests.support.citizens import GROWN, OLD, PHONE
from tests.support.clock import ManualClock
from tests.support.person_keys import bind, people_of
from tests.support.queue import KEY, add_kiosk, open_windows

KIOSK = Actor("device", UUID("0192f000-0000-7000-8000-0000000000aa"))
HODA = Actor("staff", uuid4())


@pytest.fixture
def watch(queue: Queue) -> PatternWatch:
    return PatternWatch(queue, PatternLimits)


@pytest.fixture
def persons(queue: Queue) -> Persons:
    return people_of(queue)


async def at_kiosk(
    queue: Queue, clock: ManualClock, people: int, *, every_s: float
) -> list[Ticket]:
    """Let so many people take a number at the kiosk, one after another."""
    if not await queue.pool.fetchval("SELECT count(*) FROM device"):
        await add_kiosk(queue.pool, UUID(str(KIOSK.id)))
    tickets = []
    for _ in range(people):
        ticket = await queue.issue(IssueRequest(KIOSK, "kiosk", device_id=KIOSK.id))
        tickets.append(await queue.mark_paper(ticket.id, "printed", actor=KIOSK))
        await clock.advance(every_s)
    return tickets


async def call_all(queue: Queue, absent: set[UUID]) -> None:
    """Call everybody in their order to window 5; those who are absent miss their call."""
    while True:
        ticket = await queue.call_next(5, actor=KEY, own_only=False, finish=True)
        if ticket is None:
            return
        if ticket.id in absent:
            await queue.act(ticket.id, "no_show", actor=KEY, any_window=True)


async def served_with(
    queue: Queue, persons: Persons, clock: ManualClock, national_id: str
) -> Ticket:
    """Let somebody take a number and show that card at window 5."""
    ticket = await queue.issue(IssueRequest(KEY, "api"))
    await clock.advance(60)
    called = await queue.call_next(5, actor=KEY, own_only=False)
    assert called is not None
    assert called.id == ticket.id
    await bind(persons, ticket, national_id=national_id)
    await queue.act(ticket.id, "finish", actor=KEY, any_window=True)
    return ticket


def only(patterns: tuple[Pattern, ...], kind: str) -> Pattern:
    [found] = [each for each in patterns if each.kind == kind]
    return found


@pytest.mark.parametrize("every_s", [3, 6, 20])
async def test_a_mornings_crush_of_a_hundred_and_twenty_people_is_no_sign(
    queue: Queue, watch: PatternWatch, clock: ManualClock, every_s: float
) -> None:
    await open_windows(queue, 5)
    tickets = await at_kiosk(queue, clock, 120, every_s=every_s)
    assert await watch.read() == (), "speed alone is none"
    chance = random.Random(every_s)
    absent = {ticket.id for ticket in tickets if chance.random() < 0.1}
    absent |= {ticket.id for ticket in tickets[40:44]}  # a family that left together
    await call_all(queue, absent)
    assert await queue.pool.fetchval("SELECT count(*) FROM ticket WHERE state = 'no_show'") >= 10
    assert await watch.read() == ()


async def test_a_quick_row_whose_numbers_nobody_claims_is_told_with_its_kiosk_and_numbers(
    queue: Queue, watch: PatternWatch, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    before = await at_kiosk(queue, clock, 30, every_s=20)
    row = await at_kiosk(queue, clock, 9, every_s=5)
    after = await at_kiosk(queue, clock, 30, every_s=20)
    missing = [ticket for place, ticket in enumerate(row) if place != 4]
    await call_all(queue, {ticket.id for ticket in [*missing, before[3], after[20]]})
    [sign] = await watch.read()
    assert (sign.kind, sign.n, sign.device) == ("kiosk-run", 8, KIOSK.id)
    assert [each.label for each in sign.tickets] == [ticket.label for ticket in missing]
    assert (sign.first_at, sign.last_at) == (missing[0].issued_at, missing[-1].issued_at)


async def test_the_same_row_taken_slowly_is_no_sign(
    queue: Queue, watch: PatternWatch, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    slow = await at_kiosk(queue, clock, 9, every_s=40)
    await call_all(queue, {ticket.id for ticket in slow})
    assert await watch.read() == ()
    assert len(await PatternWatch(queue, lambda: PatternLimits(run_s=400)).read()) == 1


async def test_an_id_with_several_numbers_on_a_day_is_told_and_another_id_is_not(
    queue: Queue, persons: Persons, watch: PatternWatch, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    for _ in range(3):
        await served_with(queue, persons, clock, GROWN)
        await served_with(queue, persons, clock, OLD)
    assert await watch.read() == ()
    fourth = await served_with(queue, persons, clock, GROWN)
    sign = only(await watch.read(), "id-day")
    assert (sign.n, sign.newest.id) == (4, fourth.id)
    assert await persons.last_fours([sign.newest.id]) == {fourth.id: GROWN[-4:]}


async def test_an_id_with_a_few_numbers_each_day_is_told_by_the_week_and_forgotten_after_it(
    queue: Queue, persons: Persons, watch: PatternWatch, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    for day in range(3):
        for _ in range(3 if day < 2 else 2):
            await served_with(queue, persons, clock, GROWN)
        if day < 2:
            await clock.advance(86_400)
    assert only(await watch.read(), "id-week").n == 8
    await clock.advance(5 * 86_400)
    assert await watch.read() == ()


async def test_what_somebody_looked_at_is_kept_with_who_and_when_and_is_news_when_it_grows(
    queue: Queue, persons: Persons, watch: PatternWatch, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    for _ in range(4):
        await served_with(queue, persons, clock, GROWN)
    sign = only(await watch.read(), "id-day")
    assert sign.is_open
    assert await watch.see(sign.kind, sign.newest.id, sign.n, actor=HODA)
    assert not await watch.see(sign.kind, sign.newest.id, sign.n, actor=KEY), "somebody has"
    seen = only(await watch.now(), "id-day")
    assert seen == replace(sign, seen=seen.seen)
    assert seen.seen is not None
    assert (seen.seen.at, seen.seen.staff_id, seen.seen.n) == (clock.now(), HODA.id, 4)
    assert not seen.is_open
    await served_with(queue, persons, clock, GROWN)
    assert only(await watch.read(), "id-day").is_open
    assert (await verify(queue.pool, 1)).is_whole


async def test_a_sign_that_is_no_longer_so_is_not_noted(queue: Queue, watch: PatternWatch) -> None:
    assert not await watch.see("id-day", uuid4(), 4, actor=HODA)
    assert await queue.pool.fetchval("SELECT count(*) FROM pattern_event") == 0


async def test_pages_are_shown_the_last_look_which_reads_only_while_somebody_asks(
    queue: Queue, persons: Persons, clock: ManualClock
) -> None:
    told: list[bool] = []
    watch = PatternWatch(queue, PatternLimits, on_change=lambda: told.append(True))
    await open_windows(queue, 5)
    assert await watch.now() == ()
    await watch.look()
    assert told == []
    for _ in range(4):
        await served_with(queue, persons, clock, GROWN)
    await watch.look()
    assert told == [], "nobody has asked since"
    assert await watch.now() == ()
    await watch.look()
    assert told == [True]
    assert len(await watch.now()) == 1


async def test_a_number_that_misses_its_call_and_comes_back_again_and_again_is_told(
    queue: Queue, watch: PatternWatch, clock: ManualClock
) -> None:
    await queue.pool.execute("INSERT INTO policy_now (centre_id, returns_allowed) VALUES (1, 3)")
    await open_windows(queue, 5)
    ticket = await queue.issue(IssueRequest(KEY, "api"))
    for times in range(1, 3):
        await call_all(queue, {ticket.id})
        await clock.advance(60)
        await journeys.return_ticket(queue, ticket.id, actor=KEY, in_time_only=False)
        told = [(each.kind, each.n) for each in await watch.read()]
        assert told == ([("returns", 2)] if times == 2 else [])


async def test_a_person_who_asks_for_more_again_and_again_is_told(
    queue: Queue, persons: Persons, watch: PatternWatch
) -> None:
    ticket = await queue.issue(IssueRequest(KEY, "api"))
    marks = persons.hashed(phone=PHONE, national_id=None)
    for times in range(1, 4):
        await persons.note_asked_again(ticket.id, marks, actor=KEY, claim=None)
        told = [(each.kind, each.n) for each in await watch.read()]
        assert told == ([("asked-again", 3)] if times == 3 else [])


async def test_an_id_whose_numbers_missed_their_calls_is_told_unless_the_act_was_undone(
    queue: Queue, persons: Persons, watch: PatternWatch, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    for _ in range(3):
        marks = persons.hashed(phone=PHONE, national_id=GROWN)
        ticket = await queue.issue(
            IssueRequest(
                KEY,
                "api",
                person=marks,
                seal=lambda ticket_id: persons.marks(ticket_id, phone=PHONE, national_id=GROWN),
            )
        )
        await clock.advance(60)
        await call_all(queue, {ticket.id})
    found = [(each.n, each.by_phone) for each in await watch.read() if each.kind == "missed"]
    assert sorted(found) == [(3, False), (3, True)]
    await journeys.undo(queue, ticket.id, actor=KEY, any_window=True)
    assert [each for each in await watch.read() if each.kind == "missed"] == []
