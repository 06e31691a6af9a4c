"""The API of maintenance plans: what comes round, by calendar and counters."""

from uuid import UUID

from core_services.ids import new_id
from queue_server.maintenance.model import Limit, NewPlan, Step
from queue_server.web.api.maintenance_shapes import (
    PlanBody,
    PlanList,
    PlanShape,
    StartBody,
    plan_shape,
)
from queue_server.web.keys import MAINTENANCE_PLANS, QUEUE
from queue_server.web.operations import Answer, ApiRequest, operation

_TAG = "maintenance"


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
    return Answer(content={"items": [plan_shape(each) for each in plans], "next": None})


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
    return Answer(status=201, content=plan_shape(plan))


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
    return Answer(content=plan_shape(plan))
