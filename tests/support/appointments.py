"""Appointments of a test's centre: a plan of half-hour slots on every day, and bookings in it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from queue_server.appointments import store_plans
from queue_server.appointments.acts import Appointments
from queue_server.appointments.model import Appointment, SlotTerms
from queue_server.appointments.wishes import Wish
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor, Claim

CITIZEN: Final = Actor("system")
ADMIN: Final = Actor("staff", uuid4())

MORNING: Final = SlotTerms(
    kind="visit",
    service=None,
    weekdays=frozenset(range(1, 8)),
    opens=time(9),
    closes=time(14),
    slot_minutes=30,
    capacity=4,
    walk_in_percent=50,
    horizon_days=14,
    valid_from=date(2026, 11, 1),
    valid_to=None,
)
"""Two of four places in each half hour may be booked."""


async def add_plan(queue: Queue, **terms: Any) -> UUID:
    """Make a plan of those terms, else like MORNING."""
    plan_id = uuid4()
    await store_plans.keep_plan(
        queue.pool,
        queue.centre.id,
        at=queue.clock.now(),
        plan_id=plan_id,
        terms=replace(MORNING, **terms),
        is_new=True,
        actor=ADMIN,
    )
    return plan_id


async def book(
    appointments: Appointments,
    starts_at: datetime,
    *,
    service: str | None = None,
    files: Sequence[str] = (),
    phone: str | None = None,
    claim: Claim | None = None,
) -> Appointment:
    """Book as a citizen does on the public page."""
    wish = Wish(starts_at=starts_at, service=service, files=tuple(files), phone=phone)
    return await appointments.book(wish, via="page", actor=CITIZEN, claim=claim)


def at_wall(queue: Queue, text: str, *, days: int = 0) -> datetime:
    """Return when the centre's wall reads so, today or so many days on: `10:30`."""
    day = queue.today()[0] + timedelta(days=days)
    return datetime.combine(day, time.fromisoformat(text), tzinfo=queue.centre.zone)
