"""The API of maintenance: orders, from their opening to what was done, and plans."""

from typing import Any, Final
from uuid import UUID

from core_services.ids import new_id
from queue_server.maintenance.model import OrderAct, Step
from queue_server.web.api.days import DayRange
from queue_server.web.api.maintenance_shapes import (
    AvailabilityList,
    FinishBody,
    MaintenanceCancelBody,
    NewOrder,
    OrderList,
    OrderQuery,
    OrderShape,
    StartBody,
    availability_shape,
    order_shape,
)
from queue_server.web.keys import AVAILABILITY, MAINTENANCE, QUEUE
from queue_server.web.operations import Answer, ApiRequest, Link, operation

_TAG = "maintenance"
_BY_ID: Final = {"order_id": "$response.body#/id"}


@operation(
    "GET",
    "/maintenance/orders",
    tag=_TAG,
    summary="List maintenance orders",
    scope="care_for_devices",
    query=OrderQuery,
    answers={200: OrderList},
    problems=(404,),
)
async def list_maintenance_orders(request: ApiRequest[None], query: OrderQuery) -> Answer:
    """What is open, and what ended within fourteen days; of one piece all that ever was."""
    care = request.app[MAINTENANCE]
    piece = None if query.label is None else await care.find(query.label)
    orders = await care.orders(of=piece)
    return Answer(
        content={"items": [order_shape(each, care.today) for each in orders], "next": None}
    )


@operation(
    "POST",
    "/maintenance/orders",
    tag=_TAG,
    summary="Open a maintenance order",
    scope="care_for_devices",
    body=NewOrder,
    answers={201: OrderShape},
    problems=(404, 409),
    links=(Link("order", "get_maintenance_order", _BY_ID, status=201),),
)
async def open_maintenance_order(request: ApiRequest[NewOrder]) -> Answer:
    """By hand; plans and swaps open their own. What is scrapped takes none: 409, `scrapped`."""
    care, body = request.app[MAINTENANCE], request.body
    order = await care.open_order(
        new_id(request.app[QUEUE].clock.now()),
        body.label,
        title=body.title,
        steps=[Step(text) for text in body.steps],
        stops_work=body.stops_work,
        due_on=body.due_on,
        actor=request.caller.actor,
        claim=request.claim,
    )
    return Answer(status=201, content=order_shape(order, care.today))


@operation(
    "GET",
    "/maintenance/orders/{order_id}",
    tag=_TAG,
    summary="Read a maintenance order",
    scope="care_for_devices",
    answers={200: OrderShape},
    problems=(404,),
)
async def get_maintenance_order(request: ApiRequest[None], order_id: UUID) -> Answer:
    """As it stands now."""
    care = request.app[MAINTENANCE]
    return Answer(content=order_shape(await care.order(order_id), care.today))


@operation(
    "POST",
    "/maintenance/orders/{order_id}/start",
    tag=_TAG,
    summary="Begin the work of a maintenance order",
    scope="care_for_devices",
    body=StartBody,
    answers={200: OrderShape},
    problems=(404, 409),
)
async def start_maintenance_order(request: ApiRequest[StartBody], order_id: UUID) -> Answer:
    """From `open` to `in_work`; who was first has it, the other is refused: 409, `state`."""
    return await _act(request, order_id, "start")


@operation(
    "POST",
    "/maintenance/orders/{order_id}/finish",
    tag=_TAG,
    summary="Say that a maintenance order is done",
    scope="care_for_devices",
    body=FinishBody,
    answers={200: OrderShape},
    problems=(404, 409),
)
async def finish_maintenance_order(request: ApiRequest[FinishBody], order_id: UUID) -> Answer:
    """From `in_work` to `done`. It wants what was done, in words or in steps: 409, `lacks-done`."""
    body = request.body
    return await _act(
        request,
        order_id,
        "finish",
        done_text=body.done or "",
        parts=body.parts or "",
        minutes=body.minutes,
        steps_done=body.steps_done,
    )


@operation(
    "POST",
    "/maintenance/orders/{order_id}/cancel",
    tag=_TAG,
    summary="Cancel a maintenance order",
    scope="care_for_devices",
    body=MaintenanceCancelBody,
    answers={200: OrderShape},
    problems=(404, 409),
)
async def cancel_maintenance_order(
    request: ApiRequest[MaintenanceCancelBody], order_id: UUID
) -> Answer:
    """An order that is over stays as it is: 409, `state`."""
    return await _act(request, order_id, "cancel", done_text=request.body.reason)


@operation(
    "GET",
    "/maintenance/availability",
    tag=_TAG,
    summary="Availability of machines and windows",
    scope="see_metrics",
    query=DayRange,
    answers={200: AvailabilityList},
)
async def get_availability(request: ApiRequest[None], query: DayRange) -> Answer:
    """The centre's hours of those days in which each machine and window could work, and why not;
    of today what has passed. Where several reasons stood at once the time is the gravest one's."""
    found = await request.app[AVAILABILITY].of(query.first, query.last)
    return Answer(content={"items": [availability_shape(each) for each in found], "next": None})


async def _act(
    request: ApiRequest[Any],
    order_id: UUID,
    what: OrderAct,
    *,
    done_text: str = "",
    parts: str = "",
    minutes: int | None = None,
    steps_done: list[int] | None = None,
) -> Answer:
    care = request.app[MAINTENANCE]
    order = await care.act(
        order_id,
        what,
        done_text=done_text,
        parts=parts,
        minutes=minutes,
        steps_done=steps_done,
        actor=request.caller.actor,
        claim=request.claim,
    )
    return Answer(content=order_shape(order, care.today))
