"""The API of the register: what equipment there is and where, and the swap for a spare."""

from typing import Final

from core_services.ids import new_id
from queue_server.web.api.equipment_shapes import (
    EquipmentList,
    EquipmentMoveBody,
    EquipmentShape,
    Label,
    NewEquipment,
    SwapBody,
    SwapShape,
    equipment_shape,
    place_of,
)
from queue_server.web.keys import MAINTENANCE, QUEUE
from queue_server.web.operations import Answer, ApiRequest, Link, operation

_TAG = "maintenance"
_BY_LABEL: Final = {"label": "$response.body#/label"}


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
    return Answer(content={"items": [equipment_shape(each) for each in pieces], "next": None})


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
    return Answer(status=201, content=equipment_shape(made))


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
    return Answer(content=equipment_shape(await request.app[MAINTENANCE].find(label)))


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
    return Answer(content=equipment_shape(moved))


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
        "broken": equipment_shape(done.broken),
        "spare": equipment_shape(done.spare),
        "order": done.order_id,
    }
    return Answer(status=201, content=content)
