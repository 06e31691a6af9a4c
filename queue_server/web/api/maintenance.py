"""The API of maintenance: orders, from their opening to what was done, and plans."""

from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from core_services.ids import new_id
from queue_server.maintenance.downtime import REASONS, Reason, Standstill, SubjectKind
from queue_server.maintenance.due import is_overdue
from queue_server.maintenance.model import (
    EquipmentKind,
    Order,
    OrderAct,
    OrderState,
    Origin,
    Step,
)
from queue_server.maintenance.orders import MOST_MINUTES
from queue_server.maintenance.texts import (
    DONE_LENGTH,
    MOST_STEPS,
    PARTS_LENGTH,
    STEP_LENGTH,
    TITLE_LENGTH,
)
from queue_server.web.api.days import DayRange
from queue_server.web.api.equipment import Label, PlaceShape, place_shape
from queue_server.web.keys import AVAILABILITY, MAINTENANCE, QUEUE
from queue_server.web.operations import (
    Answer,
    ApiModel,
    ApiRequest,
    Link,
    PlainText,
    QueryModel,
    operation,
)

_TAG = "maintenance"
_BY_ID: Final = {"order_id": "$response.body#/id"}
StepText = Annotated[PlainText, StringConstraints(max_length=STEP_LENGTH)]


class MaintenanceStepShape(ApiModel):
    """A step of an order's list."""

    text_ar: str
    text_en: str
    done: bool


class OrderShape(ApiModel):
    """A maintenance order."""

    id: UUID
    number: int
    label: str
    kind: EquipmentKind
    place: PlaceShape = Field(description="Where the piece is now.")
    origin: Origin
    plan: UUID | None
    fault: UUID | None
    title_ar: str
    title_en: str
    steps: list[MaintenanceStepShape]
    state: OrderState
    stops_work: bool
    due_on: date | None
    overdue: bool
    opened_at: datetime
    started_at: datetime | None
    started_by: UUID | None
    ended_at: datetime | None
    ended_by: UUID | None
    done: str | None
    parts: str | None
    minutes: int | None


class OrderList(ApiModel):
    items: list[OrderShape]
    next: str | None = None


class OrderQuery(QueryModel):
    label: Label | None = Field(default=None, description="All that ever was of this piece.")


class NewOrder(ApiModel):
    """An order to be opened by hand."""

    label: Label
    title: Annotated[PlainText, StringConstraints(max_length=TITLE_LENGTH)]
    steps: list[StepText] = Field(default=[], max_length=MOST_STEPS)
    stops_work: bool = Field(
        default=False, description="Its machine or window stands still while it is in work."
    )
    due_on: date | None = None


class FinishBody(ApiModel):
    """What was done: in words, or by steps of the list, counted from 0."""

    done: Annotated[PlainText, StringConstraints(max_length=DONE_LENGTH)] | None = None
    steps_done: list[Annotated[int, Field(ge=0, lt=MOST_STEPS)]] = Field(
        default=[], max_length=MOST_STEPS
    )
    parts: Annotated[PlainText, StringConstraints(max_length=PARTS_LENGTH)] | None = None
    minutes: int | None = Field(default=None, ge=0, le=MOST_MINUTES)


class MaintenanceCancelBody(ApiModel):
    """Why it is not to be done."""

    reason: Annotated[PlainText, StringConstraints(max_length=DONE_LENGTH)]


class StartBody(ApiModel):
    """Nothing more is to be said."""


class AvailabilityShape(ApiModel):
    """What became of a machine's or a window's hours; seconds."""

    kind: SubjectKind = Field(description="`elsewhere`: equipment at no machine and no window.")
    name: str = Field(description="A machine's name, or a window's number.")
    open_s: int = Field(description="The centre's hours in which it was there to work.")
    available: float | None = Field(description="The share of them in which it could; 0 to 1.")
    down_s: int
    reasons: dict[Reason, int]
    closed_for_fault_s: int | None = Field(
        description="Of a window: not open while a fault or maintenance stopped it."
    )
    orders_done: int
    work_minutes: int


class AvailabilityList(ApiModel):
    items: list[AvailabilityShape]
    next: str | None = None


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
    return Answer(content={"items": [_order(each, care.today) for each in orders], "next": None})


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
    return Answer(status=201, content=_order(order, care.today))


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
    return Answer(content=_order(await care.order(order_id), care.today))


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
    return Answer(content={"items": [_standstill(each) for each in found], "next": None})


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
    return Answer(content=_order(order, care.today))


def _standstill(each: Standstill) -> dict[str, Any]:
    return {
        "kind": each.kind,
        "name": each.name,
        "open_s": each.open_s,
        "available": each.available,
        "down_s": each.total_s,
        "reasons": {reason: each.down_s.get(reason, 0) for reason in REASONS},
        "closed_for_fault_s": each.closed_for_fault_s if each.kind == "window" else None,
        "orders_done": each.orders_done,
        "work_minutes": each.work_minutes,
    }


def _order(order: Order, today: date) -> dict[str, Any]:
    return {
        "id": order.id,
        "number": order.number,
        "label": order.label,
        "kind": order.equipment_kind,
        "place": place_shape(order.place),
        "origin": order.origin,
        "plan": order.plan_id,
        "fault": order.fault_id,
        "title_ar": order.title_ar,
        "title_en": order.title_en,
        "steps": steps_shape(order.steps),
        "state": order.state,
        "stops_work": order.stops_work,
        "due_on": order.due_on,
        "overdue": order.ended_at is None and is_overdue(order.due_on, today),
        "opened_at": order.opened_at,
        "started_at": order.started_at,
        "started_by": order.started_by,
        "ended_at": order.ended_at,
        "ended_by": order.ended_by,
        "done": order.done_text,
        "parts": order.parts,
        "minutes": order.minutes,
    }


def steps_shape(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    """Return a list of steps as the API answers it."""
    return [{"text_ar": step.ar, "text_en": step.en, "done": step.is_done} for step in steps]
