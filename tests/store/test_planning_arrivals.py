"""Arrivals counted from real numbers by the wall's half hours, without who did not come so."""

from datetime import UTC, datetime, timedelta

import pytest

from core_services.database.pool import connect
from queue_server.appointments.acts import Appointments
from queue_server.estimate.store_comers import PAST_DAYS, USUALLY_COMES, share_that_comes
from queue_server.planning.past import SlotCount
from queue_server.planning.store_arrivals import count_came, read_booked, read_counts
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import IssueRequest
from tests.support.appointments import add_plan, at_wall, book
from tests.support.clock import ManualClock
from tests.support.database import Database
from tests.support.person_keys import people_of
from tests.support.queue import KEY
from tests.support.seeding import seed_tickets

AT = datetime(2026, 11, 22, 7, 10, tzinfo=UTC)
"""Ten past nine in Cairo."""
DAY = AT.date()
ZONE = "Africa/Cairo"


@pytest.mark.usefixtures("queue")
async def test_numbers_are_counted_by_half_hours_of_the_wall(
    database: Database, queue: Queue
) -> None:
    pool = queue.pool
    await seed_tickets(database.app_dsn, 14, day=DAY, at=AT)
    await seed_tickets(database.app_dsn, 7, day=DAY, at=AT + timedelta(minutes=25))
    await seed_tickets(database.app_dsn, 3, day=DAY, at=AT + timedelta(hours=17), priority=False)
    told = await read_counts(pool, 1, zone=ZONE, before=DAY + timedelta(1), days=60)
    assert told == [
        SlotCount(DAY, 18, "U", "age65", 2),
        SlotCount(DAY, 18, "U", "none", 12),
        SlotCount(DAY, 19, "U", "age65", 1),
        SlotCount(DAY, 19, "U", "none", 6),
        SlotCount(DAY, 52, "U", "none", 3),
    ]
    assert await read_counts(pool, 1, zone=ZONE, before=DAY, days=60) == []
    assert await read_counts(pool, 1, zone=ZONE, before=DAY + timedelta(9), days=8) == []


async def test_who_did_not_come_in_that_half_hour_is_not_counted(
    database: Database, queue: Queue
) -> None:
    first, *_ = await seed_tickets(database.app_dsn, 5, day=DAY, at=AT, priority=False)
    owner = await connect(database.owner_dsn, application_name="test")
    try:
        ids = [
            row["id"]
            for row in await owner.fetch(
                "SELECT id FROM ticket WHERE id <> $1 ORDER BY id", first.id
            )
        ]
        for id_, channel in zip(ids, ("carried", "appointment"), strict=False):
            await owner.execute("UPDATE ticket SET channel = $1 WHERE id = $2", channel, id_)
        await owner.execute("UPDATE ticket SET state = 'void' WHERE id = $1", ids[2])
        await owner.execute("UPDATE ticket SET state = 'unconfirmed' WHERE id = $1", ids[3])
    finally:
        await owner.close()
    told = await read_counts(queue.pool, 1, zone=ZONE, before=DAY + timedelta(1), days=7)
    assert told == [SlotCount(DAY, 18, "U", "none", 1)]


async def test_a_centre_without_appointments_has_none(queue: Queue) -> None:
    assert await read_booked(queue.pool, 1, day=DAY) == []
    assert await share_that_comes(queue.pool, 1, before=DAY) == USUALLY_COMES


@pytest.mark.parametrize(("booked", "share"), [(20, 0.85), (19, USUALLY_COMES)])
async def test_the_share_that_comes_is_that_of_the_days_before_once_twenty_tell(
    queue: Queue, clock: ManualClock, booked: int, share: float
) -> None:
    await add_plan(queue, capacity=50, walk_in_percent=0)
    appointments = Appointments(queue, people_of(queue))
    slot = at_wall(queue, "10:30")
    bookings = [await book(appointments, slot, service="collection") for _ in range(booked)]
    await clock.advance((slot - clock.now()).total_seconds())
    for each in bookings[3:]:
        await appointments.check_in(each.id, via="desk", actor=KEY, priority="none")
    day, _ = queue.today()
    assert await share_that_comes(queue.pool, 1, before=day) == USUALLY_COMES
    assert await share_that_comes(queue.pool, 1, before=day + timedelta(days=1)) == share
    late = day + timedelta(days=PAST_DAYS + 1)
    assert await share_that_comes(queue.pool, 1, before=late) == USUALLY_COMES


async def test_a_number_that_was_heard_of_later_counts_when_its_citizen_came(
    queue: Queue, clock: ManualClock
) -> None:
    day, at = queue.today()
    came = at + timedelta(minutes=20)
    await clock.advance(3 * 3600)
    request = IssueRequest(KEY, "emergency", arrived_at=came, fixed_label=("T", 101))
    await queue.issue(request)
    [told] = await read_counts(queue.pool, 1, zone=ZONE, before=day + timedelta(1), days=7)
    wall = came.astimezone(queue.centre.zone)
    assert (told.slot, told.people) == (2 * wall.hour + wall.minute // 30, 1)
    assert await count_came(queue.pool, 1, day=day) == 1
