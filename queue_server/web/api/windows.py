"""The API of windows: read, open, pause, close, and call the next ticket."""

from collections.abc import Sequence

from core_services.people.model import Staff
from queue_server.tickets.model import Window, WindowAct
from queue_server.web.api.answers import told_ticket, window_answer
from queue_server.web.api.shapes import (
    CallNextBody,
    TicketShape,
    WindowBody,
    WindowList,
    WindowNumber,
    WindowShape,
)
from queue_server.web.keys import PUBLIC_URL, QUEUE, SESSIONS
from queue_server.web.operations import Answer, ApiRequest, Link, operation

_TAG = "windows"
_CALLED = {"ticket_id": "$response.body#/id"}
_NUMBER = {"number": "$response.body#/number"}


@operation(
    "GET",
    "/windows",
    tag=_TAG,
    summary="List windows",
    scope="see_hall",
    answers={200: WindowList},
)
async def list_windows(request: ApiRequest[None]) -> Answer:
    """Every window, its state, the ticket it has in hand, and who has come to sit there."""
    hall = await request.app[QUEUE].hall()
    awaited_by = _awaited_by(hall.windows, await request.app[SESSIONS].signed_in())
    public_url = request.app[PUBLIC_URL]
    return Answer(
        content={
            "items": [
                window_answer(window, public_url=public_url)
                | {"awaited_by": awaited_by.get(window.number)}
                for window in hall.windows
            ],
            "next": None,
        }
    )


def _awaited_by(windows: Sequence[Window], people: Sequence[Staff]) -> dict[int, str]:
    """Return by window the person who is signed in, usually sits there, and has no window now."""
    seated = {window.opened_by.id for window in windows if window.opened_by is not None}
    return {
        person.default_window: person.name("ar")
        for person in people
        if person.default_window is not None and person.id not in seated
    }


@operation(
    "POST",
    "/windows/{number}/call-next",
    tag=_TAG,
    summary="Call the next ticket",
    scope="act_own_window",
    body=CallNextBody,
    answers={200: TicketShape, 204: None},
    problems=(404, 409),
    links=(
        Link("read", "get_ticket", _CALLED),
        Link("recall", "recall_ticket", _CALLED),
        Link("start", "start_ticket", _CALLED),
        Link("no_show", "no_show_ticket", _CALLED),
        Link("service", "set_ticket_service", _CALLED),
    ),
)
async def call_next(request: ApiRequest[CallNextBody], number: WindowNumber) -> Answer:
    """The ticket called, or 204 when nobody waits for this window.

    409 names `allowed` and `current` when the window is not open or has a ticket in hand;
    `current` is null while there is none.
    """
    ticket = await request.app[QUEUE].call_next(
        number,
        actor=request.caller.actor,
        own_only=not request.caller.may("act_any_window"),
        finish=request.body.finish,
        outcome=request.body.outcome,
        claim=request.claim,
    )
    if ticket is None:
        return Answer(status=204)
    return told_ticket(request, ticket)


async def _act(request: ApiRequest[WindowBody], number: int, act: WindowAct) -> Answer:
    caller = request.caller
    window = await request.app[QUEUE].act_on_window(
        number,
        act,
        actor=caller.actor,
        actor_name=caller.name,
        any_window=caller.may("close_any_window") or caller.may("act_any_window"),
        alone=caller.session is not None and not caller.may("act_any_window"),
        reason=request.body.reason,
        claim=request.claim,
    )
    return Answer(content=window_answer(window, public_url=request.app[PUBLIC_URL]))


@operation(
    "POST",
    "/windows/{number}/open",
    tag=_TAG,
    summary="Open a window",
    scope="act_own_window",
    body=WindowBody,
    answers={200: WindowShape},
    problems=(404, 409),
    links=(
        Link("call_next", "call_next", _NUMBER),
        Link("pause", "pause_window", _NUMBER),
        Link("close", "close_window", _NUMBER),
    ),
)
async def open_window(request: ApiRequest[WindowBody], number: WindowNumber) -> Answer:
    """Open a closed window, or resume a paused one; a window that another opened is refused,
    and so is a second one to a clerk.

    A person who opens a window that a stand-in has, or that its clerk hands over, takes it over
    with what it has in hand.
    """
    return await _act(request, number, "open")


@operation(
    "POST",
    "/windows/{number}/pause",
    tag=_TAG,
    summary="Pause a window",
    scope="act_own_window",
    body=WindowBody,
    answers={200: WindowShape},
    problems=(404, 409),
    links=(Link("open", "open_window", _NUMBER), Link("close", "close_window", _NUMBER)),
)
async def pause_window(request: ApiRequest[WindowBody], number: WindowNumber) -> Answer:
    """Break or prayer; refused while a ticket is in hand."""
    return await _act(request, number, "pause")


@operation(
    "POST",
    "/windows/{number}/close",
    tag=_TAG,
    summary="Close a window",
    scope="act_own_window",
    body=WindowBody,
    answers={200: WindowShape},
    problems=(404, 409),
    links=(Link("open", "open_window", _NUMBER),),
)
async def close_window(request: ApiRequest[WindowBody], number: WindowNumber) -> Answer:
    """Close it; refused while a ticket is in hand."""
    return await _act(request, number, "close")
