"""The API of the acts beside the straight way from number to window: park, transfer, undo, …"""

from functools import partial
from uuid import UUID

from queue_server.tickets import adoption, journeys
from queue_server.tickets.store_journeys import Destination
from queue_server.web.api.answers import told_ticket
from queue_server.web.api.shapes import (
    ActBody,
    AdoptBody,
    CallBody,
    CarriedShape,
    CarryOverBody,
    ParkBody,
    TicketShape,
    TransferBody,
    WalkDirectBody,
    WindowNumber,
)
from queue_server.web.keys import QUEUE
from queue_server.web.labels import label_from
from queue_server.web.operations import Answer, ApiRequest, Link, operation

_TAG = "tickets"
_BY_ID = {"ticket_id": "$response.body#/id"}
_READ = Link("read", "get_ticket", _BY_ID)
_UNDO = Link("undo", "undo_ticket", _BY_ID)

_act = partial(
    operation,
    "POST",
    scope="act_own_window",
    answers={200: TicketShape},
    problems=(404, 409),
    links=(_READ,),
)
_ticket_act = partial(_act, tag=_TAG)
_window_act = partial(_act, tag="windows")


@_ticket_act(
    "/tickets/{ticket_id}/park",
    summary="Put aside",
    body=ParkBody,
    links=(_READ, _UNDO, Link("resume", "resume_ticket", _BY_ID)),
)
async def park_ticket(request: ApiRequest[ParkBody], ticket_id: UUID) -> Answer:
    """Put a ticket being served aside until a paper comes; it keeps its place and its window."""
    body = request.body
    ticket = await journeys.park(
        request.app[QUEUE],
        ticket_id,
        actor=request.caller.actor,
        any_window=request.caller.may("act_any_window"),
        reason=body.reason,
        minutes=body.minutes,
        window=body.window,
        claim=request.claim,
    )
    return told_ticket(request, ticket)


@_ticket_act("/tickets/{ticket_id}/resume", summary="Take up again", body=ActBody)
async def resume_ticket(request: ApiRequest[ActBody], ticket_id: UUID) -> Answer:
    """Let a parked ticket wait at its old place for its window; for any, when that has closed."""
    ticket = await journeys.resume(
        request.app[QUEUE],
        ticket_id,
        actor=request.caller.actor,
        any_window=request.caller.may("act_any_window"),
        window=request.body.window,
        claim=request.claim,
    )
    return told_ticket(request, ticket)


@_ticket_act("/tickets/{ticket_id}/transfer", summary="Send elsewhere", body=TransferBody)
async def transfer_ticket(request: ApiRequest[TransferBody], ticket_id: UUID) -> Answer:
    """Send a ticket in hand to a queue, a window or a person; number and place are kept."""
    to = request.body.to
    ticket = await journeys.transfer(
        request.app[QUEUE],
        ticket_id,
        Destination(**to.model_dump()),
        actor=request.caller.actor,
        any_window=request.caller.may("act_any_window"),
        reason=request.body.reason,
        window=request.body.window,
        claim=request.claim,
    )
    return told_ticket(request, ticket)


@_ticket_act("/tickets/{ticket_id}/return", summary="Back into line", body=ActBody)
async def return_ticket(request: ApiRequest[ActBody], ticket_id: UUID) -> Answer:
    """Let somebody who missed the call wait again, placed by the policy and as often as it says."""
    ticket = await journeys.return_ticket(
        request.app[QUEUE],
        ticket_id,
        actor=request.caller.actor,
        in_time_only=not request.caller.may("act_any_window"),
        reason=request.body.reason,
        window=request.body.window,
        claim=request.claim,
    )
    return told_ticket(request, ticket)


@operation(
    "POST",
    "/tickets/{ticket_id}/reinstate",
    tag=_TAG,
    summary="Make valid again",
    scope="void",
    body=ActBody,
    answers={200: TicketShape},
    problems=(404, 409),
    links=(_READ,),
)
async def reinstate_ticket(request: ApiRequest[ActBody], ticket_id: UUID) -> Answer:
    """Let a void ticket wait after all, once: its paper was printed and somebody holds it."""
    ticket = await journeys.reinstate(
        request.app[QUEUE],
        ticket_id,
        actor=request.caller.actor,
        reason=request.body.reason,
        claim=request.claim,
    )
    return told_ticket(request, ticket)


@_ticket_act("/tickets/{ticket_id}/undo", summary="Take the last act back", body=ActBody)
async def undo_ticket(request: ApiRequest[ActBody], ticket_id: UUID) -> Answer:
    """Undo a call, start, finish, no-show, park or cancel, soon and at the window that did it."""
    ticket = await journeys.undo(
        request.app[QUEUE],
        ticket_id,
        actor=request.caller.actor,
        any_window=request.caller.may("act_any_window"),
        reason=request.body.reason,
        window=request.body.window,
        claim=request.claim,
    )
    return told_ticket(request, ticket)


@_window_act(
    "/windows/{number}/call",
    summary="Call one particular ticket",
    body=CallBody,
    links=(_READ, _UNDO),
)
async def call_ticket(request: ApiRequest[CallBody], number: WindowNumber) -> Answer:
    """Call a waiting ticket out of order; the reason is kept and the call is counted."""
    ticket = await journeys.call_out_of_order(
        request.app[QUEUE],
        number,
        request.body.ticket,
        actor=request.caller.actor,
        any_window=request.caller.may("act_any_window"),
        reason=request.body.reason,
        claim=request.claim,
    )
    return told_ticket(request, ticket)


@_window_act(
    "/windows/{number}/walk-direct",
    summary="Serve somebody without a number",
    body=WalkDirectBody,
    links=(_READ, Link("finish", "finish_ticket", _BY_ID)),
)
async def walk_direct(request: ApiRequest[WalkDirectBody], number: WindowNumber) -> Answer:
    """Give a citizen who stands at the window a number and serve it at once; nothing is called."""
    body = request.body
    ticket = await journeys.walk_direct(
        request.app[QUEUE],
        number,
        service=body.service,
        priority=body.priority,
        language=body.language,
        needs=tuple(dict.fromkeys(body.needs)),
        actor=request.caller.actor,
        any_window=request.caller.may("act_any_window"),
        reason=body.reason,
        claim=request.claim,
    )
    return told_ticket(request, ticket)


@_window_act(
    "/windows/{number}/adopt",
    summary="Serve the holder of a slip that is not known yet",
    body=AdoptBody,
    links=(_READ, Link("finish", "finish_ticket", _BY_ID)),
)
async def adopt_ticket(request: ApiRequest[AdoptBody], number: WindowNumber) -> Answer:
    """Make a ticket of a slip that a kiosk gave while it was cut off and serve it at once.

    The kiosk's later word merges into it. So does a slip of a queue's series that the server issued
    before it was put back to an older backup. A label that is known is refused with where it
    stands; nothing is called.
    """
    body = request.body
    ticket = await adoption.adopt(
        request.app[QUEUE],
        adoption.Slip(
            label_from(body.label) or body.label,
            service=body.service,
            priority=body.priority,
            language=body.language,
        ),
        actor=request.caller.actor,
        window=number,
        any_window=request.caller.may("act_any_window"),
        claim=request.claim,
    )
    return told_ticket(request, ticket)


@operation(
    "POST",
    "/day/carry-over",
    tag=_TAG,
    summary="Keep today's numbers for another day",
    scope="cancel_any",
    body=CarryOverBody,
    answers={200: CarriedShape},
    problems=(409,),
)
async def carry_over(request: ApiRequest[CarryOverBody]) -> Answer:
    """Keep every number that waits or is parked for a later day, where it stands first in line.

    For a closing or an outage; the day lies within a month. Sent again with another key it keeps
    what came since.
    """
    kept = await journeys.carry_over(
        request.app[QUEUE],
        request.body.to_day,
        actor=request.caller.actor,
        claim=request.claim,
    )
    return Answer(content={"kept": kept, "to_day": request.body.to_day})
