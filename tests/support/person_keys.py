"""The people behind a test's queue, under keys that stand in no file."""

from datetime import UTC, datetime

from core_services.egypt import read_national_id
from core_services.people.sealing import PersonKey, PersonKeys
from queue_server.tickets.acts import Queue
from queue_server.tickets.model import Actor, Ticket
from queue_server.tickets.persons import Persons
from tests.support.queue import KEY

FIRST = PersonKey(b"11111111", b"a" * 32, datetime(2026, 11, 1, tzinfo=UTC))
SECOND = PersonKey(b"22222222", b"b" * 32, datetime(2026, 11, 20, tzinfo=UTC))


def people_of(queue: Queue, *keys: PersonKey) -> Persons:
    """Return the people of a queue under these keys, the newest last; by default the first."""
    return Persons(queue, PersonKeys(keys or [FIRST]))


async def bind(
    persons: Persons,
    ticket: Ticket,
    *,
    national_id: str | None = None,
    phone: str | None = None,
    actor: Actor = KEY,
    any_window: bool = True,
) -> Ticket:
    """Bind somebody to a ticket in hand."""
    card = national_id and read_national_id(national_id, today=persons.queue.today()[0])
    return await persons.bind(
        ticket.id,
        phone=phone,
        national_id=card or None,
        actor=actor,
        window=None,
        any_window=any_window,
        claim=None,
    )
