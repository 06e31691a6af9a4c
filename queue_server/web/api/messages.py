"""The API of what people of the hall write: messages between supervisor and windows, and notes."""

from typing import Any, Final
from uuid import UUID

from queue_server.tickets import windows
from queue_server.tickets.store_messages import Message
from queue_server.tickets.store_notes import Note
from queue_server.web.api.alarms import may_everywhere
from queue_server.web.api.desk_shapes import (
    MessageList,
    MessageQuery,
    NoteBody,
    NoteList,
    NoteShape,
    ReadBody,
    SentShape,
    ToDesksBody,
    ToSupervisorBody,
)
from queue_server.web.api.shapes import WindowNumber
from queue_server.web.errors import FieldError, InvalidInputError
from queue_server.web.keys import QUEUE
from queue_server.web.operations import Answer, ApiRequest, operation
from queue_server.web.words import Words

_TAG = "messages"
_LACKS_WINDOW: Final = FieldError(
    "body",
    "window",
    "missing",
    Words("أرسل رقم الشباك الذي قُرئت عنده الرسالة.", "Send the window at which it was read."),
)


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "toward": message.toward,
        "window": message.window,
        "sent_at": message.sent_at,
        "sent_by": message.sent_by,
        "text": message.text,
        "read_by": message.read_by,
        "read_at_windows": message.read_at_windows,
    }


def _note(note: Note) -> dict[str, Any]:
    return {
        "at": note.at,
        "window": note.window,
        "written_by": note.written_by,
        "text": note.text,
    }


@operation(
    "POST",
    "/messages",
    tag=_TAG,
    summary="Write to the windows",
    scope="close_any_window",
    body=ToDesksBody,
    answers={201: SentShape},
    problems=(404, 409),
)
async def send_to_desks(request: ApiRequest[ToDesksBody]) -> Answer:
    """Send a short text to one window or to all; it stands there until its clerk has read it."""
    sent = await windows.send_message(
        request.app[QUEUE],
        request.body.text,
        toward="window",
        window=request.body.window,
        actor=request.caller.actor,
        claim=request.claim,
    )
    return Answer(status=201, content={"id": sent})


@operation(
    "GET",
    "/messages",
    tag=_TAG,
    summary="List messages",
    scope="close_any_window",
    query=MessageQuery,
    answers={200: MessageList},
)
async def list_messages(request: ApiRequest[None], query: MessageQuery) -> Answer:
    """The latest of the last twelve hours both ways, newest first, with who has read each."""
    found = await windows.last_messages(request.app[QUEUE], limit=query.limit)
    return Answer(content={"items": [_message(each) for each in found], "next": None})


@operation(
    "POST",
    "/windows/{number}/messages",
    tag=_TAG,
    summary="Write to the supervisor",
    scope="act_own_window",
    body=ToSupervisorBody,
    answers={201: SentShape},
    problems=(404, 409),
)
async def send_to_supervisor(request: ApiRequest[ToSupervisorBody], number: WindowNumber) -> Answer:
    """Send a short text from a window; it stands before every supervisor until one has read it."""
    sent = await windows.send_message(
        request.app[QUEUE],
        request.body.text,
        toward="supervisor",
        window=number,
        actor=request.caller.actor,
        any_window=may_everywhere(request.caller),
        claim=request.claim,
    )
    return Answer(status=201, content={"id": sent})


@operation(
    "GET",
    "/windows/{number}/messages",
    tag=_TAG,
    summary="List what is still to be read",
    scope="act_own_window",
    answers={200: MessageList},
    problems=(404, 409),
)
async def list_window_messages(request: ApiRequest[None], number: WindowNumber) -> Answer:
    """What was sent to a window or to all and you have not read, oldest first."""
    queue, caller = request.app[QUEUE], request.caller
    await windows.require_window(
        queue, number, actor=caller.actor, any_window=may_everywhere(caller)
    )
    found = (
        ()
        if caller.actor.id is None
        else await windows.unread_messages(queue, number, caller.actor.id)
    )
    return Answer(content={"items": [_message(each) for each in found], "next": None})


@operation(
    "POST",
    "/messages/{message_id}/read",
    tag=_TAG,
    summary="Say that a message was read",
    scope="act_own_window",
    body=ReadBody,
    answers={204: None},
    problems=(404, 409),
)
async def read_message(request: ApiRequest[ReadBody], message_id: UUID) -> Answer:
    """Note that you have read it, once; one that is forgotten already is passed over.

    Only who answers for every window reads what a window wrote: others name their `window`.
    """
    may = may_everywhere(request.caller)
    if request.body.window is None and not may:
        raise InvalidInputError([_LACKS_WINDOW])
    await windows.mark_read(
        request.app[QUEUE],
        message_id,
        window=request.body.window,
        actor=request.caller.actor,
        any_window=may,
        claim=request.claim,
    )
    return Answer(status=204)


@operation(
    "POST",
    "/tickets/{ticket_id}/notes",
    tag=_TAG,
    summary="Write a note",
    scope="act_own_window",
    body=NoteBody,
    answers={201: NoteShape},
    problems=(404, 409),
)
async def write_note(request: ApiRequest[NoteBody], ticket_id: UUID) -> Answer:
    """Keep a note on the ticket that a window has in hand; whoever serves it next reads it."""
    note = await windows.write_note(
        request.app[QUEUE],
        ticket_id,
        window=request.body.window,
        text=request.body.text,
        actor=request.caller.actor,
        any_window=request.caller.may("act_any_window"),
        claim=request.claim,
    )
    return Answer(status=201, content=_note(note))


@operation(
    "GET",
    "/tickets/{ticket_id}/notes",
    tag=_TAG,
    summary="List a ticket's notes",
    scope="act_own_window",
    answers={200: NoteList},
    problems=(404, 409),
)
async def list_notes(request: ApiRequest[None], ticket_id: UUID) -> Answer:
    """The notes on a ticket, oldest first. A clerk reads those of the ticket being served at the
    own window.
    """
    found = await windows.notes_for(
        request.app[QUEUE],
        ticket_id,
        actor=request.caller.actor,
        any_window=may_everywhere(request.caller),
    )
    return Answer(content={"items": [_note(each) for each in found], "next": None})
