"""The life of tickets against PostgreSQL: issue, calls, acts, refusals, paper and lapse."""

import asyncio
from datetime import timedelta
from itertools import product
from uuid import uuid4

import asyncpg
import pytest

from core_services.database.pool import Pool
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    ActNotAllowed,
    KeyAbandoned,
    KeyReused,
    TicketOfAnother,
    UnknownService,
    UnknownWindow,
    WindowBusy,
    WindowNotOpen,
    WindowOfAnother,
)
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.lifecycle import TRANSITIONS
from queue_server.tickets.model import Actor, Claim, PaperMark, Priority, Ticket
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.queue import KEY, OTHER, STAFF, add_kiosk, open_windows

KIOSK = Actor("device", uuid4())


def claim(key: str, body: bytes = b"{}", path: str = "/tickets") -> Claim:
    return Claim("key:1", "POST", path, key, body)


async def issue(queue: Queue, priority: Priority = "none", service: str | None = None) -> Ticket:
    return await queue.issue(IssueRequest(KEY, "api", priority=priority, service=service))


async def from_kiosk(queue: Queue, key: str | None = None) -> Ticket:
    return await queue.issue(
        IssueRequest(KIOSK, "kiosk", device_id=KIOSK.id, claim=None if key is None else claim(key))
    )


async def test_numbers_grow_from_the_first_without_gaps_in_each_series(queue: Queue) -> None:
    plain = [await issue(queue) for _ in range(3)]
    lettered = [await issue(queue, service="collection") for _ in range(2)]
    assert [ticket.label for ticket in plain] == ["101", "102", "103"]
    assert [ticket.label for ticket in lettered] == ["A101", "A102"]


async def test_a_hundred_at_once_get_a_hundred_numbers(queue: Queue) -> None:
    tickets = await asyncio.gather(*(issue(queue) for _ in range(100)))
    assert sorted(ticket.number for ticket in tickets) == list(range(101, 201))
    assert sorted(ticket.position_at_issue for ticket in tickets) == list(range(1, 101))


async def test_an_issued_ticket_is_told_as_the_database_holds_it(queue: Queue) -> None:
    told = [await issue(queue)]
    await open_windows(queue, 1)
    told += [
        await issue(queue, priority="age65", service="collection"),
        await from_kiosk(queue),
    ]
    assert told == [await queue.ticket(ticket.id) for ticket in told]
    assert [ticket.wait_at_issue is None for ticket in told] == [True, False, False]


async def test_the_same_key_three_times_at_once_is_one_ticket(queue: Queue) -> None:
    request = IssueRequest(KEY, "api", claim=claim("k"))
    tickets = await asyncio.gather(*(queue.issue(request) for _ in range(3)))
    assert len({ticket.id for ticket in tickets}) == 1
    assert tickets[0] == tickets[1] == tickets[2]


async def test_a_replayed_key_answers_as_it_did_at_first(queue: Queue) -> None:
    first = await queue.issue(IssueRequest(KEY, "api", claim=claim("k")))
    await open_windows(queue, 5)
    await queue.call_next(5, actor=KEY, own_only=False)
    again = await queue.issue(IssueRequest(KEY, "api", claim=claim("k")))
    assert (again.id, again.state, again.window) == (first.id, "waiting", None)


async def test_a_key_with_another_body_is_refused(queue: Queue) -> None:
    await queue.issue(IssueRequest(KEY, "api", claim=claim("k", b"one")))
    with pytest.raises(KeyReused):
        await queue.issue(IssueRequest(KEY, "api", claim=claim("k", b"two")))


async def test_an_unknown_service_fails_alone_in_its_batch(queue: Queue) -> None:
    answers = await asyncio.gather(
        *(issue(queue) for _ in range(5)),
        issue(queue, service="no-such-service"),
        return_exceptions=True,
    )
    assert isinstance(answers[-1], UnknownService)
    assert all(isinstance(answer, Ticket) for answer in answers[:-1])


async def test_call_next_hands_out_the_earliest_and_then_nothing(queue: Queue) -> None:
    first, second = await issue(queue), await issue(queue)
    await open_windows(queue, 5, 6, 7)
    assert (await queue.call_next(5, actor=KEY, own_only=False)).id == first.id  # type: ignore[union-attr]
    assert (await queue.call_next(6, actor=KEY, own_only=False)).id == second.id  # type: ignore[union-attr]
    assert await queue.call_next(7, actor=KEY, own_only=False) is None


async def test_a_credit_of_fifteen_minutes_passes_who_came_less_than_that_before(
    queue: Queue, clock: ManualClock
) -> None:
    await issue(queue)
    await clock.advance(600)
    young = await issue(queue)
    await clock.advance(600)
    old = await issue(queue, priority="age65")
    await open_windows(queue, 5, 6)
    assert old.position_at_issue == 2
    await queue.call_next(5, actor=KEY, own_only=False)
    second = await queue.call_next(6, actor=KEY, own_only=False)
    assert second is not None
    assert second.id == old.id
    assert young.position_at_issue == 2


async def test_a_priority_first_window_calls_priority_before_earlier_ones(
    queue: Queue, clock: ManualClock
) -> None:
    await issue(queue)
    await clock.advance(3600)
    old = await issue(queue, priority="disability")
    await open_windows(queue, 1)
    called = await queue.call_next(1, actor=KEY, own_only=False)
    assert called is not None
    assert called.id == old.id


async def test_an_unconfirmed_ticket_keeps_its_place_and_is_not_called(queue: Queue) -> None:
    kiosk = await from_kiosk(queue)
    later = await issue(queue)
    await open_windows(queue, 5, 6)
    assert later.position_at_issue == 2
    assert (await queue.call_next(5, actor=KEY, own_only=False)).id == later.id  # type: ignore[union-attr]
    assert await queue.call_next(6, actor=KEY, own_only=False) is None
    await queue.mark_paper(kiosk.id, "printed", actor=KIOSK, own_device_only=True)
    assert (await queue.call_next(6, actor=KEY, own_only=False)).id == kiosk.id  # type: ignore[union-attr]


async def test_a_window_with_a_ticket_in_hand_is_refused_another(queue: Queue) -> None:
    first = await issue(queue)
    await issue(queue)
    await open_windows(queue, 5)
    await queue.call_next(5, actor=KEY, own_only=False)
    with pytest.raises(WindowBusy) as refused:
        await queue.call_next(5, actor=KEY, own_only=False)
    assert refused.value.label == first.label
    assert "start" in refused.value.allowed


async def test_finish_and_call_next_starts_a_called_ticket_first(
    queue: Queue, clock: ManualClock
) -> None:
    first, second = await issue(queue), await issue(queue)
    await open_windows(queue, 5)
    await queue.call_next(5, actor=KEY, own_only=False)
    await clock.advance(30)
    called = await queue.call_next(5, actor=KEY, own_only=False, finish=True, outcome="done")
    assert called is not None
    assert called.id == second.id
    events = await queue.events(first.id)
    assert [event.event for event in events] == ["issue", "call", "start", "finish"]
    assert (await queue.ticket(first.id)).state == "finished"


async def test_a_closed_window_calls_nobody(queue: Queue) -> None:
    with pytest.raises(WindowNotOpen):
        await queue.call_next(5, actor=KEY, own_only=False)


async def test_a_clerk_acts_only_at_the_window_that_he_opened(queue: Queue) -> None:
    await issue(queue)
    await open_windows(queue, 5, actor=STAFF)
    with pytest.raises(WindowOfAnother) as refused:
        await queue.call_next(5, actor=OTHER, own_only=True)
    assert refused.value.opened_by == "Mona"
    ticket = await queue.call_next(5, actor=STAFF, own_only=True)
    assert ticket is not None
    with pytest.raises(WindowOfAnother):
        await queue.act(ticket.id, "start", actor=OTHER, any_window=False)
    with pytest.raises(WindowOfAnother):
        await queue.act_on_window(5, "open", actor=OTHER, actor_name="Ali", any_window=True)


async def test_a_window_pauses_and_closes_only_with_no_ticket_in_hand(queue: Queue) -> None:
    await issue(queue)
    await open_windows(queue, 5)
    ticket = await queue.call_next(5, actor=KEY, own_only=False)
    assert ticket is not None
    for act in ("pause", "close"):
        with pytest.raises(WindowBusy):
            await queue.act_on_window(
                5,
                act,
                actor=KEY,
                actor_name="",
                any_window=True,
            )
    await queue.act(ticket.id, "no_show", actor=KEY, any_window=True)
    await queue.act_on_window(5, "pause", actor=KEY, actor_name="", any_window=True)
    await queue.act_on_window(5, "close", actor=KEY, actor_name="", any_window=True)


async def test_an_act_the_state_forbids_names_the_state_and_what_is_allowed(queue: Queue) -> None:
    ticket = await issue(queue)
    with pytest.raises(ActNotAllowed) as refused:
        await queue.act(ticket.id, "finish", actor=KEY, any_window=True, claim=claim("f"))
    assert refused.value.state == "waiting"
    assert refused.value.allowed == ("cancel", "void")
    with pytest.raises(ActNotAllowed) as again:
        await queue.act(ticket.id, "finish", actor=KEY, any_window=True, claim=claim("f"))
    assert again.value.facts == refused.value.facts


async def test_an_act_with_the_same_key_is_done_once(queue: Queue) -> None:
    await issue(queue)
    await open_windows(queue, 5)
    ticket = await queue.call_next(5, actor=KEY, own_only=False, claim=claim("c"))
    again = await queue.call_next(5, actor=KEY, own_only=False, claim=claim("c"))
    assert ticket is not None
    assert again == ticket
    first = await queue.act(ticket.id, "recall", actor=KEY, any_window=True, claim=claim("r"))
    second = await queue.act(ticket.id, "recall", actor=KEY, any_window=True, claim=claim("r"))
    assert first == second
    assert (await queue.ticket(ticket.id)).recalls == 1


async def test_an_abandoned_key_voids_its_ticket_or_is_refused_for_ever(queue: Queue) -> None:
    ticket = await from_kiosk(queue, "made")
    voided = await queue.abandon(claim("made"), actor=KIOSK)
    assert voided is not None
    assert (voided.id, voided.state) == (ticket.id, "void")
    assert await queue.abandon(claim("late"), actor=KIOSK) is None
    with pytest.raises(KeyAbandoned):
        await from_kiosk(queue, "late")


async def take_back(queue: Queue, ticket: Ticket, how: str, device: Actor = KIOSK) -> str:
    """Return the state in which a ticket of the key `made` stands when a device takes it back."""
    if how == "abandon":
        left = await queue.abandon(claim("made"), actor=device)
        assert left is not None
        return left.state
    try:
        void = await queue.act(
            ticket.id, "void", actor=device, any_window=True, own_device_only=True
        )
    except TicketOfAnother as refused:
        return refused.state
    return void.state


TAKING_BACK = pytest.mark.parametrize("how", ["void", "abandon"])


@TAKING_BACK
async def test_a_device_takes_back_what_waits_only_because_it_was_silent(
    queue: Queue, clock: ManualClock, how: str
) -> None:
    ticket = await from_kiosk(queue, "made")
    await open_windows(queue, 5)
    await clock.advance(61)
    await queue.keep_house()
    assert (await queue.ticket(ticket.id)).state == "waiting"
    await clock.advance(29)
    assert await take_back(queue, ticket, how) == "void"
    assert await queue.call_next(5, actor=KEY, own_only=False) is None
    assert [event.event for event in await queue.events(ticket.id)] == ["issue", "confirm", "void"]
    hall = await queue.hall()
    assert sum(each.waiting for each in hall.queues) == 0


@TAKING_BACK
@pytest.mark.parametrize(
    ("mark", "is_late"),
    [*product(("printed", "kept", "held"), (False, True)), ("unknown", False)],
)
async def test_a_device_takes_back_no_number_whose_paper_somebody_spoke_of(
    queue: Queue, clock: ManualClock, how: str, mark: PaperMark, is_late: bool
) -> None:
    ticket = await from_kiosk(queue, "made")
    if is_late:
        await clock.advance(61)
        await queue.keep_house()
    await queue.mark_paper(ticket.id, mark, actor=KIOSK)
    assert await take_back(queue, ticket, how) == "waiting"


@TAKING_BACK
async def test_a_device_takes_back_no_number_that_a_person_confirmed_reprinted_or_called(
    queue: Queue, pool: Pool, clock: ManualClock, how: str
) -> None:
    ticket = await from_kiosk(queue, "made")
    assert KIOSK.id is not None
    await add_kiosk(pool, KIOSK.id)
    await queue.order_reprint(ticket.id, KIOSK.id, actor=STAFF)
    assert await take_back(queue, ticket, how) == "unconfirmed"
    await clock.advance(61)
    await queue.keep_house()
    assert await take_back(queue, ticket, how) == "waiting"
    await queue.mark_paper(ticket.id, "printed", actor=STAFF, confirmed_by="staff")
    assert await take_back(queue, ticket, how) == "waiting"
    await open_windows(queue, 5)
    await queue.call_next(5, actor=KEY, own_only=False)
    assert await take_back(queue, ticket, how) == "called"


@TAKING_BACK
async def test_a_doubt_that_follows_a_word_of_the_printer_takes_no_number_back(
    queue: Queue, clock: ManualClock, how: str
) -> None:
    ticket = await from_kiosk(queue, "made")
    await clock.advance(61)
    await queue.keep_house()
    for mark in ("held", "unknown"):
        await queue.mark_paper(ticket.id, mark, actor=KIOSK)
    assert await take_back(queue, ticket, how) == "waiting"


@TAKING_BACK
async def test_a_device_that_said_only_that_the_slip_failed_takes_the_number_back(
    queue: Queue, clock: ManualClock, how: str
) -> None:
    ticket = await from_kiosk(queue, "made")
    await queue.mark_paper(ticket.id, "failed", actor=KIOSK)
    await clock.advance(61)
    await queue.keep_house()
    assert await take_back(queue, ticket, how) == "void"


async def test_a_device_takes_back_no_number_of_another(queue: Queue, clock: ManualClock) -> None:
    ticket = await from_kiosk(queue, "made")
    stranger = Actor("device", uuid4())
    assert await take_back(queue, ticket, "void", stranger) == "unconfirmed"
    await clock.advance(61)
    await queue.keep_house()
    assert await take_back(queue, ticket, "void", stranger) == "waiting"


async def test_a_silent_kiosks_ticket_waits_after_a_minute_marked_for_a_person(
    queue: Queue, clock: ManualClock
) -> None:
    ticket = await from_kiosk(queue)
    await clock.advance(59)
    await queue.keep_house()
    assert (await queue.ticket(ticket.id)).state == "unconfirmed"
    await clock.advance(2)
    await queue.keep_house()
    now = await queue.ticket(ticket.id)
    assert (now.state, now.paper) == ("waiting", "unknown")


async def test_a_later_print_settles_a_slip_that_was_unknown_and_not_the_reverse(
    queue: Queue,
) -> None:
    ticket = await from_kiosk(queue)
    await queue.mark_paper(ticket.id, "unknown", actor=KIOSK)
    await queue.mark_paper(ticket.id, "printed", actor=KIOSK)
    await queue.mark_paper(ticket.id, "unknown", actor=KIOSK)
    assert (await queue.ticket(ticket.id)).paper == "printed"


async def test_at_cut_over_those_in_line_lapse_and_those_in_hand_stay(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5)
    in_hand = await issue(queue)
    left = [await issue(queue) for _ in range(250)]
    await queue.call_next(5, actor=KEY, own_only=False)
    await clock.advance(timedelta(hours=20).total_seconds())
    assert await queue.call_next(5, actor=KEY, own_only=False, finish=True) is None
    with pytest.raises(ActNotAllowed) as refused:
        await queue.act(left[0].id, "cancel", actor=KEY, any_window=True)
    assert refused.value.state == "lapsed"
    await queue.keep_house()
    assert (await queue.ticket(in_hand.id)).state == "finished"
    states = [ticket.state for ticket in await queue.tickets(day=left[0].business_day, limit=500)]
    assert states.count("lapsed") == 250
    assert (await issue(queue)).label == "101"


async def test_the_life_table_is_the_databases(pool: Pool, queue: Queue) -> None:
    rows = await pool.fetch("SELECT event, from_state, to_state FROM ticket_transition")
    assert {tuple(row) for row in rows} == set(TRANSITIONS)


async def test_the_programs_role_cannot_change_events_or_the_chain(
    database: Database, queue: Queue
) -> None:
    await issue(queue)
    connection = await asyncpg.connect(database.app_dsn)
    try:
        for statement in (
            "UPDATE ticket_event SET reason = 'x'",
            "DELETE FROM ticket_event",
            "TRUNCATE ticket_event",
            "UPDATE chain_entry SET digest = ''",
            "DELETE FROM chain_entry",
            "INSERT INTO chain_entry VALUES (1, 99, 99, 'ticket_event', '')",
            "UPDATE centre_head SET revision = 0",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_hall_shows_windows_calls_and_waits_of_one_revision(
    queue: Queue, clock: ManualClock
) -> None:
    await open_windows(queue, 5, 6)
    for _ in range(14):
        await issue(queue)
    called = await queue.call_next(5, actor=KEY, own_only=False)
    assert called is not None
    await clock.advance(90)
    hall = await queue.hall()
    assert hall.waiting == 13
    assert hall.windows_open == 2
    assert [(call.label, call.window, call.recall) for call in hall.calls] == [("101", 5, 0)]
    unified = next(state for state in hall.queues if state.code == "U")
    assert unified.longest_wait_s == 90
    assert unified.wait is not None
    assert unified.wait.likely_s == 13 * 300 // 2
    assert await queue.line_for(6, limit=3) == ("102", "103", "104")


async def test_no_act_tells_of_a_window_that_the_centre_does_not_have(
    queue: Queue, database: Database
) -> None:
    ticket = await issue(queue)
    connection = await asyncpg.connect(database.owner_dsn)
    try:
        await connection.execute("DELETE FROM service_window WHERE number = 55")
    finally:
        await connection.close()
    with pytest.raises(UnknownWindow):
        await queue.act(ticket.id, "cancel", actor=KEY, any_window=True, window=55)
    assert (await queue.ticket(ticket.id)).state == "waiting"
    cancelled = await queue.act(ticket.id, "cancel", actor=KEY, any_window=True, window=5)
    assert cancelled.state == "cancelled"


async def test_a_call_tells_its_language_and_whether_its_holder_cannot_see(queue: Queue) -> None:
    plain = await issue(queue)
    english = await queue.issue(
        IssueRequest(KEY, "api", language="en", needs=("more_time", "cannot_see"))
    )
    await open_windows(queue, 5, 6)
    for window in (5, 6):
        await queue.call_next(window, actor=KEY, own_only=False)
    calls = {call.label: call for call in (await queue.hall()).calls}
    assert [
        (calls[each.label].language, calls[each.label].by_ear) for each in (plain, english)
    ] == [
        ("ar", False),
        ("en", True),
    ]
