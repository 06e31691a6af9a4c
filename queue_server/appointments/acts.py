"""What may be done with appointments, at the present moment: the acts that programs call.

Each act is one command under the centre's lock. Who may do it is decided by the caller.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from core_services.ids import fold_token, new_id, new_token
from queue_server.appointments import (
    store,
    store_attempts,
    store_check_in,
    store_diary,
    store_people,
    store_reading,
)
from queue_server.appointments.model import Appointment, FreeSlot, Via
from queue_server.appointments.slots import days_to_book, plans_for
from queue_server.appointments.store_check_in import CheckIn, Foretold
from queue_server.appointments.store_reading import AppointmentEvent, Entry
from queue_server.appointments.wishes import Diary, Wish, services_to_book
from queue_server.tickets.acts import Queue
from queue_server.tickets.errors import UnknownAppointment
from queue_server.tickets.foresight import Placed
from queue_server.tickets.issuing import NOBODY
from queue_server.tickets.model import Actor, Claim, Language, Priority, Ticket
from queue_server.tickets.opening import Hours, is_open_at
from queue_server.tickets.persons import Persons
from queue_server.tickets.policy import Policy
from queue_server.tickets.selection import lane_for
from queue_server.tickets.store_policy import read_policy
from queue_server.tickets.store_reading import read_services

KEPT_DAYS: Final = 7
"""So long after its day a booking's phone and list of files are kept."""
_TOKEN: Final = re.compile(r"[A-Z2-7]{16}")


@dataclass(frozen=True, slots=True)
class DayOffer:
    """A day that may be booked, and how many places it has."""

    day: date
    free: int


@dataclass(frozen=True, slots=True)
class Appointments:
    """A centre's appointments over its queue."""

    queue: Queue
    people: Persons | None = None
    """Seals the phones that are given; None: none is asked for or kept."""
    kept_days: int = KEPT_DAYS
    """So long after the visit a phone is kept at most: a number's stays longer than a booking's."""

    hours: Callable[[], Hours | None] = lambda: None
    """Those of the policy that holds now; None: none are set."""

    async def policy(self) -> Policy:
        """Return the policy that holds now."""
        return await read_policy(self.queue.pool, self.queue.centre.id)

    async def diary(self, first: date, last: date) -> Diary:
        """Return what can be booked and what is taken on those business days."""
        async with self.queue.pool.snapshot() as connection:
            return await store_diary.read_diary(
                connection, self.queue.centre, first=first, last=last, hours=self.hours()
            )

    async def choices(self) -> tuple[tuple[str, ...], bool]:
        """Return the services that may be booked, and whether a drop-off may."""
        plans = await store_diary.read_plans(self.queue.pool, self.queue.centre.id)
        services = await read_services(self.queue.pool, self.queue.centre.id)
        today, _ = self.queue.today()
        known = [
            plan
            for plan in plans
            if plan.terms.bookable > 0 and (plan.terms.valid_to or today) >= today
        ]
        return services_to_book(known, [each.code for each in services if each.is_open])

    async def offers(
        self, service: str | None, day: date, *, is_drop_off: bool
    ) -> tuple[FreeSlot, ...]:
        """Return the slots of a business day that serve the wish and have not begun."""
        today, at = self.queue.today()
        diary = await self.diary(day, day)
        return diary.offers(service, day, is_drop_off=is_drop_off, today=today, at=at)

    async def days(self, service: str | None, *, is_drop_off: bool) -> tuple[DayOffer, ...]:
        """Return the days that may be booked, full ones too, in order."""
        today, at = self.queue.today()
        plans = await store_diary.read_plans(self.queue.pool, self.queue.centre.id)
        plans = plans_for(plans, service, is_drop_off=is_drop_off)
        furthest = max((plan.terms.horizon_days for plan in plans), default=0)
        diary = await self.diary(today, today + timedelta(days=furthest))
        found = []
        for day in days_to_book(plans, today, diary.closed):
            slots = diary.offers(service, day, is_drop_off=is_drop_off, today=today, at=at)
            if slots:
                found.append(DayOffer(day, sum(each.free for each in slots)))
        return tuple(found)

    def is_open_for(self, found: Appointment) -> bool:
        """Say whether the policy's hours, as they are now, hold a booking's time."""
        return is_open_at(self.hours(), found.starts_at, self.queue.centre.zone)

    async def is_closed(self, day: date) -> bool:
        """Say whether a business day takes no more bookings."""
        closures = await store_diary.read_closures(self.queue.pool, self.queue.centre.id, since=day)
        return any(closure.day == day for closure in closures)

    async def is_shut(self, found: Appointment) -> bool:
        """Say whether nobody is served at a booking's time: its day was closed, hours changed."""
        return not self.is_open_for(found) or await self.is_closed(found.day)

    async def stranded(self) -> Mapping[date, int]:
        """Return the days on which bookings to come stand at times when nobody is served."""
        queue, hours = self.queue, self.hours()
        today, at = queue.today()
        closures = await store_diary.read_closures(queue.pool, queue.centre.id, since=today)
        closed = {closure.day for closure in closures}
        found: dict[date, int] = {}
        for each in await store_diary.awaited(queue.pool, queue.centre.id, since=at):
            if each.day in closed or not is_open_at(hours, each.starts_at, queue.centre.zone):
                found[each.day] = found.get(each.day, 0) + each.n
        return found

    async def book(
        self, wish: Wish, *, via: Via, actor: Actor, claim: Claim | None = None
    ) -> Appointment:
        """Book a place; see `store.book` for what it raises."""
        today, at = self.queue.today()
        appointment_id = new_id(at)
        person = NOBODY
        if self.people is not None and wish.phone is not None:
            person = self.people.marks(appointment_id, phone=wish.phone, national_id=None)
        return await store.book(
            self.queue.pool,
            self.queue.centre,
            at=at,
            today=today,
            hours=self.hours(),
            wish=wish,
            person=person,
            appointment_id=appointment_id,
            token=new_token(),
            via=via,
            actor=actor,
            claim=claim,
        )

    async def move(
        self,
        appointment_id: UUID,
        starts_at: datetime,
        *,
        via: Via,
        actor: Actor,
        claim: Claim | None = None,
    ) -> Appointment:
        """Move a booking to the slot that begins then; see `store.move` for what it raises."""
        today, at = self.queue.today()
        return await store.move(
            self.queue.pool,
            self.queue.centre,
            at=at,
            today=today,
            hours=self.hours(),
            appointment_id=appointment_id,
            starts_at=starts_at,
            new_id=new_id(at),
            via=via,
            actor=actor,
            claim=claim,
        )

    async def cancel(
        self, appointment_id: UUID, *, via: Via, actor: Actor, claim: Claim | None = None
    ) -> Appointment:
        """Give a booking's place back; see `store.cancel` for what it raises."""
        return await store.cancel(
            self.queue.pool,
            self.queue.centre,
            at=self.queue.clock.now(),
            appointment_id=appointment_id,
            via=via,
            actor=actor,
            claim=claim,
        )

    async def check_in(
        self,
        appointment_id: UUID,
        *,
        via: Via,
        actor: Actor,
        priority: Priority = "none",
        device_id: UUID | None = None,
        language: Language | None = None,
        only_once: bool = False,
        claim: Claim | None = None,
    ) -> CheckIn:
        """Give the number of an appointment, once; see `store_check_in.check_in`.

        Its wait is foreseen for its own place in line.
        """
        today, at = self.queue.today()
        new_ticket_id = new_id(at)
        foretold = await self._foretold(appointment_id, new_ticket_id, at=at, priority=priority)
        return await store_check_in.check_in(
            self.queue.pool,
            self.queue.centre,
            at=at,
            today=today,
            appointment_id=appointment_id,
            new_ticket_id=new_ticket_id,
            via=via,
            actor=actor,
            priority=priority,
            device_id=device_id,
            language=language,
            only_once=only_once,
            foretold=foretold,
            claim=claim,
        )

    async def _foretold(
        self, appointment_id: UUID, ticket_id: UUID, *, at: datetime, priority: Priority
    ) -> Foretold | None:
        """Return the wait that is foreseen for a check-in now; None: the closed formula's holds.

        Raises UnknownAppointment.
        """
        found = await self.appointment(appointment_id)
        if found.ticket_id is not None or found.day != self.queue.today()[0]:
            return None
        place = await store_check_in.place_in_line(
            self.queue.pool, self.queue.centre.id, found, at=at, priority=priority
        )
        told = await self.queue.foresight.foresee_placed(
            Placed(
                ticket_id=ticket_id,
                service=found.service,
                priority=priority,
                lane=lane_for(priority),
                requests=place.requests,
                arrived_at=place.arrived_at,
                booked_for=found.starts_at if found.state == "booked" else None,
            )
        )
        return None if told is None else Foretold(place, told)

    async def note_presence(
        self, ticket_id: UUID, *, actor: Actor, claim: Claim | None = None
    ) -> Ticket:
        """Note that a dated number's holder is here; see `store_check_in.note_presence`."""
        today, at = self.queue.today()
        return await store_check_in.note_presence(
            self.queue.pool,
            self.queue.centre.id,
            at=at,
            today=today,
            ticket_id=ticket_id,
            actor=actor,
            claim=claim,
        )

    async def appointment(self, appointment_id: UUID) -> Appointment:
        """Return a booking. Raises UnknownAppointment."""
        return await store_reading.read_appointment(
            self.queue.pool, self.queue.centre.id, appointment_id
        )

    async def of_ticket(self, ticket: Ticket) -> Appointment | None:
        """Return the booking that a number was given for, if there was one."""
        if ticket.appointment_id is None:
            return None
        return await self.appointment(ticket.appointment_id)

    async def by_token(self, token: str) -> Appointment:
        """Return the booking behind a public address, in any case. Raises UnknownAppointment."""
        folded = fold_token(token)
        found = None
        if _TOKEN.fullmatch(folded) is not None:
            found = await store_reading.read_by_token(self.queue.pool, self.queue.centre.id, folded)
        if found is None:
            raise UnknownAppointment("of this address")
        return found

    async def by_code(self, code: str) -> Appointment:
        """Return today's booking of a code, else the next to come. Raises UnknownAppointment."""
        found = await store_reading.read_by_code(
            self.queue.pool, self.queue.centre.id, code, day=self.queue.today()[0]
        )
        if found is None:
            raise UnknownAppointment("of this code")
        return found

    async def entry(self, appointment_id: UUID) -> Entry:
        """Return a booking as its day's list shows it. Raises UnknownAppointment."""
        return await store_reading.read_entry(self.queue.pool, self.queue.centre.id, appointment_id)

    async def files(self, appointment_id: UUID) -> tuple[str, ...]:
        """Return a drop-off's list, until it is erased."""
        return await store_reading.read_files(self.queue.pool, self.queue.centre.id, appointment_id)

    async def events(self, appointment_id: UUID) -> tuple[AppointmentEvent, ...]:
        """Return all acts on a booking, oldest first."""
        return await store_reading.read_events(
            self.queue.pool, self.queue.centre.id, appointment_id
        )

    async def of_day(
        self,
        day: date | None = None,
        *,
        states: tuple[str, ...] | None = None,
        after: UUID | None = None,
        limit: int = 500,
    ) -> tuple[Entry, ...]:
        """Return a day's bookings by their time, today's by default."""
        return await store_reading.list_day(
            self.queue.pool,
            self.queue.centre.id,
            day=day or self.queue.today()[0],
            states=states,
            after=after,
            limit=limit,
        )

    async def must_wait_s(self, kind: store_attempts.Kind, subject: bytes) -> int:
        """Return how long whoever tries too often has to wait, in seconds; counts nothing."""
        return await store_attempts.wait_s(
            self.queue.pool,
            self.queue.centre.id,
            kind=kind,
            subject=subject,
            at=self.queue.clock.now(),
        )

    async def count_attempt(self, kind: store_attempts.Kind, subject: bytes) -> int:
        """Count an attempt; return 0, or the seconds to wait when there were too many."""
        return await store_attempts.count_attempt(
            self.queue.pool,
            self.queue.centre.id,
            kind=kind,
            subject=subject,
            at=self.queue.clock.now(),
        )

    async def keep_house(self) -> None:
        """Release the bookings whose holders did not come."""
        late_grace_s = (await self.policy()).late_grace_s
        while await store.release(
            self.queue.pool,
            self.queue.centre.id,
            at=self.queue.clock.now(),
            late_grace_s=late_grace_s,
        ):
            pass

    async def forget(self) -> None:
        """Erase what bookings of long ago say of people, and old counts of attempts."""
        today, at = self.queue.today()
        pool, centre_id = self.queue.pool, self.queue.centre.id
        before = today - timedelta(days=KEPT_DAYS)
        while await store_people.anything_before(pool, centre_id, before=before):
            await store_people.erase_before(
                pool, centre_id, before=before, at=at, actor=Actor("system")
            )
        await store_attempts.forget_attempts(pool, centre_id, at=at)
