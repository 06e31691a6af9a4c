"""People bound to numbers: sealed beside them, checked, revealed with a trace, erased."""

import asyncio
from datetime import date, timedelta
from uuid import uuid4

import asyncpg
import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool
from queue_server.tickets import journeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    ActNotAllowed,
    HasANumber,
    TicketOfAnother,
    WindowOfAnother,
)
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Actor, Priority, Ticket
from queue_server.tickets.person_care import PersonCare
from queue_server.tickets.persons import ONE_REVEAL, Persons
from tests.support.citizens import GROWN, OLD, PHONE, national_id
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.person_keys import FIRST, SECOND, bind, people_of
from tests.support.queue import KEY, OTHER, STAFF, open_windows

DIGITS_OF_PHONE = PHONE[3:]


@pytest.fixture
def persons(queue: Queue) -> Persons:
    return people_of(queue)


async def called(queue: Queue, window: int = 5, priority: Priority = "none") -> Ticket:
    """Let somebody come and be called."""
    await queue.issue(IssueRequest(KEY, "api", priority=priority))
    ticket = await queue.call_next(window, actor=KEY, own_only=False)
    assert ticket is not None
    return ticket


async def told(pool: Pool) -> list[tuple[str, str | None]]:
    rows = await pool.fetch("SELECT event, reason FROM ticket_person_event ORDER BY revision")
    return [(row["event"], row["reason"]) for row in rows]


async def test_binding_starts_a_called_ticket_and_keeps_the_person_sealed(
    queue: Queue, persons: Persons
) -> None:
    await open_windows(queue, 5)
    ticket = await bind(persons, await called(queue), national_id=GROWN, phone=PHONE)
    assert ticket.state == "serving"
    assert [event.event for event in await queue.events(ticket.id)][-2:] == ["start", "bind"]
    row = await queue.pool.fetchrow("SELECT * FROM ticket_person")
    assert row is not None
    kept = b"".join(value for value in row.values() if isinstance(value, bytes))
    assert GROWN.encode() not in kept
    assert DIGITS_OF_PHONE.encode() not in kept
    person = await persons.reveal(ticket, actor=KEY)
    assert person is not None
    assert (person.phone, person.last_four) == ("+20••••••••17", GROWN[-4:])
    assert person.claim_holds is None


async def test_a_further_binding_replaces_what_was_bound_and_keeps_the_rest(
    queue: Queue, persons: Persons
) -> None:
    await open_windows(queue, 5)
    ticket = await bind(persons, await called(queue), national_id=GROWN, phone=PHONE)
    await bind(persons, ticket, national_id=OLD)
    person = await persons.reveal(ticket, actor=KEY)
    assert person is not None
    assert (person.phone, person.last_four) == ("+20••••••••17", OLD[-4:])
    assert await told(queue.pool) == [("bind", "both"), ("bind", "national_id"), ("reveal", None)]


@pytest.mark.parametrize(
    ("born", "holds"),
    [
        (date(1951, 3, 2), True),
        (date(1961, 11, 22), True),
        (date(1961, 11, 23), False),
        (date(1990, 5, 17), False),
    ],
)
async def test_a_claim_of_65_is_held_against_the_card_on_the_business_day(
    queue: Queue, persons: Persons, born: date, holds: bool
) -> None:
    await open_windows(queue, 5)
    ticket = await called(queue, priority="age65")
    assert (await persons.known(ticket.id)).claim_holds is None
    await bind(persons, ticket, national_id=national_id(born))
    known = await persons.known(ticket.id)
    assert (known.has_national_id, known.has_phone, known.claim_holds) == (True, False, holds)
    assert await told(queue.pool) == [
        ("bind", "national_id"),
        ("claim_checked", "holds" if holds else "fails"),
    ]


@pytest.mark.parametrize("priority", ["none", "disability", "infant"])
async def test_nothing_is_told_of_the_age_where_no_claim_of_65_was_made(
    queue: Queue, persons: Persons, priority: Priority
) -> None:
    await open_windows(queue, 5)
    ticket = await called(queue, priority=priority)
    await bind(persons, ticket, national_id=GROWN)
    assert await told(queue.pool) == [("bind", "national_id")]
    assert (await persons.known(ticket.id)).claim_holds is None


async def test_only_a_ticket_in_hand_is_bound_and_only_by_whoever_opened_its_window(
    queue: Queue, persons: Persons
) -> None:
    waiting = await queue.issue(IssueRequest(KEY, "api"))
    with pytest.raises(ActNotAllowed):
        await bind(persons, waiting, national_id=GROWN)
    await open_windows(queue, 5, actor=STAFF)
    ticket = await called(queue)
    with pytest.raises(WindowOfAnother):
        await bind(persons, ticket, national_id=GROWN, actor=OTHER, any_window=False)
    assert await queue.pool.fetchval("SELECT count(*) FROM ticket_person") == 0
    await bind(persons, ticket, national_id=GROWN, actor=STAFF, any_window=False)
    await queue.act(ticket.id, "finish", actor=STAFF, any_window=True)
    with pytest.raises(ActNotAllowed):
        await bind(persons, ticket, national_id=OLD, actor=STAFF)


async def test_a_reveal_is_an_event_of_who_and_when_and_the_same_look_is_one(
    queue: Queue, persons: Persons, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    ticket = await bind(persons, await called(queue), national_id=GROWN)
    hoda = Actor("staff", uuid4())
    for actor in (KEY, KEY, hoda):
        await persons.reveal(ticket, actor=actor)
    await clock.advance(ONE_REVEAL.total_seconds() + 1)
    await persons.reveal(ticket, actor=hoda)
    rows = await queue.pool.fetch(
        "SELECT actor_id, at FROM ticket_person_event WHERE event = 'reveal' ORDER BY revision"
    )
    assert [row["actor_id"] for row in rows] == [KEY.id, hoda.id, hoda.id]
    assert rows[2]["at"] == clock.now()


async def test_reading_a_ticket_of_which_nothing_is_kept_is_no_reveal(
    queue: Queue, persons: Persons
) -> None:
    ticket = await queue.issue(IssueRequest(KEY, "api"))
    assert await persons.reveal(ticket, actor=KEY) is None
    assert await told(queue.pool) == []


async def test_the_events_of_a_ticket_hold_those_of_its_person_in_their_order(
    queue: Queue, persons: Persons
) -> None:
    await open_windows(queue, 5)
    ticket = await bind(persons, await called(queue, priority="age65"), national_id=GROWN)
    await persons.reveal(ticket, actor=KEY)
    await queue.act(ticket.id, "finish", actor=KEY, any_window=True)
    events = await queue.events(ticket.id)
    assert [event.event for event in events] == [
        *("issue", "call", "start", "bind", "claim_checked", "reveal", "finish")
    ]
    assert {(event.from_state, event.to_state) for event in events[3:6]} == {("serving", "serving")}
    assert [event.revision for event in events] == sorted(event.revision for event in events)


async def test_what_is_over_is_erased_with_its_hashes_and_the_chain_stays_whole(
    queue: Queue, persons: Persons, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    old = await bind(persons, await called(queue), national_id=GROWN, phone=PHONE)
    await queue.act(old.id, "finish", actor=KEY, any_window=True)
    await clock.advance(timedelta(days=90).total_seconds())
    care = PersonCare(persons, keep_days=90)
    await care.look()
    assert await queue.pool.fetchval("SELECT count(*) FROM ticket_person") == 1, "its last day"
    young = await bind(persons, await called(queue), national_id=OLD)
    await clock.advance(timedelta(days=1).total_seconds())
    assert await care.erase_old() == 1
    assert await care.erase_old() == 0
    kept = await queue.pool.fetch("SELECT ticket_id FROM ticket_person")
    assert [row["ticket_id"] for row in kept] == [young.id]
    assert await persons.reveal(old, actor=KEY) is None
    [row] = await queue.pool.fetch("SELECT * FROM ticket_person_event WHERE event = 'erase'")
    assert (row["n"], row["ticket_id"], row["reason"]) == (1, None, "ticket")
    assert (await queue.ticket(old.id)).state == "finished"
    assert (await verify(queue.pool, 1)).is_whole


async def test_what_an_older_key_sealed_is_found_under_the_newer_one_and_sealed_anew(
    queue: Queue,
) -> None:
    await open_windows(queue, 5)
    before = people_of(queue, FIRST)
    ticket = await bind(before, await called(queue), national_id=GROWN, phone=PHONE)
    after = people_of(queue, FIRST, SECOND)
    person = await after.reveal(ticket, actor=KEY)
    assert person is not None
    assert person.last_four == GROWN[-4:]
    assert await PersonCare(after, keep_days=90).renew_seals() == 1
    assert await PersonCare(after, keep_days=90).renew_seals() == 0
    assert await people_of(queue, SECOND).last_fours([ticket.id]) == {ticket.id: GROWN[-4:]}
    assert await before.last_fours([ticket.id]) == {}
    stored = await queue.pool.fetchval("SELECT national_id_hash FROM ticket_person")
    assert stored == after.hashed(phone=None, national_id=GROWN).national_id_hashes[0]


async def test_without_its_key_a_person_is_lost_and_everything_else_stays(queue: Queue) -> None:
    await open_windows(queue, 5)
    ticket = await bind(people_of(queue, FIRST), await called(queue), national_id=GROWN)
    others = people_of(queue, SECOND)
    person = await others.reveal(ticket, actor=KEY)
    assert person is not None
    assert (person.phone, person.last_four) == (None, None)
    assert await PersonCare(others, keep_days=90).renew_seals() == 0
    await queue.act(ticket.id, "finish", actor=KEY, any_window=True)
    assert (await verify(queue.pool, 1)).is_whole


async def test_the_role_for_reports_reads_no_sealed_value(database: Database, queue: Queue) -> None:
    reader = await asyncpg.connect(database.read_dsn)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.fetch("SELECT * FROM ticket_person")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reader.fetch("SELECT national_id_hash FROM ticket_person")
        assert await reader.fetch("SELECT * FROM ticket_person_event") == []
    finally:
        await reader.close()


@pytest.mark.parametrize("table", ["ticket_person_event", "pattern_event"])
async def test_the_programs_may_not_change_or_take_back_what_was_noted(
    queue: Queue, table: str
) -> None:
    for statement in (f"UPDATE {table} SET actor_id = NULL", f"DELETE FROM {table}"):
        with pytest.raises(Exception, match="permission denied"):
            await queue.pool.execute(statement)


async def test_a_corrected_priority_counts_the_rank_anew_from_the_arrival(
    queue: Queue, persons: Persons, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    first = await queue.issue(IssueRequest(KEY, "api", priority="age65"))
    await clock.advance(60)
    second = await queue.issue(IssueRequest(KEY, "api"))
    assert first.rank_at < second.rank_at
    corrected = await correct(persons, second, "disability")
    assert corrected.rank_at == second.issued_at - timedelta(minutes=15)
    assert (corrected.priority, corrected.lane) == ("disability", "priority")
    back = await correct(persons, first, "none")
    assert (back.rank_at, back.lane) == (first.issued_at, "plain")
    row = await queue.pool.fetchrow(
        "SELECT reason, detail FROM ticket_event WHERE ticket_id = $1 AND event = 'set_priority'",
        first.id,
    )
    assert row is not None
    assert row["reason"] == "under_65"
    assert (row["detail"]["from"], row["detail"]["priority"]) == ("age65", "none")
    called_first = await queue.call_next(5, actor=KEY, own_only=False)
    assert called_first is not None
    assert called_first.id == second.id


async def correct(
    persons: Persons,
    ticket: Ticket,
    priority: Priority,
    *,
    actor: Actor = KEY,
    any_window: bool = True,
) -> Ticket:
    return await persons.correct_priority(
        ticket.id,
        priority,
        reason="under_65",
        actor=actor,
        window=None,
        any_window=any_window,
        claim=None,
    )


async def test_a_priority_that_is_its_own_already_changes_nothing(
    queue: Queue, persons: Persons
) -> None:
    ticket = await queue.issue(IssueRequest(KEY, "api", priority="infant"))
    assert (await correct(persons, ticket, "infant")).revision == ticket.revision
    assert [event.event for event in await queue.events(ticket.id)] == ["issue"]


async def test_a_clerk_corrects_the_ticket_in_hand_and_nobody_elses(
    queue: Queue, persons: Persons
) -> None:
    waiting = await queue.issue(IssueRequest(KEY, "api", priority="age65"))
    with pytest.raises(TicketOfAnother):
        await correct(persons, waiting, "none", actor=STAFF, any_window=False)
    await open_windows(queue, 5, actor=STAFF)
    await queue.call_next(5, actor=STAFF, own_only=True)
    with pytest.raises(WindowOfAnother):
        await correct(persons, waiting, "none", actor=OTHER, any_window=False)
    ticket = await correct(persons, waiting, "none", actor=STAFF, any_window=False)
    assert (ticket.state, ticket.priority) == ("called", "none")
    await queue.act(ticket.id, "no_show", actor=STAFF, any_window=True)
    with pytest.raises(ActNotAllowed):
        await correct(persons, ticket, "age65")


async def issue_to(queue: Queue, persons: Persons, national_id: str = GROWN) -> Ticket:
    """Give a number to somebody whose card is told."""
    return await queue.issue(
        IssueRequest(
            KEY,
            "api",
            person=persons.hashed(phone=None, national_id=national_id),
            seal=lambda made: persons.marks(made, phone=None, national_id=national_id),
        )
    )


async def one_live_number(pool: Pool) -> None:
    await pool.execute(
        "INSERT INTO policy_now (centre_id, one_live_per_national_id) VALUES (1, true)"
    )


async def test_whoever_missed_a_call_and_took_another_number_does_not_get_both(
    queue: Queue, persons: Persons
) -> None:
    await one_live_number(queue.pool)
    await open_windows(queue, 5)
    missed = await issue_to(queue, persons)
    await queue.call_next(5, actor=KEY, own_only=False)
    await queue.act(missed.id, "no_show", actor=KEY, any_window=True)
    second = await issue_to(queue, persons)
    with pytest.raises(HasANumber) as told:
        await journeys.return_ticket(queue, missed.id, actor=KEY, in_time_only=False)
    assert told.value.ticket == str(second.id)
    await queue.act(second.id, "cancel", actor=KEY, any_window=True)
    again = await journeys.return_ticket(queue, missed.id, actor=KEY, in_time_only=False)
    assert again.state == "waiting"


async def test_an_act_that_would_give_a_person_a_second_live_number_is_not_undone(
    queue: Queue, persons: Persons
) -> None:
    await one_live_number(queue.pool)
    await open_windows(queue, 5)
    missed = await issue_to(queue, persons)
    await queue.call_next(5, actor=KEY, own_only=False)
    await queue.act(missed.id, "no_show", actor=KEY, any_window=True)
    await issue_to(queue, persons)
    with pytest.raises(HasANumber):
        await journeys.undo(queue, missed.id, actor=KEY, any_window=True)


async def test_of_ten_bindings_of_one_card_to_ten_numbers_one_is_kept(
    queue: Queue, persons: Persons
) -> None:
    await one_live_number(queue.pool)
    await open_windows(queue, *range(2, 12))
    tickets = [await called(queue, window) for window in range(2, 12)]
    results = await asyncio.gather(
        *(bind(persons, ticket, national_id=GROWN) for ticket in tickets), return_exceptions=True
    )
    assert sum(isinstance(each, Ticket) for each in results) == 1
    assert sum(isinstance(each, HasANumber) for each in results) == 9
    assert await queue.pool.fetchval("SELECT count(*) FROM ticket_person") == 1


async def test_ten_who_bind_at_once_leave_one_person_and_a_whole_chain(
    queue: Queue, persons: Persons
) -> None:
    await open_windows(queue, 5)
    ticket = await called(queue)
    await asyncio.gather(*(bind(persons, ticket, national_id=GROWN) for _ in range(10)))
    assert await queue.pool.fetchval("SELECT count(*) FROM ticket_person") == 1
    assert (await verify(queue.pool, 1)).is_whole


async def test_a_person_whose_number_is_kept_for_another_day_is_found_and_opened_there(
    queue: Queue, persons: Persons, clock: ManualClock
) -> None:
    ticket = await queue.issue(
        IssueRequest(
            KEY,
            "api",
            person=persons.hashed(phone=PHONE, national_id=GROWN),
            seal=lambda made: persons.marks(made, phone=PHONE, national_id=GROWN),
        )
    )
    for _ in range(2):
        await journeys.carry_over(queue, queue.today()[0] + timedelta(days=1), actor=KEY)
        await clock.advance(86_400)
    [*_, row] = await queue.pool.fetch("SELECT ticket_id FROM ticket_person ORDER BY business_day")
    assert row["ticket_id"] != ticket.id
    kept = await queue.ticket(row["ticket_id"])
    assert (kept.state, kept.label) == ("waiting", ticket.label)
    person = await persons.reveal(kept, actor=KEY)
    assert person is not None
    assert (person.phone, person.last_four) == ("+20••••••••17", GROWN[-4:])
    rotated = people_of(queue, FIRST, SECOND)
    assert await PersonCare(rotated, keep_days=90).renew_seals() == 3
    assert await people_of(queue, SECOND).last_fours([kept.id]) == {kept.id: GROWN[-4:]}
