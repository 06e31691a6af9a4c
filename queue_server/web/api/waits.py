"""The open data of waits: how long one waits now, and how true the times were."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from queue_server.estimate.foreseen import PRIORITIES
from queue_server.estimate.truth import FEW, Tally
from queue_server.tickets.model import Hall, QueueState
from queue_server.web.api.answers import queue_answer, wait_answer
from queue_server.web.api.shapes import QueueShape, WaitShape
from queue_server.web.keys import CONFIGURATION, QUEUE, TRUTH
from queue_server.web.operations import Answer, ApiModel, ApiRequest, operation

_TAG = "hall"


class PriorityWaits(ApiModel):
    """What whoever comes now would be told, by priority; null: no open window serves the line."""

    none: WaitShape | None
    age65: WaitShape | None
    disability: WaitShape | None
    infant: WaitShape | None


class WaitingLine(QueueShape):
    """A line now, and the wait of whoever comes into it."""

    priorities: PriorityWaits


class ServiceWait(ApiModel):
    """The wait for a service now."""

    service: str
    queue: str
    wait: WaitShape | None


class WaitsShape(ApiModel):
    """Open data: how long one waits now."""

    at: datetime
    centre: str
    windows_open: int
    items: list[WaitingLine]
    services: list[ServiceWait]
    model: str = Field(
        description="What foresaw the waits, `formula` where the closed formula speaks."
    )
    age_s: int = Field(description="Seconds since the forward run looked at the hall.")
    next: str | None = None


class TruthShape(ApiModel):
    """How true some times were. A time is held when the call came within the range shown."""

    told: int = Field(description="Numbers that were told a time and were called.")
    held: int
    share_held: float | None = Field(description="held of told; null: none was told.")
    sooner: int = Field(description="Called before the range began.")
    later: int = Field(description="Called after the range had ended.")
    mean_error_s: float | None = Field(
        description="Mean distance of the likely wait from the wait that came, in seconds."
    )
    mean_bias_s: float | None = Field(
        description="Mean of likely less actual: positive where people were told too much."
    )
    share_held_unrounded: float | None = Field(
        description="The same share for the ranges before they were rounded outward to 5 minutes; "
        "they claim four in five."
    )
    never_called: int = Field(description="Told a time and never called; in no other figure.")


class DayTruthShape(TruthShape):
    """One business day."""

    day: date


class ServiceTruthShape(TruthShape):
    """One service."""

    service: str | None = Field(description="Null: numbers without a service.")


class HourTruthShape(TruthShape):
    """Numbers given within an hour of the wall clock."""

    hour: int


class WaitsTruthShape(ApiModel):
    """Open data: how true the times were that people were told at issue."""

    at: datetime
    centre: str
    first_day: date
    last_day: date
    week_first_day: date
    week: TruthShape
    thirty_days: TruthShape
    on_phones: TruthShape = Field(
        description="Times that a number's page showed later, over the thirty days."
    )
    days: list[DayTruthShape]
    services: list[ServiceTruthShape] = Field(description=f"Services with {FEW} numbers or more.")
    hours: list[HourTruthShape] = Field(description=f"Hours with {FEW} numbers or more.")


@operation(
    "GET",
    "/waits",
    tag=_TAG,
    summary="How long one waits now",
    scope=None,
    answers={200: WaitsShape},
)
async def get_waits(request: ApiRequest[None]) -> Answer:
    """Open data: no key is needed, nothing personal is in it."""
    queue = request.app[QUEUE]
    hall = await queue.hall_foreseen()
    lines = {each.code: each for each in hall.queues}
    return Answer(
        content={
            "at": hall.at,
            "centre": queue.centre.code,
            "windows_open": hall.windows_open,
            "items": [
                queue_answer(each) | {"priorities": _by_priority(each)} for each in hall.queues
            ],
            "services": [
                {
                    "service": each.code,
                    "queue": each.queue,
                    "wait": wait_answer(lines[each.queue].wait) if each.queue in lines else None,
                }
                for each in request.app[CONFIGURATION]().services
            ],
            "model": _model(hall),
            "age_s": 0
            if hall.foreseen_at is None
            else max(0, round((hall.at - hall.foreseen_at).total_seconds())),
            "next": None,
        }
    )


@operation(
    "GET",
    "/waits/truth",
    tag=_TAG,
    summary="How true the waits were",
    scope=None,
    answers={200: WaitsTruthShape},
)
async def get_waits_truth(request: ApiRequest[None]) -> Answer:
    """Open data: every time that was told at issue in the last thirty days against what came.

    What the page `/waits/truth` shows; no key is needed, nothing personal is in it.
    """
    truth = await request.app[TRUTH].now()
    return Answer(
        content={
            "at": truth.at,
            "centre": request.app[QUEUE].centre.code,
            "first_day": truth.first,
            "last_day": truth.last,
            "week_first_day": truth.week_first,
            "week": _tally(truth.week),
            "thirty_days": _tally(truth.month),
            "on_phones": _tally(truth.on_phones),
            "days": [_tally(tally) | {"day": day} for day, tally in truth.by_day],
            "services": [
                _tally(tally) | {"service": service}
                for service, tally in truth.by_service
                if tally.n >= FEW
            ],
            "hours": [
                _tally(tally) | {"hour": hour} for hour, tally in truth.by_hour if tally.n >= FEW
            ],
        }
    )


def _by_priority(queue: QueueState) -> dict[str, Any]:
    told = {priority: each.wait for priority, each in queue.told.items()}
    return {name: wait_answer(told.get(name, queue.wait)) for name in PRIORITIES}


def _model(hall: Hall) -> str:
    models = {told.model for queue in hall.queues for told in queue.told.values()}
    return min(models, default="formula")


def _tally(tally: Tally) -> dict[str, Any]:
    def share(value: float | None) -> float | None:
        return None if value is None else round(value, 4)

    def seconds(value: float | None) -> float | None:
        return None if value is None else round(value, 1)

    return {
        "told": tally.n,
        "held": tally.held,
        "share_held": share(tally.share_held),
        "sooner": tally.sooner,
        "later": tally.later,
        "mean_error_s": seconds(tally.mean_error_s),
        "mean_bias_s": seconds(tally.mean_bias_s),
        "share_held_unrounded": share(tally.raw_share_held),
        "never_called": tally.uncalled,
    }
