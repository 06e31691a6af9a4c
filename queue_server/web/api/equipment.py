"""The API of the register: what equipment there is and where, and the swap for a spare."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from core_services.ids import new_id
from queue_server.maintenance.labels import LABEL_PATTERN, LONGEST, SHORTEST
from queue_server.maintenance.model import Equipment, EquipmentKind, Place, PlaceKind
from queue_server.maintenance.texts import (
    MODEL_LENGTH,
    ROOM_LENGTH,
    SERIAL_LENGTH,
    TITLE_LENGTH,
)
from queue_server.web.keys import MAINTENANCE, QUEUE
from queue_server.web.operations import (
    Answer,
    ApiModel,
    ApiRequest,
    Link,
    PlainText,
    operation,
)

_TAG = "maintenance"
_BY_LABEL: Final = {"label": "$response.body#/label"}

Label = Annotated[
    str, StringConstraints(pattern=LABEL_PATTERN, min_length=SHORTEST, max_length=LONGEST)
]
_Model = Annotated[PlainText, StringConstraints(max_length=MODEL_LENGTH)]
_Serial = Annotated[PlainText, StringConstraints(max_length=SERIAL_LENGTH)]
_Room = Annotated[PlainText, StringConstraints(max_length=ROOM_LENGTH)]
_MachineName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]


class PlaceShape(ApiModel):
    """Where a piece is; each of the first three kinds names its spot."""

    kind: PlaceKind
    machine: _MachineName | None = Field(default=None, description="Of `machine`: its name.")
    window: int | None = Field(default=None, ge=1, le=99, description="Of `window`.")
    room: _Room | None = Field(default=None, description="Of `room`: which place, in words.")


class CountsShape(ApiModel):
    """What a kiosk's printer has printed since it is counted, in whichever kiosk it stood."""

    slips: int
    metres: float
    rolls: int


class EquipmentShape(ApiModel):
    """A piece of equipment."""

    label: str
    kind: EquipmentKind
    model: str
    serial: str | None
    place: PlaceShape
    since: datetime = Field(description="Since when it is there.")
    in_use_since: datetime | None
    counts: CountsShape | None = Field(description="Null: nobody counts what it does.")


class EquipmentList(ApiModel):
    items: list[EquipmentShape]
    next: str | None = None


class NewEquipment(ApiModel):
    """A piece to be entered."""

    kind: EquipmentKind
    model: _Model
    label: Label | None = Field(default=None, description="Null: the next one is given.")
    serial: _Serial | None = None
    place: PlaceShape


class EquipmentMoveBody(ApiModel):
    """Where it is to be."""

    place: PlaceShape


class SwapBody(ApiModel):
    """A broken piece and the spare that takes its place."""

    broken: Label
    spare: Label
    to: Literal["repair", "shelf"] = "repair"
    note: Annotated[PlainText, StringConstraints(max_length=TITLE_LENGTH)] | None = Field(
        default=None, description="What is wrong: the title of the order for its repair."
    )


class SwapShape(ApiModel):
    """What became of the two."""

    broken: EquipmentShape
    spare: EquipmentShape
    order: UUID = Field(description="The maintenance order under which the broken one is mended.")


@operation(
    "GET",
    "/equipment",
    tag=_TAG,
    summary="List the equipment",
    scope="care_for_devices",
    answers={200: EquipmentList},
)
async def list_equipment(request: ApiRequest[None]) -> Answer:
    """Every piece of the register, by its label; also what was scrapped."""
    pieces = await request.app[MAINTENANCE].all()
    return Answer(content={"items": [shape_of(each) for each in pieces], "next": None})


@operation(
    "POST",
    "/equipment",
    tag=_TAG,
    summary="Enter a piece of equipment",
    scope="care_for_devices",
    body=NewEquipment,
    answers={201: EquipmentShape},
    problems=(404, 409),
    links=(Link("piece", "get_equipment", _BY_LABEL, status=201),),
)
async def add_equipment(request: ApiRequest[NewEquipment]) -> Answer:
    """Its label is what is stuck on it and scanned. Refused with 409 and, in `state`, why:
    `label-taken`, `serial-taken`, `bad-place` (the place lacks its spot, or names another), or
    `place-taken` (a kiosk has one printer)."""
    body = request.body
    made = await request.app[MAINTENANCE].add(
        new_id(request.app[QUEUE].clock.now()),
        kind=body.kind,
        model=body.model,
        label=body.label or "",
        serial=body.serial or "",
        place=place_of(body.place),
        actor=request.caller.actor,
        claim=request.claim,
    )
    return Answer(status=201, content=shape_of(made))


@operation(
    "GET",
    "/equipment/{label}",
    tag=_TAG,
    summary="Read a piece of equipment",
    scope="care_for_devices",
    answers={200: EquipmentShape},
    problems=(404,),
)
async def get_equipment(request: ApiRequest[None], label: Label) -> Answer:
    """What it is, where it is, and what it has printed if it is counted."""
    return Answer(content=shape_of(await request.app[MAINTENANCE].find(label)))


@operation(
    "POST",
    "/equipment/{label}/move",
    tag=_TAG,
    summary="Put a piece of equipment somewhere else",
    scope="care_for_devices",
    body=EquipmentMoveBody,
    answers={200: EquipmentShape},
    problems=(404, 409),
)
async def move_equipment(request: ApiRequest[EquipmentMoveBody], label: Label) -> Answer:
    """What is scrapped stays scrapped: its open orders are cancelled, and plans for it alone end.
    Refused with 409 and, in `state`, why: `scrapped`, `stands-so`, `bad-place` or `place-taken`."""
    moved = await request.app[MAINTENANCE].move(
        label,
        place_of(request.body.place),
        actor=request.caller.actor,
        claim=request.claim,
    )
    return Answer(content=shape_of(moved))


@operation(
    "POST",
    "/maintenance/swaps",
    tag=_TAG,
    summary="Swap a broken piece for a spare",
    scope="care_for_devices",
    body=SwapBody,
    answers={201: SwapShape},
    problems=(404, 409),
)
async def swap_equipment(request: ApiRequest[SwapBody]) -> Answer:
    """The spare takes the place of the broken one, which goes away for repair or on the shelf, and
    an order for its repair is open: all in one commit, once for its idempotency key. Refused with
    409 and, in `state`, why: `same-piece`, `other-kind`, `not-in-use` (the broken one is nowhere in
    use, as after another's swap), `not-a-spare` or `scrapped`; `label` is the piece's."""
    body = request.body
    done = await request.app[MAINTENANCE].swap(
        new_id(request.app[QUEUE].clock.now()),
        broken=body.broken,
        spare=body.spare,
        to=body.to,
        note=body.note or "",
        actor=request.caller.actor,
        claim=request.claim,
    )
    content = {
        "broken": shape_of(done.broken),
        "spare": shape_of(done.spare),
        "order": done.order_id,
    }
    return Answer(status=201, content=content)


def place_of(shape: PlaceShape) -> Place:
    """Return the place that a body names; whether it can be is looked at by whoever puts there."""
    return Place(shape.kind, shape.machine, shape.window, shape.room)


def shape_of(piece: Equipment) -> dict[str, Any]:
    """Return a piece as the API answers it."""
    place, counts = piece.place, piece.counts
    is_counted = piece.is_counted or counts.slips > 0
    return {
        "label": piece.label,
        "kind": piece.kind,
        "model": piece.model,
        "serial": piece.serial,
        "place": place_shape(place),
        "since": piece.since,
        "in_use_since": piece.in_use_since,
        "counts": {
            "slips": counts.slips,
            "metres": round(counts.metres, 3),
            "rolls": counts.rolls,
        }
        if is_counted
        else None,
    }


def place_shape(place: Place) -> dict[str, Any]:
    """Return a place as the API answers it."""
    return {
        "kind": place.kind,
        "machine": place.device,
        "window": place.window,
        "room": place.room,
    }
