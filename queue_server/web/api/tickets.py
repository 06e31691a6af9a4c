"""The API of tickets: issue, read, and the acts of their life."""

from uuid import UUID

from queue_server.tickets.issuing import IssueRequest
from queue_server.tickets.model import PlainAct
from queue_server.web.api.answers import event_answer, ticket_answer, told_ticket
from queue_server.web.api.persons import issue_for_person, person_answer, shown_person
from queue_server.web.api.shapes import (
    ActBody,
    IssueBody,
    ServiceBody,
    TicketPage,
    TicketQuery,
    TicketShape,
    TicketWithEvents,
)
from queue_server.web.keys import PERSONS, PUBLIC_URL, QUEUE
from queue_server.web.operations import Answer, ApiRequest, Link, operation

_TAG = "tickets"
_BY_ID = {"ticket_id": "$response.body#/id"}
_READ = Link("read", "get_ticket", _BY_ID)
_ACTS = tuple(
    Link(name.removesuffix("_ticket"), name, _BY_ID)
    for name in (
        *("recall_ticket", "start_ticket", "finish_ticket", "no_show_ticket"),
        *("park_ticket", "transfer_ticket", "undo_ticket"),
    )
)


@operation(
    "POST",
    "/tickets",
    tag=_TAG,
    summary="Issue a ticket",
    scope="issue",
    body=IssueBody,
    answers={201: TicketShape},
    problems=(404, 409),
    links=(
        Link("read", "get_ticket", _BY_ID, status=201),
        Link("cancel", "cancel_ticket", _BY_ID, status=201),
        Link("void", "void_ticket", _BY_ID, status=201),
    ),
)
async def issue_ticket(request: ApiRequest[IssueBody]) -> Answer:
    """Give a number; the same idempotency key gives the same ticket, however often it is sent.

    `phone` and `national_id` are kept sealed and never stand in an answer. Where the centre's
    policy gives one live number to a person, a further one is refused while it lasts; who may see
    tickets is told which one it is.
    """
    body = request.body
    asked = IssueRequest(
        actor=request.caller.actor,
        channel=body.channel,
        service=body.service,
        priority=body.priority,
        language=body.language,
        needs=tuple(dict.fromkeys(body.needs)),
        requests=body.requests,
        claim=request.claim,
    )
    ticket = await issue_for_person(
        request.app[PERSONS],
        asked,
        phone=body.phone,
        national_id=body.national_id,
        may_see=request.caller.may("see_tickets"),
    )
    return Answer(
        status=201,
        content=ticket_answer(
            ticket, position=ticket.position_at_issue, public_url=request.app[PUBLIC_URL]
        ),
        headers={"Location": f"/api/v1/tickets/{ticket.id}"},
    )


@operation(
    "GET",
    "/tickets/{ticket_id}",
    tag=_TAG,
    summary="Read a ticket and its events",
    scope="see_tickets",
    answers={200: TicketWithEvents},
    problems=(404,),
)
async def get_ticket(request: ApiRequest[None], ticket_id: UUID) -> Answer:
    """A ticket as it stands, its place in line now, and every act on it.

    What may be shown of its person is there for those who may see it; that they did is an event.
    """
    queue = request.app[QUEUE]
    ticket = await queue.ticket(ticket_id)
    content = ticket_answer(
        ticket,
        position=await queue.position(ticket),
        public_url=request.app[PUBLIC_URL],
    )
    content["person"] = person_answer(await shown_person(request.app, ticket, request.caller))
    content["events"] = [event_answer(event) for event in await queue.events(ticket_id)]
    return Answer(content=content)


@operation(
    "GET",
    "/tickets",
    tag=_TAG,
    summary="List tickets",
    scope="see_tickets",
    query=TicketQuery,
    answers={200: TicketPage},
)
async def list_tickets(request: ApiRequest[None], query: TicketQuery) -> Answer:
    """A business day's tickets in the order of their issue; `position` is null in lists."""
    tickets = await request.app[QUEUE].tickets(
        day=query.day,
        states=None if query.state is None else [query.state],
        queue=query.queue,
        label=query.label,
        after=query.after,
        limit=query.limit,
    )
    public_url = request.app[PUBLIC_URL]
    return Answer(
        content={
            "items": [
                ticket_answer(ticket, position=None, public_url=public_url) for ticket in tickets
            ],
            "next": str(tickets[-1].id) if len(tickets) == query.limit else None,
        }
    )


async def _act(
    request: ApiRequest[ActBody], ticket_id: UUID, event: PlainAct, *, anywhere: bool = False
) -> Answer:
    queue = request.app[QUEUE]
    ticket = await queue.act(
        ticket_id,
        event,
        actor=request.caller.actor,
        any_window=anywhere or request.caller.may("act_any_window"),
        window=request.body.window,
        reason=request.body.reason,
        outcome=request.body.outcome,
        claim=request.claim,
    )
    return told_ticket(request, ticket)


@operation(
    "POST",
    "/tickets/{ticket_id}/recall",
    tag=_TAG,
    summary="Call again",
    scope="act_own_window",
    body=ActBody,
    answers={200: TicketShape},
    problems=(404, 409),
    links=(_READ, *_ACTS),
)
async def recall_ticket(request: ApiRequest[ActBody], ticket_id: UUID) -> Answer:
    """Announce a called ticket once more."""
    return await _act(request, ticket_id, "recall")


@operation(
    "POST",
    "/tickets/{ticket_id}/start",
    tag=_TAG,
    summary="Start serving",
    scope="act_own_window",
    body=ActBody,
    answers={200: TicketShape},
    problems=(404, 409),
    links=(_READ, *_ACTS),
)
async def start_ticket(request: ApiRequest[ActBody], ticket_id: UUID) -> Answer:
    """The citizen stands at the window."""
    return await _act(request, ticket_id, "start")


@operation(
    "POST",
    "/tickets/{ticket_id}/finish",
    tag=_TAG,
    summary="Finish",
    scope="act_own_window",
    body=ActBody,
    answers={200: TicketShape},
    problems=(404, 409),
    links=(_READ,),
)
async def finish_ticket(request: ApiRequest[ActBody], ticket_id: UUID) -> Answer:
    """The service ended; `outcome` may say how."""
    return await _act(request, ticket_id, "finish")


@operation(
    "POST",
    "/tickets/{ticket_id}/no-show",
    tag=_TAG,
    summary="Nobody came",
    scope="act_own_window",
    body=ActBody,
    answers={200: TicketShape},
    problems=(404, 409),
    links=(_READ, Link("return", "return_ticket", _BY_ID)),
)
async def no_show_ticket(request: ApiRequest[ActBody], ticket_id: UUID) -> Answer:
    """A called citizen did not come; the reason is `absent` unless another is given."""
    return await _act(request, ticket_id, "no_show")


@operation(
    "POST",
    "/tickets/{ticket_id}/cancel",
    tag=_TAG,
    summary="Cancel",
    scope="cancel_any",
    body=ActBody,
    answers={200: TicketShape},
    problems=(404, 409),
    links=(_READ,),
)
async def cancel_ticket(request: ApiRequest[ActBody], ticket_id: UUID) -> Answer:
    """The citizen gave the place up."""
    return await _act(request, ticket_id, "cancel", anywhere=True)


@operation(
    "POST",
    "/tickets/{ticket_id}/void",
    tag=_TAG,
    summary="Void",
    scope="void",
    body=ActBody,
    answers={200: TicketShape},
    problems=(404, 409),
    links=(_READ, Link("reinstate", "reinstate_ticket", _BY_ID)),
)
async def void_ticket(request: ApiRequest[ActBody], ticket_id: UUID) -> Answer:
    """The ticket should never have been: nobody has its number."""
    return await _act(request, ticket_id, "void", anywhere=True)


@operation(
    "POST",
    "/tickets/{ticket_id}/service",
    tag=_TAG,
    summary="Say what the ticket is for",
    scope="act_own_window",
    body=ServiceBody,
    answers={200: TicketShape},
    problems=(404, 409),
    links=(_READ, *_ACTS),
)
async def set_ticket_service(request: ApiRequest[ServiceBody], ticket_id: UUID) -> Answer:
    """Set the service of a ticket in hand; a one-touch number has none until then."""
    ticket = await request.app[QUEUE].act(
        ticket_id,
        "set_service",
        actor=request.caller.actor,
        any_window=request.caller.may("act_any_window"),
        window=request.body.window,
        service=request.body.service,
        claim=request.claim,
    )
    return told_ticket(request, ticket)
