"""Looks after what is kept of people: sealed anew under a newer key, erased in time."""

from datetime import timedelta
from uuid import UUID

import structlog

from queue_server.tickets import store_person_care
from queue_server.tickets.model import Actor
from queue_server.tickets.persons import Persons
from queue_server.tickets.store_person import Sealed, read_sealed

log = structlog.get_logger()


class PersonCare:
    """The background work on one centre's personal data; `look` is called every hour."""

    def __init__(self, persons: Persons, *, keep_days: int) -> None:
        self._persons = persons
        self._keep_days = keep_days
        self._is_renewed = False

    async def look(self) -> None:
        """Renew old seals once, since keys are read at the start alone; erase what is due."""
        if not self._is_renewed:
            await self.renew_seals()
            self._is_renewed = True
        await self.erase_old()

    async def erase_old(self) -> int:
        """Erase the personal data of tickets of earlier days than are kept; return of how many."""
        queue = self._persons.queue
        day, at = queue.today()
        erased = 0
        while n := await store_person_care.erase_before(
            queue.pool,
            queue.centre.id,
            before=day - timedelta(days=self._keep_days),
            at=at,
            actor=Actor("system"),
        ):
            erased += n
        if erased:
            log.info("personal_data_erased", tickets=erased)
        return erased

    async def renew_seals(self) -> int:
        """Seal anew what an older key sealed, the newest tickets first; return how many.

        What no key opens is left, and told: its key is not in the file any more.
        """
        queue, newest = self._persons.queue, self._persons.keys.newest_id
        renewed = lost = 0
        after: UUID | None = None
        while chunk := await store_person_care.sealed_before(
            queue.pool, queue.centre.id, newest_key=newest, after=after
        ):
            after = chunk[-1]
            for ticket_id, old in (await read_sealed(queue.pool, queue.centre.id, chunk)).items():
                if await self._renew(ticket_id, old):
                    renewed += 1
                else:
                    lost += 1
        if lost:
            log.error("personal_data_without_key", tickets=lost)
        if renewed:
            log.info("personal_data_sealed_anew", tickets=renewed)
        return renewed

    async def _renew(self, ticket_id: UUID, old: Sealed) -> bool:
        """Seal one ticket's values anew; False where one of them opens no more."""
        phone = self._persons.open_phone(old)
        digits = self._persons.open_national_id(old)
        if (phone is None) != (old.phone is None) or (digits is None) != (old.national_id is None):
            return False
        queue = self._persons.queue
        marks = self._persons.marks(ticket_id, phone=phone, national_id=digits)
        await store_person_care.renew_seal(
            queue.pool, queue.centre.id, ticket_id=ticket_id, old=old, marks=marks
        )
        return True
