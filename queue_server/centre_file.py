"""Reads the file that describes a centre: its names, queues, windows, services and credits."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from core_services.devices.offline import OFFLINE_LETTERS
from core_services.mistakes import mistake
from core_services.settings import did_you_mean
from core_services.toml_file import KeyPath, TomlError, TomlFile, read_toml
from queue_server.appointments.slots import open_minutes
from queue_server.policy.body import DAYS, Span, Week
from queue_server.tickets.numbering import EMERGENCY_SERIES, SERIES_LETTERS

Text = Annotated[str, Field(min_length=1, max_length=200)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]


class CentreFileError(Exception):
    """A file that cannot be used; `problems` are sentences, each with its line and key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(*problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)


class CentreMistakes(Exception):
    """A description that cannot be used; `mistakes` are places in it, each with a sentence."""

    def __init__(self, mistakes: Sequence[tuple[KeyPath, str]]) -> None:
        super().__init__(*mistakes)
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        return "\n".join(f"{'.'.join(map(str, key))}: {said}" for key, said in self.mistakes)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Name(_Part):
    """A name in both languages; Arabic comes first everywhere."""

    ar: Text
    en: Text


class CentrePart(_Part):
    id: int = Field(ge=1, le=32_767)
    code: str = Field(pattern=r"^[A-Z0-9]{2,8}$")
    name: Name
    unit: Name
    governorate: Name
    short: Name
    zone: str = "Africa/Cairo"
    cut_over: time = time(3, 0)
    first_number: int = Field(default=101, ge=1, le=9000)

    @field_validator("zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: too long for a file
            raise ValueError("is no time zone; Egypt's is Africa/Cairo") from None
        return value


class CreditPart(_Part):
    """Minutes by which a claim moves a number forward in its line."""

    age65: int = Field(default=15, ge=0, le=120)
    disability: int = Field(default=15, ge=0, le=120)
    infant: int = Field(default=15, ge=0, le=120)


class QueuePart(_Part):
    code: Code
    name: Name
    letter: Literal["", "A", "J", "D", "S", "M"] = ""

    @field_validator("letter", mode="before")
    @classmethod
    def _letter_is_no_other_series(cls, value: object) -> object:
        if value in OFFLINE_LETTERS:
            letter = f"{value} ({SERIES_LETTERS[str(value)]})"
            raise ValueError(
                f"{letter} is kept for the numbers that a kiosk gives while it is cut off; "
                "take A, J, D, S, M, or none"
            )
        if value == EMERGENCY_SERIES:
            raise ValueError("T (ط) is the emergency book's; take A, J, D, S, M, or none")
        return value


class ProfilePart(_Part):
    code: Code
    name: Name
    queues: tuple[str, ...] = Field(min_length=1)
    priority_first: bool = False


class WindowsPart(_Part):
    numbers: tuple[Annotated[int, Field(ge=1, le=99)], ...] = Field(min_length=1)
    profile: str
    accessible: bool = False


class ServicePart(_Part):
    queue: str
    target_s: int = Field(default=300, ge=10, le=7200)


DayName = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class AppointmentsPart(_Part):
    """A plan of appointments that a new centre begins with; times are the wall's."""

    kind: Literal["visit", "drop_off"] = "visit"
    service: str | None = None
    """None: every service that has no plan of its own; a drop-off is for no service."""
    weekdays: tuple[DayName, ...] = Field(min_length=1)
    opens: time
    closes: time
    slot_minutes: int = Field(default=30, ge=5, le=240)
    capacity: int = Field(ge=1, le=200)
    walk_in_percent: int = Field(default=50, ge=0, le=100)
    horizon_days: int = Field(default=14, ge=0, le=90)


class CentreFile(_Part):
    """The whole file. Services stand in the order in which citizens see them."""

    centre: CentrePart
    credit_minutes: CreditPart = CreditPart()
    queues: tuple[QueuePart, ...] = Field(min_length=1)
    profiles: tuple[ProfilePart, ...] = Field(min_length=1)
    windows: tuple[WindowsPart, ...] = Field(min_length=1)
    services: dict[str, ServicePart] = Field(min_length=1)
    hours: Week | None = None
    """When numbers are given; taken while the centre has never had a policy. None: at any hour."""
    appointments: tuple[AppointmentsPart, ...] = ()
    """Taken while the centre has never had a plan; afterwards its administrator's page decides."""


def read_centre_file(path: Path, catalogue: Collection[str]) -> CentreFile:
    """Read and check a file whole; `catalogue` are the codes of known services.

    Raises CentreFileError with every mistake that can be found at once.
    """
    try:
        file = read_toml(path)
    except TomlError as error:
        raise CentreFileError([str(error)]) from None
    try:
        return centre_of(file.values, catalogue)
    except CentreMistakes as error:
        problems = [_place(file, key) + sentence for key, sentence in error.mistakes]
        raise CentreFileError(problems) from None


def centre_of(values: Mapping[str, object], catalogue: Collection[str]) -> CentreFile:
    """Check what a file holds, whole. Raises CentreMistakes with every mistake found at once."""
    try:
        centre = CentreFile.model_validate(values)
    except ValidationError as error:
        raise CentreMistakes(
            [(problem["loc"], _sentence(problem)) for problem in error.errors()]
        ) from None
    if mistakes := list(_contradictions(centre, catalogue)):
        raise CentreMistakes(mistakes)
    return centre


def _contradictions(
    centre: CentreFile, catalogue: Collection[str]
) -> Iterator[tuple[KeyPath, str]]:
    """Find what each part alone cannot know: doubled and unknown codes, lines nobody serves."""
    queues = [queue.code for queue in centre.queues]
    profiles = [profile.code for profile in centre.profiles]
    yield from _doubled("queues", "code", queues)
    yield from _doubled("profiles", "code", profiles)
    letters: dict[str, str] = {}
    for index, queue in enumerate(centre.queues):
        first = letters.setdefault(queue.letter, queue.code)
        if first != queue.code and queue.letter:
            yield ("queues", index, "letter"), f'"{queue.letter}" is the letter of "{first}"'
    for index, profile in enumerate(centre.profiles):
        for queue_code in profile.queues:
            if queue_code not in queues:
                yield (
                    ("profiles", index, "queues"),
                    f'"{queue_code}" is no queue of this file{did_you_mean(queue_code, queues)}',
                )
    seen: set[int] = set()
    for index, windows in enumerate(centre.windows):
        if windows.profile not in profiles:
            yield (
                ("windows", index, "profile"),
                f'"{windows.profile}" is no profile of this file'
                f"{did_you_mean(windows.profile, profiles)}",
            )
        for number in windows.numbers:
            if number in seen:
                yield ("windows", index, "numbers"), f"window {number} is named twice"
            seen.add(number)
    manned = {windows.profile for windows in centre.windows}
    served = {
        queue for profile in centre.profiles if profile.code in manned for queue in profile.queues
    }
    for code, service in centre.services.items():
        if code not in catalogue:
            yield (
                ("services", code),
                f'"{code}" is not in the catalogue of services'
                f"{did_you_mean(code, sorted(catalogue))}",
            )
        if service.queue not in queues:
            yield (
                ("services", code, "queue"),
                f'"{service.queue}" is no queue of this file{did_you_mean(service.queue, queues)}',
            )
        elif service.queue not in served:
            yield (
                ("services", code, "queue"),
                f'no window serves the queue "{service.queue}"; give one a profile that does',
            )

    if centre.hours is not None and not any(centre.hours.of(day) for day in DAYS):
        yield ("hours",), "the centre opens on no day; leave it out where numbers are always given"
    for index, plan in enumerate(centre.appointments):
        yield from _plan_contradictions(index, plan, centre)


def _plan_contradictions(
    index: int, plan: AppointmentsPart, centre: CentreFile
) -> Iterator[tuple[KeyPath, str]]:
    key: KeyPath = ("appointments", index, "service")
    if plan.kind == "drop_off" and plan.service is not None:
        yield key, "a drop-off brings files of any service; leave the service out"
    elif plan.service is not None and plan.service not in centre.services:
        yield (
            key,
            f'"{plan.service}" is no service of this file'
            f"{did_you_mean(plan.service, sorted(centre.services))}",
        )
    begin, end = open_minutes(plan.opens, plan.closes, centre.centre.cut_over)
    if end - begin < plan.slot_minutes:
        yield (
            ("appointments", index, "closes"),
            f"no slot of {plan.slot_minutes} minutes ends by then",
        )


def _doubled(part: str, key: str, codes: list[str]) -> Iterator[tuple[KeyPath, str]]:
    for index, code in enumerate(codes):
        if code in codes[:index]:
            yield (part, index, key), f'"{code}" is named twice'


def _place(file: TomlFile, key: KeyPath) -> str:
    line = file.line_of(key)
    where = f"{file.path}, line {line}" if line else str(file.path)
    name = ""
    for part in key:
        name += f" {part + 1}" if isinstance(part, int) else f"{'.' if name else ''}{part}"
    return f"{where}: {name}: " if name else f"{where}: "


def _sentence(problem: ErrorDetails) -> str:
    if problem["type"] == "extra_forbidden":
        known = _known_keys(problem["loc"])
        return f"is not known here{did_you_mean(str(problem['loc'][-1]), known)}"
    return mistake(problem)


def _known_keys(location: KeyPath) -> list[str]:
    if len(location) > 1 and location[0] == "hours":
        return list((Week if len(location) == 2 else Span).model_fields)
    parts: dict[str, type[_Part]] = {
        "centre": CentrePart,
        "credit_minutes": CreditPart,
        "queues": QueuePart,
        "profiles": ProfilePart,
        "windows": WindowsPart,
        "services": ServicePart,
    }
    model: type[_Part] = CentreFile
    if len(location) > 1:
        model = parts.get(str(location[0]), CentreFile)
    if len(location) > 2 and location[-2] in ("name", "unit", "governorate", "short"):
        model = Name
    return list(model.model_fields)
