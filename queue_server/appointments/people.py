"""Looks after the phones that bookings keep: sealed anew under a newer key."""

from uuid import UUID

import structlog

from queue_server.appointments import store_people
from queue_server.appointments.store_people import SealedPhone
from queue_server.tickets.persons import Persons
from queue_server.tickets.store_person import Sealed

log = structlog.get_logger()


class BookingCare:
    """The background work on the phones of one centre's bookings; `look` is called every hour."""

    def __init__(self, people: Persons) -> None:
        self._people = people
        self._is_renewed = False

    async def look(self) -> None:
        """Renew old seals once, since keys are read at the start alone."""
        if not self._is_renewed:
            await self.renew_seals()
            self._is_renewed = True

    async def renew_seals(self) -> int:
        """Seal anew what an older key sealed; return how many.

        What no key opens is left, and told: its key is not in the file any more.
        """
        queue, newest = self._people.queue, self._people.keys.newest_id
        renewed = lost = 0
        after: UUID | None = None
        while chunk := await store_people.sealed_before(
            queue.pool, queue.centre.id, newest_key=newest, after=after
        ):
            after = chunk[-1].appointment_id
            for old in chunk:
                if await self._renew(old):
                    renewed += 1
                else:
                    lost += 1
        if lost:
            log.error("personal_data_without_key", bookings=lost)
        if renewed:
            log.info("personal_data_sealed_anew", bookings=renewed)
        return renewed

    async def _renew(self, old: SealedPhone) -> bool:
        phone = self._people.open_phone(Sealed(old.phone, None, (old.first_id,)))
        if phone is None:
            return False
        queue = self._people.queue
        person = self._people.marks(old.first_id, phone=phone, national_id=None)
        await store_people.renew_seal(queue.pool, queue.centre.id, old=old, person=person)
        return True
