"""The API of appointments: what may be booked, bookings, and the acts of their life."""

from typing import Any
from uuid import UUID

from queue_server.appointments.lifecycle import allowed_acts
from queue_server.appointments.model import Appointment
from queue_server.appointments.wishes import Wish
from queue_server.tickets.errors import HasANumber, SomebodyHasANumber
from queue_server.web.api.answers import ticket_answer
from queue_server.web.api.appointment_shapes import (
    AppointmentPage,
    AppointmentQuery,
    AppointmentShape,
    AppointmentWithEvents,
    BookBody,
    CancelBody,
    CheckInBody,
    CheckInShape,
    MoveBody,
    PresenceBody,
    SlotList,
    SlotQuery,
)
from queue_server.web.api.person_fields import read_person_fields
from queue_server.web.api.persons import blinded
from queue_server.web.api.shapes import TicketShape
from queue_server.web.keys import APPOINTMENTS, PERSONS, PUBLIC_URL, QUEUE
from queue_server.web.operations import Answer, ApiRequest, Link, operation

_TAG = "appointments"
_BY_ID = {"appointment_id": "$response.body#/id"}
_READ = Link("read", "get_appointment", _BY_ID)


def appointment_answer(found: Appointment, *, public_url: str | None) -> dict[str, Any]:
    """Return a booking as `AppointmentShape`."""
    path = f"/b/{found.token.lower()}"
    return {
        "id": found.id,
        "kind": found.kind,
        "service": found.service,
        "day": found.day,
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "state": found.state,
        "code": found.code,
        "language": found.language,
        "files": found.files,
        "booked_at": found.booked_at,
        "moves": found.moves,
        "ticket": found.ticket_id,
        "checked_in_at": found.checked_in_at,
        "is_late": found.is_late,
        "status_path": path,
        "status_url": None if public_url is None else f"{public_url}{path}",
        "allowed": list(allowed_acts(found.state)),
        "revision": found.revision,
    }


@operation(
    "POST",
    "/tickets/{ticket_id}/check-in",
    tag="tickets",
    summary="Note that a dated number's holder is here",
    scope="issue",
    body=PresenceBody,
    answers={200: TicketShape},
    problems=(404, 409),
)
async def check_in_ticket(request: ApiRequest[PresenceBody], ticket_id: UUID) -> Answer:
    """Note once that the holder of a number kept from an earlier day has come; its place stays.

    The number of an appointment is answered as it is: it came by the appointment's check-in. Any
    other is refused.
    """
    ticket = await request.app[APPOINTMENTS].note_presence(
        ticket_id, actor=request.caller.actor, claim=request.claim
    )
    return Answer(
        content=ticket_answer(
            ticket,
            position=await request.app[QUEUE].position(ticket),
            public_url=request.app[PUBLIC_URL],
        )
    )


@operation(
    "GET",
    "/appointments/slots",
    tag=_TAG,
    summary="List what may be booked",
    scope=None,
    query=SlotQuery,
    answers={200: SlotList},
)
async def list_slots(request: ApiRequest[None], query: SlotQuery) -> Answer:
    """The slots of a business day that have not begun, full ones too; open to everybody."""
    appointments = request.app[APPOINTMENTS]
    day = query.day or appointments.queue.today()[0]
    slots = await appointments.offers(query.service, day, is_drop_off=query.kind == "drop_off")
    items = [
        {"starts_at": each.slot.starts_at, "ends_at": each.slot.ends_at, "free": each.free}
        for each in slots
    ]
    return Answer(content={"items": items, "next": None})


@operation(
    "POST",
    "/appointments",
    tag=_TAG,
    summary="Book an appointment",
    scope="issue",
    body=BookBody,
    answers={201: AppointmentShape},
    problems=(404, 409),
    links=(
        Link("read", "get_appointment", _BY_ID, status=201),
        Link("cancel", "cancel_appointment", _BY_ID, status=201),
        Link("check-in", "check_in_appointment", _BY_ID, status=201),
    ),
)
async def book_appointment(request: ApiRequest[BookBody]) -> Answer:
    """Take a place of the slot that begins then; the same key gives the same booking.

    `phone` is kept sealed and never stands in an answer. Where the centre's policy says so it has
    one booking to come.
    """
    body, persons = request.body, request.app[PERSONS]
    today, _ = persons.queue.today()
    person = read_person_fields(body.phone, None, today=today)
    found = await request.app[APPOINTMENTS].book(
        Wish(
            starts_at=body.starts_at,
            service=body.service,
            files=tuple(body.files or ()),
            language=body.language,
            phone=person.phone,
        ),
        via="api",
        actor=request.caller.actor,
        claim=blinded(persons, request.claim) if person.phone else request.claim,
    )
    return Answer(
        status=201,
        content=appointment_answer(found, public_url=request.app[PUBLIC_URL]),
        headers={"Location": f"/api/v1/appointments/{found.id}"},
    )


@operation(
    "GET",
    "/appointments",
    tag=_TAG,
    summary="List a day's appointments",
    scope="see_tickets",
    query=AppointmentQuery,
    answers={200: AppointmentPage},
)
async def list_appointments(request: ApiRequest[None], query: AppointmentQuery) -> Answer:
    """A business day's bookings by their time, today's by default."""
    entries = await request.app[APPOINTMENTS].of_day(
        query.day,
        states=None if query.state is None else (query.state,),
        after=query.after,
        limit=query.limit,
    )
    public_url = request.app[PUBLIC_URL]
    return Answer(
        content={
            "items": [
                appointment_answer(entry.appointment, public_url=public_url) for entry in entries
            ],
            "next": str(entries[-1].appointment.id) if len(entries) == query.limit else None,
        }
    )


@operation(
    "GET",
    "/appointments/{appointment_id}",
    tag=_TAG,
    summary="Read an appointment and its events",
    scope="see_tickets",
    answers={200: AppointmentWithEvents},
    problems=(404,),
)
async def get_appointment(request: ApiRequest[None], appointment_id: UUID) -> Answer:
    """A booking as it stands, its list, and every act on it."""
    appointments = request.app[APPOINTMENTS]
    found = await appointments.appointment(appointment_id)
    content = appointment_answer(found, public_url=request.app[PUBLIC_URL])
    content["file_names"] = list(await appointments.files(appointment_id))
    content["events"] = [
        {
            "revision": event.revision,
            "at": event.at,
            "event": event.event,
            "from_state": event.from_state,
            "to_state": event.to_state,
            "via": event.via,
            "actor": event.actor_kind,
        }
        for event in await appointments.events(appointment_id)
    ]
    return Answer(content=content)


@operation(
    "POST",
    "/appointments/{appointment_id}/cancel",
    tag=_TAG,
    summary="Give an appointment back",
    scope="issue",
    body=CancelBody,
    answers={200: AppointmentShape},
    problems=(404, 409),
    links=(_READ,),
)
async def cancel_appointment(request: ApiRequest[CancelBody], appointment_id: UUID) -> Answer:
    """The place is free for others at once."""
    found = await request.app[APPOINTMENTS].cancel(
        appointment_id, via="api", actor=request.caller.actor, claim=request.claim
    )
    return Answer(content=appointment_answer(found, public_url=request.app[PUBLIC_URL]))


@operation(
    "POST",
    "/appointments/{appointment_id}/move",
    tag=_TAG,
    summary="Move an appointment",
    scope="issue",
    body=MoveBody,
    answers={200: AppointmentShape},
    problems=(404, 409),
    links=(_READ,),
)
async def move_appointment(request: ApiRequest[MoveBody], appointment_id: UUID) -> Answer:
    """Give the place back and take another; code and address stay, the id is a new one."""
    found = await request.app[APPOINTMENTS].move(
        appointment_id,
        request.body.starts_at,
        via="api",
        actor=request.caller.actor,
        claim=request.claim,
    )
    return Answer(content=appointment_answer(found, public_url=request.app[PUBLIC_URL]))


@operation(
    "POST",
    "/appointments/{appointment_id}/check-in",
    tag=_TAG,
    summary="Check in",
    scope="issue",
    body=CheckInBody,
    answers={200: CheckInShape},
    problems=(404, 409),
)
async def check_in_appointment(request: ApiRequest[CheckInBody], appointment_id: UUID) -> Answer:
    """Give the number of an appointment; a second check-in answers with the same one.

    Within the grace of the policy its place in line is that of the slot, else that of now.
    """
    try:
        done = await request.app[APPOINTMENTS].check_in(
            appointment_id,
            via="api",
            actor=request.caller.actor,
            priority=request.body.priority,
            claim=request.claim,
        )
    except HasANumber:
        if request.caller.may("see_tickets"):
            raise
        raise SomebodyHasANumber(state="live") from None
    public_url = request.app[PUBLIC_URL]
    return Answer(
        content={
            "appointment": appointment_answer(done.appointment, public_url=public_url),
            "ticket": ticket_answer(
                done.ticket,
                position=await request.app[QUEUE].position(done.ticket),
                public_url=public_url,
            ),
        }
    )
