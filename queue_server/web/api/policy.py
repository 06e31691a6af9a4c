"""The policy's operations: the rules that hold, and the stop of numbers for a day."""

from dataclasses import asdict
from datetime import date, datetime, time
from typing import Literal

from pydantic import Field

from queue_server.policy.body import DAYS
from queue_server.policy.present import Coming
from queue_server.policy.published import kept_order
from queue_server.policy.sentence import bound_s
from queue_server.policy.versions import start_numbers, stop_numbers
from queue_server.tickets.acts import Queue
from queue_server.web.keys import CONFIGURATION, QUEUE, REREAD
from queue_server.web.operations import Answer, ApiModel, ApiRequest, operation

_TAG = "policy"


class IssuingShape(ApiModel):
    """Whether newcomers get numbers now."""

    state: Literal["open", "closed", "stopped", "cut_off"] = Field(
        description="`closed` by the hours, `stopped` by a supervisor for the business day, "
        "`cut_off` since whoever comes now would be called after closing."
    )
    opens_at: datetime | None = Field(description="The next opening; null where no hours are set.")
    closes_at: datetime | None


class CreditShape(ApiModel):
    """What a claim is worth, and what allows it."""

    credit_s: int
    basis_ar: str
    basis_en: str


class DayHoursShape(ApiModel):
    """The hours of a day of the week; null: closed."""

    day: Literal["saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday"]
    opens: time | None
    closes: time | None


class HolidayShape(ApiModel):
    """A public holiday."""

    day: date
    name_ar: str
    name_en: str


class ComingShape(ApiModel):
    """A published version that waits for its day."""

    version: int
    published_at: datetime
    holds_from: date = Field(description="The business day from whose opening it holds.")
    sentence_ar: str
    sentence_en: str


class OutOfOrderShape(ApiModel):
    """Calls that *call next* did not make; those that were undone are left out."""

    called: int = Field(description="One particular number, chosen by a person, with a reason.")
    direct: int = Field(description="Served at a window at once, without having stood in line.")


class KeptOrderShape(ApiModel):
    """How often the order was not kept, until now."""

    today: OutOfOrderShape
    seven_days: OutOfOrderShape = Field(description="The business days that end with today.")
    late_today: int = Field(
        description="Numbers that the server heard of after they were given, as by a kiosk that "
        "was cut off; the published rule does not hold for them."
    )
    late_seven_days: int


class PolicyShape(ApiModel):
    """The rules of the queue that hold now."""

    version: int | None = Field(description="Null until a first version is published.")
    published_at: datetime | None
    holds_since: datetime | None = Field(
        description="When it came into force: at its publication, or at the opening of its day."
    )
    coming: ComingShape | None = Field(
        description="The version that comes into force on a later business day."
    )
    out_of_order: KeptOrderShape
    sentence_ar: str
    sentence_en: str
    priority_first_profiles: list[str]
    credits: dict[str, CreditShape]
    bound_s: int = Field(
        description="The N of the sentence: nobody who came more than so many seconds after you "
        "is called before you by call-next at a window that is not priority first."
    )
    recall_limit: int | None
    no_show_after_s: int
    no_show_after_more_time_s: int
    returns_allowed: int
    return_within_s: int | None
    return_credit_s: int
    requests_at_most: int
    one_live_per_phone: bool
    one_live_per_national_id: bool
    kiosks_ask_national_id: bool
    capacity: dict[str, int] = Field(description="Numbers a day by service.")
    early_grace_s: int
    late_grace_s: int
    carries_over: bool
    hours_apply: bool
    decree_number: str
    week: list[DayHoursShape]
    holidays: list[HolidayShape]
    issuing: IssuingShape


@operation(
    "GET",
    "/policy",
    tag=_TAG,
    summary="Show the rules of the queue",
    scope="see_hall",
    answers={200: PolicyShape},
)
async def get_policy(request: ApiRequest[None]) -> Answer:
    """The published policy, or what the centre's file amounts to; and whether numbers are given."""
    now = request.app[CONFIGURATION]()
    body, version = now.policy.body, now.policy.version
    credits = body.credits
    return Answer(
        content={
            "version": None if version is None else version.version,
            "published_at": None if version is None else version.published_at,
            "holds_since": None if version is None else version.holds_since,
            "coming": None if now.coming is None else _coming(now.coming),
            "out_of_order": asdict(await kept_order(request.app[QUEUE])),
            "sentence_ar": now.sentence.ar,
            "sentence_en": now.sentence.en,
            "priority_first_profiles": list(body.first.profiles),
            "credits": {
                name: {
                    "credit_s": credit.minutes * 60,
                    "basis_ar": credit.basis_ar,
                    "basis_en": credit.basis_en,
                }
                for name, credit in (
                    ("age65", credits.age65),
                    ("disability", credits.disability),
                    ("infant", credits.infant),
                )
            },
            "bound_s": bound_s(body, has_appointments=now.facts.appointments),
            "recall_limit": body.calls.recall_limit or None,
            "no_show_after_s": body.calls.no_show_after_s,
            "no_show_after_more_time_s": body.calls.no_show_after_more_time_s,
            "returns_allowed": body.returns.allowed,
            "return_within_s": body.returns.within_minutes * 60 or None,
            "return_credit_s": body.returns.credit_minutes * 60,
            "requests_at_most": body.numbers.requests_at_most,
            "one_live_per_phone": body.numbers.one_live_per_phone,
            "one_live_per_national_id": body.numbers.one_live_per_national_id,
            "kiosks_ask_national_id": body.numbers.kiosks_ask_national_id,
            "capacity": {each.service: each.count for each in body.numbers.capacity},
            "early_grace_s": body.appointments.early_grace_minutes * 60,
            "late_grace_s": body.appointments.late_grace_minutes * 60,
            "carries_over": body.closing.carries_over,
            "hours_apply": body.hours.applies,
            "decree_number": body.hours.decree_number,
            "week": [
                {
                    "day": day,
                    "opens": None if span is None else span.opens,
                    "closes": None if span is None else span.closes,
                }
                for day, span in ((day, body.hours.week.of(day)) for day in DAYS)
            ],
            "holidays": [each.model_dump() for each in body.hours.holidays],
            "issuing": _issuing(request.app[QUEUE]),
        }
    )


@operation(
    "POST",
    "/issuing/stop",
    tag=_TAG,
    summary="Stop giving numbers today",
    scope="close_any_window",
    answers={200: IssuingShape},
)
async def stop_issuing(request: ApiRequest[None]) -> Answer:
    """Give no more numbers to newcomers for the rest of the business day; holders are served.

    Stopping twice changes nothing.
    """
    await stop_numbers(request.app[QUEUE], actor=request.caller.actor)
    await request.app[REREAD]()
    return Answer(content=_issuing(request.app[QUEUE]))


@operation(
    "POST",
    "/issuing/start",
    tag=_TAG,
    summary="Give numbers again",
    scope="close_any_window",
    answers={200: IssuingShape},
)
async def start_issuing(request: ApiRequest[None]) -> Answer:
    """Take the stop back; the hours still hold."""
    await start_numbers(request.app[QUEUE], actor=request.caller.actor)
    await request.app[REREAD]()
    return Answer(content=_issuing(request.app[QUEUE]))


def _coming(coming: Coming) -> dict[str, object]:
    return {
        "version": coming.version.version,
        "published_at": coming.version.published_at,
        "holds_from": coming.holds_from,
        "sentence_ar": coming.sentence.ar,
        "sentence_en": coming.sentence.en,
    }


def _issuing(queue: Queue) -> dict[str, object]:
    gate = queue.gate(queue.clock.now(), None)
    return {"state": gate.state, "opens_at": gate.opens_at, "closes_at": gate.closes_at}
