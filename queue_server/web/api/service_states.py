"""The API of service states: mark what does not work, and count how long it did not."""

from datetime import date
from typing import Any

from pydantic import AwareDatetime, Field

from queue_server.service_states.model import E_PAYMENT, PAYMENT, Kind, Reason, Subject
from queue_server.web.api.answers import state_answer
from queue_server.web.api.days import DayRange
from queue_server.web.api.shapes import Code, ServiceCode, StateShape
from queue_server.web.keys import SERVICE_STATES
from queue_server.web.operations import Answer, ApiModel, ApiRequest, operation

_TAG = "service states"


class SubjectStateShape(StateShape):
    """The state of a service, a group or electronic payment."""

    kind: Kind
    code: str
    through_group: str | None = Field(
        description="The group with which the service is down; it works again with its group."
    )


class DownBody(ApiModel):
    """Why it does not work, and when it should again."""

    reason: Reason
    expected: AwareDatetime | None = None


class DowntimeShape(ApiModel):
    """How long something was down on a business day."""

    day: date
    kind: Kind
    code: str
    down_s: int
    minutes: int


class DowntimeList(ApiModel):
    items: list[DowntimeShape]
    next: str | None = None


async def _answer(request: ApiRequest[Any], subject: Subject) -> Answer:
    outage = await request.app[SERVICE_STATES].outage(subject)
    through = None
    if outage is not None and outage.subject != subject:
        through = outage.subject.code
    return Answer(
        content=state_answer(outage)
        | {"kind": subject.kind, "code": subject.code, "through_group": through}
    )


async def _down(request: ApiRequest[DownBody], subject: Subject) -> Answer:
    await request.app[SERVICE_STATES].mark_down(
        subject,
        request.body.reason,
        expected=request.body.expected,
        actor=request.caller.actor,
        claim=request.claim,
    )
    return await _answer(request, subject)


async def _up(request: ApiRequest[None], subject: Subject) -> Answer:
    await request.app[SERVICE_STATES].mark_up(
        subject, actor=request.caller.actor, claim=request.claim
    )
    return await _answer(request, subject)


@operation(
    "POST",
    "/services/{code}/down",
    tag=_TAG,
    summary="Mark a service down",
    scope="mark_services",
    body=DownBody,
    answers={200: SubjectStateShape},
    problems=(404, 409),
)
async def mark_service_down(request: ApiRequest[DownBody], code: ServiceCode) -> Answer:
    """«السيستم واقع»: kiosk, board and phones say so before a number is taken; numbers are still
    given to whoever wants to wait. A second word changes reason and expected time.
    """
    return await _down(request, Subject("service", code))


@operation(
    "POST",
    "/services/{code}/up",
    tag=_TAG,
    summary="Mark a service up",
    scope="mark_services",
    answers={200: SubjectStateShape},
    problems=(404, 409),
)
async def mark_service_up(request: ApiRequest[None], code: ServiceCode) -> Answer:
    """It works again; one that is down with its group stays so until the group is up."""
    return await _up(request, Subject("service", code))


@operation(
    "POST",
    "/service-groups/{group}/down",
    tag=_TAG,
    summary="Mark a group of services down",
    scope="mark_services",
    body=DownBody,
    answers={200: SubjectStateShape},
    problems=(404, 409),
)
async def mark_group_down(request: ApiRequest[DownBody], group: Code) -> Answer:
    """All services of a group of the catalogue, such as the building licences, at once."""
    return await _down(request, Subject("group", group))


@operation(
    "POST",
    "/service-groups/{group}/up",
    tag=_TAG,
    summary="Mark a group of services up",
    scope="mark_services",
    answers={200: SubjectStateShape},
    problems=(404, 409),
)
async def mark_group_up(request: ApiRequest[None], group: Code) -> Answer:
    """It works again; a service of it that is down by itself stays down."""
    return await _up(request, Subject("group", group))


@operation(
    "GET",
    f"/{E_PAYMENT}",
    tag=_TAG,
    summary="Read the state of electronic payment",
    scope=None,
    answers={200: SubjectStateShape},
)
async def get_payment_state(request: ApiRequest[None]) -> Answer:
    """Whether one can pay electronically now; open to everybody."""
    return await _answer(request, PAYMENT)


@operation(
    "POST",
    f"/{E_PAYMENT}/down",
    tag=_TAG,
    summary="Mark electronic payment down",
    scope="mark_services",
    body=DownBody,
    answers={200: SubjectStateShape},
    problems=(409,),
)
async def mark_payment_down(request: ApiRequest[DownBody]) -> Answer:
    """Kiosk, board and phones say that one cannot pay electronically."""
    return await _down(request, PAYMENT)


@operation(
    "POST",
    f"/{E_PAYMENT}/up",
    tag=_TAG,
    summary="Mark electronic payment up",
    scope="mark_services",
    answers={200: SubjectStateShape},
    problems=(409,),
)
async def mark_payment_up(request: ApiRequest[None]) -> Answer:
    """One can pay electronically again."""
    return await _up(request, PAYMENT)


@operation(
    "GET",
    "/service-downtime",
    tag=_TAG,
    summary="How long services were down",
    scope="see_hall",
    query=DayRange,
    answers={200: DowntimeList},
)
async def list_downtime(request: ApiRequest[None], query: DayRange) -> Answer:
    """Seconds down of each service and business day, counted from the events; of more than
    400 days the last ones.

    A day's bounds are the cut-over's, so a night counts too. What was never down is left out.
    """
    found = await request.app[SERVICE_STATES].downtimes(query.first, query.last)
    return Answer(
        content={
            "items": [
                {
                    "day": each.day,
                    "kind": each.subject.kind,
                    "code": each.subject.code,
                    "down_s": each.seconds,
                    "minutes": each.minutes,
                }
                for each in found
            ],
            "next": None,
        }
    )
