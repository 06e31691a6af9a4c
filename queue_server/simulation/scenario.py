"""What a scenario file says: who comes when and wants what, who works when, and what breaks.

The file is TOML; `docs/simulation.md` lists its keys and a test keeps that list true. Shares lie
between 0 and 1, times of day are the wall's, and whatever is left out keeps a default under which
it does not disturb: no burst, no break, no fault, nobody who leaves.
"""

from datetime import date as date_
from datetime import time
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from queue_server.centre_file import DayName, Name

Share = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(ge=0, le=36_000)]
Spread = Annotated[float, Field(ge=0, le=4)]
"""A coefficient of variation: the standard deviation as a part of the mean."""
WindowNumber = Annotated[int, Field(ge=1, le=99)]
Weight = Annotated[float, Field(ge=0, le=1_000_000)]
Shape = Literal["lognormal", "exponential", "constant"]
FaultKind = Literal["printer", "kiosk", "display", "server", "service", "payments", "window"]
BreakReason = Literal["break", "prayer", "fault"]

WEEKDAYS: tuple[DayName, ...] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)


def _no_number(value: object) -> object:
    """Refuse `opens = 9`, which would be nine seconds past midnight."""
    if isinstance(value, int | float):
        raise ValueError("is no time of day; write it as 09:00:00")
    return value


def _of_the_wall(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("has an offset; times are those of the centre's wall, such as 09:00:00")
    return value


Wall = Annotated[time, BeforeValidator(_no_number), AfterValidator(_of_the_wall)]


class Part(BaseModel):
    """What the tables of a scenario share: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Burst(Part):
    """People who come together, besides the others."""

    at: Wall = Field(description="When the first of them comes.")
    people: int = Field(ge=1, le=2000, description="How many there are.")
    minutes: float = Field(default=5, ge=0, le=240, description="Within how long they come.")


class Arrivals(Part):
    """Who comes without an appointment, and when."""

    people: float = Field(
        ge=0, le=20_000, description="How many are expected in a day, those at the door included."
    )
    at_the_door: int = Field(
        default=0, ge=0, le=2000, description="How many of them wait outside when it opens."
    )
    half_hours: tuple[Weight, ...] = Field(
        default=(1.0,),
        min_length=1,
        max_length=48,
        description="How the others spread over the half hours from the opening, as weights; the "
        "last one holds until numbers end.",
    )
    spread: Spread = Field(
        default=0,
        description="How much whole days differ from what is expected, as a coefficient of "
        "variation; 0: as much as a Poisson process does.",
    )
    weekdays: dict[DayName, Annotated[float, Field(ge=0, le=10)]] = Field(
        default_factory=dict,
        description="By what factor a weekday differs; 1 for those that are not named.",
    )
    bursts: tuple[Burst, ...] = Field(default=(), description="People who come together.")

    @model_validator(mode="after")
    def _somebody_may_come(self) -> Self:
        if not sum(self.half_hours) > 0:
            raise ValueError("half_hours: at least one half hour must have a weight above 0")
        return self


class Ways(Part):
    """Where numbers are taken, as weights."""

    kiosk: Weight = Field(default=0.87, description="At the kiosk.")
    desk: Weight = Field(default=0.10, description="From reception.")
    phone: Weight = Field(default=0.03, description="By telephone; reception types it.")

    @model_validator(mode="after")
    def _one_way_is_open(self) -> Self:
        if not self.kiosk + self.desk + self.phone > 0:
            raise ValueError("at least one of kiosk, desk and phone must be above 0")
        return self


class Taking(Part):
    """How a number is taken."""

    kiosks: int = Field(default=1, ge=1, le=9, description="How many kiosks stand in the hall.")
    touch_s: Seconds = Field(
        default=12, description="How long somebody stands at the kiosk, on average."
    )
    desk_s: Seconds = Field(
        default=25, description="How long reception needs for a number, on average."
    )
    cv: Spread = Field(default=0.5, description="How much these two differ.")
    paper_s: Seconds = Field(
        default=3, description="From a number of the kiosk until its slip is out and it counts."
    )
    says_service: Share = Field(
        default=0.12,
        description="The share that chooses its service when taking the number; of the others it "
        "is known at the window. Reception always asks.",
    )


class People(Part):
    """What citizens are like, as shares of all."""

    age65: Share = Field(default=0.09, description="65 and over.")
    disability: Share = Field(default=0.03, description="With a disability.")
    infant: Share = Field(default=0.04, description="Pregnant or with an infant.")
    accessible_window: Share = Field(
        default=0, description="Needs a window that a wheelchair reaches."
    )
    more_time: Share = Field(default=0, description="Needs longer to come to the window.")
    female_clerk: Share = Field(default=0, description="Asks for a woman at the window.")
    english: Share = Field(default=0.02, description="Takes the number in English.")
    two_requests: Share = Field(default=0, description="Brings two requests on one number.")
    three_requests: Share = Field(default=0, description="Brings three requests on one number.")

    @model_validator(mode="after")
    def _shares_are_parts_of_one(self) -> Self:
        if self.age65 + self.disability + self.infant > 1:
            raise ValueError("age65, disability and infant together are more than 1")
        if self.two_requests + self.three_requests > 1:
            raise ValueError("two_requests and three_requests together are more than 1")
        return self


class ServiceTime(Part):
    """How long one service takes, where it differs from the others."""

    mean_s: float | None = Field(
        default=None, gt=0, le=36_000, description="Its mean in seconds; unset: by `factor`."
    )
    factor: float | None = Field(
        default=None,
        gt=0,
        le=50,
        description="Its mean as a part of what the centre aims at; unset: as the others.",
    )
    cv: Spread | None = Field(default=None, description="How much it differs; unset: as others.")

    @model_validator(mode="after")
    def _one_mean(self) -> Self:
        if self.mean_s is not None and self.factor is not None:
            raise ValueError("give mean_s or factor, not both")
        return self


class Services(Part):
    """What is wanted, and how long it takes from the start to the finish."""

    mix: dict[str, Weight] = Field(
        default_factory=dict, description="How often a service of the centre is wanted, as weights."
    )
    others: Weight = Field(
        default=1, description="The weight of every service that `mix` does not name."
    )
    factor: float = Field(
        default=0.65,
        gt=0,
        le=50,
        description="The mean time as a part of what the centre aims at, `target_s` of its file.",
    )
    cv: Spread = Field(default=0.6, description="How much one visit differs from another.")
    shape: Shape = Field(
        default="lognormal",
        description='The distribution: "lognormal", "exponential" (its `cv` is 1) or "constant".',
    )
    day_cv: Spread = Field(
        default=0, description="How much whole days differ: the network, the weather, the heat."
    )
    times: dict[str, ServiceTime] = Field(
        default_factory=dict, description="Services that differ from the others."
    )


class Windows(Part):
    """Windows that are staffed; who is not named stays closed."""

    numbers: tuple[WindowNumber, ...] = Field(min_length=1, description="Which ones.")
    opens: Wall | None = Field(default=None, description="When they open; unset: with the hall.")
    closes: Wall | None = Field(
        default=None, description="When their clerks go; unset: when everybody was served."
    )
    speed: float = Field(
        default=1,
        ge=0.05,
        le=10,
        description="How fast their clerks are: 2 needs half the time of 1.",
    )
    profile: str | None = Field(
        default=None, description="Their work profile; unset: as the centre's file says."
    )
    woman: bool = Field(default=False, description="Whether a woman sits there.")

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens is not None and self.closes is not None and self.closes <= self.opens:
            raise ValueError("closes: the window closes before it opens")
        return self


class Breaks(Part):
    """Windows that go away one after another or together."""

    windows: tuple[WindowNumber, ...] = Field(min_length=1, description="Which ones, in order.")
    at: Wall = Field(description="When the first goes; who serves somebody finishes first.")
    minutes: float = Field(gt=0, le=480, description="How long each is away.")
    together: int = Field(
        default=99, ge=1, le=99, description="How many are away at once; the others wait for them."
    )
    announced: bool = Field(
        default=True, description="Whether the clerk says how long it lasts when going."
    )
    reason: BreakReason = Field(default="break", description='"break", "prayer" or "fault".')
    late_minutes: float = Field(
        default=0, ge=0, le=120, description="Each begins up to so much later, by chance."
    )


class Absences(Part):
    """Who does not come to the call."""

    share: Share = Field(default=0.05, description="The share that misses its call.")
    per_hour: Share = Field(
        default=0, description="By how much that share grows with each hour of waiting."
    )
    hold_s: Seconds = Field(
        default=55, description="How long a window waits for somebody who does not come."
    )
    hold_more_time_s: Seconds = Field(
        default=130, description="The same for who needs longer to come."
    )
    returns: Share = Field(default=0, description="The share of them that comes back.")
    return_after_minutes: float = Field(
        default=8, ge=0, le=240, description="How long after the call, on average."
    )


class Patience(Part):
    """Who leaves before the call."""

    mean_minutes: float | None = Field(
        default=None, gt=0, le=6000, description="How long people stay, on average; unset: all do."
    )
    shape: Shape = Field(
        default="exponential", description='"exponential", "lognormal" or "constant".'
    )
    cv: Spread = Field(default=0.5, description="How much they differ, where it is lognormal.")
    tells: Share = Field(
        default=1,
        description="The share that gives the number back; of the others it is seen at the call.",
    )


class Booked(Part):
    """Who comes by appointment."""

    services: tuple[str, ...] = Field(min_length=1, description="What is booked, in turn.")
    first: Wall = Field(description="The first slot.")
    last: Wall = Field(description="The last slot.")
    slot_minutes: int = Field(default=15, ge=5, le=240, description="From one slot to the next.")
    people: int = Field(default=2, ge=1, le=100, description="How many a slot has.")
    comes: Share = Field(default=0.85, description="The share that comes.")
    early_minutes: float = Field(
        default=6, ge=-60, le=120, description="How early they come, on average."
    )
    deviation_minutes: float = Field(
        default=7, ge=0, le=120, description="The standard deviation of that."
    )

    @model_validator(mode="after")
    def _last_is_not_before_first(self) -> Self:
        if self.last < self.first:
            raise ValueError("last: the last slot lies before the first one")
        return self


class Fault(Part):
    """Something that breaks."""

    kind: FaultKind = Field(
        description='"printer" and "kiosk" (reception gives the numbers), "display", "server" '
        '(nobody is called), "service" (it cannot be done), "payments" (everything takes longer) '
        'or "window".'
    )
    at: Wall = Field(description="When.")
    minutes: float = Field(gt=0, le=1440, description="How long.")
    services: tuple[str, ...] = Field(
        default=(), description='The services that are down, where the kind is "service".'
    )
    windows: tuple[WindowNumber, ...] = Field(
        default=(), description='The windows that stand still, where the kind is "window".'
    )
    kiosk: int | None = Field(
        default=None, ge=1, le=9, description="Which kiosk or its printer; unset: all."
    )
    announced: bool = Field(
        default=True, description="Whether the supervisor says it, as kiosk and board then do."
    )
    goes_home: Share = Field(
        default=0.6,
        description="Who comes for a service that is said to be down: the share that goes home "
        "without a number.",
    )
    factor: float = Field(
        default=1.3,
        ge=1,
        le=20,
        description='By what factor work takes longer, where the kind is "payments".',
    )
    turned_away_s: Seconds = Field(
        default=40,
        description="How long a window needs to say that the service is down.",
    )

    @model_validator(mode="after")
    def _says_what_breaks(self) -> Self:
        if self.kind == "service" and not self.services:
            raise ValueError("services: name the services that are down")
        if self.kind == "window" and not self.windows:
            raise ValueError("windows: name the windows that stand still")
        return self


class Plan(Part):
    """The whole file."""

    title: Name = Field(description="What it is called, `{ ar = …, en = … }`.")
    about: Name | None = Field(default=None, description="What is special, in a sentence each.")
    centre: str = Field(
        default="kafr_saqr.toml",
        description="The centre's file, beside the scenario or packaged.",
    )
    seed: int = Field(default=1, ge=0, description="Decides all chance; the same seed, the day.")
    date: date_ = Field(ge=date_(2000, 1, 1), le=date_(2199, 12, 31), description="The first day.")
    open_on: tuple[DayName, ...] = Field(
        default=("sunday", "monday", "tuesday", "wednesday", "thursday"),
        min_length=1,
        description="The weekdays on which the hall opens; further days are the next of these.",
    )
    opens: Wall = Field(default=time(9), description="When numbers begin.")
    closes: Wall = Field(default=time(14), description="When numbers end.")
    overtime_minutes: int = Field(
        default=90,
        ge=0,
        le=600,
        description="Windows serve whoever waits for at most so long after numbers end.",
    )
    arrivals: Arrivals = Field(description="Who comes when.")
    ways: Ways = Field(default=Ways(), description="Where numbers are taken.")
    taking: Taking = Field(default=Taking(), description="How a number is taken.")
    people: People = Field(default=People(), description="What citizens are like.")
    services: Services = Field(default=Services(), description="What is wanted.")
    windows: tuple[Windows, ...] = Field(min_length=1, description="Who works when.")
    speed_cv: Spread = Field(
        default=0, description="How much a clerk's speed differs from day to day."
    )
    walk_s: Seconds = Field(default=14, description="From the call to the window, on average.")
    walk_cv: Spread = Field(default=0.5, description="How much that differs.")
    turnaround_s: Seconds = Field(
        default=5, description="From a finish to the next call, on average."
    )
    turnaround_cv: Spread = Field(default=0.8, description="How much that differs.")
    breaks: tuple[Breaks, ...] = Field(default=(), description="Who goes away when.")
    absences: Absences = Field(default=Absences(), description="Who misses the call.")
    patience: Patience = Field(default=Patience(), description="Who leaves before it.")
    appointments: tuple[Booked, ...] = Field(default=(), description="Who comes by appointment.")
    faults: tuple[Fault, ...] = Field(default=(), description="What breaks.")

    @field_validator("windows")
    @classmethod
    def _no_window_twice(cls, value: tuple[Windows, ...]) -> tuple[Windows, ...]:
        numbers = sorted(number for part in value for number in part.numbers)
        for one, other in pairwise(numbers):
            if one == other:
                raise ValueError(f"window {one} is named twice")
        return value

    @model_validator(mode="after")
    def _day_is_whole(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("closes: numbers end before they begin")
        if self.arrivals.at_the_door > self.arrivals.people:
            raise ValueError("arrivals.at_the_door: more than the people of the whole day")
        return self
