"""Maintenance orders, plans and availability as the API takes and answers them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from queue_server.maintenance.downtime import REASONS, Reason, Standstill, SubjectKind
from queue_server.maintenance.due import is_overdue
from queue_server.maintenance.model import (
    Counter,
    EquipmentKind,
    Order,
    OrderState,
    Origin,
    Plan,
    PlanUnit,
    Step,
)
from queue_server.maintenance.orders import MOST_MINUTES
from queue_server.maintenance.planning import LARGEST_COUNT, LONGEST_EVERY, MOST_LIMITS
from queue_server.maintenance.texts import (
    DONE_LENGTH,
    MOST_STEPS,
    PARTS_LENGTH,
    PLAN_TITLE_LENGTH,
    STEP_LENGTH,
)
from queue_server.web.api.equipment_shapes import Label, PlaceShape, Title, place_shape
from queue_server.web.operations import ApiModel, PlainText, QueryModel

_StepText = Annotated[PlainText, StringConstraints(max_length=STEP_LENGTH)]
_DoneText = Annotated[PlainText, StringConstraints(max_length=DONE_LENGTH)]
_PlanTitle = Annotated[PlainText, StringConstraints(max_length=PLAN_TITLE_LENGTH)]


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
    title: Title
    steps: list[_StepText] = Field(default=[], max_length=MOST_STEPS)
    stops_work: bool = Field(
        default=False, description="Its machine or window stands still while it is in work."
    )
    due_on: date | None = None


class FinishBody(ApiModel):
    """What was done: in words, or by steps of the list, counted from 0."""

    done: _DoneText | None = None
    steps_done: list[Annotated[int, Field(ge=0, lt=MOST_STEPS)]] = Field(
        default=[], max_length=MOST_STEPS
    )
    parts: Annotated[PlainText, StringConstraints(max_length=PARTS_LENGTH)] | None = None
    minutes: int | None = Field(default=None, ge=0, le=MOST_MINUTES)


class MaintenanceCancelBody(ApiModel):
    """Why it is not to be done."""

    reason: _DoneText


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


class LimitShape(ApiModel):
    """So much of a counter brings a plan round; what its kiosk tells is added up."""

    count: int = Field(ge=1, le=LARGEST_COUNT)
    counter: Counter


class PlanShape(ApiModel):
    """What comes round for a kind of equipment, or for one piece."""

    id: UUID
    title_ar: str
    title_en: str
    kind: EquipmentKind | None
    label: str | None
    every: int | None
    unit: PlanUnit | None
    limits: list[LimitShape]
    stops_work: bool
    steps: list[MaintenanceStepShape]
    made_at: datetime
    ended_at: datetime | None


class PlanList(ApiModel):
    items: list[PlanShape]
    next: str | None = None


class PlanBody(ApiModel):
    """A plan to be made: of a kind or of one piece; by the calendar, a counter, or both."""

    title_ar: _PlanTitle
    title_en: _PlanTitle | None = None
    kind: EquipmentKind | None = None
    label: Label | None = None
    every: int | None = Field(default=None, ge=1, le=LONGEST_EVERY)
    unit: PlanUnit | None = None
    limits: list[LimitShape] = Field(
        default=[],
        max_length=MOST_LIMITS,
        description="Of a kiosk's printer, each another counter; whichever measure is first.",
    )
    stops_work: bool = False
    steps: list[_StepText] = Field(default=[], max_length=MOST_STEPS)


def availability_shape(each: Standstill) -> dict[str, Any]:
    """Return what became of one's hours as the API answers it."""
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


def order_shape(order: Order, today: date) -> dict[str, Any]:
    """Return an order as the API answers it."""
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
        "steps": _steps(order.steps),
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


def _steps(steps: tuple[Step, ...]) -> list[dict[str, Any]]:
    return [{"text_ar": step.ar, "text_en": step.en, "done": step.is_done} for step in steps]


def plan_shape(plan: Plan) -> dict[str, Any]:
    """Return a plan as the API answers it."""
    return {
        "id": plan.id,
        "title_ar": plan.title_ar,
        "title_en": plan.title_en,
        "kind": plan.kind,
        "label": plan.equipment_label,
        "every": plan.every,
        "unit": plan.unit,
        "limits": [{"count": each.count, "counter": each.counter} for each in plan.limits],
        "stops_work": plan.stops_work,
        "steps": _steps(plan.steps),
        "made_at": plan.made_at,
        "ended_at": plan.ended_at,
    }
