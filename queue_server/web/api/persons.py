"""The API of the people behind numbers: bind a person at the window, correct a priority."""

from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from queue_server.tickets.errors import HasANumber, SomebodyHasANumber
from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import Claim, Ticket
from queue_server.tickets.persons import Person, Persons
from queue_server.web.api.answers import ticket_answer
from queue_server.web.api.person_fields import read_person_fields
from queue_server.web.api.person_shapes import PersonBody, PriorityBody, TicketWithPerson
from queue_server.web.api.shapes import TicketShape
from queue_server.web.callers import Caller
from queue_server.web.errors import FieldError, InvalidInputError
from queue_server.web.keys import PERSONS, PUBLIC_URL, QUEUE
from queue_server.web.operations import Answer, ApiRequest, Link, operation
from queue_server.web.words import Words

_TAG = "tickets"
_READ = Link("read", "get_ticket", {"ticket_id": "$response.body#/id"})
_NOTHING: Final = FieldError(
    "body",
    "national_id",
    "missing",
    Words("أرسل national_id أو phone.", "Send national_id or phone."),
)


@operation(
    "POST",
    "/tickets/{ticket_id}/person",
    tag=_TAG,
    summary="Bind the person at the window",
    scope="act_own_window",
    body=PersonBody,
    answers={200: TicketWithPerson},
    problems=(404, 409),
    links=(_READ,),
)
async def bind_ticket_person(request: ApiRequest[PersonBody], ticket_id: UUID) -> Answer:
    """Keep who stands at the window, sealed; a called ticket is started by it.

    The birth date on the card is held against a claim of 65 years: `person.age65_holds` says what
    came of it. One person has one live number where the centre's policy says so: 409 otherwise.
    """
    body, caller = request.body, request.caller
    persons = request.app[PERSONS]
    today, _ = persons.queue.today()
    fields = read_person_fields(body.phone, body.national_id, today=today)
    if fields.is_empty:
        raise InvalidInputError([_NOTHING])
    ticket = await persons.bind(
        ticket_id,
        phone=fields.phone,
        national_id=fields.national_id,
        actor=caller.actor,
        window=body.window,
        any_window=caller.may("act_any_window"),
        claim=blinded(persons, request.claim),
    )
    return Answer(content=await _with_person(request.app, ticket, caller))


@operation(
    "POST",
    "/tickets/{ticket_id}/priority",
    tag=_TAG,
    summary="Correct a priority",
    scope="act_own_window",
    body=PriorityBody,
    answers={200: TicketShape},
    problems=(404, 409),
    links=(_READ,),
)
async def correct_ticket_priority(request: ApiRequest[PriorityBody], ticket_id: UUID) -> Answer:
    """Give a ticket the priority that is its own; its place is counted anew from the arrival.

    A clerk corrects the ticket in the own window's hand, a supervisor those in line too.
    """
    body, caller = request.body, request.caller
    ticket = await request.app[PERSONS].correct_priority(
        ticket_id,
        body.priority,
        reason=body.reason,
        actor=caller.actor,
        window=body.window,
        any_window=caller.may("act_any_window"),
        claim=request.claim,
    )
    return Answer(content=ticket_answer(ticket, position=None, public_url=request.app[PUBLIC_URL]))


async def issue_for_person(
    persons: Persons,
    asked: IssueRequest,
    *,
    phone: str | None,
    national_id: str | None,
    may_see: bool,
) -> Ticket:
    """Give a number to somebody whose phone or ID is told, or to nobody in particular.

    A further number that the policy refuses is noted on the live one; without `may_see` the refusal
    tells only that there is one. Raises InvalidInputError and what `Queue.issue` raises.
    """
    today, _ = persons.queue.today()
    fields = read_person_fields(phone, national_id, today=today)
    if fields.is_empty:
        return await persons.queue.issue(asked)
    digits = None if fields.national_id is None else fields.national_id.digits
    hashed = persons.hashed(phone=fields.phone, national_id=digits)
    claim = blinded(persons, asked.claim)
    try:
        return await persons.queue.issue(
            replace(
                asked,
                claim=claim,
                person=hashed,
                seal=lambda ticket: persons.marks(ticket, phone=fields.phone, national_id=digits),
            )
        )
    except HasANumber as refused:
        if refused.ticket is not None:
            await persons.note_asked_again(
                UUID(refused.ticket), hashed, actor=asked.actor, claim=_of_refusal(claim)
            )
        if may_see:
            raise
        raise SomebodyHasANumber(state="live") from None


def _of_refusal(claim: Claim | None) -> Claim | None:
    """Return the claim under which a refusal is noted once, however often it is asked for."""
    return None if claim is None else replace(claim, path=f"{claim.path}#refused")


async def shown_person(app: web.Application, ticket: Ticket, caller: Caller) -> Person | None:
    """Return what the caller may see of a ticket's person, and note that they saw it."""
    if not caller.may("see_personal"):
        return None
    if caller.session is not None and not caller.may("act_any_window"):
        hall = await app[QUEUE].hall()
        is_in_hand = any(
            window.ticket is not None
            and window.ticket.id == ticket.id
            and window.opened_by == caller.actor
            for window in hall.windows
        )
        if not is_in_hand:
            return None
    return await app[PERSONS].reveal(ticket, actor=caller.actor)


def person_answer(person: Person | None) -> dict[str, Any] | None:
    """Return a person as `PersonShape`."""
    if person is None:
        return None
    return {
        "phone": person.phone,
        "national_id_last4": person.last_four,
        "age65_holds": person.claim_holds,
    }


def blinded(persons: Persons, claim: Claim | None) -> Claim | None:
    """Return the claim of a body with a person in it: a plain fingerprint could be tried out."""
    if claim is None:
        return None
    return replace(claim, fingerprint=persons.keys.blind(claim.fingerprint))


async def _with_person(app: web.Application, ticket: Ticket, caller: Caller) -> dict[str, Any]:
    content = ticket_answer(ticket, position=None, public_url=app[PUBLIC_URL])
    content["person"] = person_answer(await shown_person(app, ticket, caller))
    return content
