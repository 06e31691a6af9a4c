"""The person behind the ticket in hand, on the desk: what is kept, and the form that binds it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args
from uuid import UUID

from aiohttp import web

from core_services.l10n import Language
from queue_server.tickets.errors import HasANumber
from queue_server.tickets.model import Ticket, Window
from queue_server.tickets.persons import KnownOfPerson, Persons
from queue_server.web.api.person_fields import read_person_fields
from queue_server.web.bodies import read_fields
from queue_server.web.callers import Caller
from queue_server.web.errors import InvalidInputError, StaleFormError
from queue_server.web.labels import label_words
from queue_server.web.words import Words

Problem = Literal[
    "nothing",
    "not_a_phone",
    "national_id_length",
    "national_id_century",
    "national_id_birth_date",
    "national_id_governorate",
    "has_a_number",
]
_PROBLEMS: Final[Mapping[str, Problem]] = {each: each for each in get_args(Problem)}
UNDER_65: Final = "under_65"
"""Why a clerk takes the priority of a claim that the card did not bear out."""


@dataclass(frozen=True, slots=True)
class PersonForm:
    """What a clerk typed, and what is wrong with it; it is given back to that clerk alone."""

    ticket: UUID
    national_id: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    problem: Problem | None = None
    other: Words | None = None
    """The live number that the person has already."""


@dataclass(frozen=True, slots=True)
class DeskPerson:
    """What the desk shows of the person behind the ticket in hand; nothing sealed is opened."""

    ticket: Ticket
    known: KnownOfPerson
    form: PersonForm | None

    @property
    def is_under_65(self) -> bool:
        """The claim of 65 stands and the card has not borne it out."""
        return self.ticket.priority == "age65" and self.known.claim_holds is False

    @property
    def problem(self) -> Problem | None:
        return None if self.form is None else self.form.problem

    def typed(self, name: str) -> str:
        """Return what was typed into a field that could not be used."""
        return "" if self.form is None else str(getattr(self.form, name))

    def other(self, language: Language) -> str:
        """Return the label of the person's other number."""
        words = None if self.form is None else self.form.other
        return "" if words is None else words.say(language)


async def desk_person(
    persons: Persons, window: Window, form: PersonForm | None
) -> DeskPerson | None:
    """Return what is known of the person who is served at a window; before *start* nothing is."""
    ticket = window.ticket
    if ticket is None or ticket.state != "serving":
        return None
    mine = form if form is not None and form.ticket == ticket.id else None
    return DeskPerson(ticket, await persons.known(ticket.id), mine)


async def read_person_form(request: web.Request) -> PersonForm:
    """Return what was typed. Raises StaleFormError where the form names no ticket."""
    fields = await read_fields(request)
    try:
        ticket = UUID(fields.get("ticket", ""))
    except ValueError:
        raise StaleFormError from None
    return PersonForm(
        ticket=ticket,
        national_id=fields.get("national_id", "")[:40],
        phone=fields.get("phone", "")[:40],
    )


async def bind_from_desk(
    persons: Persons, caller: Caller, window: int, form: PersonForm
) -> PersonForm | None:
    """Bind who stands at the window; return the form with its problem where it could not be done.

    No claim: the same binding done twice is the same binding. Raises Refused.
    """
    today, _ = persons.queue.today()
    try:
        fields = read_person_fields(
            form.phone.strip() or None, form.national_id.strip() or None, today=today
        )
    except InvalidInputError as error:
        return _with(form, error.errors[0].code)
    if fields.is_empty:
        return _with(form, "nothing")
    try:
        await persons.bind(
            form.ticket,
            phone=fields.phone,
            national_id=fields.national_id,
            actor=caller.actor,
            window=window,
            any_window=False,
            claim=None,
        )
    except HasANumber as error:
        return _with(form, "has_a_number", error.label)
    return None


async def take_priority(persons: Persons, caller: Caller, window: int, ticket: UUID) -> None:
    """Take the priority of a ticket whose claim of 65 the card did not bear out. Raises Refused."""
    await persons.correct_priority(
        ticket,
        "none",
        reason=UNDER_65,
        actor=caller.actor,
        window=window,
        any_window=False,
        claim=None,
    )


def _with(form: PersonForm, code: str, label: str | None = None) -> PersonForm:
    return PersonForm(
        ticket=form.ticket,
        national_id=form.national_id,
        phone=form.phone,
        problem=_PROBLEMS[code],
        other=None if label is None else label_words(label),
    )
