"""The people behind numbers: bound, found, shown as far as they may be; priorities corrected.

What identifies a person is sealed before it comes near the database and leaves it only masked.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from core_services.egypt import NationalId, mask_phone
from core_services.people.sealing import About, CannotOpen, PersonKeys
from queue_server.tickets import store_person, store_priority
from queue_server.tickets.acts import Queue
from queue_server.tickets.issuing import PersonMarks
from queue_server.tickets.model import Actor, Claim, Priority, Ticket
from queue_server.tickets.store_person import Sealed

log = structlog.get_logger()

AGE_OF_PRIORITY: Final = 65
"""Law 19/2024: the rights of the elderly begin at 65."""
ONE_REVEAL: Final = timedelta(minutes=10)
"""A page that asks again within this time is the same look at the same card."""

_PHONE: Final = "phone"
_NATIONAL_ID: Final = "national_id"


@dataclass(frozen=True, slots=True)
class Person:
    """What may be shown of a ticket's person."""

    phone: str | None
    """Masked."""
    last_four: str | None
    """The end of the national ID."""
    claim_holds: bool | None
    """Whether the card bore out the claim of 65; None where there was none to look at."""


@dataclass(frozen=True, slots=True)
class KnownOfPerson:
    """What is known to be kept of a person, without opening any of it."""

    has_phone: bool
    has_national_id: bool
    claim_holds: bool | None


@dataclass(frozen=True, slots=True)
class Persons:
    """The people of one centre's queue, under its keys."""

    queue: Queue
    keys: PersonKeys

    def hashed(self, *, phone: str | None, national_id: str | None) -> PersonMarks:
        """Return the hashes under which a person is found, whichever key made them."""
        centre_id = self.queue.centre.id
        return PersonMarks(
            phone_hashes=()
            if phone is None
            else tuple(self.keys.hashes(_PHONE, phone, centre_id=centre_id)),
            national_id_hashes=()
            if national_id is None
            else tuple(self.keys.hashes(_NATIONAL_ID, national_id, centre_id=centre_id)),
        )

    def marks(self, ticket_id: UUID, *, phone: str | None, national_id: str | None) -> PersonMarks:
        """Seal and hash a person for a ticket; `phone` is E.164, `national_id` 14 digits."""
        return replace(
            self.hashed(phone=phone, national_id=national_id),
            phone_sealed=self._seal(ticket_id, _PHONE, phone),
            national_id_sealed=self._seal(ticket_id, _NATIONAL_ID, national_id),
        )

    async def bind(
        self,
        ticket_id: UUID,
        *,
        phone: str | None,
        national_id: NationalId | None,
        actor: Actor,
        window: int | None,
        any_window: bool,
        claim: Claim | None,
    ) -> Ticket:
        """Keep who stands at the window; see `store_person.bind_person` for what it raises."""
        day, at = self.queue.today()
        digits = None if national_id is None else national_id.digits
        return await store_person.bind_person(
            self.queue.pool,
            self.queue.centre.id,
            day=day,
            at=at,
            ticket_id=ticket_id,
            marks=self.marks(ticket_id, phone=phone, national_id=digits),
            is_65=None if national_id is None else national_id.age_on(day) >= AGE_OF_PRIORITY,
            actor=actor,
            window=window,
            any_window=any_window,
            claim=claim,
        )

    async def note_asked_again(
        self, ticket_id: UUID, marks: PersonMarks, *, actor: Actor, claim: Claim | None
    ) -> None:
        """Note on a live ticket that its person asked for another number and was refused."""
        await store_person.note_asked_again(
            self.queue.pool,
            self.queue.centre.id,
            at=self.queue.clock.now(),
            ticket_id=ticket_id,
            marks=marks,
            actor=actor,
            claim=claim,
        )

    async def reveal(self, ticket: Ticket, *, actor: Actor) -> Person | None:
        """Open what may be shown of a ticket's person and note who did; None without one."""
        pool, centre_id = self.queue.pool, self.queue.centre.id
        sealed = (await store_person.read_sealed(pool, centre_id, [ticket.id])).get(ticket.id)
        if sealed is None:
            return None
        at = self.queue.clock.now()
        await store_person.note_reveal(
            pool, centre_id, at=at, since=at - ONE_REVEAL, ticket=ticket, actor=actor
        )
        phone, digits = self.open_phone(sealed), self.open_national_id(sealed)
        return Person(
            phone=None if phone is None else mask_phone(phone),
            last_four=None if digits is None else digits[-4:],
            claim_holds=await store_person.read_claim(pool, centre_id, ticket.id),
        )

    async def known(self, ticket_id: UUID) -> KnownOfPerson:
        """Return what is kept of a ticket's person; nothing is opened for it."""
        pool, centre_id = self.queue.pool, self.queue.centre.id
        sealed = (await store_person.read_sealed(pool, centre_id, [ticket_id])).get(ticket_id)
        return KnownOfPerson(
            has_phone=sealed is not None and sealed.phone is not None,
            has_national_id=sealed is not None and sealed.national_id is not None,
            claim_holds=await store_person.read_claim(pool, centre_id, ticket_id),
        )

    async def last_fours(self, ticket_ids: Sequence[UUID]) -> dict[UUID, str]:
        """Return the ends of these tickets' IDs; those without one are missing."""
        kept = await store_person.read_sealed(self.queue.pool, self.queue.centre.id, ticket_ids)
        opened = {ticket_id: self.open_national_id(sealed) for ticket_id, sealed in kept.items()}
        return {ticket_id: text[-4:] for ticket_id, text in opened.items() if text is not None}

    async def correct_priority(
        self,
        ticket_id: UUID,
        priority: Priority,
        *,
        reason: str,
        actor: Actor,
        window: int | None,
        any_window: bool,
        claim: Claim | None,
    ) -> Ticket:
        """Give a ticket the priority that is its own; see `store_priority` for what it raises."""
        day, at = self.queue.today()
        return await store_priority.correct_priority(
            self.queue.pool,
            self.queue.centre.id,
            day=day,
            at=at,
            ticket_id=ticket_id,
            priority=priority,
            reason=reason,
            actor=actor,
            window=window,
            any_window=any_window,
            claim=claim,
        )

    def open_phone(self, sealed: Sealed) -> str | None:
        """Return a phone; None where there is none or no key opens it."""
        return self._open(_PHONE, sealed.phone, sealed.subjects)

    def open_national_id(self, sealed: Sealed) -> str | None:
        """Return a national ID; None where there is none or no key opens it."""
        return self._open(_NATIONAL_ID, sealed.national_id, sealed.subjects)

    def _seal(self, ticket_id: UUID, name: str, text: str | None) -> bytes | None:
        return None if text is None else self.keys.seal(text, self._about(ticket_id, name))

    def _open(self, name: str, sealed: bytes | None, subjects: Sequence[UUID]) -> str | None:
        if sealed is None:
            return None
        for subject in subjects:
            with suppress(CannotOpen):
                return self.keys.open(sealed, self._about(subject, name))
        log.warning("personal_data_cannot_be_opened", ticket=str(subjects[0]), field=name)
        return None

    def _about(self, ticket_id: UUID, name: str) -> About:
        return About(self.queue.centre.id, ticket_id, name)
