"""The API of satisfaction: what may be told of citizens' answers, by service and whole week."""

from datetime import date, timedelta
from typing import Any

from pydantic import Field

from queue_server.feedback.publication import Published, Row, total
from queue_server.tickets.store_reading import read_services
from queue_server.web.api.days import DayRange
from queue_server.web.keys import ANSWERS, QUEUE
from queue_server.web.operations import Answer, ApiModel, ApiRequest, operation
from queue_server.web.words import Words

_TAG = "satisfaction"


class ShareShape(ApiModel):
    """How many answered, and between which bounds the satisfied ones lie."""

    answers: int
    satisfied_at_least: int
    satisfied_at_most: int = Field(
        description="Equal to the least where the count is told; a part under 5 is never told."
    )
    share_at_least_percent: int
    share_at_most_percent: int


class SatisfactionShape(ShareShape):
    """A service in a week from Saturday to Friday."""

    week_begins: date
    week_ends: date
    service: str | None = Field(description="Null: visits that ended without a service.")
    name_ar: str
    name_en: str


class SatisfactionList(ApiModel):
    """Published cells; `total` is the sum of those with 10 answers or more and of nothing else."""

    items: list[SatisfactionShape]
    total: ShareShape
    next: str | None = None


NO_SERVICE = Words("خدمة غير محددة", "Service not set")


def share_answer(told: Published) -> dict[str, Any]:
    """Return a published cell or sum as `ShareShape`."""
    return {
        "answers": told.answers,
        "satisfied_at_least": told.satisfied_at_least,
        "satisfied_at_most": told.satisfied_at_most,
        "share_at_least_percent": told.share_at_least,
        "share_at_most_percent": told.share_at_most,
    }


def row_answer(row: Row, names: dict[str, Words]) -> dict[str, Any]:
    """Return a published cell as `SatisfactionShape`."""
    name = NO_SERVICE
    if row.service is not None:
        name = names.get(row.service, Words(row.service, row.service))
    return {
        "week_begins": row.week,
        "week_ends": row.week + timedelta(days=6),
        "service": row.service,
        "name_ar": name.ar,
        "name_en": name.en,
        **share_answer(row.told),
    }


@operation(
    "GET",
    "/satisfaction",
    tag=_TAG,
    summary="How satisfied citizens were",
    scope="see_satisfaction",
    query=DayRange,
    answers={200: SatisfactionList},
)
async def get_satisfaction(request: ApiRequest[None], query: DayRange) -> Answer:
    """The whole weeks (Saturday to Friday) between two days that are over.

    A service with fewer than 5 answers in a week is left out, with fewer than 10 only their number
    is told, and where one part is under 5 only its bounds: no single answer can be worked out.
    """
    told = await request.app[ANSWERS].published(query.first, query.last)
    queue = request.app[QUEUE]
    names = {
        each.code: Words(each.name_ar, each.name_en)
        for each in await read_services(queue.pool, queue.centre.id)
    }
    return Answer(
        content={
            "items": [row_answer(row, names) for row in told],
            "total": share_answer(total(told)),
            "next": None,
        }
    )
