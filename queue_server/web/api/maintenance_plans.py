"""The API of maintenance plans: what comes round, by calendar and counters."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from core_services.ids import new_id
from queue_server.maintenance.model import (
    Counter,
    EquipmentKind,
    Limit,
    NewPlan,
    Plan,
    PlanUnit,
    Step,
)
from queue_server.maintenance.planning import (
    LARGEST_COUNT,
    LONGEST_EVERY,
    MOST_LIMITS,
)
from queue_server.maintenance.texts import MOST_STEPS, PLAN_TITLE_LENGTH
from queue_server.web.api.equipment import Label
from queue_server.web.api.maintenance import MaintenanceStepShape, StartBody, StepText, steps_shape
from queue_server.web.keys import MAINTENANCE_PLANS, QUEUE
from queue_server.web.operations import Answer, ApiModel, ApiRequest, PlainText, operation

_TAG = "maintenance"


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

    title_ar: Annotated[PlainText, StringConstraints(max_length=PLAN_TITLE_LENGTH)]
    title_en: Annotated[PlainText, StringConstraints(max_length=PLAN_TITLE_LENGTH)] | None = None
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
    steps: list[StepText] = Field(default=[], max_length=MOST_STEPS)


@operation(
    "GET",
    "/maintenance/plans",
    tag=_TAG,
    summary="List maintenance plans",
    scope="care_for_devices",
    answers={200: PlanList},
)
async def list_maintenance_plans(request: ApiRequest[None]) -> Answer:
    """Those that hold first, then those that are over."""
    plans = await request.app[MAINTENANCE_PLANS].all()
    return Answer(content={"items": [_plan(each) for each in plans], "next": None})


@operation(
    "POST",
    "/maintenance/plans",
    tag=_TAG,
    summary="Make a maintenance plan",
    scope="care_for_devices",
    body=PlanBody,
    answers={201: PlanShape},
    problems=(404, 409),
)
async def make_maintenance_plan(request: ApiRequest[PlanBody]) -> Answer:
    """It opens an order at each piece in use when it is due, once, also after the server was off.
    A plan without its measure, or for both a kind and a piece, is refused: 409, `lacks-measure`;
    one with counters for other equipment than printers: `not-counted`; of a scrapped piece:
    `scrapped`."""
    body = request.body
    plan = await request.app[MAINTENANCE_PLANS].make(
        new_id(request.app[QUEUE].clock.now()),
        NewPlan(
            title_ar=body.title_ar,
            title_en=body.title_en or "",
            kind=body.kind,
            label=body.label,
            every=body.every,
            unit=body.unit,
            limits=tuple(Limit(each.count, each.counter) for each in body.limits),
            stops_work=body.stops_work,
            steps=tuple(Step(text) for text in body.steps),
        ),
        actor=request.caller.actor,
        claim=request.claim,
    )
    return Answer(status=201, content=_plan(plan))


@operation(
    "POST",
    "/maintenance/plans/{plan_id}/end",
    tag=_TAG,
    summary="End a maintenance plan",
    scope="care_for_devices",
    body=StartBody,
    answers={200: PlanShape},
    problems=(404,),
)
async def end_maintenance_plan(request: ApiRequest[StartBody], plan_id: UUID) -> Answer:
    """Nothing more comes of it; orders that it opened stay."""
    plan = await request.app[MAINTENANCE_PLANS].end(
        plan_id, actor=request.caller.actor, claim=request.claim
    )
    return Answer(content=_plan(plan))


def _plan(plan: Plan) -> dict[str, Any]:
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
        "steps": steps_shape(plan.steps),
        "made_at": plan.made_at,
        "ended_at": plan.ended_at,
    }
