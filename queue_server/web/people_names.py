"""The names of those who act, in both languages."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from core_services.people.model import Staff
from queue_server.tickets.model import Window
from queue_server.web.words import Words


def names_of(people: Iterable[Staff]) -> dict[UUID, Words]:
    """Return everybody's name by their id."""
    return {person.id: Words(person.name("ar"), person.name("en")) for person in people}


def opener(window: Window, names: Mapping[UUID, Words]) -> Words | None:
    """Return the name of whoever opened a window; a program has one for both languages."""
    by = window.opened_by
    if by is not None and by.id is not None and by.id in names:
        return names[by.id]
    name = window.opened_by_name
    return None if name is None else Words(name, name)
