"""A check-in in the database: one number for a booking, in its place, however often it is asked."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import open_pool
from queue_server.appointments.acts import Appointments
from queue_server.appointments.model import Appointment
from queue_server.appointments.store_check_in import CheckIn
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    ActNotAllowed,
    AppointmentActNotAllowed,
    HasANumber,
    NotTheDay,
    OfAnotherDay,
    ServiceClosed,
    ServiceFull,
)
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.journeys import carry_over, reinstate
from queue_server.tickets.model import Priority
from tests.support.appointments import CITIZEN, add_plan, at_wall, book
from tests.support.citizens import PHONE
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.person_keys import people_of
from tests.support.queue import KEY, open_queue, open_windows


@pytest.fixture
async def appointments(queue: Queue) -> Appointments:
    """A centre on a Sunday at 9:00 where two of each half hour may be booked."""
    await add_plan(queue)
    return Appointments(queue, people_of(queue))


async def check_in(
    appointments: Appointments, booking: Appointment, *, priority: Priority = "none"
) -> CheckIn:
    return await appointments.check_in(booking.id, via="desk", actor=KEY, priority=priority)


async def at_minute(
    appointments: Appointments, clock: ManualClock, booking: Appointment, minutes: float
) -> None:
    """Let it be so many minutes after the slot's beginning."""
    moment = booking.starts_at + timedelta(minutes=minutes)
    await clock.advance((moment - clock.now()).total_seconds())
    await appointments.keep_house()


@pytest.mark.parametrize("minutes", [-15, -1, 0, 15])
async def test_within_the_grace_the_place_in_line_is_the_slots(
    appointments: Appointments, clock: ManualClock, minutes: int
) -> None:
    booking = await book(appointments, at_wall(appointments.queue, "10:30"), service="collection")
    await at_minute(appointments, clock, booking, minutes)
    done = await check_in(appointments, booking)
    assert done.ticket.rank_at == done.ticket.arrived_at == booking.starts_at
    assert (done.ticket.channel, done.ticket.state) == ("appointment", "waiting")
    assert (done.ticket.service, done.ticket.queue) == ("collection", "X")
    assert done.ticket.appointment_id == booking.id
    assert (done.appointment.state, done.appointment.is_late) == ("checked_in", False)
    assert done.appointment.ticket_id == done.ticket.id
    assert (await verify(appointments.queue.pool, 1)).is_whole


@pytest.mark.parametrize("minutes", [-60, -15.1, 15.1, 120])
async def test_outside_it_the_place_is_that_of_now_and_it_is_noted(
    appointments: Appointments, clock: ManualClock, minutes: float
) -> None:
    booking = await book(appointments, at_wall(appointments.queue, "10:30"))
    await at_minute(appointments, clock, booking, minutes)
    done = await check_in(appointments, booking)
    assert done.ticket.rank_at == clock.now()
    assert done.appointment.is_late
    states = [event.from_state for event in await appointments.events(booking.id)]
    assert states[-1] == ("released" if minutes > 15 else "booked")


async def test_a_credit_and_a_late_slot_are_not_added_up(
    appointments: Appointments, clock: ManualClock
) -> None:
    booking = await book(appointments, at_wall(appointments.queue, "10:30"))
    await at_minute(appointments, clock, booking, 10)
    done = await check_in(appointments, booking, priority="age65")
    assert done.ticket.rank_at == clock.now() - timedelta(minutes=15)


@pytest.mark.parametrize(
    ("first", "then", "minutes_before_coming"), [("none", "age65", 15), ("age65", "none", 10)]
)
async def test_a_corrected_priority_and_a_late_slot_are_not_added_up_either(
    appointments: Appointments,
    clock: ManualClock,
    first: Priority,
    then: Priority,
    minutes_before_coming: int,
) -> None:
    """The place is the one that the right priority would have had at the check-in."""
    booking = await book(appointments, at_wall(appointments.queue, "10:30"))
    await at_minute(appointments, clock, booking, 10)
    ticket = (await check_in(appointments, booking, priority=first)).ticket
    came = ticket.issued_at
    await clock.advance(300)
    corrected = await people_of(appointments.queue).correct_priority(
        ticket.id, then, reason="other", actor=KEY, window=None, any_window=True, claim=None
    )
    assert came - corrected.rank_at == timedelta(minutes=minutes_before_coming)
    assert (await verify(appointments.queue.pool, 1)).is_whole


async def test_the_grace_is_the_policys(appointments: Appointments, clock: ManualClock) -> None:
    pool = appointments.queue.pool
    await pool.execute(
        "INSERT INTO policy_now (centre_id, early_grace_s, late_grace_s) VALUES (1, 300, 1800)"
    )
    early = await book(appointments, at_wall(appointments.queue, "10:30"))
    late = await book(appointments, at_wall(appointments.queue, "10:00"))
    await at_minute(appointments, clock, early, -6)
    assert (await check_in(appointments, early)).appointment.is_late
    done = await check_in(appointments, late)
    assert not done.appointment.is_late
    assert done.ticket.rank_at == late.starts_at


async def test_a_second_check_in_answers_with_the_same_number_however_it_ended(
    appointments: Appointments, clock: ManualClock
) -> None:
    queue = appointments.queue
    booking = await book(appointments, at_wall(queue, "10:30"))
    first = await check_in(appointments, booking)
    await open_windows(queue, 5)
    for act in ("start", "finish"):
        if act == "start":
            await queue.call_next(5, actor=KEY, own_only=False)
        await queue.act(first.ticket.id, act, actor=KEY, any_window=True)
    again = await check_in(appointments, booking)
    assert again.ticket.id == first.ticket.id
    assert again.ticket.state == "finished"
    await clock.advance(24 * 3600)
    assert (await check_in(appointments, booking)).ticket.id == first.ticket.id
    assert [event.event for event in await appointments.events(booking.id)] == ["book", "check_in"]


async def test_when_its_number_was_made_void_another_is_given(appointments: Appointments) -> None:
    queue = appointments.queue
    booking = await book(appointments, at_wall(queue, "10:30"))
    first = await check_in(appointments, booking)
    await queue.act(first.ticket.id, "void", actor=KEY, any_window=True)
    second = await check_in(appointments, booking)
    assert second.ticket.id != first.ticket.id
    assert second.appointment.ticket_id == second.ticket.id
    assert (await verify(queue.pool, 1)).is_whole


async def test_a_number_comes_back_only_while_its_appointment_has_no_other(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    booking = await book(appointments, at_wall(queue, "10:30"))
    first = (await check_in(appointments, booking)).ticket
    await queue.act(first.id, "void", actor=KEY, any_window=True)
    back = await reinstate(queue, first.id, actor=KEY)
    assert back.state == "waiting"
    assert (await check_in(appointments, booking)).ticket.id == first.id
    other = await book(appointments, at_wall(queue, "11:30"))
    second = (await check_in(appointments, other)).ticket
    await queue.act(second.id, "void", actor=KEY, any_window=True)
    third = (await check_in(appointments, other)).ticket
    with pytest.raises(ActNotAllowed):
        await reinstate(queue, second.id, actor=KEY)
    waiting = await queue.tickets(states=["waiting"])
    assert {ticket.id for ticket in waiting} == {first.id, third.id}


async def test_thirty_two_check_ins_at_once_through_two_pools_are_one_number(
    database: Database, queue: Queue, appointments: Appointments, clock: ManualClock
) -> None:
    booking = await book(appointments, at_wall(queue, "10:30"))
    other_pool = await open_pool(database.app_dsn, application_name="other")
    try:
        async with open_queue(other_pool, database.app_dsn, clock) as other:
            servers = (appointments, Appointments(other))
            done = await asyncio.gather(*(check_in(servers[nth % 2], booking) for nth in range(32)))
    finally:
        await other_pool.close()
    assert len({each.ticket.id for each in done}) == 1
    assert len(await queue.tickets()) == 1


async def test_on_another_day_nothing_is_given(
    appointments: Appointments, clock: ManualClock
) -> None:
    queue = appointments.queue
    tomorrow = await book(appointments, at_wall(queue, "10:30", days=1))
    today = await book(appointments, at_wall(queue, "10:30"))
    with pytest.raises(NotTheDay):
        await check_in(appointments, tomorrow)
    await clock.advance(24 * 3600)
    await appointments.keep_house()
    with pytest.raises(NotTheDay):
        await check_in(appointments, today)
    assert (await check_in(appointments, tomorrow)).ticket.label == "101"


async def test_what_was_given_back_gives_no_number(appointments: Appointments) -> None:
    booking = await book(appointments, at_wall(appointments.queue, "10:30"))
    await appointments.cancel(booking.id, via="page", actor=CITIZEN)
    with pytest.raises(AppointmentActNotAllowed):
        await check_in(appointments, booking)


async def test_a_closed_service_gives_no_number_and_the_booking_stands(
    appointments: Appointments,
) -> None:
    pool = appointments.queue.pool
    booking = await book(appointments, at_wall(appointments.queue, "10:30"), service="collection")
    await pool.execute("UPDATE service SET is_open = false WHERE code = 'collection'")
    with pytest.raises(ServiceClosed):
        await check_in(appointments, booking)
    assert (await appointments.appointment(booking.id)).state == "booked"
    await pool.execute("UPDATE service SET is_open = true")
    assert (await check_in(appointments, booking)).ticket.state == "waiting"


async def test_who_has_an_appointment_is_served_though_the_days_numbers_are_given(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    await queue.pool.execute(
        "INSERT INTO policy_now (centre_id, capacity) VALUES (1, '{\"collection\": 1}')"
    )
    booking = await book(appointments, at_wall(queue, "10:30"), service="collection")
    await queue.issue(IssueRequest(KEY, "api", service="collection"))
    with pytest.raises(ServiceFull):
        await queue.issue(IssueRequest(KEY, "api", service="collection"))
    assert (await check_in(appointments, booking)).ticket.state == "waiting"


async def test_the_phone_of_the_booking_goes_with_the_number(appointments: Appointments) -> None:
    queue = appointments.queue
    await queue.pool.execute(
        "INSERT INTO policy_now (centre_id, one_live_per_phone) VALUES (1, true)"
    )
    mine = people_of(queue).marks(uuid4(), phone=PHONE, national_id=None)
    booking = await book(appointments, at_wall(queue, "10:30"), phone=PHONE)
    done = await check_in(appointments, booking)
    with pytest.raises(HasANumber) as refused:
        await queue.issue(IssueRequest(KEY, "api", person=mine))
    assert refused.value.label == done.ticket.label
    other = await book(appointments, at_wall(queue, "11:30"), phone=PHONE)
    with pytest.raises(HasANumber):
        await check_in(appointments, other)
    assert (await appointments.appointment(other.id)).state == "booked"


async def test_a_drop_off_counts_as_many_requests_as_a_number_may_carry(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    await add_plan(queue, kind="drop_off", slot_minutes=60)
    booking = await book(appointments, at_wall(queue, "10:00"), files=["a", "b", "c", "d"])
    assert (await check_in(appointments, booking)).ticket.requests == 3


async def test_walk_ins_and_appointments_are_called_in_one_order(
    appointments: Appointments, clock: ManualClock
) -> None:
    """At 10:10 somebody walks in; of two slots of 10:00 and 10:30 both are here by then."""
    queue = appointments.queue
    at_ten = await book(appointments, at_wall(queue, "10:00"))
    half_past = await book(appointments, at_wall(queue, "10:30"))
    await at_minute(appointments, clock, at_ten, 10)
    walk_in = await queue.issue(IssueRequest(KEY, "api"))
    await clock.advance(240)
    first = await check_in(appointments, at_ten)
    await clock.advance(60)
    last = await check_in(appointments, half_past)
    assert await queue.position(first.ticket) == 1
    await open_windows(queue, 5, 6, 7)
    called = [await queue.call_next(window, actor=KEY, own_only=False) for window in (5, 6, 7)]
    assert [each and each.id for each in called] == [
        *(first.ticket.id, walk_in.id, last.ticket.id),
    ]


async def test_a_number_of_an_earlier_day_is_noted_once_when_its_holder_comes(
    appointments: Appointments, clock: ManualClock
) -> None:
    queue = appointments.queue
    plain = await queue.issue(IssueRequest(KEY, "api"))
    with pytest.raises(ActNotAllowed):
        await appointments.note_presence(plain.id, actor=KEY)
    await carry_over(queue, queue.today()[0] + timedelta(days=1), actor=KEY)
    [kept] = await queue.tickets(day=queue.today()[0] + timedelta(days=1))
    with pytest.raises(OfAnotherDay):
        await appointments.note_presence(kept.id, actor=KEY)
    await clock.advance(24 * 3600)
    for _ in range(2):
        noted = await appointments.note_presence(kept.id, actor=KEY)
        assert (noted.state, noted.rank_at) == ("waiting", kept.rank_at)
    assert [event.event for event in await queue.events(kept.id)] == ["issue", "check_in"]
    assert (await verify(queue.pool, 1)).is_whole


async def test_the_number_of_an_appointment_is_answered_as_it_is(
    appointments: Appointments,
) -> None:
    booking = await book(appointments, at_wall(appointments.queue, "10:30"))
    done = await check_in(appointments, booking)
    assert await appointments.note_presence(done.ticket.id, actor=KEY) == done.ticket
