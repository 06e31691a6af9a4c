"""The API of messages to the hall: send one to its screens, read, end."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from queue_server.broadcasts.model import (
    GLASSES,
    LINE_LENGTH,
    TEXT_LENGTH,
    Broadcast,
    Delivery,
    Glass,
    Kind,
)
from queue_server.broadcasts.wording import compose
from queue_server.web.errors import FieldError, InvalidInputError
from queue_server.web.keys import BROADCASTS, QUEUE
from queue_server.web.operations import (
    Answer,
    ApiModel,
    ApiRequest,
    Link,
    PlainText,
    QueryModel,
    operation,
)
from queue_server.web.words import Words

_TAG = "messages to the hall"
_BY_ID = {"broadcast_id": "$response.body#/id"}
_Text = Annotated[PlainText, StringConstraints(max_length=TEXT_LENGTH)]

_LACKS_TEXT: Final = FieldError(
    "body",
    "text_ar",
    "missing",
    Words("اكتب نص الرسالة أو اختر جملة جاهزة.", "Send a text, or the code of a phrase."),
)


class BroadcastBody(ApiModel):
    """A message: a ready phrase, or a text of its own."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "string"}}}
                for name in ("phrase", "text_ar")
            ]
        }
    )

    kind: Kind
    phrase: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]{0,31}$")] | None = None
    text_ar: _Text | None = Field(
        default=None,
        description=f"At most {LINE_LENGTH} letters; an emergency may have {TEXT_LENGTH}.",
    )
    text_en: _Text | None = Field(
        default=None, description="Without it the Arabic is shown to everybody."
    )
    glasses: list[Glass] = Field(
        default=list(GLASSES),
        min_length=1,
        max_length=len(GLASSES),
        description="Where it stands; an emergency stands on all.",
    )
    calls_go_on: bool | None = Field(
        default=None,
        description="Of an emergency: numbers are announced meanwhile. By default they are not.",
    )
    starts_at: AwareDatetime | None = Field(default=None, description="By default now.")
    ends_at: AwareDatetime | None = Field(
        default=None,
        description="By default when it is ended, or after the phrase's usual time. An emergency "
        "starts at once and stands until it is ended.",
    )


class ShownShape(ApiModel):
    """A machine on whose glass it stood, and since when."""

    device: UUID
    shown_at: datetime


class BroadcastShape(ApiModel):
    """A message to the hall."""

    id: UUID
    kind: Kind
    phrase: str | None
    text_ar: str
    text_en: str
    glasses: list[Glass]
    full_screen: bool
    calls_go_on: bool
    state: Literal["to_come", "standing", "over"] = Field(
        description="`over`: it was ended, or its time has passed."
    )
    sent_at: datetime
    sent_by: UUID
    starts_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None
    ended_by: UUID | None
    shown: list[ShownShape] = Field(description="Hall screens and kiosks alone answer that.")


class BroadcastList(ApiModel):
    items: list[BroadcastShape]
    next: str | None = None


class BroadcastQuery(QueryModel):
    """The latest first, or what stands and what is to come."""

    open: bool = False
    after: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


@operation(
    "POST",
    "/broadcasts",
    tag=_TAG,
    summary="Send a message to the hall",
    scope="broadcast",
    body=BroadcastBody,
    answers={201: BroadcastShape},
    problems=(409,),
    links=(
        Link("read", "get_broadcast", _BY_ID, status=201),
        Link("end", "end_broadcast", _BY_ID, status=201),
    ),
)
async def send_broadcast(request: ApiRequest[BroadcastBody]) -> Answer:
    """It stands on hall screens, kiosks, windows' faces, phones and desks until its end.

    An `emergency` stands on all of them, over everything else, at once and until it is ended;
    kiosks give no numbers meanwhile. A new one takes the place of one that stands.

    What cannot stand is refused with 409 and, in `state`, why: `too-long`, `unknown-phrase` of this
    kind, `ends-before` it starts or in the past, `too-far` (over two weeks ahead), `lacks-text`.
    """
    body = request.body
    if body.phrase is None and body.text_ar is None:
        raise InvalidInputError([_LACKS_TEXT])
    composed = partial(
        compose,
        body.kind,
        at=request.app[QUEUE].clock.now(),
        phrase=body.phrase,
        text_ar=body.text_ar or "",
        text_en=body.text_en or "",
        glasses=body.glasses,
        calls_go_on=body.calls_go_on,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
    )
    sent = await request.app[BROADCASTS].send_composed(
        composed, actor=request.caller.actor, claim=request.claim
    )
    return Answer(status=201, content=await _content(request, sent))


@operation(
    "GET",
    "/broadcasts",
    tag=_TAG,
    summary="List messages to the hall",
    scope="see_hall",
    query=BroadcastQuery,
    answers={200: BroadcastList},
)
async def list_broadcasts(request: ApiRequest[None], query: BroadcastQuery) -> Answer:
    """The latest first; with `open` what stands and what is to come, the gravest first."""
    broadcasts = request.app[BROADCASTS]
    if query.open:
        found, more = (await broadcasts.open())[: query.limit], None
    else:
        found = await broadcasts.last(before=query.after, limit=query.limit)
        more = str(found[-1].id) if len(found) == query.limit else None
    shown = await broadcasts.deliveries([each.id for each in found])
    at = request.app[QUEUE].clock.now()
    return Answer(content={"items": [_shape(each, shown, at) for each in found], "next": more})


@operation(
    "GET",
    "/broadcasts/{broadcast_id}",
    tag=_TAG,
    summary="Read a message to the hall",
    scope="see_hall",
    answers={200: BroadcastShape},
    problems=(404,),
)
async def get_broadcast(request: ApiRequest[None], broadcast_id: UUID) -> Answer:
    """What it says, and on which glasses it stood."""
    found = await request.app[BROADCASTS].one(broadcast_id)
    return Answer(content=await _content(request, found))


@operation(
    "POST",
    "/broadcasts/{broadcast_id}/end",
    tag=_TAG,
    summary="End a message to the hall",
    scope="broadcast",
    answers={200: BroadcastShape},
    problems=(404, 409),
)
async def end_broadcast(request: ApiRequest[None], broadcast_id: UUID) -> Answer:
    """Take it off every glass; one that has ended stays as it is."""
    ended = await request.app[BROADCASTS].end(
        broadcast_id, actor=request.caller.actor, claim=request.claim
    )
    return Answer(content=await _content(request, ended))


async def _content(request: ApiRequest[Any], broadcast: Broadcast) -> dict[str, Any]:
    shown = await request.app[BROADCASTS].deliveries([broadcast.id])
    return _shape(broadcast, shown, request.app[QUEUE].clock.now())


def _shape(broadcast: Broadcast, shown: tuple[Delivery, ...], at: datetime) -> dict[str, Any]:
    state = "standing" if broadcast.stands(at) else "over"
    if not broadcast.stands(at) and broadcast.is_open(at):
        state = "to_come"
    return {
        "id": broadcast.id,
        "kind": broadcast.kind,
        "phrase": broadcast.phrase,
        "text_ar": broadcast.text_ar,
        "text_en": broadcast.text_en,
        "glasses": list(broadcast.glasses),
        "full_screen": broadcast.is_full_screen,
        "calls_go_on": broadcast.calls_go_on,
        "state": state,
        "sent_at": broadcast.sent_at,
        "sent_by": broadcast.sent_by,
        "starts_at": broadcast.starts_at,
        "ends_at": broadcast.ends_at,
        "ended_at": broadcast.ended_at,
        "ended_by": broadcast.ended_by,
        "shown": [
            {"device": each.device_id, "shown_at": each.shown_at}
            for each in shown
            if each.broadcast_id == broadcast.id
        ],
    }
