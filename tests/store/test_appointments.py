"""Bookings in the database: places, life, events, plans, limits; refusals leave nothing behind."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Final
from uuid import UUID, uuid4

import pytest

from core_services.audit.verify import verify
from core_services.database.pool import Pool, open_pool
from queue_server.appointments import store_diary, store_plans
from queue_server.appointments.acts import KEPT_DAYS, Appointments
from queue_server.appointments.lifecycle import TRANSITIONS
from queue_server.appointments.model import Appointment, SlotPlan, SlotTerms
from queue_server.appointments.people import BookingCare
from queue_server.appointments.store_attempts import AT_MOST, SPANS
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import (
    AppointmentActNotAllowed,
    HasABooking,
    KeyReused,
    SlotFull,
    SlotNotOffered,
    UnknownAppointment,
    UnknownPlan,
    UnknownService,
)
from queue_server.tickets.model import Claim
from queue_server.tickets.opening import DaySpan, Hours
from tests.support.appointments import ADMIN, CITIZEN, MORNING, add_plan, at_wall, book
from tests.support.citizens import PHONE
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.person_keys import FIRST, SECOND, people_of
from tests.support.queue import KEY, open_queue

FILES = ("تصالح حوض ٣", "رخصة محل", "بيان صلاحية", "تجديد رخصة", "شهادة")


@pytest.fixture
async def appointments(queue: Queue) -> Appointments:
    """A centre on a Sunday at 9:00 where two of each half hour may be booked."""
    await add_plan(queue)
    return Appointments(queue, people_of(queue))


async def hold_phones_to_one(queue: Queue) -> None:
    await queue.pool.execute(
        "INSERT INTO policy_now (centre_id, one_live_per_phone) VALUES (1, true)"
    )


def claim(key: str, body: bytes = b"{}") -> Claim:
    return Claim("citizen", "POST", "/book", key, body)


async def events(appointments: Appointments, booking: Appointment) -> list[tuple[str, str, str]]:
    found = await appointments.events(booking.id)
    return [(event.event, event.from_state, event.to_state) for event in found]


async def counted(pool: Pool, table: str) -> int:
    """Count the rows of one of the few tables that these tests ask about."""
    statements = {
        "appointment": "SELECT count(*) FROM appointment",
        "appointment_event": "SELECT count(*) FROM appointment_event",
        "appointment_person": "SELECT count(*) FROM appointment_person",
        "appointment_file": "SELECT count(*) FROM appointment_file",
        "appointment_attempt": "SELECT count(*) FROM appointment_attempt",
    }
    count: int = await pool.fetchval(statements[table])
    return count


async def test_the_life_tables_transitions_are_those_of_the_database(pool: Pool) -> None:
    rows = await pool.fetch("SELECT event, from_state, to_state FROM appointment_transition")
    assert {tuple(row) for row in rows} == TRANSITIONS


async def test_a_booking_has_a_place_a_code_an_address_and_its_event(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    found = await book(appointments, at_wall(queue, "10:30"), service="reconciliation")
    assert (found.state, found.service, found.kind) == ("booked", "reconciliation", "visit")
    assert found.ends_at - found.starts_at == timedelta(minutes=30)
    assert found.day == queue.today()[0]
    assert await appointments.by_token(found.token.swapcase()) == found
    assert await appointments.by_code(found.code) == found
    assert await appointments.appointment(found.id) == found
    assert await events(appointments, found) == [("book", "none", "booked")]
    assert (await verify(queue.pool, 1)).is_whole


async def test_a_slot_takes_as_many_as_may_be_booked_and_a_cancelled_place_is_free_at_once(
    appointments: Appointments,
) -> None:
    half_past = at_wall(appointments.queue, "10:30")
    first = await book(appointments, half_past)
    await book(appointments, half_past)
    with pytest.raises(SlotFull):
        await book(appointments, half_past)
    cancelled = await appointments.cancel(first.id, via="page", actor=CITIZEN)
    assert cancelled.state == "cancelled"
    third = await book(appointments, half_past)
    assert third.id != first.id
    assert await events(appointments, first) == [
        ("book", "none", "booked"),
        ("cancel", "booked", "cancelled"),
    ]


@pytest.mark.parametrize(
    ("wall", "days"),
    [("09:00", 0), ("08:30", 0), ("10:15", 0), ("14:00", 0), ("10:30", 15), ("10:30", -1)],
)
async def test_what_no_plan_offers_cannot_be_booked(
    appointments: Appointments, wall: str, days: int
) -> None:
    with pytest.raises(SlotNotOffered):
        await book(appointments, at_wall(appointments.queue, wall, days=days))
    assert await counted(appointments.queue.pool, "appointment") == 0
    assert await counted(appointments.queue.pool, "appointment_event") == 0


async def test_a_closed_day_takes_no_bookings_until_it_is_opened_and_keeps_those_it_has(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    tomorrow = at_wall(queue, "10:30", days=1)
    kept = await book(appointments, tomorrow)
    day = queue.today()[0] + timedelta(days=1)
    at = queue.clock.now()
    assert await store_plans.close_day(queue.pool, 1, at=at, day=day, reason="x", actor=ADMIN)
    assert not await store_plans.close_day(queue.pool, 1, at=at, day=day, reason="x", actor=ADMIN)
    with pytest.raises(SlotNotOffered):
        await book(appointments, tomorrow)
    assert day not in [offer.day for offer in await appointments.days(None, is_drop_off=False)]
    assert await store_diary.bookings_on(queue.pool, 1, day=day) == 1
    assert (await appointments.appointment(kept.id)).state == "booked"
    assert await store_plans.open_day(queue.pool, 1, at=at, day=day, actor=ADMIN)
    assert not await store_plans.open_day(queue.pool, 1, at=at, day=day, actor=ADMIN)
    await book(appointments, tomorrow)


async def test_days_say_how_many_places_they_have(appointments: Appointments) -> None:
    queue = appointments.queue
    await book(appointments, at_wall(queue, "10:30", days=2))
    days = await appointments.days("reconciliation", is_drop_off=False)
    assert len(days) == 15
    assert [offer.free for offer in days[:3]] == [18, 20, 19]  # the slot of 9:00 has begun


async def test_a_plan_whose_hours_change_is_never_booked_twice_over(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    plan_id = (await book(appointments, at_wall(queue, "10:30"))).plan_id
    await book(appointments, at_wall(queue, "10:30"))
    await store_plans.keep_plan(
        queue.pool,
        1,
        at=queue.clock.now(),
        plan_id=plan_id,
        terms=_terms(opens="09:15"),
        is_new=False,
        actor=ADMIN,
    )
    for wall in ("10:15", "10:45"):  # both touch the slot that is full
        with pytest.raises(SlotFull):
            await book(appointments, at_wall(queue, wall))
    await book(appointments, at_wall(queue, "11:15"))


async def test_a_withdrawn_plan_offers_nothing_and_its_bookings_stand(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    found = await book(appointments, at_wall(queue, "10:30"))
    at = queue.clock.now()
    await store_plans.withdraw_plan(queue.pool, 1, at=at, plan_id=found.plan_id, actor=ADMIN)
    with pytest.raises(SlotNotOffered):
        await book(appointments, at_wall(queue, "11:30"))
    assert await appointments.choices() == ((), False)
    assert (await appointments.appointment(found.id)).state == "booked"
    with pytest.raises(UnknownPlan):
        await store_plans.withdraw_plan(queue.pool, 1, at=at, plan_id=found.plan_id, actor=ADMIN)


async def test_the_bookings_of_a_withdrawn_plan_count_in_the_one_that_takes_its_place(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    half_past = at_wall(queue, "10:30")
    plan_id = (await book(appointments, half_past)).plan_id
    await book(appointments, half_past)
    await store_plans.withdraw_plan(
        queue.pool, 1, at=queue.clock.now(), plan_id=plan_id, actor=ADMIN
    )
    await add_plan(queue)
    await add_plan(queue, service="collection")
    with pytest.raises(SlotFull):
        await book(appointments, half_past)
    await book(appointments, at_wall(queue, "11:00"))
    await book(appointments, half_past, service="collection")


async def test_a_plan_is_kept_once_for_its_key_and_never_for_an_unknown_service(
    queue: Queue,
) -> None:
    for plan_id in (uuid4(), uuid4()):
        await _keep(queue, plan_id, claim=Claim("staff:1", "POST", "/admin", "k" * 16, b"x"))
    assert len(await store_diary.read_plans(queue.pool, 1)) == 1
    with pytest.raises(UnknownService):
        await _keep(queue, uuid4(), service="unheard-of")
    assert len(await store_diary.read_plans(queue.pool, 1)) == 1


async def _keep(
    queue: Queue, plan_id: UUID, *, service: str | None = None, claim: Claim | None = None
) -> None:
    await store_plans.keep_plan(
        queue.pool,
        1,
        at=queue.clock.now(),
        plan_id=plan_id,
        terms=_terms(service=service),
        is_new=True,
        actor=ADMIN,
        claim=claim,
    )


def _terms(*, service: str | None = None, opens: str = "09:00") -> SlotTerms:
    return replace(MORNING, service=service, opens=time.fromisoformat(opens))


async def test_moving_takes_the_new_place_frees_the_old_and_keeps_code_and_address(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    await hold_phones_to_one(queue)
    await add_plan(queue, kind="drop_off", slot_minutes=60, capacity=2, walk_in_percent=50)
    found = await book(appointments, at_wall(queue, "10:00"), files=FILES, phone=PHONE)
    moved = await appointments.move(found.id, at_wall(queue, "12:00"), via="page", actor=CITIZEN)
    assert (moved.code, moved.token, moved.first_id) == (found.code, found.token, found.id)
    assert (moved.state, moved.moves, moved.files) == ("booked", 1, 5)
    assert await appointments.by_token(found.token) == moved
    assert await appointments.files(moved.id) == FILES
    assert (await appointments.appointment(found.id)).state == "moved"
    assert await events(appointments, moved) == [
        ("book", "none", "booked"),
        ("move", "booked", "moved"),
        ("book", "none", "booked"),
    ]
    await book(appointments, at_wall(queue, "10:00"), files=FILES)
    with pytest.raises(HasABooking):
        await book(appointments, at_wall(queue, "13:00"), files=FILES, phone=PHONE)
    with pytest.raises(AppointmentActNotAllowed):
        await appointments.move(found.id, at_wall(queue, "13:00"), via="page", actor=CITIZEN)


async def test_a_move_that_finds_no_place_leaves_the_booking_as_it_was(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    found = await book(appointments, at_wall(queue, "10:00"))
    for _ in range(2):
        await book(appointments, at_wall(queue, "11:00"))
    with pytest.raises(SlotFull):
        await appointments.move(found.id, at_wall(queue, "11:00"), via="page", actor=CITIZEN)
    assert await appointments.by_token(found.token) == found
    assert await events(appointments, found) == [("book", "none", "booked")]
    assert (await verify(queue.pool, 1)).is_whole


async def test_a_full_slot_may_be_moved_to_by_its_own_holder(appointments: Appointments) -> None:
    queue = appointments.queue
    first = await book(appointments, at_wall(queue, "11:00"))
    await book(appointments, at_wall(queue, "11:00"))
    moved = await appointments.move(first.id, at_wall(queue, "11:00"), via="page", actor=CITIZEN)
    assert (moved.starts_at, moved.moves) == (first.starts_at, 1)


async def test_a_phone_has_one_booking_to_come_where_the_policy_says_so(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    await book(appointments, at_wall(queue, "12:30"), phone=PHONE)
    other = await book(appointments, at_wall(queue, "12:30"), phone=PHONE)
    await appointments.cancel(other.id, via="page", actor=CITIZEN)
    await hold_phones_to_one(queue)
    with pytest.raises(HasABooking):
        await book(appointments, at_wall(queue, "10:30"), phone=PHONE)
    [entry] = await appointments.of_day(states=("booked",))
    await appointments.cancel(entry.appointment.id, via="page", actor=CITIZEN)
    first = await book(appointments, at_wall(queue, "10:30"), phone=PHONE)
    with pytest.raises(HasABooking):
        await book(appointments, at_wall(queue, "11:30"), phone=PHONE)
    await book(appointments, at_wall(queue, "11:30"), phone="+201100000028")
    await appointments.cancel(first.id, via="page", actor=CITIZEN)
    await book(appointments, at_wall(queue, "10:30"), phone=PHONE)


async def test_a_key_books_once_and_no_other_wish(appointments: Appointments) -> None:
    half_past = at_wall(appointments.queue, "10:30")
    first = await book(appointments, half_past, claim=claim("k" * 16))
    again = await book(appointments, half_past, claim=claim("k" * 16))
    assert again == first
    with pytest.raises(KeyReused):
        await book(appointments, half_past, claim=claim("k" * 16, b"{other}"))
    assert await counted(appointments.queue.pool, "appointment") == 1


async def test_thirty_two_at_once_through_two_pools_get_exactly_the_places_there_are(
    database: Database, queue: Queue, clock: ManualClock
) -> None:
    await add_plan(queue, capacity=14, walk_in_percent=50)
    other_pool = await open_pool(database.app_dsn, application_name="other")
    try:
        async with open_queue(other_pool, database.app_dsn, clock) as other_queue:
            servers = (Appointments(queue), Appointments(other_queue))
            half_past = at_wall(queue, "10:30")
            results = await asyncio.gather(
                *(book(servers[nth % 2], half_past) for nth in range(32)), return_exceptions=True
            )
    finally:
        await other_pool.close()
    booked = [each for each in results if isinstance(each, Appointment)]
    assert len(booked) == 7
    assert all(isinstance(each, Appointment | SlotFull) for each in results)
    assert len({each.code for each in booked}) == len({each.token for each in booked}) == 7
    seats = await queue.pool.fetch("SELECT seat FROM appointment ORDER BY seat")
    assert [row["seat"] for row in seats] == list(range(1, 8))
    assert (await verify(queue.pool, 1)).is_whole


async def test_moves_and_bookings_at_once_never_overfill_a_slot(
    database: Database, queue: Queue, clock: ManualClock
) -> None:
    await add_plan(queue, capacity=8, walk_in_percent=50)
    appointments = Appointments(queue)
    movers = [
        *[await book(appointments, at_wall(queue, "09:30")) for _ in range(4)],
        *[await book(appointments, at_wall(queue, "10:00")) for _ in range(4)],
    ]
    target = at_wall(queue, "11:00")
    results = await asyncio.gather(
        *(appointments.move(each.id, target, via="page", actor=CITIZEN) for each in movers),
        *(book(appointments, target) for _ in range(8)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Appointment) for each in results) == 4
    live = await queue.pool.fetchval(
        "SELECT count(*) FROM appointment WHERE starts_at = $1 AND state = 'booked'", target
    )
    assert live == 4


async def test_codes_of_a_day_differ_and_a_code_is_found_on_its_day_first(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    today = await book(appointments, at_wall(queue, "10:30"))
    later = await book(appointments, at_wall(queue, "10:30", days=3))
    await queue.pool.execute("UPDATE appointment SET code = $2 WHERE id = $1", later.id, today.code)
    assert (await appointments.by_code(today.code)).id == today.id
    moved = await appointments.move(later.id, at_wall(queue, "11:30"), via="page", actor=CITIZEN)
    assert moved.code != today.code
    await appointments.cancel(moved.id, via="page", actor=CITIZEN)
    with pytest.raises(UnknownAppointment):
        await appointments.by_code("11111111")


async def test_who_does_not_come_within_the_grace_is_released_with_an_event(
    appointments: Appointments, clock: ManualClock
) -> None:
    queue = appointments.queue
    early = await book(appointments, at_wall(queue, "09:30"))
    late = await book(appointments, at_wall(queue, "10:00"))
    await clock.advance(45 * 60)
    await appointments.keep_house()
    assert (await appointments.appointment(early.id)).state == "booked"
    await clock.advance(1)
    await appointments.keep_house()
    assert (await appointments.appointment(early.id)).state == "released"
    assert (await appointments.appointment(late.id)).state == "booked"
    assert await events(appointments, early) == [
        ("book", "none", "booked"),
        ("release", "booked", "released"),
    ]
    with pytest.raises(AppointmentActNotAllowed) as refused:
        await appointments.cancel(early.id, via="page", actor=CITIZEN)
    assert refused.value.allowed == ("check-in",)
    assert (await verify(queue.pool, 1)).is_whole


async def test_many_are_released_in_chunks(appointments: Appointments, clock: ManualClock) -> None:
    queue = appointments.queue
    await add_plan(queue, service="reconciliation", capacity=130, walk_in_percent=0)
    for _ in range(130):
        await book(appointments, at_wall(queue, "09:30"), service="reconciliation")
    await clock.advance(24 * 3600)
    await appointments.keep_house()
    assert {
        entry.appointment.state
        for entry in await appointments.of_day(queue.today()[0] - timedelta(days=1))
    } == {"released"}
    assert (await verify(queue.pool, 1)).is_whole


async def test_a_days_list_is_by_time_and_in_pages(appointments: Appointments) -> None:
    queue = appointments.queue
    for wall in ("11:30", "10:30", "12:30", "10:30"):
        await book(appointments, at_wall(queue, wall))
    await book(appointments, at_wall(queue, "10:30", days=1))
    everything = await appointments.of_day()
    assert [at.appointment.starts_at for at in everything] == [
        at_wall(queue, wall) for wall in ("10:30", "10:30", "11:30", "12:30")
    ]
    first = await appointments.of_day(limit=3)
    rest = await appointments.of_day(after=first[-1].appointment.id, limit=3)
    assert (*first, *rest) == everything
    assert await appointments.of_day(states=("released",)) == ()


async def test_a_drop_off_needs_its_own_plan_and_keeps_its_list_for_a_week(
    appointments: Appointments, clock: ManualClock
) -> None:
    queue = appointments.queue
    with pytest.raises(SlotNotOffered):
        await book(appointments, at_wall(queue, "10:00"), files=FILES)
    await add_plan(queue, kind="drop_off", slot_minutes=60, walk_in_percent=0)
    found = await book(appointments, at_wall(queue, "10:00"), files=FILES, phone=PHONE)
    assert (found.kind, found.files) == ("drop_off", 5)
    assert found.ends_at - found.starts_at == timedelta(hours=1)
    assert await appointments.files(found.id) == FILES
    await clock.advance(KEPT_DAYS * 24 * 3600)
    await appointments.forget()
    assert await counted(queue.pool, "appointment_file") == 5
    await clock.advance(24 * 3600)
    await appointments.forget()
    assert await counted(queue.pool, "appointment_file") == 0
    assert await counted(queue.pool, "appointment_person") == 0
    assert (await appointments.appointment(found.id)).files == 5
    [row] = await queue.pool.fetch("SELECT * FROM ticket_person_event")
    assert (row["event"], row["n"], row["reason"]) == ("erase", 1, "appointment")
    assert (await verify(queue.pool, 1)).is_whole


async def test_a_phone_stands_sealed_beside_the_booking_and_nowhere_else(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    found = await book(
        appointments, at_wall(queue, "10:30"), phone=PHONE, claim=claim("k" * 16, b"x")
    )
    row = await queue.pool.fetchrow("SELECT phone_hash, phone_sealed FROM appointment_person")
    assert row is not None
    assert PHONE[3:].encode() not in row["phone_sealed"] + row["phone_hash"]
    kept = await queue.pool.fetchval(
        "SELECT (SELECT string_agg(to_jsonb(a)::text, '') FROM appointment a)"
        " || (SELECT string_agg(to_jsonb(e)::text, '') FROM appointment_event e)"
        " || (SELECT string_agg(to_jsonb(c)::text, '') FROM command_claim c)"
    )
    assert PHONE[3:] not in kept
    assert PHONE not in repr(found)


async def test_the_phone_of_a_moved_booking_opens_at_its_number(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    found = await book(appointments, at_wall(queue, "10:30"), phone=PHONE)
    moved = await appointments.move(found.id, at_wall(queue, "09:30"), via="page", actor=CITIZEN)
    done = await appointments.check_in(moved.id, via="desk", actor=KEY)
    person = await people_of(queue).reveal(done.ticket, actor=KEY)
    assert person is not None
    assert person.phone == "+20••••••••17"


async def test_phones_of_bookings_are_sealed_anew_under_a_newer_key(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    await hold_phones_to_one(queue)
    found = await book(appointments, at_wall(queue, "10:30"), phone=PHONE)
    await appointments.move(found.id, at_wall(queue, "09:30"), via="page", actor=CITIZEN)
    after = people_of(queue, FIRST, SECOND)
    assert await BookingCare(after).renew_seals() == 2  # the moved one, and the one it became
    assert await BookingCare(after).renew_seals() == 0
    later = Appointments(queue, people_of(queue, SECOND))
    with pytest.raises(HasABooking):
        await book(later, at_wall(queue, "11:30"), phone=PHONE)
    [entry] = await later.of_day()
    done = await later.check_in(entry.appointment.id, via="desk", actor=KEY)
    person = await people_of(queue, SECOND).reveal(done.ticket, actor=KEY)
    assert person is not None
    assert person.phone == "+20••••••••17"


async def test_a_phone_whose_key_is_lost_is_left_and_counted(appointments: Appointments) -> None:
    queue = appointments.queue
    await book(appointments, at_wall(queue, "10:30"), phone=PHONE)
    assert await BookingCare(people_of(queue, SECOND)).renew_seals() == 0
    assert await counted(queue.pool, "appointment_person") == 1


SUNDAYS: Final = Hours(
    week=(None,) * 6 + (DaySpan(time(9), time(12)),),
    holidays=frozenset({date(2026, 11, 29)}),
)
"""Open on Sundays from nine to twelve, but not on the next one."""


async def test_outside_the_policys_hours_nothing_is_offered_or_booked(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    ruled = replace(appointments, hours=lambda: SUNDAYS)
    days = await ruled.days(None, is_drop_off=False)
    assert [(offer.day.isoformat(), offer.free) for offer in days] == [
        ("2026-11-22", 2 * 5),  # the slot of nine has begun
        ("2026-12-06", 2 * 6),
    ]
    for wall, ahead in (("12:00", 0), ("10:30", 1), ("10:30", 7)):
        with pytest.raises(SlotNotOffered):
            await book(ruled, at_wall(queue, wall, days=ahead))
    found = await book(ruled, at_wall(queue, "11:30"))
    with pytest.raises(SlotNotOffered):
        await ruled.move(found.id, at_wall(queue, "12:30"), via="page", actor=CITIZEN)


async def test_bookings_that_new_hours_or_a_closed_day_leave_out_are_told_by_day(
    appointments: Appointments,
) -> None:
    queue = appointments.queue
    today, at = queue.today()
    kept = await book(appointments, at_wall(queue, "11:30"))
    late = await book(appointments, at_wall(queue, "12:30"))
    monday = [await book(appointments, at_wall(queue, "10:30", days=1)) for _ in range(2)]
    tuesday = await book(appointments, at_wall(queue, "10:30", days=2))
    assert await appointments.stranded() == {}
    await store_plans.close_day(queue.pool, 1, at=at, day=tuesday.day, reason="", actor=ADMIN)
    assert await appointments.stranded() == {tuesday.day: 1}
    assert await appointments.is_shut(tuesday)
    assert not await appointments.is_shut(monday[0])
    ruled = replace(appointments, hours=lambda: SUNDAYS)
    assert await ruled.stranded() == {today: 1, monday[0].day: 2, tuesday.day: 1}
    assert [await ruled.is_shut(each) for each in (kept, late, monday[0])] == [False, True, True]
    await appointments.cancel(tuesday.id, via="desk", actor=ADMIN)
    assert await appointments.stranded() == {}


@pytest.mark.parametrize("service", ["unheard-of", "collection"])
async def test_a_service_that_is_unknown_or_closed_is_neither_offered_nor_booked(
    appointments: Appointments, service: str
) -> None:
    queue = appointments.queue
    await queue.pool.execute("UPDATE service SET is_open = false WHERE code = 'collection'")
    assert await appointments.choices() == (("reconciliation",), False)
    assert await appointments.offers(service, queue.today()[0], is_drop_off=False) == ()
    with pytest.raises(SlotNotOffered):
        await book(appointments, at_wall(queue, "10:30"), service=service)


async def test_a_file_gives_its_plans_to_a_centre_that_never_had_one(queue: Queue) -> None:
    async def load() -> int:
        return await store_plans.make_first_plans(
            queue.pool,
            1,
            at=queue.clock.now(),
            plans=[SlotPlan(uuid4(), MORNING), SlotPlan(uuid4(), _terms(service="collection"))],
            actor=CITIZEN,
        )

    assert await load() == 2
    assert await load() == 0
    [first, second] = await store_diary.read_plans(queue.pool, 1)
    assert (first.terms, second.terms.service) == (MORNING, "collection")
    for plan in (first, second):
        await store_plans.withdraw_plan(
            queue.pool, 1, at=queue.clock.now(), plan_id=plan.id, actor=ADMIN
        )
    assert await load() == 0
    assert (await verify(queue.pool, 1)).is_whole


async def test_appointments_are_given_while_there_is_a_plan_or_a_booking_to_come(
    queue: Queue, appointments: Appointments
) -> None:
    found = await book(appointments, at_wall(queue, "10:30"))
    await store_plans.withdraw_plan(
        queue.pool, 1, at=queue.clock.now(), plan_id=found.plan_id, actor=ADMIN
    )
    assert await store_diary.are_given(queue.pool, 1)
    await appointments.cancel(found.id, via="page", actor=CITIZEN)
    assert not await store_diary.are_given(queue.pool, 1)
    await add_plan(queue)
    assert await store_diary.are_given(queue.pool, 1)


async def test_a_name_of_a_file_stands_in_no_event(appointments: Appointments) -> None:
    queue = appointments.queue
    await add_plan(queue, kind="drop_off")
    await book(appointments, at_wall(queue, "10:00"), files=FILES, phone=PHONE)
    told = await queue.pool.fetch("SELECT detail FROM appointment_event")
    assert all(name not in str(row["detail"]) for row in told for name in (*FILES, PHONE[-9:]))


async def test_an_address_may_try_so_often_in_an_hour_and_then_waits(
    appointments: Appointments, clock: ManualClock
) -> None:
    subject, span = b"a" * 32, SPANS["address"].total_seconds()
    for _ in range(AT_MOST["address"]):
        assert await appointments.count_attempt("address", subject) == 0
    await clock.advance(600)
    assert await appointments.count_attempt("address", subject) == span - 600
    assert await appointments.count_attempt("address", b"b" * 32) == 0
    assert await appointments.must_wait_s("address", subject) == span - 600
    await clock.advance(span - 600)
    assert await appointments.count_attempt("address", subject) == 0
    assert await appointments.must_wait_s("address", subject) == 0
    await clock.advance(span + 1)
    await appointments.forget()
    assert await counted(appointments.queue.pool, "appointment_attempt") == 0


async def test_attempts_at_once_are_all_counted(appointments: Appointments) -> None:
    waits = await asyncio.gather(
        *(appointments.count_attempt("device", b"d" * 32) for _ in range(25))
    )
    assert sum(wait == 0 for wait in waits) == AT_MOST["device"]


@pytest.fixture
async def reports(database: Database) -> AsyncIterator[Pool]:
    """A pool of the role that reports read with."""
    opened = await open_pool(database.read_dsn, application_name="reports")
    try:
        yield opened
    finally:
        await opened.close()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT code FROM appointment",
        "SELECT token FROM appointment",
        "SELECT phone_hash FROM appointment_person",
        "SELECT name FROM appointment_file",
    ],
)
async def test_reports_see_who_came_when_and_nothing_that_is_anybodys(
    appointments: Appointments, reports: Pool, statement: str
) -> None:
    await book(appointments, at_wall(appointments.queue, "10:30"))
    assert await reports.fetchval("SELECT state FROM appointment") == "booked"
    with pytest.raises(Exception, match="permission denied"):
        await reports.fetch(statement)
