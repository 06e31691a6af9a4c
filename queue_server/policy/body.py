"""The body of a policy version: all that a centre may decide about its queue, checked at the edge.

It is stored as JSON and only ever grows: a field that an older version lacks has its default. What
commands need inside a transaction is written into typed rows when a version is published.
"""

from datetime import date, time
from itertools import pairwise
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from core_services.l10n import western
from queue_server.tickets.breaks import BreakTime
from queue_server.tickets.model import Priority
from queue_server.tickets.opening import DaySpan, Hours, Season
from queue_server.tickets.patterns import PatternLimits
from queue_server.tickets.policy import return_within_min

ROWS_AT_MOST = 60
"""Rows of a list: a year's holidays several times over."""
NO_LIMIT = 99
"""Windows are numbered 1 to 99, so that more can never be away."""
DAYS = ("saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday")
"""In the order of an Egyptian week."""
_MONDAY_FIRST = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _western(value: object) -> object:
    """Take what a person typed with either kind of digits."""
    return western(value).strip() if isinstance(value, str) else value


def _western_or_none(value: object) -> object:
    """Take the same, or nothing where the field was left empty."""
    typed = _western(value)
    return None if typed == "" else typed


Whole = Annotated[int, BeforeValidator(_western)]
Clock = Annotated[time, BeforeValidator(_western)]
Day = Annotated[date, BeforeValidator(_western)]
Text = Annotated[str, Field(max_length=200)]


class Part(BaseModel):
    """What every part shares: unknown fields are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Credit(Part):
    """Minutes by which a claim moves a number forward, and the text that allows it."""

    minutes: Whole = Field(default=0, ge=0, le=120)
    basis_ar: Text = ""
    basis_en: Text = ""


class Credits(Part):
    """No basis stands here by itself: what allows a credit is for the centre to say."""

    age65: Credit = Credit(minutes=15)
    disability: Credit = Credit(minutes=15)
    infant: Credit = Credit(minutes=15)


class First(Part):
    """The work profiles whose windows take priority before others."""

    profiles: tuple[Annotated[str, Field(max_length=64)], ...] = ()


class Calls(Part):
    recall_limit: Whole = Field(default=3, ge=0, le=9)
    """0: any number of recalls."""
    recall_interval_s: Whole = Field(default=0, ge=0, le=300)
    no_show_after_s: Whole = Field(default=45, ge=0, le=900)
    no_show_after_more_time_s: Whole = Field(default=120, ge=0, le=1800)
    undo_within_s: Whole = Field(default=30, ge=0, le=300)

    @model_validator(mode="after")
    def _more_time_is_more(self) -> Self:
        if self.no_show_after_more_time_s < self.no_show_after_s:
            raise PydanticCustomError(
                "more_time_is_less",
                "the time of those who need more must not be less than that of others",
            )
        return self


class Returns(Part):
    allowed: Whole = Field(default=1, ge=0, le=9)
    within_minutes: Whole = Field(default=30, ge=0, le=720)
    """0: for the whole day."""
    credit_minutes: Whole = Field(default=0, ge=0, le=120)

    @property
    def told_min(self) -> int:
        """What people are told of a missed call; see `return_within_min`."""
        return return_within_min(self.allowed, self.within_minutes * 60 or None)


class Capacity(Part):
    """At most so many numbers of a service on one business day."""

    service: Annotated[str, Field(min_length=1, max_length=64)]
    count: Whole = Field(ge=0, le=10_000)


class Numbers(Part):
    requests_at_most: Whole = Field(default=3, ge=1, le=3)
    one_live_per_phone: bool = False
    one_live_per_national_id: bool = False
    kiosks_ask_national_id: bool = False
    """Before a kiosk gives a number; who has no card takes one at reception."""
    capacity: tuple[Capacity, ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def _names_a_service_once(self) -> Self:
        if len({each.service for each in self.capacity}) < len(self.capacity):
            raise PydanticCustomError(
                "service_repeated", "a service has one daily limit: it stands there twice"
            )
        return self


class Appointments(Part):
    early_grace_minutes: Whole = Field(default=15, ge=0, le=120)
    late_grace_minutes: Whole = Field(default=15, ge=0, le=120)


class Span(Part):
    """From when to when, by the wall."""

    opens: Clock
    closes: Clock

    def as_span(self) -> DaySpan:
        return DaySpan(self.opens, self.closes)


class Week(Part):
    """The hours of each day; None: closed."""

    saturday: Span | None = None
    sunday: Span | None = None
    monday: Span | None = None
    tuesday: Span | None = None
    wednesday: Span | None = None
    thursday: Span | None = None
    friday: Span | None = None

    def of(self, day: str) -> Span | None:
        """Return the hours of a day by its name."""
        span: Span | None = getattr(self, day)
        return span


class Ramadan(Span):
    first: Day
    last: Day

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if not 0 <= (self.last - self.first).days <= 30:
            raise PydanticCustomError(
                "ramadan_range", "a Ramadan has 29 or 30 days and ends after it begins"
            )
        return self


class Holiday(Part):
    day: Day
    name_ar: Text = ""
    name_en: Text = ""


class Special(Part):
    """A single day set apart; without hours it is closed."""

    day: Day
    opens: Clock | None = None
    closes: Clock | None = None
    why_ar: Text = ""
    why_en: Text = ""

    @model_validator(mode="after")
    def _has_both_ends(self) -> Self:
        if (self.opens is None) != (self.closes is None):
            raise PydanticCustomError("one_time", "give both times, or neither")
        return self


class OpeningHours(Part):
    applies: bool = False
    """False: numbers are given at any hour, whatever else stands here."""
    decree_number: Text = ""
    decree_date: Day | None = None
    valid_from: Day | None = None
    valid_to: Day | None = None
    week: Week = Week()
    ramadan: tuple[Ramadan, ...] = Field(default=(), max_length=ROWS_AT_MOST)
    holidays: tuple[Holiday, ...] = Field(default=(), max_length=ROWS_AT_MOST)
    special: tuple[Special, ...] = Field(default=(), max_length=ROWS_AT_MOST)

    @model_validator(mode="after")
    def _opens_at_some_time(self) -> Self:
        is_ever_open = any(self.week.of(day) for day in DAYS) or any(
            each.opens for each in self.special
        )
        if self.applies and not is_ever_open:
            raise PydanticCustomError("never_open", "hours that apply must open on some day")
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise PydanticCustomError("decree_range", "the decree must end after it begins")
        return self

    @model_validator(mode="after")
    def _says_one_thing_of_a_day(self) -> Self:
        seasons = sorted(self.ramadan, key=lambda each: each.first)
        if len({each.day for each in self.special}) < len(self.special) or any(
            after.first <= before.last for before, after in pairwise(seasons)
        ):
            raise PydanticCustomError("day_repeated", "a day stands there twice")
        return self


class Break(Span):
    """A time of the day, such as a prayer's, with a limit of its own on windows away at once."""

    name_ar: Text
    name_en: Text
    away_at_most: Whole = Field(ge=0, le=99)


class Breaks(Part):
    away_at_most: Whole = Field(default=NO_LIMIT, ge=0, le=NO_LIMIT)
    times: tuple[Break, ...] = Field(default=(), max_length=12)


class Closing(Part):
    cuts_off: bool = False
    """Numbers end when whoever comes now would be called after closing."""
    carries_over: bool = False
    """Who was not served keeps the number for the next working day; else it lapses."""


class Morning(Part):
    opens: Clock | None = None
    closes: Clock | None = None

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if (self.opens is None) != (self.closes is None):
            raise PydanticCustomError("one_time", "give both times, or neither")
        if self.opens is not None and self.closes is not None and self.closes <= self.opens:
            raise PydanticCustomError("ends_before", "the end must come after the beginning")
        return self


class Signs(Part):
    """From which count on the supervisor is told that one hand may take many numbers."""

    run: Whole = Field(default=8, ge=3, le=100)
    run_within_s: Whole = Field(default=180, ge=10, le=3600)
    run_missing: Whole = Field(default=7, ge=2, le=100)
    id_day: Whole = Field(default=4, ge=2, le=100)
    id_week: Whole = Field(default=8, ge=2, le=200)
    phone_day: Whole = Field(default=5, ge=2, le=100)
    missed_week: Whole = Field(default=3, ge=2, le=100)
    returns: Whole = Field(default=2, ge=1, le=20)
    asked_again: Whole = Field(default=3, ge=1, le=100)

    @model_validator(mode="after")
    def _a_run_can_be_missed(self) -> Self:
        if self.run_missing > self.run:
            raise PydanticCustomError("run_missing", "more are missing than stand in the row")
        return self


class Targets(Part):
    """What the centre sets itself, and when it tells of its day."""

    wait_minutes: Whole = Field(default=30, ge=1, le=480)
    daily_report_at: Clock | None = time(14, 30)
    """When the day's situation is made by itself; None: only when somebody asks for it."""


class HallRoom(Part):
    """The room in which people wait."""

    seats: Annotated[int | None, BeforeValidator(_western_or_none)] = Field(
        default=None, ge=1, le=2000
    )
    """None: nobody has counted them, and nothing is told."""


class PolicyBody(Part):
    """The whole policy, in the groups in which an administrator sees it."""

    credits: Credits = Credits()
    first: First = First()
    calls: Calls = Calls()
    returns: Returns = Returns()
    numbers: Numbers = Numbers()
    appointments: Appointments = Appointments()
    hours: OpeningHours = OpeningHours()
    breaks: Breaks = Breaks()
    closing: Closing = Closing()
    morning: Morning = Morning()
    signs: Signs = Signs()
    targets: Targets = Targets()
    hall: HallRoom = HallRoom()

    @property
    def wait_target_s(self) -> int:
        """The wait that the centre promises itself, in seconds."""
        return self.targets.wait_minutes * 60

    def credit_s(self) -> dict[Priority, int]:
        """Return the credits in seconds."""
        return {
            "none": 0,
            "age65": self.credits.age65.minutes * 60,
            "disability": self.credits.disability.minutes * 60,
            "infant": self.credits.infant.minutes * 60,
        }

    def pattern_limits(self) -> PatternLimits:
        """Return from which count on each sign is told."""
        signs = self.signs
        return PatternLimits(
            run=signs.run,
            run_s=signs.run_within_s,
            run_missing=signs.run_missing,
            id_day=signs.id_day,
            id_week=signs.id_week,
            phone_day=signs.phone_day,
            missed_week=signs.missed_week,
            returns=signs.returns,
            asked_again=signs.asked_again,
        )

    def opening_hours(self) -> Hours | None:
        """Return the hours within which numbers are given; None: always."""
        hours = self.hours
        if not hours.applies:
            return None
        spans = [hours.week.of(day) for day in _MONDAY_FIRST]
        return Hours(
            week=tuple(None if span is None else span.as_span() for span in spans),
            ramadan=tuple(Season(each.first, each.last, each.as_span()) for each in hours.ramadan),
            holidays=frozenset(each.day for each in hours.holidays),
            special={
                each.day: None
                if each.opens is None or each.closes is None
                else DaySpan(each.opens, each.closes)
                for each in hours.special
            },
        )

    def break_times(self) -> tuple[BreakTime, ...]:
        """Return the times of the day that have a name, such as a prayer's."""
        return tuple(
            BreakTime(each.name_ar, each.name_en, each.as_span()) for each in self.breaks.times
        )

    def morning_span(self) -> DaySpan | None:
        """Return when a kiosk shows one button alone; None: never."""
        morning = self.morning
        if morning.opens is None or morning.closes is None:
            return None
        return DaySpan(morning.opens, morning.closes)


GROUPS: tuple[str, ...] = tuple(PolicyBody.model_fields)
